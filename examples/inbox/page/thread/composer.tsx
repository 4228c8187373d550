/**
 * The box in which a recruit or an agent writes a text.
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
  /** Whether the text may be sent. */
  canSend: boolean;
  isDisabled?: boolean;
  /** The longest text, in UTF-16 units; absent for any length. */
  maxLength?: number;
  /** Further fields above the text, such as a picture's. */
  children?: ComponentChildren;
  /** What stands below the text. */
  footer?: ComponentChildren;
}

/** The box: Enter sends the text, and Shift with Enter begins a new line. */
export function Composer(
  {
    label,
    placeholder,
    text,
    onText,
    onSend,
    canSend,
    isDisabled = false,
    maxLength,
    children,
    footer,
  }: ComposerProps,
) {
  const onKeyDown = (event: TargetedKeyboardEvent<HTMLTextAreaElement>) => {
    // While an input method composes a character, Enter confirms it.
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
        {isDisabled
          ? null
          : <button type="submit" class="primary" aria-disabled={!canSend}>Send</button>}
      </div>
      {footer ? <footer>{footer}</footer> : null}
    </form>
  );
}
