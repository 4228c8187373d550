import { standInUrl, withStandIn } from "../../local/configure/local_account.ts";
import { twilioError } from "../../local/configure/twilio_error.ts";
import type { ConfigureOptions } from "../../local/configure/options.ts";
import { shownText } from "../../local/project/shown_text.ts";
import { openTwilio, productUrl } from "../../local/project/twilio_client.ts";
import { setAccountState } from "../support/account_state.ts";
import { assert, assertEquals, assertMatch } from "../support/assert.ts";
import {
  addNumber,
  addSender,
  addService,
  clientWithRules,
  deafClient,
  failingClient,
  FUNCTIONS_URL,
  printed,
  SHOWN_URL,
  webhook,
  wholeAccount,
  withAccount,
} from "../support/configuring.ts";
import { AUTH_TOKEN } from "../support/twilio.ts";
import { ACCOUNT_SID } from "../support/twilio_stand_in.ts";

const NUMBER = "+15550107001";
const OTHER = "+15550107002";
const WHATSAPP = "+15550107003";
const OLD_URL = "https://old:an@old-password@old.example/sms?token=old-token&to=%2B15550107001";

Deno.test("a number's texts, fallback and calls come to the functions; a second run changes nothing", () =>
  withAccount(async ({ twilio, run }) => {
    const sid = await addNumber(twilio, NUMBER);
    await twilio.incomingPhoneNumbers(sid).update({
      smsUrl: OLD_URL,
      smsMethod: "GET",
      smsFallbackMethod: "GET",
      voiceMethod: "GET",
      voiceFallbackMethod: "GET",
      statusCallbackMethod: "GET",
    });
    const first = await run({ number: [NUMBER], yes: true });
    assertEquals([first.code, first.err], [0, ""]);
    const set = await twilio.incomingPhoneNumbers(sid).fetch();
    assertEquals([set.smsUrl, set.smsMethod], [webhook("sms-inbound"), "POST"]);
    assertEquals([set.smsFallbackUrl, set.smsFallbackMethod], [webhook("twilio-events"), "POST"]);
    assertEquals([set.voiceUrl, set.voiceMethod], [webhook("twilio-events"), "POST"]);
    assertEquals([set.voiceFallbackUrl, set.voiceFallbackMethod], [
      webhook("twilio-events"),
      "POST",
    ]);
    assertEquals([set.statusCallback, set.statusCallbackMethod], [
      webhook("twilio-events"),
      "POST",
    ]);
    assert(first.out.includes("https://old.example/sms?…"), first.out);
    assert(
      first.out.includes(webhook("sms-inbound").replace("hook:a-base-url-password@", "")),
      first.out,
    );

    const before = await wholeAccount(twilio);
    const second = await run({ number: [NUMBER] });
    assertEquals(second.code, 0);
    assert(second.out.includes("Nothing to change"), second.out);
    assertEquals(await wholeAccount(twilio), before);
  }));

Deno.test("a number without voice keeps its voice URLs", () =>
  withAccount(async ({ url, twilio, run }) => {
    const sid = await addNumber(twilio, NUMBER);
    await setAccountState(url, {
      numbers: [{ phone_number: NUMBER, capabilities: { voice: false } }],
    });
    assertEquals((await run({ number: [NUMBER], yes: true })).code, 0);
    const { smsUrl, voiceUrl, statusCallback } = await twilio.incomingPhoneNumbers(sid).fetch();
    assertEquals([smsUrl, voiceUrl ?? "", statusCallback ?? ""], [webhook("sms-inbound"), "", ""]);
  }));

Deno.test("a service's texts and statuses come to the functions, instead of to the numbers' own webhooks", () =>
  withAccount(async ({ twilio, run }) => {
    const service = await addService(twilio, await addNumber(twilio, NUMBER));
    await twilio.messaging.v1.services(service).update({
      useInboundWebhookOnNumber: true,
      inboundMethod: "GET",
      fallbackMethod: "GET",
    });
    const { code, out } = await run({ service: [service], yes: true });
    assertEquals(code, 0);
    assert(out.includes("every number in its pool: …7001"), out);
    const set = await twilio.messaging.v1.services(service).fetch();
    assertEquals([set.inboundRequestUrl, set.fallbackUrl, set.statusCallback], [
      webhook("sms-inbound"),
      webhook("twilio-events"),
      webhook("sms-status"),
    ]);
    assertEquals([set.inboundMethod, set.fallbackMethod, set.useInboundWebhookOnNumber], [
      "POST",
      "POST",
      false,
    ]);
    assertEquals((await run({ service: [service] })).code, 0);
  }));

