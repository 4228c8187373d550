/**
 * Messages sorted by a time, so that a page of a large log is found without sorting it.
 *
 * @module
 */
import type { Message } from "./message_log.ts";

/** Where a message stands: by its time, and within one second by its number in the log. */
export interface Place {
  /** In ms since 1970. */
  time: number;
  number: number;
}

/** Which messages of an order are walked through. */
export interface Part {
  /** The first place; the order's, if absent. */
  from?: Place;
  /** The first place behind the part; none, if absent. */
  until?: Place;
  /** What the messages fulfil. */
  where?: (message: Message) => boolean;
}

/** More messages than this are sorted in, fewer are put each at its place. */
const MOST_LATE = 100;

/** Messages in the order of a time that does not change any more. */
export class MessageOrder {
  /** Oldest first. */
  #messages: Message[] = [];
  /** Messages that have come after newer ones, and are not in their places yet. */
  #late: Message[] = [];
  #timeOf: (message: Message) => Date | null;

  /** @param timeOf The time to sort by; a message without one has no place. */
  constructor(timeOf: (message: Message) => Date | null) {
    this.#timeOf = timeOf;
  }

  /** Takes a message in; one without a time is left out. */
  add(message: Message): void {
    if (!this.#timeOf(message)) return;
    const newest = this.#messages.at(-1);
    if (newest && this.#compare(newest, message) > 0) this.#late.push(message);
    else this.#messages.push(message);
  }

  /** Takes a message out. */
  remove(message: Message): void {
    this.#settle();
    const index = this.#indexOf(this.placeOf(message));
    if (this.#messages[index] === message) this.#messages.splice(index, 1);
  }

  /** Where a message stands. */
  placeOf(message: Message): Place {
    return { time: this.#timeOf(message)?.getTime() ?? -Infinity, number: message.number };
  }

  /** Walks through a part, oldest first. */
  *oldestFirst({ from, until, where }: Part = {}): Generator<Message> {
    const [start, end] = this.#rangeOf(from, until);
    for (let index = start; index < end; index++) {
      const message = this.#messages[index];
      if (!where || where(message)) yield message;
    }
  }

  /** Walks through a part, newest first. */
  *newestFirst({ from, until, where }: Part = {}): Generator<Message> {
    const [start, end] = this.#rangeOf(from, until);
    for (let index = end - 1; index >= start; index--) {
      const message = this.#messages[index];
      if (!where || where(message)) yield message;
    }
  }

  #rangeOf(from: Place | undefined, until: Place | undefined): [start: number, end: number] {
    this.#settle();
    return [
      from ? this.#indexOf(from) : 0,
      until ? this.#indexOf(until) : this.#messages.length,
    ];
  }

  /** Puts what has come late to its place. */
  #settle(): void {
    if (this.#late.length > MOST_LATE) {
      this.#messages = [...this.#messages, ...this.#late].sort((a, b) => this.#compare(a, b));
    } else {
      for (const message of this.#late) {
        this.#messages.splice(this.#indexOf(this.placeOf(message)), 0, message);
      }
    }
    this.#late = [];
  }

  /** The index of the first message at or behind a place. */
  #indexOf(place: Place): number {
    let [low, high] = [0, this.#messages.length];
    while (low < high) {
      const middle = (low + high) >>> 1;
      if (comparePlaces(this.placeOf(this.#messages[middle]), place) < 0) low = middle + 1;
      else high = middle;
    }
    return low;
  }

  #compare(one: Message, other: Message): number {
    return comparePlaces(this.placeOf(one), this.placeOf(other));
  }
}

/** Negative if one place is in front of the other. */
function comparePlaces(one: Place, other: Place): number {
  return one.time === other.time ? one.number - other.number : one.time - other.time;
}
