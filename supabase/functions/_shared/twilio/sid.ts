/**
 * The form of a SID.
 *
 * @module
 */
import { z } from "zod/v3";

/**
 * Every SID of Twilio's is two capitals and 1 to 32 letters or digits. The length is bounded because Twilio signs
 * names and values without separators: an attacker could move another field's text into a longer SID, and the
 * signature would still hold.
 */
export const SID = /^[A-Z]{2}[0-9A-Za-z]{1,32}$/;

/** The SID of a message. */
export const MessageSid = z.string().regex(SID);