Deno.test("a WhatsApp sender gets its webhook, and keeps everything else", () =>
  withAccount(async ({ twilio, run }) => {
    const { channelsSenders } = twilio.messaging.v2;
    const sid = await addSender(twilio, {
      sender_id: `whatsapp:${WHATSAPP}`,
      profile: { name: "Northwind", about: "Jobs" },
      webhook: { callback_method: "PUT", fallback_method: "PUT", status_callback_method: "PUT" },
    });
    const before = await channelsSenders(sid).fetch();
    assertEquals((await run({ whatsapp: [WHATSAPP], yes: true })).code, 0);
    const { webhook: set, profile, configuration } = await channelsSenders(sid).fetch();
    assertEquals({ ...set }, {
      callbackUrl: webhook("sms-inbound"),
      callbackMethod: "POST",
      fallbackUrl: webhook("twilio-events"),
      fallbackMethod: "POST",
      statusCallbackUrl: webhook("sms-status"),
      statusCallbackMethod: "POST",
    });
    assertEquals([profile, configuration], [before.profile, before.configuration]);
    const again = await run({ whatsapp: [`whatsapp:${WHATSAPP}`] });
    assert(again.out.includes("Nothing to change"), again.out);
  }));

Deno.test("--dry-run prints the changes, and makes none", () =>
  withAccount(async ({ twilio, run }) => {
    const service = await addService(twilio, await addNumber(twilio, NUMBER));
    const before = await wholeAccount(twilio);
    const { code, out } = await run({
      number: [NUMBER],
      service: [service],
      events: true,
      dryRun: true,
      yes: true,
    });
    assertEquals(code, 0);
    for (const name of ["SmsUrl", "InboundRequestUrl", "destination"]) {
      assert(out.includes(name), `${name} is missing in ${out}`);
    }
    assertEquals(await wholeAccount(twilio), before);
  }));

Deno.test("without a terminal and without --yes nothing is changed, and the plan is printed", () =>
  withAccount(async ({ twilio, run }) => {
    await addNumber(twilio, NUMBER);
    const before = await wholeAccount(twilio);
    const { code, out, err } = await run({ number: [NUMBER] });
    assertEquals(code, 2);
    assert(out.includes("SmsUrl") && err.includes("--yes"), err);
    assertEquals(await wholeAccount(twilio), before);
  }));

Deno.test("on a terminal it asks: no changes nothing, yes changes", () =>
  withAccount(async ({ twilio, run }) => {
    await addNumber(twilio, NUMBER);
    const before = await wholeAccount(twilio);
    const declined = await run({ number: [NUMBER] }, { answer: false });
    assertEquals(declined.code, 1);
    assert(declined.out.includes("Nothing was changed."), declined.out);
    assertEquals(await wholeAccount(twilio), before);
    assertEquals((await run({ number: [NUMBER] }, { answer: true })).code, 0);
    const [{ smsUrl }] = await twilio.incomingPhoneNumbers.list();
    assertEquals(smsUrl, webhook("sms-inbound"));
  }));

Deno.test("a URL whose overrides are in another order is right, one with a slash at its end is not", () =>
  withAccount(async ({ twilio, run }) => {
    const sid = await addNumber(twilio, NUMBER);
    await run({ number: [NUMBER], yes: true });
    const reordered = `${FUNCTIONS_URL}/sms-inbound#tt=15000&rt=4000&rp=ct,5xx,rt&rc=3`;
    await twilio.incomingPhoneNumbers(sid).update({ smsUrl: reordered });
    const same = await run({ number: [NUMBER] });
    assert(same.out.includes("Nothing to change"), same.out);
    await twilio.incomingPhoneNumbers(sid).update({ smsUrl: reordered.replace("#", "/#") });
    const { out } = await run({ number: [NUMBER], dryRun: true });
    assert(out.includes("1 setting would"), out);
  }));

