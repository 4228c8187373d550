/**
 * Why no text can be sent in a conversation, so that a front end offers no button that must fail.
 *
 * The database decides: it checks the same rules when a message is begun, and sms-send answers 409.
 *
 * @module
 */

/**
 * The reason, named as the error of sms-send.
 *
 * | value            | meaning                                                                       |
 * | ---------------- | ----------------------------------------------------------------------------- |
 * | `opted_out`      | the recruit has opted out                                                     |
 * | `closed`         | the conversation must be reopened first                                       |
 * | `outside_window` | WhatsApp allows only templates, until the recruit texts again                 |
 */
export type SendObstacle = "opted_out" | "closed" | "outside_window";

/** The columns of a conversation that decide. */
export interface SendingState {
  channel: string;
  status: string;
  opted_out_at: string | null;
}

/**
 * How long WhatsApp allows free text after a recruit's text, in ms.
 *
 * @see https://www.twilio.com/docs/whatsapp/key-concepts#the-24-hour-window
 */
const WINDOW_MS = 24 * 60 * 60 * 1000;

/**
 * Tells what keeps a text from being sent.
 *
 * @param conversation The conversation's columns.
 * @param lastTextAt When the recruit's newest text arrived; undefined if there is none.
 * @param now The present time.
 * @returns The first obstacle in the order of the table; undefined if there is none.
 */
export function sendObstacle(
  { channel, status, opted_out_at }: SendingState,
  lastTextAt: Date | undefined,
  now: Date,
): SendObstacle | undefined {
  if (opted_out_at) return "opted_out";
  if (status === "closed") return "closed";
  if (channel !== "whatsapp") return undefined;
  const isOpen = lastTextAt && now.getTime() - lastTextAt.getTime() < WINDOW_MS;
  return isOpen ? undefined : "outside_window";
}
