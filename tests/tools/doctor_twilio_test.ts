/**
 * The doctor's subject Twilio: each thing that can be wrong is found, and is gone after its mend.
 *
 * @module
 */
import { createServer, type RequestListener } from "node:http";
import type { AddressInfo } from "node:net";
import twilioSdk, { type Twilio } from "twilio";
import {
  MessagingV2ChannelsSenderRequestsUpdate as ChannelsSenderUpdate,
} from "twilio/lib/rest/messaging/v2/channelsSender.js";
import { numberTarget } from "../../local/configure/number_target.ts";
import { serviceTarget } from "../../local/configure/service_target.ts";
import { whatsappTarget } from "../../local/configure/whatsapp_target.ts";
import type { Sender } from "../../local/doctor/check.ts";
import { configureCommand } from "../../local/doctor/configure_command.ts";
import { errorChecks } from "../../local/doctor/error_checks.ts";
import { eventStreamChecks } from "../../local/doctor/event_stream_checks.ts";
import { registrationChecks } from "../../local/doctor/registration_checks.ts";
import { twilioChecks } from "../../local/doctor/twilio_checks.ts";
import type { Project } from "../../local/project/project.ts";
import { webhookUrl } from "../../local/project/webhook_urls.ts";
import { ENV_FILE } from "../../local/settings/environment.ts";
import { assert, assertEquals, assertMatch } from "../support/assert.ts";
import {
  type Doctor,
  type Fault,
  FUNCTIONS_URL,
  OTHER_URL,
  outcomes,
  provokeEach,
  WITH_API_KEY,
  withDoctor,
} from "../support/doctor_of_twilio.ts";
import { ACCOUNT_SID, AUTH_TOKEN } from "../support/twilio.ts";

const NUMBER = "+15550190011";
const POOLED = "+15550190012";
const WHATSAPP = "+15550190013";
const ABSENT = "+15550190014";
const RCS = "northwind_agent";

const SENDERS: Sender[] = [
  { channel: "sms", address: NUMBER },
  { channel: "whatsapp", address: WHATSAPP },
];

type NumberOptions = Parameters<
  Awaited<ReturnType<Twilio["incomingPhoneNumbers"]["list"]>>[number]["update"]
>[0];

/** An account in which nothing is wrong: each mend of `twilio configure` has been applied. */
async function setUp(doctor: Doctor): Promise<void> {
  const { twilio } = doctor;
  await twilio.incomingPhoneNumbers.create({ phoneNumber: NUMBER });
  await configureNumber(doctor);
  await doctor.addChannelSender(`whatsapp:${WHATSAPP}`);
  await configureWhatsApp(doctor);
}

/** Adds a number that is in a Messaging Service, and returns the service's SID. */
async function addPooledNumber({ twilio }: Doctor): Promise<string> {
  const { sid: phoneNumberSid } = await twilio.incomingPhoneNumbers.create({ phoneNumber: POOLED });
  const { services } = twilio.messaging.v1;
  const { sid } = await services.create({ friendlyName: "Recruiting" });
  await services(sid).phoneNumbers.create({ phoneNumberSid });
  return sid;
}

async function setNumber({ twilio }: Doctor, options: NumberOptions, number = NUMBER) {
  const listed = await twilio.incomingPhoneNumbers.list({ phoneNumber: number });
  const found = listed.find(({ phoneNumber }) => phoneNumber === number);
  await twilio.incomingPhoneNumbers(found?.sid ?? "").update(options);
}

async function setWhatsApp({ twilio }: Doctor, webhook: Record<string, string>) {
  const { channelsSenders } = twilio.messaging.v2;
  const [sender] = await channelsSenders.list({ channel: "whatsapp" });
  await channelsSenders(sender.sid).update(new ChannelsSenderUpdate({ webhook }));
}

const configureNumber = async ({ twilio }: Doctor, number = NUMBER) =>
  await (await numberTarget(twilio, number, FUNCTIONS_URL)).apply();
const configureService = async ({ twilio }: Doctor, sid: string) =>
  await (await serviceTarget(twilio, sid, FUNCTIONS_URL)).apply();
const configureWhatsApp = async ({ twilio }: Doctor) =>
  await (await whatsappTarget(twilio, WHATSAPP, FUNCTIONS_URL)).apply();

