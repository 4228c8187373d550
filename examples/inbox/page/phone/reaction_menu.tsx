/**
 * The menu of reactions to a message on SMS.
 *
 * @module
 */
import { useLayoutEffect, useRef, useState } from "preact/hooks";
import { REACTIONS } from "../../../../local/stand_ins/twilio/phone_text.ts";
import { SYMBOLS } from "../thread/reaction.ts";

/** A reaction, as an iPhone writes it. */
export type ReactionKind = typeof REACTIONS[number];

/** A button that opens the reactions; choosing one, or Escape, closes them. */
export function ReactionMenu({ onReact }: { onReact(kind: ReactionKind): void }) {
  const [isOpen, setOpen] = useState(false);
  const button = useRef<HTMLButtonElement>(null);
  const reactions = useRef<HTMLDivElement>(null);
  // The menu of the newest message opens below the visible area.
  useLayoutEffect(() => reactions.current?.scrollIntoView({ block: "nearest" }), [isOpen]);
  const close = () => {
    setOpen(false);
    button.current?.focus();
  };
  return (
    <>
      <button
        type="button"
        class="quiet"
        ref={button}
        aria-expanded={isOpen}
        onClick={() => setOpen(!isOpen)}
      >
        React
      </button>
      {isOpen
        ? (
          <div
            class="reactions"
            ref={reactions}
            role="group"
            aria-label="Reactions"
            onKeyDown={({ key }) => key === "Escape" && close()}
          >
            {REACTIONS.map((kind) => (
              <button
                key={kind}
                type="button"
                title={kind}
                aria-label={kind}
                onClick={() => {
                  close();
                  onReact(kind);
                }}
              >
                {SYMBOLS[kind]}
              </button>
            ))}
          </div>
        )
        : null}
    </>
  );
}