Deno.test("it says each thing that makes the settings useless, once, and leaves it alone", () =>
  withAccount(async ({ twilio, run }) => {
    const sid = await addNumber(twilio, NUMBER);
    const service = await addService(twilio, sid, await addNumber(twilio, OTHER));
    const sms = `AP${"1".repeat(32)}`;
    const voice = `AP${"2".repeat(32)}`;
    const trunk = `TK${"3".repeat(32)}`;
    const set = twilio.incomingPhoneNumbers(sid);
    await set.update({ smsApplicationSid: sms, voiceApplicationSid: voice });
    const { out } = await run({ number: [NUMBER], yes: true });
    for (const text of [`SmsApplicationSid ${sms}`, `VoiceApplicationSid ${voice}`]) {
      assertEquals(out.split(text).length, 2, out);
    }
    assertEquals(out.split(`Use --service ${service}, which also changes`).length, 2, out);
    assert(out.includes("1 other number: …7002"), out);
    await set.update({ trunkSid: trunk });
    const trunked = await run({ number: [NUMBER] });
    assert(trunked.out.includes(`TrunkSid ${trunk}`), trunked.out);
    const { smsApplicationSid, trunkSid } = await set.fetch();
    assertEquals([smsApplicationSid, trunkSid], [sms, trunk]);

    const both = await run({ number: [NUMBER], service: [service], dryRun: true });
    assert(!both.out.includes("Use --service"), both.out);
    await twilio.messaging.v1.services(service).update({ useInboundWebhookOnNumber: true });
    const deferring = await run({ number: [NUMBER], dryRun: true });
    assert(!deferring.out.includes("Use --service"), deferring.out);
  }));

Deno.test("it says that the functions do not accept another base URL, and what only the console sets", () =>
  withAccount(async ({ twilio, run }) => {
    await addNumber(twilio, NUMBER);
    const other = await run({
      number: [NUMBER],
      url: "https://other.example/functions/v1",
      dryRun: true,
    });
    assert(other.out.includes("is not in TWILIO_WEBHOOK_BASE_URL"), other.out);
    const { out } = await run({ number: [NUMBER], url: SHOWN_URL, yes: true });
    assert(!out.includes("is not in TWILIO_WEBHOOK_BASE_URL"), out);
    for (const what of ["debugger", "Messenger", "RCS"]) assert(out.includes(`\n  ${what}`), out);
    // The base URL with the password is what Twilio signs.
    const [{ smsUrl }] = await twilio.incomingPhoneNumbers.list({ phoneNumber: NUMBER });
    assertEquals(smsUrl, webhook("sms-inbound"));
  }));

Deno.test("a Webhook Rule of the account is said where it is for these URLs", () =>
  withAccount(async ({ url, twilio, run }) => {
    await addNumber(twilio, NUMBER);
    const said = async (...rules: object[]) => {
      const { out } = await run({ number: [NUMBER], dryRun: true }, {
        twilio: clientWithRules(url, rules),
      });
      return [...out.matchAll(/Webhook Rule (\w+) is for these URLs/g)].map(([, id]) => id);
    };
    const prefix = { id: "ours", matchType: "PREFIX_MATCH", prefix: "https://project.example/" };
    const exact = {
      id: "texts",
      matchType: "EXACT_MATCH",
      value: "https://project.example/functions/v1/sms-inbound",
    };
    const other = { id: "other", matchType: "PREFIX_MATCH", prefix: "https://other.example/" };
    const fallback = { id: "every", matchType: "DEFAULT" };
    assertEquals(await said(), []);
    assertEquals(await said(other), []);
    assertEquals(await said(other, prefix, exact), ["texts", "ours"]);
    assertEquals(await said(exact, fallback), ["texts", "every"]);
  }));

Deno.test("where the rules cannot be read, a key of its own tells that there may be one", () =>
  withAccount(async ({ twilio, run }) => {
    await addNumber(twilio, NUMBER);
    const options = { number: [NUMBER], dryRun: true };
    const env = { TWILIO_WEBHOOK_AUTH_TOKEN: `${AUTH_TOKEN}, a-shared-key` };
    const withKey = await run(options, { env });
    assert(withKey.out.includes("If it is a shared key, a Webhook Rule"), withKey.out);
    const without = await run(options);
    assert(!without.out.includes("Webhook Rule"), without.out);
  }));

