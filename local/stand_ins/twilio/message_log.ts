/**
 * The account's message log: every message, inbound and outbound.
 *
 * @module
 */
import { MessageFile } from "./message_file.ts";
import { MessageOrder } from "./message_order.ts";
import { segmentsOf } from "./segments.ts";

/** A message in the log. */
export interface Message {
  sid: string;
  /** The message's number in the log, which orders messages of the same second. */
  number: number;
  direction: "inbound" | "outbound-api" | "outbound-reply";
  /** The From address. The API hides that of a Messaging Service until the message is sent. */
  from: string;
  to: string;
  messagingServiceSid: string | null;
  body: string;
  media: Media[];
  /**
   * Further fields of the webhook's form, such as Latitude. The Messages API does not return them.
   */
  fields: Record<string, string>;
  status: MessageStatus;
  failure: Failure | null;
  numSegments: number;
  /** Dates are whole seconds, as Twilio's are. */
  dateCreated: Date;
  dateUpdated: Date;
  dateSent: Date | null;
  /** The URL that gets the status callbacks. */
  statusCallback: string | null;
}

/** The reason why a message was undelivered. */
export interface Failure {
  /** Twilio's error code, such as 30003. */
  code: number;
  message: string;
}

/** A picture or another file. */
export interface Media {
  url: string;
  /** The type; null for an outbound message, whose type is unknown. */
  content_type: string | null;
  /** Whether it was deleted through the API. The message's num_media stays. */
  isDeleted?: true;
}

/** The statuses of messages in the stand-in. */
export type MessageStatus =
  | "accepted"
  | "scheduled"
  | "queued"
  | "sent"
  | "delivered"
  | "undelivered"
  | "canceled"
  | "received";

/** The values of a new message. The log adds the others. */
export type NewMessage =
  & Pick<Message, "direction" | "from" | "to" | "body" | "status">
  & Partial<Pick<Message, "sid" | "messagingServiceSid" | "media" | "fields" | "statusCallback">>
  & {
    /** The time of sending, for a message from the past. */
    sentAt?: Date;
  };

/** A message log, in memory or in a file. */
export class MessageLog {
  /** All messages, by the time of creation. */
  readonly byCreation: MessageOrder = new MessageOrder(({ dateCreated }) => dateCreated);
  /** The messages that were sent, by the time of sending. */
  readonly bySending: MessageOrder = new MessageOrder(({ dateSent }) => dateSent);
  #bySid = new Map<string, Message>();
  #nextNumber = 0;
  #file: MessageFile | undefined;

  /** @param path The file; without it the log is lost when the process exits. */
  constructor(path?: string) {
    if (!path) return;
    this.#file = new MessageFile(path);
    for (const message of this.#file.read()) this.#keep(message);
  }

  /** Adds a new message. Without a given SID it gets a new one. */
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

  /** Changes a message's status. */
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

  /** Empties a message's body. */
  redact(message: Message): void {
    message.body = "";
    message.dateUpdated = wholeSeconds(new Date());
    this.#file?.write(message);
  }

  /** Deletes one of a message's media. */
  deleteMedia(message: Message, media: Media): void {
    media.isDeleted = true;
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

/** Makes a random SID: the two letters of a resource, such as SM, and 32 hex digits. */
export function newSid(prefix: string): string {
  return prefix + crypto.randomUUID().replaceAll("-", "");
}

function wholeSeconds(date: Date): Date {
  return new Date(Math.floor(date.getTime() / 1000) * 1000);
}
