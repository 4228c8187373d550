/**
 * Settings of a resource that an update changes: the parameters `SmsUrl`, the JSON's `sms_url`.
 *
 * @module
 */
import type { Check } from "../openapi.ts";

/** Parameters whose empty value removes a setting, as Twilio has it for URLs and references. */
const CLEARABLE = /(?:Url|Callback|Sid)$/;

/**
 * Lets the empty value of a URL or a reference pass a check.
 *
 * @returns A check whose result has null for such a value.
 */
export function clearable<Parameters>(check: Check<Parameters>): Check<Parameters> {
  return (parameters) => {
    const entries = Object.entries(parameters);
    const isEmpty = ([name, value]: [string, unknown]) => value === "" && CLEARABLE.test(name);
    return {
      ...check(Object.fromEntries(entries.filter((entry) => !isEmpty(entry)))),
      ...Object.fromEntries(entries.filter(isEmpty).map(([name]) => [name, null])),
    };
  };
}

/**
 * Changes the settings that parameters name.
 *
 * @param settings The settings, by their names in the JSON. Other parameters change nothing.
 */
export function change(settings: object, parameters: object): void {
  const changes = Object.entries(parameters)
    .map(([name, value]) => [snakeCase(name), value] as const)
    .filter(([name]) => name in settings);
  Object.assign(settings, Object.fromEntries(changes));
}

function snakeCase(name: string): string {
  return name.replace(/(?<=[a-z0-9])[A-Z]/g, (letter) => `_${letter}`).toLowerCase();
}