const CONFIGURE_NUMBER =
  /^Run .*deno@[\d.]+ task twilio configure --number <the number that ends in 0011> --env-file supabase\/functions\/\.env\.production$/;

/** A fault of the number's settings, which `twilio configure --number` mends. */
function ofNumber(
  name: string,
  id: string,
  options: NumberOptions,
  detail: RegExp,
): Fault {
  return {
    name,
    id,
    cause: (doctor) => setNumber(doctor, options),
    detail,
    mend: CONFIGURE_NUMBER,
    heal: (doctor) => configureNumber(doctor),
  };
}

/** A fault of the WhatsApp sender's webhook, which `twilio configure --whatsapp` mends. */
function ofWhatsApp(
  name: string,
  id: string,
  webhook: Record<string, string>,
  detail: RegExp,
): Fault {
  return {
    name,
    id,
    cause: (doctor) => setWhatsApp(doctor, webhook),
    detail,
    mend: /twilio configure --whatsapp <the number that ends in 0013>/,
    heal: configureWhatsApp,
  };
}

const INBOUND = webhookUrl(FUNCTIONS_URL, "sms-inbound");

const FAULTS: Fault[] = [
  ofNumber("no URL", "twilio.inbound", { smsUrl: "" }, /^…0011: SmsUrl is not set$/),
  ofNumber(
    "another host",
    "twilio.inbound",
    { smsUrl: "https://user:secret-password@elsewhere.example.com/hook?key=secret-key" },
    /^…0011: SmsUrl points to another host \(elsewhere\.example\.com\)$/,
  ),
  ofNumber(
    "another project",
    "twilio.inbound",
    { smsUrl: webhookUrl(OTHER_URL, "sms-inbound") },
    /SmsUrl posts to the sms-inbound of another project \(theirs\.example\.co\)/,
  ),
  ofNumber(
    "another function",
    "twilio.inbound",
    { smsUrl: webhookUrl(FUNCTIONS_URL, "sms-status") },
    /SmsUrl points to sms-status, not to sms-inbound/,
  ),
  ofNumber(
    "another path",
    "twilio.inbound",
    { smsUrl: "https://ours.example.co/hook" },
    /SmsUrl points to another path of this host/,
  ),
  ofNumber(
    "http",
    "twilio.inbound",
    { smsUrl: INBOUND.replace("https:", "http:") },
    /SmsUrl is http, not https/,
  ),
  ofNumber(
    "GET",
    "twilio.inbound",
    { smsMethod: "GET" },
    /^…0011: SmsMethod is GET$/,
  ),
  ofNumber(
    "no overrides",
    "twilio.inbound",
    { smsUrl: `${FUNCTIONS_URL}/sms-inbound` },
    /SmsUrl has no connection overrides, so Twilio does not retry/,
  ),
  ofNumber(
    "other overrides",
    "twilio.inbound",
    { smsUrl: `${FUNCTIONS_URL}/sms-inbound#rc=1` },
    /SmsUrl has other connection overrides/,
  ),
  ofNumber(
    "a query",
    "twilio.inbound",
    { smsUrl: INBOUND.replace("#", "?key=secret-key#") },
    /SmsUrl has another user, password or query than the base URL/,
  ),
  ofNumber(
    "no fallback",
    "twilio.fallbacks",
    { smsFallbackUrl: "", smsFallbackMethod: "GET" },
    /^…0011: SmsFallbackUrl is not set, SmsFallbackMethod is GET$/,
  ),
  ofNumber(
    "voice elsewhere",
    "twilio.voice",
    { voiceUrl: "https://demo.twilio.com/welcome/voice/" },
    /^…0011: VoiceUrl points to another host \(demo\.twilio\.com\)$/,
  ),
  ofNumber(
    "no status of calls",
    "twilio.voice",
    { statusCallback: "" },
    /^…0011: StatusCallback is not set$/,
  ),
  {
    name: "SmsApplicationSid",
    id: "twilio.ignored_urls",
    cause: (doctor) => setNumber(doctor, { smsApplicationSid: `AP${"3".repeat(32)}` }),
    detail: /^…0011 has an SmsApplicationSid, so Twilio ignores its SmsUrl$/,
    mend: /Clear it.*Twilio's console/,
    heal: (doctor) => setNumber(doctor, { smsApplicationSid: "" }),
  },
  {
    name: "VoiceApplicationSid",
    id: "twilio.ignored_urls",
    cause: (doctor) => setNumber(doctor, { voiceApplicationSid: `AP${"3".repeat(32)}` }),
    detail: /^…0011 has a VoiceApplicationSid, so Twilio ignores its VoiceUrl$/,
    mend: /Clear it.*Twilio's console/,
    heal: (doctor) => setNumber(doctor, { voiceApplicationSid: "" }),
  },
  {
    name: "TrunkSid",
    id: "twilio.ignored_urls",
    cause: (doctor) => setNumber(doctor, { trunkSid: `TK${"3".repeat(32)}` }),
    detail: /^…0011 has a TrunkSid, so Twilio ignores its VoiceUrl$/,
    mend: /Clear it.*Twilio's console/,
    heal: (doctor) => setNumber(doctor, { trunkSid: "" }),
  },
  ofWhatsApp(
    "WhatsApp elsewhere",
    "twilio.inbound",
    { callback_url: webhookUrl(OTHER_URL, "sms-inbound") },
    /^…0013: callback_url posts to the sms-inbound of another project \(theirs\.example\.co\)$/,
  ),
  ofWhatsApp(
    "WhatsApp's fallback",
    "twilio.fallbacks",
    { fallback_url: "", fallback_method: "PUT" },
    /^…0013: fallback_url is not set, fallback_method is PUT$/,
  ),
  ofWhatsApp(
    "WhatsApp's status callback",
    "twilio.status_callbacks",
    { status_callback_url: "https://elsewhere.example.com/status" },
    /^…0013: status_callback_url points to another host .*messages of these functions name their own/,
  ),
];

