/**
 * Templates: messages whose words Twilio keeps and fills in. They are the only way to begin on WhatsApp, or to write
 * there after the 24 hours in which free text is allowed.
 *
 * @see https://www.twilio.com/docs/content
 * @module
 */
import { z } from "zod/v3";
import { storableText } from "../database/storable_text.ts";

/** A template that is sent. */
export interface Template {
  /** `HX` and 32 hex digits. */
  contentSid: string;
  /** The values of its variables, by name. */
  contentVariables: Record<string, string>;
}

/** The columns of a template, as the database returns them. Both are null for free text. */
export const StoredTemplate = z.object({
  content_sid: z.string().nullable(),
  content_variables: z.record(z.string()).nullable(),
});

/** Reads the template of a row; undefined for free text. */
export function templateOf(
  { content_sid, content_variables }: z.infer<typeof StoredTemplate>,
): Template | undefined {
  return content_sid
    ? { contentSid: content_sid, contentVariables: content_variables ?? {} }
    : undefined;
}

/** The body of a template's message whose text could not be read. */
export function bodyWithoutText({ contentSid }: Template): string {
  return `[template ${contentSid}]`;
}

const Content = z.object({
  types: z.record(z.unknown()),
  variables: z.record(z.unknown()).nullish(),
});

const ContentType = z.object({ body: z.string().min(1) });

/** A variable in a template's text, `{{name}}`. */
export const PLACEHOLDER = /\{\{([^{}]+)\}\}/g;

/**
 * Fills in the variables of a text. Each is replaced once: what looks like one in a value stays. A variable without a
 * value keeps its `{{name}}`.
 *
 * @param text The template's text.
 * @param values The values of the variables, by name.
 * @param own The template's own values, for variables that have none.
 */
function fillIn(
  text: string,
  values: Record<string, string>,
  own: Record<string, unknown>,
): string {
  return text.replace(PLACEHOLDER, (placeholder, name: string) => {
    if (Object.hasOwn(values, name)) return values[name];
    const ownValue = Object.hasOwn(own, name) ? own[name] : undefined;
    return typeof ownValue === "string" ? ownValue : placeholder;
  });
}

/** The text of a template, and its own values of the variables. */
export interface TemplateText {
  text: string;
  variables: Record<string, unknown>;
}

/**
 * Reads a template's text.
 *
 * @param content The Content resource, as the API returns it.
 * @returns The text of `twilio/text`, else of the first type with a `body`; undefined if there is none, as in a
 *   template of a picture alone, or if `content` is no Content resource.
 * @see https://www.twilio.com/docs/content/content-api-resources
 */
export function templateText(content: unknown): TemplateText | undefined {
  const { data } = Content.safeParse(content);
  if (!data) return undefined;
  const { types, variables } = data;
  const texts = [types["twilio/text"], ...Object.values(types)]
    .map((type) => ContentType.safeParse(type).data?.body);
  const text = texts.find((body) => body !== undefined);
  return text === undefined ? undefined : { text, variables: variables ?? {} };
}

/**
 * Fills in a template's text.
 *
 * @param content The Content resource, as the API returns it.
 * @param values The values of the variables, by name.
 * @returns The text that the recruit reads; undefined if there is none.
 */
export function textOfTemplate(
  content: unknown,
  values: Record<string, string>,
): string | undefined {
  const template = templateText(content);
  return template && storableText(fillIn(template.text, values, template.variables));
}
