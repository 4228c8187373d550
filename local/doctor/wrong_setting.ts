/**
 * What is wrong with a setting at Twilio, in words.
 *
 * @module
 */
import { type Setting, wrongSettings } from "../configure/settings.ts";

/** Describes the settings that are not right: `SmsUrl is not set`. Undefined if all are right. */
export function describeWrong(settings: Setting[]): string | undefined {
  const wrong = wrongSettings(settings).map(({ name, before, after }) =>
    `${name} ${describeValue(before, after)}`
  );
  return wrong.length === 0 ? undefined : wrong.join(", ");
}

/**
 * Describes a wrong value. Of a URL it shows the host alone: another project's path, query and password are not
 * for this terminal.
 */
function describeValue(before: string | null, after: string): string {
  if (before === null) return "is not set";
  if (!URL.canParse(after)) return /^[A-Z]{3,7}$/.test(before) ? `is ${before}` : "is wrong";
  if (!URL.canParse(before)) return "is no URL";
  const [found, right] = [new URL(before), new URL(after)];
  const [foundName, rightName] = [found, right].map(functionOf);
  if (found.host !== right.host) {
    return foundName === rightName
      ? `posts to the ${rightName} of another project (${found.host})`
      : `points to another host (${found.host})`;
  }
  if (found.pathname !== right.pathname) {
    const known = ["sms-inbound", "sms-status", "twilio-events"].includes(foundName);
    return known && foundName !== rightName
      ? `points to ${foundName}, not to ${rightName}`
      : "points to another path of this host";
  }
  if (found.protocol !== right.protocol) {
    return `is ${found.protocol.replace(":", "")}, not ${right.protocol.replace(":", "")}`;
  }
  if (found.hash === "") {
    return "has no connection overrides, so Twilio does not retry after a 5xx answer or a timeout";
  }
  if (found.hash !== right.hash) return "has other connection overrides";
  return "has another user, password or query than the base URL";
}

function functionOf({ pathname }: URL): string {
  return pathname.replace(/\/+$/, "").split("/").at(-1) ?? "";
}
