/**
 * A template that an agent may choose, and its text with the agent's values.
 *
 * @see https://www.twilio.com/docs/content/using-variables-with-content-api
 * @module
 */

/** A template that an agent may choose. */
export interface TemplateChoice {
  sid: string;
  name: string;
  /** The text with its `{{name}}`; null for a template without one, such as a picture alone. */
  text: string | null;
  /** The variables in the text, in their order. `example` is the template's own value; empty if it has none. */
  variables: { name: string; example: string }[];
}

/**
 * Fills in a template's text, as Twilio does it. Each variable is replaced once: what looks like one in a value stays.
 *
 * @param text The text.
 * @param variables The template's variables.
 * @param values The agent's values, by name. An empty one counts as none: the template's own value is used.
 * @returns The text as the recruit reads it. A variable without any value keeps its `{{name}}`.
 */
export function filledIn(
  text: string,
  variables: TemplateChoice["variables"],
  values: Record<string, string>,
): string {
  return text.replace(/\{\{([^{}]+)\}\}/g, (placeholder, name: string) => {
    const value = Object.hasOwn(values, name) ? values[name] : "";
    return value || variables.find((variable) => variable.name === name)?.example || placeholder;
  });
}
