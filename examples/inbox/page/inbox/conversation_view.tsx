/**
 * The open conversation.
 *
 * @module
 */
import { useEffect, useRef, useState } from "preact/hooks";
import { newestFailure } from "../../../../client/send_again.ts";
import { PersonView } from "../person/person_view.tsx";
import { Thread } from "../thread/thread.tsx";
import { useIsVisible } from "../use_is_visible.ts";
import { type Action, actionsFor, performAction } from "./actions.ts";
import { CHANNEL_LABELS } from "./channel_labels.ts";
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
import { ReplyBox } from "./reply_box.tsx";
import type { SendAgain } from "./send_again.ts";
import { SendAgainButton } from "./send_again_button.tsx";
import type { SignedUrls } from "./signed_urls.ts";

interface ConversationViewProps {
  conversation: Conversation;
  inbox: Inbox;
  replies: Replies;
  again: SendAgain;
  signedUrls: SignedUrls;
  supabase: Supabase;
  agentId: string;
}

/** The open conversation: the recruit's name, the agent's actions, the messages and the reply. */
export function ConversationView(
  { conversation, inbox, replies, again, signedUrls, supabase, agentId }: ConversationViewProps,
) {
  const { id, channel, status, recruit_phone, escalation_reason } = conversation;
  const [problem, setProblem] = useState<string>();
  /** The newest message when this agent handed the conversation back; undefined if that was not the last action. */
  const [handedBackAt, setHandedBackAt] = useState<number>();
  const title = useRef<HTMLHeadingElement>(null);
  const isVisible = useIsVisible(title);
  const messages = inbox.messages.value;
  const names = inbox.agentNames.value;

  // A narrow screen hides the list with the button that had the focus. A button of the view before this one is gone.
  useEffect(() => {
    const { activeElement, body } = document;
    if (activeElement === body || !activeElement?.checkVisibility()) title.current?.focus();
  }, []);
  useEffect(() => {
    const newest = messages?.at(-1);
    if (newest && isVisible) inbox.marks.mark(id, newest.seq);
  }, [messages, isVisible]);

  const run = async (action: Action) => {
    const failed = await performAction(supabase, id, action);
    setProblem(failed);
    await inbox.refresh();
    const isHandedBack = !failed && action.name === "hand-back";
    setHandedBackAt(isHandedBack ? newestSeq(inbox.messages.value) : undefined);
    // The pressed button may no longer be on the page.
    if (document.activeElement === document.body) title.current?.focus();
  };
  const failure = newestFailure((messages ?? []).toReversed());
  const bubbles = [
    ...(messages ?? []).map((message) => ({
      ...messageBubble(message, names, signedUrls),
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
      <PersonView conversationId={id} inbox={inbox} />
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
      <ReplyBox
        conversation={conversation}
        messages={messages ?? []}
        replies={replies}
        agentId={agentId}
        now={inbox.now.value}
        isHandedBack={handedBackAt === newestSeq(messages)}
      />
    </div>
  );
}

/** The place of the newest message; 0 if there is none. */
function newestSeq(messages: Message[] | undefined): number {
  return messages?.at(-1)?.seq ?? 0;
}

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
