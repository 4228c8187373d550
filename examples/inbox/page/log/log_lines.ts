/**
 * The functions' log, as the demo server tells it.
 *
 * @module
 */
import { type ReadonlySignal, signal } from "@preact/signals";
import type { LogLine } from "../../log_line.ts";

/** How many lines stay on the page. */
const SHOWN_LINES = 200;

/** The newest line first. */
export type LogLines = ReadonlySignal<LogLine[]>;

/** Begins to listen; the browser comes back by itself when the stack does. */
export function listenToLog(): LogLines {
  const lines = signal<LogLine[]>([]);
  new EventSource("/webhooks").addEventListener("message", ({ data }) => {
    const line: LogLine = JSON.parse(data);
    lines.value = [line, ...lines.value].slice(0, SHOWN_LINES);
  });
  return lines;
}