Deno.test("nothing is wrong with the senders of seed.sql at the stand-in", async () => {
  const subjects = [twilioChecks, registrationChecks, errorChecks, eventStreamChecks];
  await withDoctor(
    (examined) => subjects.flatMap((checksOf) => checksOf(examined)),
    async (doctor) => {
      const found = outcomes(await doctor.findings());
      const notApplicable = Object.keys(found).filter((id) => found[id] === null);
      assertEquals(notApplicable, [
        "twilio.pool",
        "registration.toll_free",
        "event_streams.sink",
        "event_streams.subscription",
        "event_streams.old_sinks",
      ]);
      assertEquals(Object.values(found).includes(false), false);

      const [{ sid }] = await doctor.twilio.messaging.v1.services.list();
      const pool = (await doctor.findings({ env: { TWILIO_MESSAGING_SERVICE_SID: sid } }))
        .get("twilio.pool");
      assertEquals([pool?.ok, pool?.detail], [true, `The pool of ${sid} has …0000`]);
    },
    {
      isSeeded: true,
      senders: [
        { channel: "sms", address: "+15550100000" },
        { channel: "whatsapp", address: "+15550100009" },
      ],
    },
  );
});

Deno.test("each wrong setting of a number and of a WhatsApp sender is found, and gone after its mend", async () => {
  await withDoctor(twilioChecks, async (doctor) => {
    await setUp(doctor);
    assertEquals(outcomes(await doctor.findings()), {
      "twilio.senders": true,
      "twilio.inbound": true,
      "twilio.ignored_urls": true,
      "twilio.pool": null,
      "twilio.status_callbacks": true,
      "twilio.fallbacks": true,
      "twilio.voice": true,
    });
    await provokeEach(doctor, FAULTS);
  }, { senders: SENDERS });
});

