/**
 * The doctor's subject errors: what Twilio's debugger has logged about the project's webhooks.
 *
 * @module
 */

import type { Check, Examined } from "./check.ts";
import { errorAdvice } from "./error_codes.ts";
import { twilioCheck } from "./twilio_check.ts";
import { twilioAccount } from "./twilio_account.ts";

/** Returns the checks of the errors. */
export function errorChecks(examined: Examined): Check[] {
  return [
    twilioCheck("errors.last_day", async () => {
      const { ours, isPartial } = await twilioAccount(examined).alerts();
      const read = isPartial ? " among the newest alerts of the account" : "";
      if (ours.length === 0) {
        return {
          ok: true,
          detail: `Twilio has logged no error about these functions in the last day${read}`,
        };
      }
      const codes = [...Map.groupBy(ours, ({ code }) => code)].sort(([, a], [, b]) =>
        b.length - a.length
      );
      const counts = codes.map(([code, alerts]) => {
        const webhooks = new Set(alerts.map(({ webhook }) => webhook));
        return `${code} × ${alerts.length} (${[...webhooks].join(", ")})`;
      });
      const detail = `Errors of the last day${read}: ${counts.join("; ")}`;
      const advice = codes.map(([code]) => ({ code, ...errorAdvice(code) }));
      if (advice.some(({ isFault }) => isFault)) {
        return {
          ok: false,
          detail,
          mend: advice.map(({ code, mend }) => `${code}: ${mend}`).join("\n"),
        };
      }
      return {
        ok: true,
        detail: `${detail}. ${advice.map(({ code, mend }) => `${code}: ${mend}`).join(". ")}`,
      };
    }),
  ];
}
