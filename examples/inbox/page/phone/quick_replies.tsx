/**
 * Quick-reply buttons below a message on WhatsApp.
 *
 * @see https://www.twilio.com/docs/content/twilio-quick-reply
 * @module
 */

/** A button: its label, and the payload that the webhook receives. */
export interface QuickReply {
  text: string;
  payload: string;
}

const QUICK_REPLIES: QuickReply[] = [
  { text: "Yes, I am interested", payload: "interested" },
  { text: "Talk to a person", payload: "person" },
  { text: "Stop promotions", payload: "stop" },
];

/** The buttons below a message. */
export function QuickReplies({ onPress }: { onPress(reply: QuickReply): void }) {
  return (
    <div class="quick-replies" role="group" aria-label="Quick replies">
      {QUICK_REPLIES.map((reply) => (
        <button
          key={reply.payload}
          type="button"
          onClick={() => onPress(reply)}
        >
          {reply.text}
        </button>
      ))}
    </div>
  );
}
