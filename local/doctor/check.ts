/**
 * What a check of the doctor is.
 *
 * @module
 */
import type { Twilio } from "twilio";
import type { Project } from "../project/project.ts";

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
}

/** A row of recruiting_senders. */
export interface Sender {
  channel: "sms" | "whatsapp" | "rcs" | "messenger";
  address: string;
}

/** What the checks look at. Each answer is asked for once. */
export interface Examined {
  project: Project;
  /** Twilio's client. @throws {Error} If its credentials are missing. */
  twilio(): Twilio;
  /** The rows of recruiting_senders. @throws {Error} If they cannot be read. */
  senders(): Promise<Sender[]>;
}
