/**
 * Delivery states in plain words.
 *
 * @see https://www.twilio.com/docs/api/errors
 * @module
 */

/** A message's delivery state. */
export interface Delivery {
  state: "sending" | "queued" | "sent" | "delivered" | "failed";
  label: string;
}

/** Twilio's most frequent error codes, in words for an agent. */
const REASONS: Record<string, string> = {
  "21211": "this is not a valid phone number",
  "21408": "texts to this country are not switched on",
  "21610": "the recruit has opted out",
  "21612": "this number cannot be reached from ours",
  "21614": "this is not a mobile number",
  "30003": "the phone is switched off or out of reach",
  "30004": "the phone or its carrier blocks our texts",
  "30005": "the number is not in service",
  "30006": "this is a landline, or its carrier takes no texts",
  "30007": "the carrier has filtered it as spam",
  "30008": "the carrier gives no reason",
  "30034": "our number is not registered with the carriers",
  "63016": "WhatsApp’s 24 hours since the recruit’s last text are over",
};

/**
 * Describes a message's status.
 *
 * @param status The stored status, or Twilio's.
 * @param errorCode Twilio's error code of a failed message.
 * @param errorMessage The text for a code without words here.
 */
export function deliveryOf(
  status: string,
  errorCode: string | number | null,
  errorMessage?: string | null,
): Delivery {
  switch (status) {
    case "accepted":
    case "scheduled":
    case "queued":
      return { state: "queued", label: "Queued" };
    case "sent":
      return { state: "sent", label: "Sent" };
    case "delivered":
      return { state: "delivered", label: "Delivered" };
    default:
      return { state: "failed", label: `Not delivered: ${reasonOf(errorCode, errorMessage)}` };
  }
}

function reasonOf(errorCode: string | number | null, errorMessage?: string | null): string {
  if (errorCode === null) return errorMessage || "the reason is not known";
  const reason = REASONS[errorCode] ?? errorMessage;
  return reason ? `${reason} (${errorCode})` : `Twilio’s error ${errorCode}`;
}
