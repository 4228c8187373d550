/**
 * The open conversation.
 *
 * @module
 */
import { useEffect, useRef, useState } from "preact/hooks";
import { newestFailure } from "../../../../client/send_again.ts";
import { Composer } from "../thread/composer.tsx";
import { Thread } from "../thread/thread.tsx";
import { useIsVisible } from "../use_is_visible.ts";
import { type Action, actionsFor, performAction } from "./actions.ts";
import { ownerOf, Status } from "./conversation_list.tsx";
import {
  type Conversation,
  hasEarlier,
  type Message,
  nameOf,
  oneStepBack,
  type Supabase,
} from "./conversations.ts";
import type { Inbox } from "./inbox.ts";
import { messageBubble, pendingBubble } from "./message_bubbles.ts";
import type { Replies } from "./replies.ts";
import type { SendAgain } from "./send_again.ts";
import { SendAgainButton } from "./send_again_button.tsx";

/** The longest body that Twilio accepts, in UTF-16 units. */
const MAX_LENGTH = 1600;

interface ConversationViewProps {
  conversation: Conversation;
  inbox: Inbox;
  replies: Replies;
  again: SendAgain;
  supabase: Supabase;
  agentId: string;
}

/** The open conversation: the recruit's name, the agent's actions, the messages and the reply. */
export function ConversationView(
  { conversation, inbox, replies, again, supabase, agentId }: ConversationViewProps,
) {
  const { id, channel, status, recruit_phone, escalation_reason } = conversation;
  const [problem, setProblem] = useState<string>();
  const title = useRef<HTMLHeadingElement>(null);
  const isVisible = useIsVisible(title);
  const messages = inbox.messages.value;
  const names = inbox.agentNames.value;

  // A narrow screen hides the list with the button that had the focus.
  useEffect(() => {
    if (!document.activeElement?.checkVisibility()) title.current?.focus();
  }, []);
  useEffect(() => {
    const newest = messages?.at(-1);
    if (newest && isVisible) inbox.marks.mark(id, newest.seq);
  }, [messages, isVisible]);

  const run = async (action: Action) => {
    setProblem(await performAction(supabase, id, action));
    await inbox.refresh();
    // The pressed button may no longer be on the page.
    if (document.activeElement === document.body) title.current?.focus();
  };
  const failure = newestFailure((messages ?? []).toReversed());
  const bubbles = [
    ...(messages ?? []).map((message) => ({
      ...messageBubble(message, names),
      beside: message === failure
        ? <SendAgainButton conversation={conversation} message={message} again={again} />
        : undefined,
    })),
    ...replies.pending(id, messages ?? []).map((reply) => pendingBubble(reply, names[agentId])),
  ];
  return (
    <div class="conversation">
      <header>
        <button type="button" class="back" onClick={() => inbox.open(undefined)}>
          ← All conversations
        </button>
        <div>
          <h3 ref={title} tabIndex={-1}>{nameOf(conversation)}</h3>
          <p>
            {recruit_phone} · {CHANNEL_LABELS[channel] ?? channel} · <Status status={status} />{" "}
            {ownerOf(conversation, agentId)}
          </p>
        </div>
        <div class="row" role="group" aria-label="What to do with the conversation">
          {actionsFor(conversation, agentId).map((action) => (
            <button
              key={action.name}
              type="button"
              onClick={() => run(action)}
            >
              {action.label}
            </button>
          ))}
        </div>
      </header>
      {status === "escalated" && escalation_reason
        ? <p class="escalation">Escalated: {escalation_reason}</p>
        : null}
      {problem ? <p class="problem" role="alert">{problem}</p> : null}
      <Thread
        label={`Messages with ${nameOf(conversation)}`}
        bubbles={bubbles}
        before={messages && hasEarlier(messages)
          ? <EarlierMessages inbox={inbox} messages={messages} />
          : null}
        empty={messages ? "No messages yet." : "Loading …"}
      />
      <ReplyBox conversation={conversation} replies={replies} agentId={agentId} />
    </div>
  );
}

const CHANNEL_LABELS: Record<string, string> = {
  sms: "SMS",
  whatsapp: "WhatsApp",
  rcs: "RCS",
  messenger: "Messenger",
};

function EarlierMessages({ inbox, messages }: { inbox: Inbox; messages: Message[] }) {
  return (
    <button
      type="button"
      class="earlier"
      onClick={() => inbox.readBack(oneStepBack(messages))}
    >
      Earlier messages
    </button>
  );
}

function ReplyBox(
  { conversation, replies, agentId }: {
    conversation: Conversation;
    replies: Replies;
    agentId: string;
  },
) {
  const { id } = conversation;
  const text = replies.text(id);
  const problem = replies.problem(id);
  const obstacle = obstacleTo(conversation);
  return (
    <>
      {problem ? <p class="problem" role="alert">{problem}</p> : null}
      {obstacle ? <p class="obstacle">{obstacle}</p> : null}
      {text.length > MAX_LENGTH
        ? <p class="problem" role="alert">{text.length} of at most {MAX_LENGTH} characters</p>
        : null}
      <Composer
        label="Reply"
        placeholder={placeholderFor(conversation, agentId)}
        text={text}
        onText={(text) => replies.write(id, text)}
        onSend={() => replies.send(id)}
        canSend={text.trim() !== "" && text.length <= MAX_LENGTH}
        isDisabled={obstacle !== undefined}
      />
    </>
  );
}

/** The reason why no message can be sent in a conversation, if there is one. */
function obstacleTo({ opted_out_at, status }: Conversation): string | undefined {
  if (opted_out_at) {
    return "The recruit has opted out of texts. No message may be sent until they text START.";
  }
  return status === "closed" ? "The conversation is closed. Reopen it to reply." : undefined;
}

function placeholderFor({ status, assigned_agent_id }: Conversation, agentId: string): string {
  if (status === "bot") return "Reply, and take over from the bot";
  return assigned_agent_id === agentId ? "Reply" : "Reply, and take the conversation";
}
