/**
 * The button that sends a failed message again.
 *
 * @module
 */
import { useLayoutEffect, useRef } from "preact/hooks";
import type { OutboundMessage } from "../../../../client/send_again.ts";
import type { Conversation } from "./conversations.ts";
import type { SendAgain } from "./send_again.ts";

interface SendAgainButtonProps {
  conversation: Conversation;
  message: OutboundMessage;
  again: SendAgain;
}

/** The button, unless the message cannot be sent again. */
export function SendAgainButton(props: SendAgainButtonProps) {
  return props.again.isOffered(props.conversation, props.message)
    ? <OfferedButton {...props} />
    : null;
}

function OfferedButton({ message, again }: SendAgainButtonProps) {
  const button = useRef<HTMLButtonElement>(null);
  // The button is gone when the message has been sent: then its place gets the focus that it had.
  useLayoutEffect(() => {
    const element = button.current;
    const place = element?.closest<HTMLElement>("li, [role=log]");
    return () => {
      if (document.activeElement !== element) return;
      (place?.querySelector<HTMLElement>(".item") ?? place)?.focus();
    };
  }, []);
  const problem = again.problem(message.id);
  const isSending = again.isSending(message.id);
  return (
    <div class="again">
      <button
        ref={button}
        type="button"
        aria-disabled={isSending}
        onClick={() => again.send(message)}
      >
        {isSending ? "Sending …" : "Send again"}
      </button>
      {problem ? <p class="problem" role="alert">{problem}</p> : null}
    </div>
  );
}
