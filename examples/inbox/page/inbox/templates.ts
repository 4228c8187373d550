/**
 * The templates that an agent may send, from the platform's own server: it has the credentials that the Content API needs.
 *
 * @module
 */
import { signal } from "@preact/signals";
import type { TemplateChoice } from "./template_choice.ts";

/** The templates, or why there are none. */
export type Templates =
  | { kind: "loading" }
  | { kind: "loaded"; choices: TemplateChoice[] }
  | { kind: "failed" };

/** The templates, read when a conversation needs them first. */
export const templates = signal<Templates>({ kind: "loading" });

/** Reads the templates again. */
export async function loadTemplates(): Promise<void> {
  if (templates.value.kind !== "loaded") templates.value = { kind: "loading" };
  try {
    const response = await fetch("/templates.json");
    if (!response.ok) throw new Error(String(response.status));
    templates.value = { kind: "loaded", choices: await response.json() };
  } catch {
    if (templates.value.kind !== "loaded") templates.value = { kind: "failed" };
  }
}
