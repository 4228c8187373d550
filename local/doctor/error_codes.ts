/**
 * What to do about the errors of Twilio's debugger that concern the webhooks.
 *
 * @see https://www.twilio.com/docs/api/errors
 * @module
 */

/** What to do about an error. */
export interface ErrorAdvice {
  /** False for what happens also when nothing is wrong, such as an opt-out. */
  isFault: boolean;
  /** What to do, or that nothing has to be done. */
  mend: string;
}

const REGISTER =
  "a US carrier refuses texts of an unregistered sender: register it, as the findings of registration say";
const WRONG_URL =
  "the answer is not that of the function: see the findings twilio.inbound and twilio.voice";
const CERTIFICATE =
  "Twilio does not accept the certificate of the URL's host: use one of a public authority, with its whole chain";

const FAULTS: Record<string, string> = {
  "11200":
    "the function did not answer 2xx in time: see the findings of functions, and read its log of that time. Reconciliation brings lost texts in",
  "11205":
    "Twilio could not connect: check that the host is reachable from the internet, and is not a tunnel that has ended",
  "11206": "the answer broke the HTTP protocol: check the proxy in front of the function",
  "11210": "Twilio does not find the host: check its spelling and its DNS record",
  "11215": "the URL redirects: enter the address at which it ends",
  "11220": CERTIFICATE,
  "11235": CERTIFICATE,
  "11237": CERTIFICATE,
  "11750": WRONG_URL,
  "12100": WRONG_URL,
  "12200": WRONG_URL,
  "12300":
    "the answer has a content type that Twilio cannot use: texts go to sms-inbound, calls to twilio-events",
  "20003":
    "Twilio refuses the credentials: check TWILIO_AUTH_TOKEN, or TWILIO_API_KEY and its secret",
  "21408":
    "texts to that country are not allowed: Twilio's console, Messaging, Settings, Geo permissions",
  "21611": "the sender's queue is full: send more slowly, or use more numbers",
  "30001": "the sender's queue is full: send more slowly, or use more numbers",
  "30002": "the account is suspended: see Twilio's console",
  "30007": "the carrier filters the texts: check their words and links, and the registration",
  "30022": "the carrier takes no more texts at this rate: send more slowly",
  "30023":
    "the day's limit of the brand is reached: send more slowly, or ask Twilio for a higher trust score",
  "30032":
    "the toll-free number is not verified: Twilio's console, Phone numbers, the number, Regulatory information",
  "30034": REGISTER,
  "63016":
    "WhatsApp takes free text only within 24 hours after the recruit's last text: send a template",
  "63018": "WhatsApp takes no more messages at this rate: send more slowly",
};

const EXPECTED: Record<string, string> = {
  "21610": "the recruit has opted out, which is recorded: nothing has to be done",
  "30003": "the recruit's phone is off or out of reach: nothing has to be done",
  "30005": "the recruit's number does not exist: correct it",
  "30006": "the recruit's number takes no texts: correct it",
};

/** Returns what to do about an error code. An unknown code gets a link to its description. */
export function errorAdvice(code: string): ErrorAdvice {
  if (Object.hasOwn(FAULTS, code)) return { isFault: true, mend: FAULTS[code] };
  if (Object.hasOwn(EXPECTED, code)) return { isFault: false, mend: EXPECTED[code] };
  return { isFault: true, mend: `see https://www.twilio.com/docs/api/errors/${code}` };
}
