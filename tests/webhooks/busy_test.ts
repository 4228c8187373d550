/**
 * No function waits inside its process: a worker that has an unconfirmed send ends. What it would wait
 * for is a due time on a row, and the schedule's.
 */
import { fileURLToPath } from "node:url";
import { exampleSettings, functionEnvironment } from "../../local/settings/environment.ts";
import { SECRET_KEY } from "../../local/settings/keys.ts";
import { assert, assertEquals } from "../support/assert.ts";
import { forgetDueWork, type Parties } from "../support/bot.ts";
import { WITHOUT_CALLBACKS } from "../support/faults.ts";
import { startConversation } from "../support/conversations.ts";
import type { Busy } from "../support/one_call.ts";
import { PORTS, withSql } from "../support/stack.ts";
import { inboundForm, magicPhone, signedRequest } from "../support/twilio.ts";

/** The longest that a turn waits for more texts, in ms. */
const BURST_WAIT_MS = 8_000;

/** The longest that Twilio has time for its answer, in ms. */
const TWILIO_MS = 15_000;

/**
 * Limits that are longer than the burst wait and end when what they limit is there, in ms: of a request's
 * body, and of Twilio's answer, which may have begun a moment before.
 */
const LIMITS_MS = [10_000, TWILIO_MS];

/**
 * After so long a process is taken for one that does not end, in ms. Its timers are what is measured, so
 * this has time for a loaded machine.
 */
const BUSY_MS = 2 * (BURST_WAIT_MS + TWILIO_MS);

/** The timers that are neither within the burst wait nor such a limit. */
const longTimers = ({ delays }: Busy) =>
  delays.filter((ms) =>
    ms > BURST_WAIT_MS && !LIMITS_MS.some((limit) => ms <= limit && ms > limit - 1000)
  );

const fileOf = (path: string) => fileURLToPath(new URL(path, import.meta.url));

/**
 * Hands one request to a function in a process of its own, and waits until that ends by itself.
 *
 * @throws {Error} If it is still there after BUSY_MS.
 */
async function callOnce(name: string, request: Request): Promise<Busy> {
  const { url, headers } = request;
  const entry = new URL(`../../supabase/functions/${name}/index.ts`, import.meta.url).href;
  const call = { url, headers: [...headers], body: await request.text() };
  const { code, stdout } = await new Deno.Command(Deno.execPath(), {
    args: [
      "run",
      "-A",
      "--quiet",
      `--config=${fileOf("../../supabase/functions/deno.json")}`,
      fileOf("../support/one_call.ts"),
      entry,
      JSON.stringify(call),
    ],
    env: { ...await functionEnvironment(PORTS, await exampleSettings()), ...WITHOUT_CALLBACKS },
    signal: AbortSignal.timeout(BUSY_MS),
  }).output();
  assertEquals(code, 0, `${name} was still busy after ${BUSY_MS} ms`);
  return JSON.parse(new TextDecoder().decode(stdout).trim().split("\n").at(-1)!);
}

const textFrom = ({ recruit_phone, twilio_phone }: Parties) =>
  signedRequest("sms-inbound", inboundForm({ From: recruit_phone, To: twilio_phone }));

const sendIn = ({ id: conversation_id }: { id: string }) =>
  new Request("http://localhost/sms-send", {
    method: "POST",
    headers: { apikey: SECRET_KEY },
    body: JSON.stringify({ conversation_id, body: "Hello", idempotency_key: "1" }),
  });

const workOff = () =>
  new Request("http://localhost/sms-reconcile", {
    method: "POST",
    headers: { apikey: SECRET_KEY },
    body: "{}",
  });

/** The stand-in takes a message for such a number and drops the connection, or answers after 20 s. */
const DROPPED = "+15005560000";
const LATE = "+15005560020";

const CASES: {
  label: string;
  phone: string;
  call(conversation: Parties & { id: string }): Promise<Busy>;
  /** What its timers may wait together, in ms. */
  waitsMs: number;
}[] = [
  {
    label: "sms-inbound, whose reply Twilio takes and drops the connection",
    phone: DROPPED,
    call: (conversation) => callOnce("sms-inbound", textFrom(conversation)),
    waitsMs: BURST_WAIT_MS,
  },
  {
    label: "sms-send, whose message Twilio takes and drops the connection",
    phone: DROPPED,
    call: (conversation) => callOnce("sms-send", sendIn(conversation)),
    waitsMs: BURST_WAIT_MS,
  },
  {
    label: "sms-send, whose message Twilio takes and does not answer",
    phone: LATE,
    call: (conversation) => callOnce("sms-send", sendIn(conversation)),
    waitsMs: TWILIO_MS,
  },
];

Deno.test("a process that has an unconfirmed send ends by itself", (t) =>
  withSql(async (sql) => {
    await forgetDueWork(sql);
    const results = CASES.map(async ({ phone, call }) => {
      const conversation = await startConversation({ recruit_phone: magicPhone(phone) });
      return { conversation, busy: await call(conversation) };
    });
    await Promise.allSettled(results);
    for (const [index, { label, waitsMs }] of CASES.entries()) {
      await t.step(label, async () => {
        const { conversation: { id }, busy } = await results[index];
        try {
          assert(busy.status < 300, `status ${busy.status}`);
          assert(busy.waitedMs <= waitsMs, `Its timers have waited ${busy.waitedMs} ms`);
          assertEquals(longTimers(busy), []);
          const [{ count }] = await sql`select count(*)::int from recruiting_messages
          where conversation_id = ${id} and confirm_due_at is not null and message_sid is null`;
          assertEquals(count, 1);
        } finally {
          await sql`delete from recruiting_conversations where id = ${id}`;
        }
      });
    }
    await t.step("sms-reconcile, with nothing to do", async () => {
      const busy = await callOnce("sms-reconcile", workOff());
      assertEquals([busy.status, longTimers(busy)], [202, []]);
      assert(busy.waitedMs <= BURST_WAIT_MS, `Its timers have waited ${busy.waitedMs} ms`);
    });
  }));
