/**
 * The form of a MessageSid.
 *
 * @module
 */
import { z } from "zod/v3";

/**
 * Two capitals and 1 to 32 letters or digits. The length is bounded because Twilio signs names and values
 * without separators: an attacker could move another field's text into a longer MessageSid, and the
 * signature would still hold.
 */
export const MessageSid = z.string().regex(/^[A-Z]{2}[0-9A-Za-z]{1,32}$/);
