/**
 * The account's message log: every text of both directions, in the order of creation.
 *
 * @module
 */

import { segmentsOf } from "./segments.ts";

/** A message as Twilio knows it. */
export interface Message {
  sid: string;
  direction: "inbound" | "outbound-api" | "outbound-reply";
  /** Who sends it; with a Messaging Service Twilio tells this only once the message is out. */
  from: string;
  to: string;
  messagingServiceSid: string | null;
  body: string;
  media: Media[];
  status: MessageStatus;
  failure: Failure | null;
  numSegments: number;
  /** Dates are whole seconds, as Twilio's are. */
  dateCreated: Date;
  dateUpdated: Date;
  dateSent: Date | null;
  /** Where changes of the status are told. */
  statusCallback: string | null;
}

/** Why a message was not delivered. */
export interface Failure {
  /** Twilio's number for it, such as 30003. */
  code: number;
  message: string;
}

/** A picture or another file. */
export interface Media {
  url: string;
  /** Unknown for what we send. */
  content_type: string | null;
}

/** The states that messages of the stand-in go through. */
export type MessageStatus =
  | "accepted"
  | "scheduled"
  | "queued"
  | "sent"
  | "delivered"
  | "undelivered"
  | "canceled"
  | "received";

/** What a new message needs; the rest follows. */
export type NewMessage =
  & Pick<Message, "direction" | "from" | "to" | "body" | "status">
  & Partial<Pick<Message, "sid" | "messagingServiceSid" | "media" | "statusCallback">>;

/** Keeps messages: until the process ends, or in a file. */
export class MessageLog {
  #messages: Message[] = [];
  #bySid = new Map<string, Message>();
  #file: string | undefined;

  /** @param file Where what is kept outlives the process: a JSON object a line, the last one counts. */
  constructor(file?: string) {
    this.#file = file;
    if (!file) return;
    for (const message of readMessages(file)) this.#keep(message);
    // Without a line that a killed process has not finished, and without what was overwritten.
    Deno.writeTextFileSync(`${file}.new`, this.#messages.map(asLine).join(""));
    Deno.renameSync(`${file}.new`, file);
  }

  /** Keeps a new message; its SID is made unless it is given. */
  add(fields: NewMessage): Message {
    const now = thisSecond();
    const media = fields.media ?? [];
    const message: Message = {
      sid: newSid(media.length > 0 ? "MM" : "SM"),
      messagingServiceSid: null,
      statusCallback: null,
      ...fields,
      media,
      failure: null,
      numSegments: segmentsOf(fields),
      dateCreated: now,
      dateUpdated: now,
      dateSent: fields.direction === "inbound" ? now : null,
    };
    this.#keep(message);
    this.#write(message);
    return message;
  }

  find(sid: string): Message | undefined {
    return this.#bySid.get(sid);
  }

  /** Moves a message on. */
  move(message: Message, status: MessageStatus, failure: Failure | null = null): void {
    message.status = status;
    message.failure = failure;
    message.dateUpdated = thisSecond();
    if (status === "sent") message.dateSent = message.dateUpdated;
    this.#write(message);
  }

  /** Empties a message's text. */
  redact(message: Message): void {
    message.body = "";
    message.dateUpdated = thisSecond();
    this.#write(message);
  }

  /** The messages that fulfil a condition, oldest first. */
  filter(condition: (message: Message) => boolean): Message[] {
    return this.#messages.filter(condition);
  }

  /** The newest message that fulfils a condition. */
  findLast(condition: (message: Message) => boolean): Message | undefined {
    return this.#messages.findLast(condition);
  }

  #keep(message: Message): void {
    const known = this.#bySid.get(message.sid);
    if (known) return void Object.assign(known, message);
    this.#messages.push(message);
    this.#bySid.set(message.sid, message);
  }

  #write(message: Message): void {
    if (this.#file) Deno.writeTextFileSync(this.#file, asLine(message), { append: true });
  }
}

function asLine(message: Message): string {
  return JSON.stringify(message) + "\n";
}

function readMessages(file: string): Message[] {
  try {
    return Deno.readTextFileSync(file).split("\n").flatMap(readLine);
  } catch (error) {
    if (error instanceof Deno.errors.NotFound) return [];
    throw error;
  }
}

/** Reads a line; nothing of one that was not finished. */
function readLine(line: string): Message[] {
  try {
    const message = JSON.parse(line);
    const { dateCreated, dateUpdated, dateSent } = message;
    return [{
      ...message,
      dateCreated: new Date(dateCreated),
      dateUpdated: new Date(dateUpdated),
      dateSent: dateSent && new Date(dateSent),
    }];
  } catch {
    return [];
  }
}

/** Makes a SID like Twilio's: a prefix and 32 hex digits. */
export function newSid(prefix: "SM" | "MM"): string {
  return prefix + crypto.randomUUID().replaceAll("-", "");
}

function thisSecond(): Date {
  return new Date(Math.floor(Date.now() / 1000) * 1000);
}
