/**
 * The button that sends a failed message again.
 *
 * @module
 */
import type { OutboundMessage } from "../../../../client/send_again.ts";
import type { Conversation } from "./conversations.ts";
import type { SendAgain } from "./send_again.ts";

interface SendAgainButtonProps {
  conversation: Conversation;
  message: OutboundMessage;
  again: SendAgain;
}

/** The button, unless the message cannot be sent again. */
export function SendAgainButton({ conversation, message, again }: SendAgainButtonProps) {
  if (!again.isOffered(conversation, message)) return null;
  const problem = again.problem(message.id);
  const isSending = again.isSending(message.id);
  return (
    <div class="again">
      <button
        type="button"
        aria-disabled={isSending}
        onClick={async ({ currentTarget }) => {
          const place = currentTarget.closest<HTMLElement>("li, [role=log]");
          await again.send(message);
          // The button is gone when the message has been sent.
          if (document.activeElement !== document.body) return;
          (place?.querySelector<HTMLElement>(".item") ?? place)?.focus();
        }}
      >
        {isSending ? "Sending …" : "Send again"}
      </button>
      {problem ? <p class="problem" role="alert">{problem}</p> : null}
    </div>
  );
}
