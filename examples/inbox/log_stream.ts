/**
 * The functions' log as server-sent events.
 *
 * @see https://html.spec.whatwg.org/multipage/server-sent-events.html
 * @module
 */
import { type LogLine, parseLogLine } from "./log_line.ts";

/** The number of newest lines that a newly opened page receives. */
const KEPT_LINES = 50;

/** Keeps the newest log lines, and streams each new one to every open page. */
export class LogStream {
  #lines: LogLine[] = [];
  #count = 0;
  #subscribers = new Set<ReadableStreamDefaultController<string>>();

  /**
   * Adds a line that an Edge Function has printed. Lines that are not JSON log lines are ignored.
   */
  add(text: string): void {
    const parsed = parseLogLine(text);
    if (!parsed) return;
    const line = { ...parsed, id: ++this.#count, at: new Date().toISOString() };
    this.#lines = [...this.#lines, line].slice(-KEPT_LINES);
    for (const subscriber of this.#subscribers) subscriber.enqueue(asEvent(line));
  }

  /**
   * Streams the kept lines, and then each new one.
   *
   * @param request A browser that reconnects sends the id of its last line as Last-Event-ID: the
   *   stream goes on after that line.
   */
  subscribe(request: Request): Response {
    const known = Number(request.headers.get("last-event-id") ?? 0);
    // An id above the count is from an earlier run of the stack: the page gets all kept lines.
    const missed = this.#lines.filter(({ id }) => known > this.#count || id > known);
    let subscriber: ReadableStreamDefaultController<string>;
    const stream = new ReadableStream<string>({
      start: (controller) => {
        subscriber = controller;
        this.#subscribers.add(controller);
        // The browser reports an open connection only after the first bytes.
        controller.enqueue(": connected\n\n" + missed.map(asEvent).join(""));
      },
      cancel: () => void this.#subscribers.delete(subscriber),
    });
    return new Response(stream.pipeThrough(new TextEncoderStream()), {
      headers: { "Content-Type": "text/event-stream" },
    });
  }
}

function asEvent(line: LogLine): string {
  return `id: ${line.id}\ndata: ${JSON.stringify(line)}\n\n`;
}
