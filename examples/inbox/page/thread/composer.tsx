/**
 * The box that a text is written in, on either side.
 *
 * @module
 */
import type { ComponentChildren, TargetedKeyboardEvent } from "preact";

interface ComposerProps {
  label: string;
  placeholder: string;
  text: string;
  onText(text: string): void;
  onSend(): void;
  /** Whether there is something to send. */
  canSend: boolean;
  isDisabled?: boolean;
  /** In UTF-16 units; any, if absent. */
  maxLength?: number;
  /** What else belongs to the text, such as a picture. */
  children?: ComponentChildren;
}

/** A text that is being written: Enter sends it, Shift and Enter begins a new line. */
export function Composer(
  { label, placeholder, text, onText, onSend, canSend, isDisabled = false, maxLength, children }:
    ComposerProps,
) {
  const onKeyDown = (event: TargetedKeyboardEvent<HTMLTextAreaElement>) => {
    // While an input method composes, Enter takes its proposal.
    if (event.key !== "Enter" || event.shiftKey || event.isComposing) return;
    event.preventDefault();
    if (canSend) onSend();
  };
  return (
    <form
      class="composer"
      onSubmit={(event) => {
        event.preventDefault();
        if (canSend) onSend();
      }}
    >
      {children}
      <div class="row">
        <textarea
          aria-label={label}
          placeholder={placeholder}
          rows={2}
          value={text}
          disabled={isDisabled}
          maxLength={maxLength}
          onInput={(event) => onText(event.currentTarget.value)}
          onKeyDown={onKeyDown}
        />
        <button type="submit" class="primary" disabled={isDisabled} aria-disabled={!canSend}>
          Send
        </button>
      </div>
    </form>
  );
}
