/**
 * What a webhook costs a function, counted and never timed: its requests to the database, and what it loads before the
 * first answer. A change that makes it load less lowers a figure here.
 */
import { fileURLToPath } from "node:url";
import { assert, assertEquals } from "../support/assert.ts";
import { type Checkpoint, startCheckpoint } from "../support/checkpoint.ts";
import { stackEnvironment } from "../support/function_worker.ts";
import { type Loaded, loadFunction } from "../support/load_function.ts";
import { API_URL } from "../support/stack.ts";
import {
  type Form,
  type FunctionName,
  inboundForm,
  newSid,
  signedRequest,
  statusForm,
} from "../support/twilio.ts";

/** The functions that recruits' texts wait for. */
type HotFunction = Exclude<FunctionName, "twilio-events">;

/** What a function may load until it has answered its first webhook, which is an ordinary one. */
interface Limits {
  /** The npm packages, all of them, and the files of each that are loaded. */
  packages: Record<string, number>;
  /** Modules, the function's own and the packages'. */
  modules: number;
  /** KiB of JavaScript that is compiled. */
  kib: number;
}

/** As measured. */
const LOADED: Record<HotFunction, Limits> = {
  "sms-inbound": {
    packages: { twilio: 1, zod: 10 },
    modules: 41,
    kib: 333,
  },
  "sms-status": {
    packages: { twilio: 1, zod: 10 },
    modules: 30,
    kib: 207,
  },
};

/** Requests to the database until the answer, of a webhook that the database accepts. */
const ROUND_TRIPS = 1;

/** More KiB than measured: a few lines of the function's own. */
const MORE_KIB = 2;

/** What the database returns of a text, where nothing is left to do after the answer. */
const received = (outcome: string) => [{
  outcome,
  conversation_id: outcome === "no_conversation" ? null : crypto.randomUUID(),
  conversation_status: outcome === "no_conversation" ? null : "escalated",
  message_id: outcome === "no_conversation" ? null : crypto.randomUUID(),
  warnings: [],
  reply_due_in_ms: null,
  work_is_due: false,
}];

const recorded = (message_status: string | null) => [{
  message_status,
  conversation_id: message_status && crypto.randomUUID(),
  warnings: [],
}];

interface Case {
  label: string;
  form: Form;
  /** The query of the URL that is posted to. */
  query?: string;
  /** What the database returns. */
  rows: unknown;
  answer: string;
}

const picture = {
  NumMedia: "1",
  MediaUrl0: "https://api.twilio.com/1",
  MediaContentType0: "image/png",
};

const text = (label: string, fields: Form, outcome = "received", answer = "received"): Case => ({
  label,
  form: inboundForm(fields),
  rows: received(outcome),
  answer,
});

const callback = (
  status: string,
  stored: string | null,
  answer = "updated",
  fields: Form = {},
): Case => ({
  label: `the status ${status}${stored ? "" : " of an unknown message"}`,
  form: statusForm(newSid(), status, fields),
  query: `?message=${crypto.randomUUID()}`,
  rows: recorded(stored),
  answer,
});

const CASES: Record<HotFunction, Case[]> = {
  "sms-inbound": [
    text("a text", {}),
    text("a picture", { Body: "", ...picture }),
    text("STOP", { Body: "STOP" }),
    text("STOP that Twilio has acted on", { Body: "STOP", OptOutType: "STOP" }),
    text("an opt-out in the recruit's own words", { Body: "please do not text me any more" }),
    text("START", { Body: "START" }),
    text("YES", { Body: "Yes" }),
    text("HELP", { Body: "HELP", OptOutType: "HELP" }),
    text("a text on WhatsApp", { From: "whatsapp:+15550000001", To: "whatsapp:+15550100009" }),
    text("a repeated text", {}, "repeated"),
    text("a text without a conversation", {}, "no_conversation", "no_conversation"),
  ],
  "sms-status": [
    callback("queued", "queued"),
    callback("sent", "sent"),
    callback("delivered", "delivered"),
    callback("undelivered", "failed", "updated", { ErrorCode: "30003" }),
    callback("failed", "failed", "updated", { ErrorCode: "21610" }),
    callback("read", "delivered", "ignored"),
    callback("sent", "delivered", "ignored"),
    callback("delivered", null, "ignored"),
  ],
};

const FUNCTIONS = new URL("../../supabase/functions/", import.meta.url);

/** Hands the webhooks of a function to it, in a process of its own. */
async function load(name: HotFunction, cases: Case[], database: Checkpoint): Promise<Loaded> {
  return await loadFunction({
    flags: [`--config=${fileURLToPath(new URL("deno.json", FUNCTIONS))}`],
    entry: new URL(`${name}/index.ts`, FUNCTIONS),
    env: await stackEnvironment({
      SUPABASE_URL: database.url,
      TWILIO_WEBHOOK_BASE_URL: `${API_URL}/functions/v1`,
    }),
    requests: await Promise.all(cases.map(async ({ form, query }) => {
      const { url, headers, body } = signedRequest(name, form, { query });
      return { url, headers: [...headers], body: await new Response(body).text() };
    })),
  });
}

function limitsOf({ modules }: Loaded): Limits {
  const packages: Record<string, number> = {};
  for (const { url } of modules) {
    const name = /.*\/node_modules\/((?:@[^/]+\/)?[^/]+)/.exec(url)?.[1];
    if (name) packages[name] = (packages[name] ?? 0) + 1;
  }
  const length = modules.reduce((sum, { length }) => sum + length, 0);
  return { packages, modules: modules.length, kib: Math.round(length / 1024) };
}

for (const name of ["sms-inbound", "sms-status"] as const) {
  Deno.test(`a webhook costs ${name} one request to the database, and no more modules than measured`, async (t) => {
    const database = startCheckpoint(API_URL);
    try {
      const cases = CASES[name];
      for (const { form, rows } of cases) {
        database.answer(({ body }) => body.includes(String(form.MessageSid)), rows);
      }
      const loaded = await load(name, cases, database);
      for (const [index, { label, form, answer }] of cases.entries()) {
        await t.step(`${label}: one request to the database`, () => {
          const requests = database.seen.filter(({ body }) =>
            body.includes(String(form.MessageSid))
          );
          const { status } = JSON.parse(loaded.answers[index].body);
          assertEquals([status, requests.length], [answer, ROUND_TRIPS]);
        });
      }
      await t.step("no other request to the database", () => {
        assertEquals(database.seen.length, cases.length * ROUND_TRIPS);
      });
      await t.step("packages, modules and KiB that are loaded", () => {
        const limits = limitsOf(loaded);
        const inWords = `It loads ${JSON.stringify(limits)}`;
        assertEquals(limits.packages, LOADED[name].packages, inWords);
        assert(limits.modules <= LOADED[name].modules, inWords);
        assert(limits.kib <= LOADED[name].kib + MORE_KIB, inWords);
      });
    } finally {
      await database.stop();
    }
  });
}
