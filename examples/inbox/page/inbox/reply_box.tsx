/**
 * What an agent can send in the open conversation: a text with pictures, a template, or nothing.
 *
 * @module
 */
import { type SendObstacle, sendObstacle } from "../../../../client/send_obstacle.ts";
import { Composer } from "../thread/composer.tsx";
import { SegmentCount } from "../thread/segment_count.tsx";
import { type Conversation, lastTextAt, type Message } from "./conversations.ts";
import { AttachButton, OutgoingPictures } from "./outgoing_pictures.tsx";
import type { Replies } from "./replies.ts";
import { TemplateBox } from "./template_box.tsx";

/** The longest body that Twilio accepts, in UTF-16 units. */
const MAX_LENGTH = 1600;

interface ReplyBoxProps {
  conversation: Conversation;
  messages: Message[];
  replies: Replies;
  agentId: string;
  /** The present time. */
  now: Date;
  /** Whether this agent has just handed the conversation back to the bot. */
  isHandedBack: boolean;
}

/** The box, with what keeps a text from being sent. */
export function ReplyBox(
  { conversation, messages, replies, agentId, now, isHandedBack }: ReplyBoxProps,
) {
  const { id } = conversation;
  const problem = replies.problem(id);
  const obstacle = sendObstacle(conversation, lastTextAt(conversation), now);
  return (
    <>
      {problem ? <p class="problem" role="alert">{problem}</p> : null}
      {obstacle ? <p class="obstacle">{OBSTACLES[obstacle]}</p> : null}
      {!obstacle && isBotsTurnNext(conversation, messages, isHandedBack)
        ? <p class="remark" role="status">The bot answers from the recruit’s next text on.</p>
        : null}
      {obstacle === "outside_window"
        ? <TemplateBox conversationId={id} replies={replies} />
        : (
          <TextBox
            conversation={conversation}
            replies={replies}
            agentId={agentId}
            isDisabled={obstacle !== undefined}
          />
        )}
    </>
  );
}

const OBSTACLES: Record<SendObstacle, string> = {
  opted_out: "The recruit has opted out of texts. No message may be sent until they text START.",
  closed: "The conversation is closed. Reopen it to reply.",
  outside_window:
    "WhatsApp allows free text only within 24 hours after the recruit’s last text. Until they write again, send a template.",
};

/** Whether the bot has the conversation back, and has not answered since. */
function isBotsTurnNext(
  { status }: Conversation,
  messages: Message[],
  isHandedBack: boolean,
): boolean {
  if (status !== "bot") return false;
  const lastSent = messages.findLast(({ direction }) => direction === "outbound");
  return isHandedBack || lastSent?.sender_type === "agent";
}

function TextBox(
  { conversation, replies, agentId, isDisabled }: {
    conversation: Conversation;
    replies: Replies;
    agentId: string;
    isDisabled: boolean;
  },
) {
  const { id, channel } = conversation;
  const { text, files } = replies.draft(id);
  const isTooLong = text.length > MAX_LENGTH;
  return (
    <>
      {isTooLong
        ? <p class="problem" role="alert">{text.length} of at most {MAX_LENGTH} characters</p>
        : null}
      <Composer
        label="Reply"
        placeholder={isDisabled ? "" : placeholderFor(conversation, agentId)}
        text={text}
        onText={(text) => replies.write(id, { text })}
        onSend={() => replies.send(id)}
        canSend={(text.trim() !== "" || files.length > 0) && !isTooLong}
        isDisabled={isDisabled}
        footer={isDisabled ? null : (
          <>
            <AttachButton conversationId={id} replies={replies} />
            {channel === "sms" && files.length === 0 ? <SegmentCount text={text} /> : null}
          </>
        )}
      >
        <OutgoingPictures conversationId={id} replies={replies} isDisabled={isDisabled} />
      </Composer>
    </>
  );
}

function placeholderFor({ status, assigned_agent_id }: Conversation, agentId: string): string {
  if (status === "bot") return "Reply, and take over from the bot";
  return assigned_agent_id === agentId ? "Reply" : "Reply, and take the conversation";
}