Deno.test("the local account is the stand-in's, also where other functions are to be called", () => {
  const project = (env: Record<string, string>) => ({
    isLocal: false,
    supabaseUrl: "https://project.example",
    functionsUrl: SHOWN_URL,
    envFile: "supabase/functions/.env",
    env,
    secretKey: undefined,
  });
  const local = withStandIn(project({ TWILIO_ACCOUNT_SID: ACCOUNT_SID, TWILIO_API_BASE_URL: "" }));
  assertMatch(standInUrl(local) ?? "", /^http:\/\/127\.0\.0\.1:\d+$/);
  const own = project({ TWILIO_ACCOUNT_SID: `AC${"1".repeat(32)}`, TWILIO_API_BASE_URL: "" });
  assertEquals(standInUrl(withStandIn(own)), undefined);
});

Deno.test("each product of Twilio has its own host, the stand-in has one for all", () => {
  assertEquals(productUrl("https://api.twilio.com/", "events"), "https://events.twilio.com");
  assertEquals(
    productUrl("https://api.dublin.ie1.twilio.com", "messaging"),
    "https://messaging.dublin.ie1.twilio.com",
  );
  assertEquals(productUrl("http://127.0.0.1:54332", "events"), "http://127.0.0.1:54332");
});

Deno.test("a step that fails: what was done is said, and the next run goes on", () =>
  withAccount(async ({ url, twilio, run }) => {
    await addNumber(twilio, NUMBER);
    await addNumber(twilio, OTHER);
    const options = { number: [NUMBER, OTHER], yes: true };
    for (const when of ["before", "after"] as const) {
      for (const { sid } of await twilio.incomingPhoneNumbers.list()) {
        await twilio.incomingPhoneNumbers(sid).update({ smsUrl: "", voiceUrl: "" });
      }
      const failed = await run(options, { twilio: failingClient(url, 2, when) });
      assertEquals(failed.code, 1);
      assert(failed.err.includes("✓ done: change the number …7001"), failed.err);
      assert(failed.err.includes("✗ failed: change the number …7002"), failed.err);
      assert(failed.err.includes("Run the same command again"), failed.err);
      assertEquals((await run(options)).code, 0);
      const all = await twilio.incomingPhoneNumbers.list();
      assertEquals(new Set(all.map(({ smsUrl }) => smsUrl)), new Set([webhook("sms-inbound")]));
    }
  }));

Deno.test("what Twilio has otherwise after the change is said", () =>
  withAccount(async ({ url, twilio, run }) => {
    await addNumber(twilio, NUMBER);
    const { code, err } = await run({ number: [NUMBER], yes: true }, {
      twilio: deafClient(url),
    });
    assertEquals(code, 1);
    assert(err.includes("other values than those that were set") && err.includes("SmsUrl"), err);
  }));

Deno.test("what the account lacks is named by its last characters, and nothing is changed", () =>
  withAccount(async ({ twilio, run }) => {
    await addNumber(twilio, NUMBER);
    const before = await wholeAccount(twilio);
    const lacking = [
      [{ number: [NUMBER, "+15550107999"] }, "number …7999"],
      [{ number: [NUMBER], service: [`MG${"9".repeat(32)}`] }, `service MG${"9".repeat(32)}`],
      [{ number: [NUMBER], whatsapp: ["+15550107998"] }, "WhatsApp sender …7998"],
    ] satisfies [ConfigureOptions, string][];
    for (const [options, name] of lacking) {
      const { code, err } = await run({ ...options, yes: true });
      assertEquals(code, 1);
      assert(err.includes(`The account does not have the ${name}`), err);
    }
    assertEquals(await wholeAccount(twilio), before);
  }));

Deno.test("wrong options are refused by name, before Twilio is asked", () =>
  withAccount(async ({ run }) => {
    const wrong = [
      [{}, "--number, --service, --whatsapp and --events"],
      [
        { number: ["5550107001"] },
        '--number must be an E.164 number, such as +15550100000, not "…7001"',
      ],
      [{ whatsapp: ["+0155501070"] }, '"…1070"'],
      [{ service: [`MG${"x".repeat(32)}`] }, "--service must be the SID of a Messaging Service"],
      [{ events: true, json: true }, "--json asks nothing"],
    ] satisfies [ConfigureOptions, string][];
    for (const [options, message] of wrong) {
      const { code, err } = await run(options);
      assertEquals(code, 2);
      assert(err.includes(message), err);
    }
    const twilioItself = {
      env: { TWILIO_API_BASE_URL: "https://api.twilio.com", TWILIO_WEBHOOK_BASE_URL: "" },
    };
    const account = { TWILIO_ACCOUNT_SID: `AC${"1".repeat(32)}` };
    const addresses = [
      ["http://project.example/functions/v1", account, "must be https and not loopback"],
      ["https://127.0.0.1/functions/v1", account, "must be https and not loopback"],
      ["https://project.example/functions/v1", {}, "is the local stack's account"],
    ] as const;
    for (const [url, variables, message] of addresses) {
      const env = { ...twilioItself.env, ...variables };
      const { code, err } = await run({ events: true, url }, { env });
      assertEquals(code, 2);
      assert(err.includes(message), err);
    }
  }));