Deno.test("each wrong setting of a Messaging Service is found, and gone after its mend", async () => {
  await withDoctor(twilioChecks, async (doctor) => {
    const { twilio } = doctor;
    const sid = await addPooledNumber(doctor);
    const service = twilio.messaging.v1.services(sid);
    await configureNumber(doctor, POOLED);
    const heal = (doctor: Doctor) => configureService(doctor, sid);
    const mend = new RegExp(`twilio configure --service ${sid}`);
    await provokeEach(doctor, [
      {
        name: "no InboundRequestUrl",
        id: "twilio.inbound",
        cause: () => Promise.resolve(),
        detail:
          /Service MG\w+ of …0012: InboundRequestUrl is not set and the service does not defer.* does not even log them/,
        mend,
        heal,
      },
      {
        name: "another project",
        id: "twilio.inbound",
        cause: () => service.update({ inboundRequestUrl: webhookUrl(OTHER_URL, "sms-inbound") }),
        detail: /InboundRequestUrl posts to the sms-inbound of another project/,
        mend,
        heal,
      },
      {
        name: "GET",
        id: "twilio.inbound",
        cause: () => service.update({ inboundMethod: "GET" }),
        detail: /InboundMethod is GET/,
        mend,
        heal,
      },
      {
        name: "another status callback",
        id: "twilio.status_callbacks",
        cause: () => service.update({ statusCallback: "https://elsewhere.example.com/status" }),
        detail: /StatusCallback points to another host.*another program sends/,
        mend,
        heal,
      },
      {
        name: "no fallback",
        id: "twilio.fallbacks",
        cause: () => service.update({ fallbackUrl: "" }),
        detail: /FallbackUrl is not set/,
        mend,
        heal,
      },
    ]);
    await setNumber(doctor, { smsUrl: "" }, POOLED);
    const ignored = (await doctor.findings()).get("twilio.inbound");
    assert(ignored?.ok, "the number's own URL does not count where the service decides");

    await service.update({ useInboundWebhookOnNumber: true, inboundRequestUrl: "" });
    const deferred = (await doctor.findings()).get("twilio.inbound");
    assertEquals(deferred?.detail, "…0012: SmsUrl is not set");
    await configureNumber(doctor, POOLED);
    assertEquals((await doctor.findings()).get("twilio.inbound")?.ok, true);
  }, { senders: [{ channel: "sms", address: POOLED }] });
});

