import { assert, assertEquals } from "../support/assert.ts";
import { setAccountState } from "../support/account_state.ts";
import { withEvents } from "../support/events_receiver.ts";
import { newPhone } from "../support/twilio.ts";
import { assertLastAnswer, clientWith, withAccount } from "../support/twilio_account.ts";
import { OUR_NUMBER, refusal, textFrom } from "../support/twilio_stand_in.ts";

const INBOUND = "https://abc.supabase.co/functions/v1/sms-inbound";

Deno.test("a webhook that fails is an alert, with the request and the answer", () =>
  withEvents(
    async (standIn) => {
      const client = clientWith(standIn.url);
      assertEquals(await client.monitor.v1.alerts.list(), []);
      const from = newPhone();
      const { message_sid } = await textFrom(standIn, { from, to: OUR_NUMBER, body: "Hi" });
      const [alert, ...others] = await client.monitor.v1.alerts.list();
      assertLastAnswer("alertList", client);
      assertEquals(
        [alert.errorCode, alert.logLevel, alert.resourceSid, alert.requestUrl, others],
        ["11200", "error", message_sid, `${standIn.receiver.url}/sms-inbound`, []],
      );
      assert(new URLSearchParams(alert.alertText).get("Msg")?.includes("500"), alert.alertText);
      const fetched = await client.monitor.v1.alerts(alert.sid).fetch();
      assertLastAnswer("alert", client);
      assertEquals(new URLSearchParams(fetched.requestVariables).get("From"), from);
      assertEquals([fetched.requestMethod, fetched.responseBody], ["POST", "broken"]);
    },
    (_post, path) => new Response("broken", { status: path === "/sms-inbound" ? 500 : 200 }),
  ));

Deno.test("alerts are listed newest first, by level and by time, in pages", () =>
  withAccount(async ({ client, url }) => {
    const alerts = (["error", "warning", "error"] as const).map((log_level, day) => ({
      error_code: `1120${day}`,
      log_level,
      request_url: INBOUND,
      date_created: `2026-11-2${day}T10:00:00Z`,
    }));
    await setAccountState(url, { alerts });
    const codes = async (params: Parameters<typeof client.monitor.v1.alerts.list>[0] = {}) =>
      (await client.monitor.v1.alerts.list(params)).map(({ errorCode }) => errorCode);
    assertEquals(await codes(), ["11202", "11201", "11200"]);
    assertEquals(await codes({ pageSize: 1 }), ["11202", "11201", "11200"]);
    assertLastAnswer("alertList", client);
    assertEquals(await codes({ logLevel: "error" }), ["11202", "11200"]);
    const [startDate, endDate] = [new Date("2026-11-21T10:00:00Z"), new Date("2026-11-21T23:00Z")];
    assertEquals(await codes({ startDate }), ["11202", "11201"]);
    assertEquals(await codes({ startDate, endDate }), ["11201"]);
    assertEquals(await codes({ endDate }), ["11201", "11200"]);
  }));

Deno.test("what Twilio refuses of alerts is refused", () =>
  withAccount(async ({ client }) => {
    const { alerts } = client.monitor.v1;
    assertEquals(await refusal(alerts.list({ logLevel: "fatal" })), [400, 20001]);
    assertEquals(await refusal(alerts(`NO${"9".repeat(32)}`).fetch()), [404, 20404]);
  }));
