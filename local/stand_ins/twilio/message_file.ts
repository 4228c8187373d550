/**
 * The file of a message log that outlives its process. Each line is a JSON object, and the last
 * line of a SID counts.
 *
 * @module
 */
import type { Message } from "./message_log.ts";

/** The line of a removed message. */
interface Removal {
  sid: string;
  is_removed: true;
}

/** A log's file. */
export class MessageFile {
  #path: string;

  /** @param path The file. It is created if it does not exist. */
  constructor(path: string) {
    this.#path = path;
  }

  /** Reads the messages, and rewrites the file without outdated lines. */
  read(): Message[] {
    const messages = new Map<string, Message>();
    for (const line of readLines(this.#path).map(parseLine)) {
      if (line === undefined) continue;
      if ("is_removed" in line) messages.delete(line.sid);
      else messages.set(line.sid, line);
    }
    const kept = [...messages.values()];
    Deno.writeTextFileSync(`${this.#path}.new`, kept.map(asLine).join(""));
    Deno.renameSync(`${this.#path}.new`, this.#path);
    return kept;
  }

  /** Appends a message's present state. */
  write(message: Message): void {
    this.#append(asLine(message));
  }

  /** Appends the removal of a message. */
  writeRemoval(sid: string): void {
    this.#append(asLine({ sid, is_removed: true }));
  }

  #append(line: string): void {
    Deno.writeTextFileSync(this.#path, line, { append: true });
  }
}

function asLine(line: Message | Removal): string {
  return JSON.stringify(line) + "\n";
}

function readLines(path: string): string[] {
  try {
    return Deno.readTextFileSync(path).split("\n");
  } catch (error) {
    if (error instanceof Deno.errors.NotFound) return [];
    throw error;
  }
}

/** Parses a line; undefined for an incomplete line of a killed process. */
function parseLine(text: string): Message | Removal | undefined {
  try {
    const line = JSON.parse(text);
    if (line.is_removed) return line;
    const { dateCreated, dateUpdated, dateSent } = line;
    return {
      ...line,
      dateCreated: new Date(dateCreated),
      dateUpdated: new Date(dateUpdated),
      dateSent: dateSent && new Date(dateSent),
    };
  } catch {
    return undefined;
  }
}
