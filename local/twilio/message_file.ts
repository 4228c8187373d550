/**
 * The file in which a message log outlives its process: a JSON object a line, the last line of a
 * SID counts.
 *
 * @module
 */
import type { Message } from "./message_log.ts";

/** What a line holds instead of a message that has been removed. */
interface Removal {
  sid: string;
  is_removed: true;
}

/** A log's file. */
export class MessageFile {
  #path: string;

  /** @param path It is made when it is not there. */
  constructor(path: string) {
    this.#path = path;
  }

  /** Reads the messages, and writes the file anew without the lines that do not count any more. */
  read(): Message[] {
    const messages = new Map<string, Message>();
    for (const line of readLines(this.#path).map(parseLine)) {
      if (line === undefined) continue;
      if ("is_removed" in line) messages.delete(line.sid);
      else messages.set(line.sid, { ...line, number: line.number ?? messages.size });
    }
    const kept = [...messages.values()];
    Deno.writeTextFileSync(`${this.#path}.new`, kept.map(asLine).join(""));
    Deno.renameSync(`${this.#path}.new`, this.#path);
    return kept;
  }

  /** Adds a message's present state. */
  write(message: Message): void {
    this.#append(asLine(message));
  }

  /** Adds that a message is gone. */
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

/** Reads a line; nothing of one that a killed process has not finished. */
function parseLine(text: string): Message | Removal | undefined {
  try {
    const line = JSON.parse(text);
    if (line.is_removed) return line;
    const { dateCreated, dateUpdated, dateSent } = line;
    return {
      ...line,
      // A file of an earlier version has none.
      fields: line.fields ?? {},
      dateCreated: new Date(dateCreated),
      dateUpdated: new Date(dateUpdated),
      dateSent: dateSent && new Date(dateSent),
    };
  } catch {
    return undefined;
  }
}
