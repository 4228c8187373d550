/**
 * What a MessageSid looks like.
 *
 * @module
 */
import { z } from "zod/v3";

/**
 * Two capitals and 1 to 32 letters or digits. Twilio signs field names and values without
 * separators, so a longer "MessageSid" may be another field's text that somebody moved into it,
 * under a signature that still holds.
 */
export const MessageSid = z.string().regex(/^[A-Z]{2}[0-9A-Za-z]{1,32}$/);
