/**
 * The box in which an agent chooses a template, where WhatsApp allows no free text.
 *
 * @module
 */
import { useEffect } from "preact/hooks";
import type { Replies } from "./replies.ts";
import { filledIn, type TemplateChoice } from "./template_choice.ts";
import { loadTemplates, templates } from "./templates.ts";

interface TemplateBoxProps {
  conversationId: string;
  replies: Replies;
}

/** A list of templates, the variables of the chosen one, and the text as the recruit will read it. */
export function TemplateBox({ conversationId, replies }: TemplateBoxProps) {
  useEffect(() => void loadTemplates(), []);
  const state = templates.value;
  if (state.kind === "failed") {
    return (
      <div class="composer">
        <p class="problem" role="alert">
          The templates could not be read.{" "}
          <button type="button" onClick={() => loadTemplates()}>Try again</button>
        </p>
      </div>
    );
  }
  const choices = state.kind === "loaded" ? state.choices : [];
  const draft = replies.template(conversationId);
  const chosen = choices.find(({ sid }) => sid === draft?.sid);
  const values = draft?.values ?? {};
  return (
    <form
      class="composer templates"
      onSubmit={(event) => {
        event.preventDefault();
        if (chosen) replies.sendTemplate(conversationId, previewOf(chosen, values));
      }}
    >
      <select
        aria-label="Template"
        value={chosen?.sid ?? ""}
        onChange={({ currentTarget: { value: sid } }) =>
          replies.chooseTemplate(conversationId, sid ? { sid, values: {} } : undefined)}
      >
        <option value="">{state.kind === "loading" ? "Loading …" : "Choose a template …"}</option>
        {choices.map(({ sid, name }) => <option key={sid} value={sid}>{wordsOf(name)}</option>)}
      </select>
      {chosen
        ? (
          <>
            <Variables
              template={chosen}
              values={values}
              onValues={(values) =>
                replies.chooseTemplate(conversationId, { sid: chosen.sid, values })}
            />
            <p class="preview" dir="auto" aria-label="What the recruit reads">
              {previewOf(chosen, values)}
            </p>
            <div class="row end">
              <button type="submit" class="primary">Send template</button>
            </div>
          </>
        )
        : null}
    </form>
  );
}

function Variables(
  { template: { variables }, values, onValues }: {
    template: TemplateChoice;
    values: Record<string, string>;
    onValues(values: Record<string, string>): void;
  },
) {
  if (variables.length === 0) return null;
  return (
    <div class="variables">
      {variables.map(({ name, example }) => (
        <label key={name}>
          <span>{wordsOf(name)}</span>
          <input
            type="text"
            placeholder={example}
            value={values[name] ?? ""}
            onInput={(event) => onValues({ ...values, [name]: event.currentTarget.value })}
          />
        </label>
      ))}
    </div>
  );
}

/** The text with the values so far. */
function previewOf({ text, variables }: TemplateChoice, values: Record<string, string>): string {
  if (text === null) return "This template has no text, such as one of a picture alone.";
  return filledIn(text, variables, values);
}

/** A name such as `first_name` in words. */
function wordsOf(name: string): string {
  const words = name.replaceAll(/[_-]+/g, " ").trim();
  return /^\d+$/.test(words) ? `Value ${words}` : words.charAt(0).toUpperCase() + words.slice(1);
}
