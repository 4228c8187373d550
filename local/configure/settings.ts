/**
 * What `twilio configure` sets at Twilio, and what it finds there.
 *
 * A target is read by one reader a kind: number_target.ts, service_target.ts, whatsapp_target.ts and
 * events_target.ts. A reader takes Twilio's client and the functions' base URL, and changes nothing.
 *
 * @module
 */

/** A setting of a resource. It is right if `before` equals `after`. */
export interface Setting {
  /** Twilio's name of it, such as `SmsUrl`. */
  name: string;
  /** What Twilio has, null if it is not set. A URL is complete, with its password. */
  before: string | null;
  /** What it must be. */
  after: string;
}

/** Something that makes a setting useless. `twilio configure` says it, and leaves it alone. */
export interface Warning {
  kind: WarningKind;
  /** A sentence without a whole phone number or a password. */
  message: string;
  /** The Messaging Service that it is about, where it is about one. */
  serviceSid?: string;
}

/** The kinds of warnings. */
export type WarningKind =
  /** SmsApplicationSid: Twilio ignores the number's SMS URLs. */
  | "sms_application"
  /** VoiceApplicationSid: Twilio ignores the number's voice URLs. */
  | "voice_application"
  /** TrunkSid: Twilio ignores the number's voice URLs. */
  | "trunk"
  /** A Messaging Service that does not defer to the number: Twilio ignores the number's SMS URLs. */
  | "number_in_service"
  /** The senders of a service, all of which a changed InboundRequestUrl concerns. */
  | "senders_of_service"
  /** A sink of another owner has the same destination: each event comes twice. */
  | "foreign_sink";

/** A change of one resource. Repeating it is safe. */
export interface Step {
  /** What it does, such as `create the sink`. */
  label: string;
  apply(): Promise<void>;
}

/** A resource at Twilio, or the few that belong together. */
export interface Target {
  kind: "number" | "service" | "whatsapp" | "events";
  /** Which one it is, without a whole phone number, such as `number …0100`. */
  label: string;
  settings: Setting[];
  warnings: Warning[];
  /** The changes that make every setting right, in their order. None if all are right. */
  steps: Step[];
  /** Takes all steps. It changes only what differs, and is safe to repeat. */
  apply(): Promise<void>;
}

/** The account does not have a resource. The message names it without a whole phone number. */
export class MissingResource extends Error {}

/**
 * Compares what Twilio has with what it must be. URLs are equal if they differ in nothing but the order of
 * their connection overrides.
 *
 * @param before Twilio's value. An empty one counts as not set.
 */
export function setting(
  name: string,
  before: string | boolean | null | undefined,
  after: string,
): Setting {
  const value = before === "" || before === null || before === undefined ? null : String(before);
  return {
    name,
    before: value,
    after: value !== null && isSameUrl(value, after) ? value : after,
  };
}

/** Returns the settings that are not right. */
export function wrongSettings(settings: Setting[]): Setting[] {
  return settings.filter(({ before, after }) => before !== after);
}

/** Completes a target with `apply`, which takes its steps in their order. */
export function targetOf(target: Omit<Target, "apply">): Target {
  return {
    ...target,
    async apply() {
      for (const step of target.steps) await step.apply();
    },
  };
}

/**
 * Makes the one step of a resource that one call changes.
 *
 * @param update Makes the call, with the wrong settings by name.
 * @returns No step if all settings are right.
 */
export function updateStep(
  label: string,
  settings: Setting[],
  update: (values: Record<string, string>) => Promise<unknown>,
): Step[] {
  const wrong = wrongSettings(settings);
  if (wrong.length === 0) return [];
  return [{
    label,
    apply: async () => {
      await update(Object.fromEntries(wrong.map(({ name, after }) => [name, after])));
    },
  }];
}

/** @see https://www.twilio.com/docs/usage/webhooks/webhooks-connection-overrides */
function isSameUrl(one: string, other: string): boolean {
  const [[address, overrides], [otherAddress, otherOverrides]] = [one, other].map(inParts);
  return address === otherAddress && overrides === otherOverrides;
}

function inParts(url: string): [address: string, overrides: string] {
  const [address, ...fragment] = url.split("#");
  return [address, fragment.join("#").split("&").sort().join("&")];
}