Deno.test("a refused token is said in words, without it", () =>
  withAccount(async ({ url, run }) => {
    const twilio = openTwilio({
      TWILIO_ACCOUNT_SID: ACCOUNT_SID,
      TWILIO_AUTH_TOKEN: "a-wrong-auth-token",
      TWILIO_API_BASE_URL: url,
    });
    const { code, err } = await run({ number: [NUMBER] }, { twilio });
    assertEquals(code, 1);
    assert(err.includes("Twilio refused the credentials of TWILIO_ACCOUNT_SID"), err);
  }));

Deno.test("--json prints the plan and the outcome as one object", () =>
  withAccount(async ({ twilio, run }) => {
    const sid = await addNumber(twilio, NUMBER);
    await twilio.incomingPhoneNumbers(sid).update({ smsUrl: OLD_URL });
    const planned = JSON.parse((await run({ number: [NUMBER], json: true, dryRun: true })).out);
    assertEquals([planned.result, planned.url], ["planned", SHOWN_URL]);
    const [{ kind, label, settings }] = planned.targets;
    assertEquals([kind, label], ["number", "number …7001"]);
    assertEquals(settings[0].before, "https://old.example/sms?…");
    const changed = JSON.parse((await run({ number: [NUMBER], json: true, yes: true })).out);
    assertEquals([changed.result, changed.done], ["changed", ["change the number …7001"]]);
    assertEquals(
      JSON.parse((await run({ number: [NUMBER], json: true, yes: true })).out).result,
      "right",
    );
  }));

Deno.test("the table fits a terminal of 80 columns, and says what it abbreviates", () =>
  withAccount(async ({ twilio, run }) => {
    const sid = await addNumber(twilio, NUMBER);
    await twilio.incomingPhoneNumbers(sid).update({
      smsUrl: `https://old.example/${"a".repeat(80)}`,
    });
    const { out } = await run({ number: [NUMBER], events: true }, { answer: false, columns: 80 });
    const table = out.slice(0, out.indexOf("Change "));
    assert(table.split("\n").every((line) => line.length <= 80), out);
    assert(
      table.includes("…/sms-inbound#…") && table.includes(`…/  stands for ${SHOWN_URL}/`),
      out,
    );
  }));

Deno.test("an API that cannot be reached is said in words, with what to check", () => {
  const error = Object.assign(new Error("getaddrinfo ENOTFOUND api.twilio.com"), {
    code: "ENOTFOUND",
  });
  assertEquals(
    twilioError(error),
    "Twilio's API cannot be reached (ENOTFOUND): check this machine's connection",
  );
});

Deno.test("an answer of Twilio's writes nothing on the terminal but its letters", () => {
  assertEquals(shownText("\u001b]0;title\u0007a\r\u001b[2Jb\nc\u009b1A"), "ab\nc");
});

Deno.test("nothing that was printed holds a password, a token or a whole number", () => {
  const all = printed.join("\n");
  assert(all.length > 1000, `only ${all.length} characters were printed`);
  const secrets = [
    "a-base-url-password",
    "old-password",
    "old-token",
    "a-wrong-auth-token",
    "a-shared-key",
    AUTH_TOKEN,
  ];
  for (const secret of secrets) assert(!all.includes(secret), secret);
  assertEquals(/(?:\+|%2B)?1?555010\d{4}/.exec(all.replaceAll("+15550100000", "")), null);
});

Deno.test("of numbers that contain each other the named one is changed alone", () =>
  withAccount(async ({ twilio, run }) => {
    const longer = await addNumber(twilio, "+155501081009");
    const named = await addNumber(twilio, "+15550108100");
    assertEquals((await run({ number: ["+15550108100"], yes: true })).code, 0);
    const urlOf = async (sid: string) => (await twilio.incomingPhoneNumbers(sid).fetch()).smsUrl;
    assertEquals([await urlOf(named), await urlOf(longer)], [webhook("sms-inbound"), null]);
  }));
