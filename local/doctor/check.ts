/**
 * What a check of the doctor is.
 *
 * @module
 */
import type { Twilio } from "twilio";
import type { Project } from "../project/project.ts";
import type { Health } from "./health.ts";

/** What a check found. */
export type Outcome =
  /** Nothing is wrong. */
  | { ok: true; detail: string }
  /** Something is wrong. `mend` is what to do, with the command where there is one. */
  | { ok: false; detail: string; mend: string }
  /** It does not apply, or it could not be asked. */
  | { ok: null; detail: string; mend?: string };

/** A check. Every run has every check, so an id stays the same and appears once. */
export interface Check {
  /** The subject and the check, such as `database.migrations`. */
  id: string;
  /** Looks, and changes nothing. What it throws becomes an outcome with `ok: null`. */
  run(): Promise<Outcome> | Outcome;
  /** The longest time that it may take, in ms; {@link CHECK_LIMIT_MS} by default. */
  limitMs?: number;
}

/** The longest time that a check may take, in ms. */
export const CHECK_LIMIT_MS = 20_000;

/** A check cannot ask what it needs to know. It becomes an outcome with `ok: null`. */
export class CannotAsk extends Error {
  /**
   * @param message What could not be asked, and why. It is printed.
   * @param mend What to do, where something can be done.
   */
  constructor(message: string, readonly mend?: string) {
    super(message);
  }
}

/** A row of recruiting_senders. */
export interface Sender {
  channel: "sms" | "whatsapp" | "rcs" | "messenger";
  address: string;
}

/** What the checks look at. Each answer is asked for once. */
export interface Examined {
  project: Project;
  /** Whether --round-trip was given. */
  isRoundTrip: boolean;
  /** Twilio's client. @throws {CannotAsk} If its credentials are missing. */
  twilio(): Twilio;
  /** The rows of recruiting_senders. @throws {CannotAsk} If they cannot be read. */
  senders(): Promise<Sender[]>;
  /** What recruiting_health() reports. @throws {CannotAsk} If it cannot be called. */
  health(): Promise<Health>;
}
