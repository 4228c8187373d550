/**
 * Messages sorted by a time, so that a page of a large log needs no sorting.
 *
 * @module
 */
import type { Message } from "./message_log.ts";

/** A message's place in an order: its time, then its number in the log. */
export interface Place {
  /** The time in ms since 1970. */
  time: number;
  number: number;
}

/** A range of an order, and a condition. */
export interface PlaceRange {
  /** The first place of the range; absent for the first of all. */
  from?: Place;
  /** The first place after the range; absent for the end. */
  until?: Place;
  /** The condition that a message must meet. */
  where?: (message: Message) => boolean;
}

/** Up to this number late messages are inserted one by one. More are sorted with all others. */
const MAX_INSERTIONS = 100;

/** Messages in the order of a time that does not change. */
export class MessageOrder {
  /** The sorted messages, oldest first. */
  #messages: Message[] = [];
  /** Messages that were added after newer ones. They are not sorted in yet. */
  #late: Message[] = [];
  #timeOf: (message: Message) => Date | null;

  /** @param timeOf Returns the time to sort by; null for a message that is left out. */
  constructor(timeOf: (message: Message) => Date | null) {
    this.#timeOf = timeOf;
  }

  /** Adds a message. One without a time is left out. */
  add(message: Message): void {
    if (!this.#timeOf(message)) return;
    const newest = this.#messages.at(-1);
    if (newest && this.#compare(newest, message) > 0) this.#late.push(message);
    else this.#messages.push(message);
  }

  /** Removes a message. */
  remove(message: Message): void {
    this.#sortLate();
    const index = this.#indexOf(this.placeOf(message));
    if (this.#messages[index] === message) this.#messages.splice(index, 1);
  }

  /** Returns a message's place. */
  placeOf(message: Message): Place {
    return { time: this.#timeOf(message)?.getTime() ?? -Infinity, number: message.number };
  }

  /** Iterates over a range, oldest first. */
  *oldestFirst({ from, until, where }: PlaceRange = {}): Generator<Message> {
    const [start, end] = this.#rangeOf(from, until);
    for (let index = start; index < end; index++) {
      const message = this.#messages[index];
      if (!where || where(message)) yield message;
    }
  }

  /** Iterates over a range, newest first. */
  *newestFirst({ from, until, where }: PlaceRange = {}): Generator<Message> {
    const [start, end] = this.#rangeOf(from, until);
    for (let index = end - 1; index >= start; index--) {
      const message = this.#messages[index];
      if (!where || where(message)) yield message;
    }
  }

  #rangeOf(from: Place | undefined, until: Place | undefined): [start: number, end: number] {
    this.#sortLate();
    return [
      from ? this.#indexOf(from) : 0,
      until ? this.#indexOf(until) : this.#messages.length,
    ];
  }

  /** Moves the late messages to their places. */
  #sortLate(): void {
    if (this.#late.length > MAX_INSERTIONS) {
      this.#messages = [...this.#messages, ...this.#late].sort((a, b) => this.#compare(a, b));
    } else {
      for (const message of this.#late) {
        this.#messages.splice(this.#indexOf(this.placeOf(message)), 0, message);
      }
    }
    this.#late = [];
  }

  /** Returns the index of the first message at or after a place. */
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

/** Returns a negative number if `one` is before `other`. */
function comparePlaces(one: Place, other: Place): number {
  return one.time === other.time ? one.number - other.number : one.time - other.time;
}
