/**
 * The doctor's subject errors: the alerts of Twilio's debugger.
 *
 * @module
 */
import { errorChecks } from "../../local/doctor/error_checks.ts";
import type { AccountState } from "../../local/stand_ins/twilio/resources/account_state.ts";
import { assertEquals, assertMatch } from "../support/assert.ts";
import {
  type Doctor,
  FUNCTIONS_URL,
  OTHER_URL,
  WITH_API_KEY,
  withDoctor,
} from "../support/doctor_of_twilio.ts";

type NewAlert = NonNullable<AccountState["alerts"]>[number];

const RECRUIT = "+15550190031";
const TEXT = "Secret words of a recruit";

/** Logs alerts about our sms-inbound. Their texts quote a message and a phone. */
const log = (doctor: Doctor, ...alerts: NewAlert[]) =>
  doctor.change({
    alerts: alerts.map((alert) => ({
      request_url: `${FUNCTIONS_URL}/sms-inbound`,
      alert_text: new URLSearchParams({ Msg: TEXT, From: RECRUIT }).toString(),
      ...alert,
    })),
  });

async function finding(doctor: Doctor, env: Record<string, string> = {}) {
  const found = (await doctor.findings({ env })).get("errors.last_day");
  const printed = JSON.stringify(found);
  assertEquals([RECRUIT, "Secret"].filter((secret) => printed.includes(secret)), []);
  return found;
}

const RIGHT = "Twilio has logged no error about these functions in the last day";

Deno.test("alerts about other URLs, old ones and notices are no finding", async () => {
  await withDoctor(errorChecks, async (doctor) => {
    assertEquals((await finding(doctor))?.detail, RIGHT);
    await log(
      doctor,
      { error_code: "11200", request_url: `${OTHER_URL}/sms-inbound` },
      { error_code: "11200", request_url: "https://ours.example.co/hook" },
      { error_code: "11200", request_url: `${FUNCTIONS_URL}/sms-inbound-of-another` },
      { error_code: "11200", request_url: null },
      { error_code: "11200", date_created: new Date(Date.now() - 25 * 3_600_000).toISOString() },
      { error_code: "11200", log_level: "notice" },
    );
    const found = await finding(doctor);
    assertEquals([found?.ok, found?.detail], [true, RIGHT]);
  });
});

Deno.test("alerts about our URLs are counted by code, each with what to do", async () => {
  await withDoctor(errorChecks, async (doctor) => {
    await log(
      doctor,
      { error_code: "11200" },
      { error_code: "11200", request_url: `${FUNCTIONS_URL}/twilio-events/` },
      { error_code: "11200", date_created: new Date(Date.now() - 23 * 3_600_000).toISOString() },
      { error_code: "12300", log_level: "warning" },
      { error_code: "30034", request_url: `${FUNCTIONS_URL}/sms-status?message=1#rc=3` },
      { error_code: "21610", request_url: `${FUNCTIONS_URL}/sms-status` },
      {
        error_code: "45678",
        request_url: "https://user:password@ours.example.co/functions/v1/sms-status",
      },
    );
    const found = await finding(doctor);
    assertEquals(found?.ok, false);
    const counts = (found?.detail ?? "").replace("Errors of the last day: ", "").split("; ");
    assertEquals(counts[0], "11200 × 3 (sms-inbound, twilio-events)");
    assertEquals(counts.slice(1).sort(), [
      "12300 × 1 (sms-inbound)",
      "21610 × 1 (sms-status)",
      "30034 × 1 (sms-status)",
      "45678 × 1 (sms-status)",
    ]);
    const mends = (found?.mend ?? "").split("\n");
    assertEquals(mends.length, 5);
    assertMatch(mends[0], /^11200: the function did not answer 2xx in time/);
    for (
      const mend of [
        /^12300: .*content type/m,
        /^21610: the recruit has opted out.*nothing has to be done$/m,
        /^30034: .*unregistered sender/m,
        /^45678: see https:\/\/www\.twilio\.com\/docs\/api\/errors\/45678$/m,
      ]
    ) assertMatch(found?.mend ?? "", mend);
  });
});

Deno.test("an opt-out alone is no fault", async () => {
  await withDoctor(errorChecks, async (doctor) => {
    await log(doctor, { error_code: "21610" });
    const found = await finding(doctor);
    assertEquals(found?.ok, true);
    assertMatch(
      found?.detail ?? "",
      /21610 × 1 \(sms-inbound\)\. 21610: the recruit has opted out/,
    );
  });
});

Deno.test("every base URL of the project counts, and a key that may not read alerts is no fault", async () => {
  await withDoctor(errorChecks, async (doctor) => {
    await log(doctor, { error_code: "11205", request_url: `${OTHER_URL}/sms-inbound` });
    const both = await finding(doctor, {
      TWILIO_WEBHOOK_BASE_URL: `${FUNCTIONS_URL}, ${OTHER_URL}/`,
    });
    assertMatch(both?.detail ?? "", /11205 × 1/);

    await doctor.change({ api_key: { type: "restricted", permissions: ["messages"] } });
    const hidden = await finding(doctor, WITH_API_KEY);
    assertEquals(hidden?.ok, null);
    assertMatch(hidden?.detail ?? "", /API key may not read this/);
  });
});
