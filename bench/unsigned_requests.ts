/**
 * The CPU time of unsigned requests and of a normal one: of the product, and of the obvious
 * alternative, which parses the body with one search for each key and then checks the signature.
 *
 * @module
 */
import { cpuUsage } from "node:process";
import { validateRequest } from "twilio/lib/webhooks/webhooks.js";
import { readConfiguration } from "../supabase/functions/_shared/configuration/configuration.ts";
import { createLog } from "../supabase/functions/_shared/log/log.ts";
import { twilioWebhook } from "../supabase/functions/_shared/webhook/twilio_webhook.ts";
import { type Report, reportOf } from "./report.ts";
import { median } from "./table.ts";

const FORM = "application/x-www-form-urlencoded";
const JSON_TYPE = "application/json";

const fields = (count: number, key = (index: number) => `k${index}`) =>
  Array.from({ length: count }, (_, index) => `${key(index)}=v`).join("&");

const NORMAL = new URLSearchParams({
  MessageSid: `SM${"0".repeat(32)}`,
  From: "+15550100001",
  To: "+15550100000",
  Body: "Hi, is the job still open?",
  NumMedia: "0",
  NumSegments: "1",
  FromCity: "DENVER",
  FromState: "CO",
  FromZip: "80202",
  FromCountry: "US",
  AccountSid: `AC${"0".repeat(32)}`,
  ApiVersion: "2010-04-01",
}).toString();

/** The requests, each with a body, a content type and a query. */
const REQUESTS: [label: string, body: string, type?: string, query?: string][] = [
  ["a normal text", NORMAL],
  ["200 fields of 300 bytes", fields(200, (index) => `k${index}${"a".repeat(300)}`)],
  ["one field of 64 KiB", `Body=${"a".repeat(65_000)}`],
  ["one name of 64 KiB", "a".repeat(65_000)],
  ["10,000 fields", fields(10_000)],
  ["one name 10,000 times", fields(10_000, () => "B")],
  ["60,000 ampersands", "&".repeat(60_000)],
  ["deep JSON", "[".repeat(65_000), JSON_TYPE],
  ["wide JSON", `{${Array.from({ length: 5_000 }, (_, i) => `"k${i}":1`).join()}}`, JSON_TYPE],
  ["a query of 8 kB", NORMAL, FORM, `?q=${"%27".repeat(2_600)}`],
];

const SIGNATURE = "AAAAAAAAAAAAAAAAAAAAAAAAAAA=";
const BASE_URLS = ["https://one.example/functions/v1", "https://two.example/functions/v1"];
const ENV = {
  SUPABASE_URL: "http://127.0.0.1:9",
  SUPABASE_SECRET_KEYS: '{"default":"sb_secret_x"}',
  TWILIO_WEBHOOK_AUTH_TOKEN: "key-one,key-two",
  TWILIO_WEBHOOK_BASE_URL: BASE_URLS.join(),
};

type Handler = (request: Request) => Promise<Response>;

const here = (): Handler =>
  twilioWebhook({
    name: "sms-inbound",
    configuration: readConfiguration(ENV),
    log: createLog("sms-inbound"),
    handle: () => Promise.resolve({ status: "ignored" }),
  });

/** The obvious alternative. */
const obvious: Handler = async (request) => {
  const params = new URLSearchParams(await request.text());
  const form = Object.fromEntries([...new Set(params.keys())].map((key) => {
    const values = params.getAll(key);
    return [key, values.length === 1 ? values[0] : values];
  }));
  const { search } = new URL(request.url);
  const isSigned = ENV.TWILIO_WEBHOOK_AUTH_TOKEN.split(",").some((token) =>
    BASE_URLS.some((base) =>
      validateRequest(token, SIGNATURE, `${base}/sms-inbound${search}`, form)
    )
  );
  return new Response(null, { status: isSigned ? 200 : 401 });
};

async function cpuMs(handle: Handler, request: () => Request): Promise<[number, number]> {
  const before = cpuUsage();
  const { status } = await handle(request());
  const { user, system } = cpuUsage(before);
  return [(user + system) / 1000, status];
}

/**
 * Measures.
 *
 * @param share The share of the usual number of rounds, from 0 to 1.
 */
export async function measureUnsignedRequests(share: number): Promise<Report> {
  // Silences the function's log, which also prints a second after the last request.
  console.warn = () => {};
  const contenders = [here(), obvious];
  const rows: (string | number)[][] = [];
  for (const [label, body, type = FORM, query = ""] of REQUESTS) {
    const figures: number[][] = [[], []];
    const statuses: number[] = [];
    for (let round = 0; round < Math.max(2, 20 * share); round++) {
      for (const [index, handle] of contenders.entries()) {
        const [ms, status] = await cpuMs(
          handle,
          () =>
            new Request(`http://localhost/sms-inbound${query}`, {
              method: "POST",
              headers: { "Content-Type": type, "X-Twilio-Signature": SIGNATURE },
              body,
            }),
        );
        // The first round compiles the code, so it does not count.
        if (round > 0) figures[index].push(ms);
        statuses[index] = status;
      }
    }
    const [ours, theirs] = figures.map((ms) => median(ms).toFixed(2));
    rows.push([label, statuses[0], ours, theirs]);
  }
  return reportOf(
    "unsigned",
    ["unsigned request, 2 keys and 2 base URLs", "answer", "CPU ms here", "CPU ms, obvious"],
    rows,
  );
}
