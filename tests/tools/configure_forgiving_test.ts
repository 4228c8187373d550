/** What `twilio configure` accepts as the same thing: spellings, repeated options, long lists and empty values. */
import type { Twilio } from "twilio";
import { assert, assertEquals } from "../support/assert.ts";
import {
  addNumber,
  addSender,
  addService,
  failingClient,
  SHOWN_URL,
  webhook,
  withAccount,
} from "../support/configuring.ts";

/** More than Twilio lists on one page. */
const MANY = 60;

const numbers = Array.from({ length: MANY }, (_, index) => `+15550108${100 + index}`);

/** Makes a client to which Twilio answers with another JSON than the stand-in. */
function clientWithAnswers(url: string, changed: (json: string) => string): Twilio {
  const twilio = failingClient(url, 0, "before");
  const { httpClient } = twilio;
  const request = httpClient.request.bind(httpClient);
  httpClient.request = async (options) => {
    const answer = await request(options);
    const json = typeof answer.body === "string" ? answer.body : JSON.stringify(answer.body);
    return Object.assign(answer, { body: JSON.parse(changed(json)) });
  };
  return twilio;
}

Deno.test("a number may be spelled as Twilio's console shows it, and named twice", () =>
  withAccount(async ({ twilio, run }) => {
    const [number] = numbers;
    await addNumber(twilio, number);
    const spellings = [number, "+1 (555) 010-8100", " +1 555.010.8100 "];
    const { code, out } = await run({ number: spellings, json: true, yes: true });
    assertEquals([code, JSON.parse(out).done], [0, ["change the number …8100"]]);
    assertEquals((await run({ number: ["1 555 010 8100"], yes: true })).code, 2);
  }));

Deno.test("a WhatsApp sender may be named with its channel, and twice", () =>
  withAccount(async ({ twilio, run }) => {
    await addSender(twilio, { sender_id: "whatsapp:+15550108001" });
    const whatsapp = ["+15550108001", "whatsapp:+15550108001", "whatsapp: +1 555 010 8001"];
    const { code, out } = await run({ whatsapp, json: true, yes: true });
    assertEquals([code, JSON.parse(out).done], [0, ["change the WhatsApp sender …8001"]]);
  }));

Deno.test("what is on the last page of each list is found, and nothing else is changed", () =>
  withAccount(async (account) => {
    const { twilio, run } = account;
    const sids: string[] = [];
    // The lists are newest first.
    for (const number of numbers) sids.push(await addNumber(twilio, number));
    for (const number of numbers) await addSender(twilio, { sender_id: `whatsapp:${number}` });
    const service = await addService(twilio, ...sids);
    for (let index = 0; index < MANY; index++) {
      await twilio.events.v1.sinks.create({
        description: "data warehouse",
        sinkConfiguration: { destination: `https://warehouse.example/${index}` },
        sinkType: "webhook",
      });
    }
    const [number] = numbers;
    const named = { number: [number], whatsapp: [number], events: true };
    const first = await run({ ...named, yes: true });
    assertEquals([first.code, first.err], [0, ""]);
    assert(
      first.out.includes(`Use --service ${service}, which also changes 59 other numbers`),
      first.out,
    );
    const set = (await twilio.incomingPhoneNumbers.list()).filter(({ smsUrl }) => smsUrl);
    assertEquals(set.map(({ phoneNumber }) => phoneNumber), [number]);
    assertEquals((await twilio.events.v1.sinks.list()).length, MANY + 1);

    const second = JSON.parse((await run({ ...named, json: true, yes: true })).out);
    assertEquals([second.result, second.done], ["right", []]);
  }));

Deno.test("an empty text in Twilio's answer is a value that is not set", () =>
  withAccount(async ({ url, twilio, run }) => {
    const number = numbers[0];
    const service = await addService(twilio, await addNumber(twilio, number));
    await addSender(twilio, { sender_id: `whatsapp:${number}` });
    const options = { number: [number], service: [service], whatsapp: [number] };
    const how = {
      twilio: clientWithAnswers(
        url,
        (json) => json.replace(/("\w+(?:_url|_sid|status_callback)"): ?null/g, '$1:""'),
      ),
    };
    const planned = JSON.parse((await run({ ...options, json: true, dryRun: true }, how)).out);
    const urls = planned.targets.flatMap(({ settings }: { settings: { name: string }[] }) =>
      settings.filter(({ name }) => /url$|^StatusCallback$/i.test(name))
    );
    assertEquals(urls.length, 11);
    assert(urls.every(({ before }: { before: null }) => before === null), JSON.stringify(urls));
    const warnings = planned.targets.flatMap(({ warnings }: { warnings: { kind: string }[] }) =>
      warnings.map(({ kind }) => kind)
    );
    assertEquals(warnings, ["senders_of_service"]);
    assertEquals((await run({ ...options, yes: true }, how)).code, 0);
    const again = await run(options, how);
    assert(again.out.includes("Nothing to change"), again.out);
  }));

Deno.test("another owner's sink without a configuration stops nothing", () =>
  withAccount(async ({ url, twilio, run }) => {
    await twilio.events.v1.sinks.create({
      description: "data warehouse",
      sinkConfiguration: { destination: "https://warehouse.example/events", method: "GET" },
      sinkType: "webhook",
    });
    for (const configuration of ["null", '{"destination":null,"method":null,"batch_events":1}']) {
      const how = {
        twilio: clientWithAnswers(
          url,
          (json) => json.replace(/{[^{}]*warehouse[^{}]*}/, configuration),
        ),
      };
      const { code, out, err } = await run({ events: true, dryRun: true }, how);
      assertEquals([code, err], [0, ""]);
      assert(out.includes("destination"), out);
    }
  }));

Deno.test("a URL that differs in its password alone is shown as another one", () =>
  withAccount(async ({ twilio, run }) => {
    const sid = await addNumber(twilio, numbers[0]);
    await run({ number: [numbers[0]], yes: true });
    const smsUrl = webhook("sms-inbound").replace("a-base-url-password", "an-old-password");
    await twilio.incomingPhoneNumbers(sid).update({ smsUrl });
    const { out } = await run({ number: [numbers[0]], dryRun: true });
    assert(out.includes(" (another user or password)  "), out);
    assert(!out.includes("an-old-password"), out);
    const { out: json } = await run({ number: [numbers[0]], dryRun: true, json: true });
    const [{ settings }] = JSON.parse(json).targets;
    const [{ before, after }] = settings.filter(
      ({ before, after }: { before: string; after: string }) => before !== after,
    );
    assertEquals(before, `${after} (another user or password)`);
    assert(after.startsWith(`${SHOWN_URL}/sms-inbound#`), after);
  }));

Deno.test("a first base URL that Twilio cannot call is refused by its variable, not replaced by another one", () =>
  withAccount(async ({ run }) => {
    for (const first of ["project.example", `${SHOWN_URL}/sms-inbound`, "https://x.example?a=1"]) {
      const env = { TWILIO_WEBHOOK_BASE_URL: `${first},${SHOWN_URL}` };
      const { code, err } = await run({ events: true, yes: true }, { env });
      assertEquals(code, 2);
      assert(err.includes("TWILIO_WEBHOOK_BASE_URL in supabase/functions/.env.test must"), err);
      assertEquals((await run({ events: true, url: SHOWN_URL, dryRun: true }, { env })).code, 0);
    }
  }));
