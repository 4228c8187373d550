/**
 * The functions' log as server-sent events.
 *
 * @see https://html.spec.whatwg.org/multipage/server-sent-events.html
 * @module
 */
import { type LogLine, parseLogLine } from "./log_line.ts";

/** How many lines a page gets that is opened late. */
const KEPT_LINES = 100;

/** Keeps the newest lines, and hands each new one to everybody who listens. */
export class LogStream {
  #lines: LogLine[] = [];
  #count = 0;
  #listeners = new Set<ReadableStreamDefaultController<string>>();

  /** Takes what a function has printed; only its own JSON lines are kept. */
  hear(text: string): void {
    const parsed = parseLogLine(text);
    if (!parsed) return;
    const line = { ...parsed, id: ++this.#count, at: new Date().toISOString() };
    this.#lines = [...this.#lines, line].slice(-KEPT_LINES);
    for (const listener of this.#listeners) listener.enqueue(asEvent(line));
  }

  /**
   * Begins to listen.
   *
   * @param request Its Last-Event-ID, which a page sends that comes back, tells what is known.
   */
  listen(request: Request): Response {
    const known = Number(request.headers.get("last-event-id") ?? 0);
    // A page that has outlived the stack knows numbers of another count.
    const missed = this.#lines.filter(({ id }) => known > this.#count || id > known);
    let listener: ReadableStreamDefaultController<string>;
    const stream = new ReadableStream<string>({
      start: (controller) => {
        listener = controller;
        this.#listeners.add(controller);
        // Something has to be written, or the page does not see that it is connected.
        controller.enqueue(": connected\n\n" + missed.map(asEvent).join(""));
      },
      cancel: () => void this.#listeners.delete(listener),
    });
    return new Response(stream.pipeThrough(new TextEncoderStream()), {
      headers: { "Content-Type": "text/event-stream" },
    });
  }
}

function asEvent(line: LogLine): string {
  return `id: ${line.id}\ndata: ${JSON.stringify(line)}\n\n`;
}
