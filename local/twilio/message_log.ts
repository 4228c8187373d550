/**
 * The account's message log: every text of both directions.
 *
 * @module
 */
import { MessageFile } from "./message_file.ts";
import { MessageOrder } from "./message_order.ts";
import { segmentsOf } from "./segments.ts";

/** A message as Twilio knows it. */
export interface Message {
  sid: string;
  /** Counts what the log has taken: it orders the messages of one second. */
  number: number;
  direction: "inbound" | "outbound-api" | "outbound-reply";
  /** Who sends it; with a Messaging Service Twilio tells this only once the message is out. */
  from: string;
  to: string;
  messagingServiceSid: string | null;
  body: string;
  media: Media[];
  /** What the webhook's form holds beside all this, such as Latitude; the Messages API lacks it. */
  fields: Record<string, string>;
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
  & Partial<Pick<Message, "sid" | "messagingServiceSid" | "media" | "fields" | "statusCallback">>
  & {
    /** When it was sent, if that is over; a text comes now, and a message of ours is yet to go out. */
    sentAt?: Date;
  };

/** Keeps messages: until the process ends, or in a file. */
export class MessageLog {
  /** All messages, by creation. */
  readonly byCreation: MessageOrder = new MessageOrder(({ dateCreated }) => dateCreated);
  /** The messages that have been sent, by that. */
  readonly bySending: MessageOrder = new MessageOrder(({ dateSent }) => dateSent);
  #bySid = new Map<string, Message>();
  #nextNumber = 0;
  #file: MessageFile | undefined;

  /** @param path The file, if what is kept is to outlive the process. */
  constructor(path?: string) {
    if (!path) return;
    this.#file = new MessageFile(path);
    for (const message of this.#file.read()) this.#keep(message);
  }

  /** Keeps a new message; its SID is made unless it is given. */
  add({ sentAt, ...given }: NewMessage): Message {
    const created = wholeSeconds(sentAt ?? new Date());
    const media = given.media ?? [];
    const message: Message = {
      sid: newSid(media.length > 0 ? "MM" : "SM"),
      number: this.#nextNumber,
      messagingServiceSid: null,
      statusCallback: null,
      fields: {},
      ...given,
      media,
      failure: null,
      numSegments: segmentsOf(given),
      dateCreated: created,
      dateUpdated: created,
      dateSent: sentAt || given.direction === "inbound" ? created : null,
    };
    this.#keep(message);
    this.#file?.write(message);
    return message;
  }

  find(sid: string): Message | undefined {
    return this.#bySid.get(sid);
  }

  /** Moves a message on. */
  move(message: Message, status: MessageStatus, failure: Failure | null = null): void {
    message.status = status;
    message.failure = failure;
    message.dateUpdated = wholeSeconds(new Date());
    if (status === "sent" && !message.dateSent) {
      message.dateSent = message.dateUpdated;
      this.bySending.add(message);
    }
    this.#file?.write(message);
  }

  /** Empties a message's text. */
  redact(message: Message): void {
    message.body = "";
    message.dateUpdated = wholeSeconds(new Date());
    this.#file?.write(message);
  }

  /** Removes a message. */
  remove(message: Message): void {
    this.byCreation.remove(message);
    this.bySending.remove(message);
    this.#bySid.delete(message.sid);
    this.#file?.writeRemoval(message.sid);
  }

  #keep(message: Message): void {
    this.#bySid.set(message.sid, message);
    this.byCreation.add(message);
    this.bySending.add(message);
    this.#nextNumber = Math.max(this.#nextNumber, message.number + 1);
  }
}

/** Makes a SID like Twilio's: a prefix and 32 hex digits. */
export function newSid(prefix: "SM" | "MM"): string {
  return prefix + crypto.randomUUID().replaceAll("-", "");
}

function wholeSeconds(date: Date): Date {
  return new Date(Math.floor(date.getTime() / 1000) * 1000);
}