Deno.test("the service that sends exists, and has every number in its pool", async () => {
  await withDoctor(twilioChecks, async (doctor) => {
    const { twilio } = doctor;
    const sid = await addPooledNumber(doctor);
    const number = await twilio.incomingPhoneNumbers.create({ phoneNumber: NUMBER });
    const pool = async (serviceSid: string) =>
      (await doctor.findings({ env: { TWILIO_MESSAGING_SERVICE_SID: serviceSid } }))
        .get("twilio.pool");

    const absent = await pool(`MG${"9".repeat(32)}`);
    assertEquals(absent?.ok, false);
    assertMatch(absent?.detail ?? "", /does not have the service MG9+$/);
    assertMatch(
      absent?.mend ?? "",
      /Correct TWILIO_MESSAGING_SERVICE_SID or clear it in .*\.env\.production/,
    );

    const missing = await pool(sid);
    assertEquals(missing?.ok, false);
    assertMatch(missing?.detail ?? "", /^The pool of MG\w+ does not have …0011: Twilio refuses/);
    assertMatch(missing?.mend ?? "", /Twilio's console, Messaging, Services, MG\w+, Sender pool/);

    await twilio.messaging.v1.services(sid).phoneNumbers.create({ phoneNumberSid: number.sid });
    assertEquals((await pool(sid))?.detail, `The pool of ${sid} has …0011, …0012`);
  }, {
    senders: [NUMBER, POOLED].map((address) => ({ channel: "sms", address })),
  });
});

Deno.test("a sender that the account does not have is named", async () => {
  const senders: Sender[] = [
    { channel: "sms", address: ABSENT },
    { channel: "whatsapp", address: WHATSAPP },
    { channel: "rcs", address: RCS },
    { channel: "messenger", address: "1000" },
  ];
  await withDoctor(twilioChecks, async (doctor) => {
    const { twilio } = doctor;
    const absent = await doctor.findings();
    assertEquals(
      absent.get("twilio.senders")?.detail,
      "The account does not have …0014, …0013 (whatsapp), …gent (rcs)",
    );
    assertMatch(absent.get("twilio.senders")?.mend ?? "", /stand-in.*recruiting_senders/);
    assertEquals(absent.get("twilio.inbound")?.ok, null);

    await twilio.incomingPhoneNumbers.create({ phoneNumber: ABSENT });
    for (const senderId of [`whatsapp:${WHATSAPP}`, `rcs:${RCS}`]) {
      await doctor.addChannelSender(senderId);
    }
    const present = await doctor.findings();
    assertEquals(present.get("twilio.senders")?.ok, true);
    assertMatch(present.get("twilio.inbound")?.mend ?? "", /RCS senders: https:\/\/ours\.example/);
  }, { senders });
});

Deno.test("twilio.senders tells that an address is in another spelling than Twilio's, until it is corrected", async () => {
  await withDoctor(twilioChecks, async (doctor) => {
    await doctor.twilio.incomingPhoneNumbers.create({ phoneNumber: "+15550190014" });
    await doctor.addChannelSender(`whatsapp:${WHATSAPP}`);
    const found = async (...senders: Sender[]) =>
      (await doctor.findings({ senders })).get("twilio.senders");
    const wrong = await found(
      { channel: "sms", address: "+1 555 019 0014" },
      { channel: "sms", address: "15550190014" },
      { channel: "whatsapp", address: `whatsapp:${WHATSAPP}` },
    );
    assertEquals([wrong?.ok, wrong?.detail], [
      false,
      "recruiting_senders has …0014, …0014, …0013 (whatsapp) in another spelling than Twilio",
    ]);
    assertMatch(wrong?.mend ?? "", /^Correct address in recruiting_senders: E\.164, such as/);
    const corrected = await found(
      { channel: "sms", address: "+15550190014" },
      { channel: "whatsapp", address: WHATSAPP },
    );
    assertEquals(corrected?.ok, true);
  });
});

Deno.test("without senders, or with Messenger pages alone, nothing is wrong", async () => {
  await withDoctor(twilioChecks, async (doctor) => {
    const none = await doctor.findings({ senders: [] });
    const pages = await doctor.findings({ senders: [{ channel: "messenger", address: "1000" }] });
    for (const found of [none, pages]) {
      assertEquals(new Set(Object.values(outcomes(found))), new Set([null]));
    }
    assertMatch(none.get("twilio.senders")?.mend ?? "", /docs\/go-live\.md/);
    assertMatch(pages.get("twilio.senders")?.detail ?? "", /Messenger/);
  });
});

/** Runs a test with a server in Twilio's place, for what the stand-in does not have. */
async function withServer(
  answer: RequestListener,
  use: (open: () => Twilio, url: string) => Promise<void>,
) {
  const server = createServer(answer);
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const { port } = server.address() as AddressInfo;
  try {
    const url = `http://127.0.0.1:${port}`;
    await use(clientOf(url), url);
  } finally {
    server.closeAllConnections();
    await new Promise((resolve) => server.close(resolve));
  }
}

/** Makes what opens a client. @param timeout The longest time of a call, in ms. */
const clientOf = (url: string, timeout = 10_000) => () => {
  const client = twilioSdk(ACCOUNT_SID, AUTH_TOKEN, { accountSid: ACCOUNT_SID, timeout });
  for (const product of ["api", "messaging"] as const) client[product].baseUrl = url;
  return client;
};

Deno.test("what Twilio does not answer is no fault, and says why", async () => {
  const answer: RequestListener = (request, response) => {
    // An error to a list of channel senders, no answer to everything else.
    if (!request.url?.startsWith("/v2/")) return;
    response.writeHead(503, { "content-type": "application/json" }).end('{"message":"…"}');
  };
  await withServer(answer, (open, url) =>
    withDoctor(twilioChecks, async (doctor) => {
      const late = await doctor.findings({
        senders: [{ channel: "sms", address: NUMBER }],
        open: clientOf(url, 50),
      });
      assertEquals(late.get("twilio.senders"), {
        id: "twilio.senders",
        ok: null,
        detail: "Twilio's API did not answer in time; try again later",
        mend: null,
      });
      const failing = await doctor.findings({
        senders: [{ channel: "whatsapp", address: WHATSAPP }],
        open,
      });
      assertMatch(failing.get("twilio.senders")?.detail ?? "", /answered HTTP 503/);
      const unreachable = await doctor.findings({ open: clientOf("http://127.0.0.1:1") });
      assertMatch(unreachable.get("twilio.senders")?.detail ?? "", /could not be reached/);

      const wrongToken = await doctor.findings({ env: { TWILIO_AUTH_TOKEN: "another-token" } });
      assertMatch(
        wrongToken.get("twilio.inbound")?.detail ?? "",
        /refuses the credentials \(401\)/,
      );
      const noToken = await doctor.findings({ env: { TWILIO_AUTH_TOKEN: "" } });
      assertEquals(new Set(Object.values(outcomes(noToken))), new Set([null]));
    }, { senders: SENDERS }));
});

Deno.test("a short code and the channel senders of a pool are looked up where Twilio lists them", async () => {
  const service = `MG${"4".repeat(32)}`;
  const pooled = [{ sender: `whatsapp:${WHATSAPP}` }];
  const answers: Record<string, unknown> = {
    [`/2010-04-01/Accounts/${ACCOUNT_SID}/SMS/ShortCodes.json`]: {
      short_codes: [{ short_code: "55501", sms_url: INBOUND, sms_method: "GET" }],
    },
    [`/v1/Services/${service}`]: { sid: service },
    [`/v1/Services/${service}/PhoneNumbers`]: { phone_numbers: [], meta: { key: "phone_numbers" } },
    [`/v1/Services/${service}/ShortCodes`]: {
      short_codes: [{ short_code: "55501" }],
      meta: { key: "short_codes" },
    },
    [`/v1/Services/${service}/ChannelSenders`]: { senders: pooled, meta: { key: "senders" } },
  };
  const answer: RequestListener = (request, response) => {
    const found = answers[new URL(request.url ?? "", "http://127.0.0.1").pathname];
    response.writeHead(found ? 200 : 404, { "content-type": "application/json" })
      .end(JSON.stringify(found ?? { code: 20404, message: "…" }));
  };
  const shortCode: Sender[] = [{ channel: "sms", address: "55501" }];
  await withServer(answer, (open) =>
    withDoctor(twilioChecks, async (doctor) => {
      const found = await doctor.findings({ senders: shortCode, open });
      assertEquals(found.get("twilio.senders")?.detail, "The account has …5501");
      assertEquals(found.get("twilio.inbound")?.detail, "…5501: SmsMethod is GET");
      assertMatch(found.get("twilio.inbound")?.mend ?? "", /console, Phone numbers, Short codes/);
      assertMatch(found.get("twilio.fallbacks")?.detail ?? "", /SmsFallbackUrl is not set/);

      const env = { TWILIO_MESSAGING_SERVICE_SID: service };
      const senders: Sender[] = [...shortCode, { channel: "whatsapp", address: WHATSAPP }];
      const pool = async () => (await doctor.findings({ senders, env, open })).get("twilio.pool");
      assertEquals((await pool())?.detail, `The pool of ${service} has …5501, …0013 (whatsapp)`);
      pooled.pop();
      assertMatch((await pool())?.detail ?? "", /does not have …0013 \(whatsapp\): Twilio refuses/);
    }));
});

Deno.test("an API key that may not read a resource hides that resource alone", async () => {
  await withDoctor(twilioChecks, async (doctor) => {
    await setUp(doctor);
    await doctor.change({
      api_key: { type: "restricted", permissions: ["phone_numbers", "messaging_services"] },
    });
    const findings = await doctor.findings({
      env: WITH_API_KEY,
      senders: [{ channel: "sms", address: NUMBER }],
    });
    assertEquals(findings.get("twilio.inbound")?.ok, true);
    const hidden = await doctor.findings({ env: WITH_API_KEY });
    assertEquals(hidden.get("twilio.inbound")?.ok, null);
    assertMatch(hidden.get("twilio.inbound")?.detail ?? "", /API key may not read this/);
    assertMatch(hidden.get("twilio.inbound")?.mend ?? "", /permission/);
  }, { senders: SENDERS });
});

Deno.test("the command that mends has the options that name the same project", () => {
  const project = (changes: Partial<Project>): Project => ({
    isLocal: false,
    supabaseUrl: "https://ours.example.co",
    functionsUrl: FUNCTIONS_URL,
    envFile: "production.env",
    env: { TWILIO_WEBHOOK_BASE_URL: `${FUNCTIONS_URL}/, ${OTHER_URL}` },
    secretKey: undefined,
    ...changes,
  });
  const optionsOf = (changes: Partial<Project>) =>
    configureCommand(project(changes), "--events").split("twilio configure --events")[1];
  assertEquals(optionsOf({}), " --env-file production.env");
  assertEquals(
    optionsOf({ functionsUrl: OTHER_URL }),
    ` --url ${OTHER_URL} --env-file production.env`,
  );
  assertEquals(optionsOf({ envFile: ENV_FILE }), ` --url ${FUNCTIONS_URL}`);
  assertEquals(optionsOf({ envFile: ENV_FILE, isLocal: true }), "");
});
