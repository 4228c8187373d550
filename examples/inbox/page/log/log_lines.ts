/**
 * The functions' log, as the demo server streams it.
 *
 * @module
 */
import { type ReadonlySignal, signal } from "@preact/signals";
import type { LogLine } from "../../log_line.ts";

/** The number of lines that the page keeps. */
const SHOWN_LINES = 50;

/** The lines, the newest first. */
export type LogLines = ReadonlySignal<LogLine[]>;

/** Subscribes to the log. The browser reconnects by itself after the stack has restarted. */
export function listenToLog(): LogLines {
  const lines = signal<LogLine[]>([]);
  new EventSource("/webhooks").addEventListener("message", ({ data }) => {
    const line: LogLine = JSON.parse(data);
    lines.value = [line, ...lines.value].slice(0, SHOWN_LINES);
  });
  return lines;
}
