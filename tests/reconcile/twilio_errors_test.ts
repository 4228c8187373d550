/** Twilio's errors on the attention list; and what erasure and retention leave of what Twilio posted. */
import type postgres from "postgres";
import { assert, assertEquals, assertMatch } from "../support/assert.ts";
import { withEmptiedDatabase } from "../support/emptied_database.ts";
import { beginConversation } from "../support/own_rows.ts";
import { asNewAgent, asServiceRole, withSql } from "../support/stack.ts";
import { newPhone, newSid, postForStatus } from "../support/twilio.ts";
import {
  debuggerForm,
  debuggerPayload,
  keptEvent,
  postEvents,
  statusEvent,
} from "../support/twilio_events.ts";

/** The codes that Twilio's debugger reports most often, and words that its advice must hold. */
const CODES: [string, RegExp][] = [
  ["11200", /no usable answer.*deployed/],
  ["11205", /could not connect/],
  ["11206", /HTTP protocol/],
  ["11210", /host.*DNS/],
  ["11215", /redirects too often/],
  ["11220", /encryption.*certificate/],
  ["11235", /certificate.*host name/],
  ["11236", /certificate.*revoked/],
  ["11237", /does not trust the certificate/],
  ["11750", /larger than 64 KB/],
  ["11751", /attachment is larger/],
  ["12100", /no valid XML/],
  ["12200", /TwiML does not have/],
  ["12300", /content type/],
  ["12400", /Twilio failed/],
  ["13224", /answer to a call.*voice_text/],
  ["14107", /answer to a text.*sms-inbound/],
  ["20003", /credentials.*TWILIO_AUTH_TOKEN/],
  ["20429", /Too many calls/],
  ["21211", /no phone number/],
  ["21408", /country/],
  ["21610", /opted out/],
  ["21611", /queue.*full/],
  ["21614", /no phone number/],
  ["30001", /queue.*full/],
  ["30003", /cannot be reached/],
  ["30004", /blocks the text/],
  ["30005", /unknown or no longer in use/],
  ["30006", /landline/],
  ["30007", /filtered/],
  ["30008", /did not deliver/],
  ["30017", /rate/],
  ["30032", /registered/],
  ["30034", /not registered/],
  ["30610", /quiet hours/],
  ["63003", /no account on that channel/],
  ["63016", /24 hours.*content_sid/],
  ["63018", /rate/],
  ["63033", /opted out/],
];

async function reasonsFor(sql: postgres.Sql): Promise<postgres.Row[]> {
  return await sql`select kind, conversation_id, reason, since from recruiting_attention
    where kind = 'twilio_error' order by reason`;
}

function insertError(
  sql: postgres.Sql,
  error_code: string | null,
  { url = null as string | null, age = "1 minute", id = newSid("NO") } = {},
) {
  return sql`insert into recruiting_twilio_events (id, kind, error_code, url, payload, received_at)
    values (${id}, 'debugger', ${error_code}, ${url}, '{}', now() - ${age}::interval)`;
}

Deno.test("each error of the debugger is told in plain words, with what to do", async (t) => {
  await withEmptiedDatabase(async (sql) => {
    for (const [code] of CODES) await insertError(sql, code);
    const reasons = (await reasonsFor(sql)).map(({ reason }) => String(reason));
    assertEquals(reasons.length, CODES.length);
    for (const [code, words] of CODES) {
      await t.step(code, () => {
        const reason = reasons.find((one) => one.includes(`error ${code},`));
        assert(reason !== undefined && words.test(reason), reason ?? "no row");
        assert(!reason.includes("https://www.twilio.com"), reason);
        assert(/\.$/.test(reason), reason);
      });
    }
  });
});

for (const code of ["11999", "12999", "30999", "63999", "99999", "1"]) {
  Deno.test(`any other code, such as ${code}, has Twilio's page of it`, () =>
    withEmptiedDatabase(async (sql) => {
      await insertError(sql, code);
      const [{ reason }] = await reasonsFor(sql);
      assert(reason.includes(`https://www.twilio.com/docs/api/errors/${code}`), reason);
    }));
}

Deno.test("a URL and a code are one row with their number, in the last day", () =>
  withEmptiedDatabase(async (sql) => {
    const url = "https://a.example/functions/v1/sms-inbound";
    for (const age of ["3 minutes", "2 hours", "23 hours", "25 hours"]) {
      await insertError(sql, "11200", { url, age });
    }
    await insertError(sql, "11200");
    await insertError(sql, "12300", { url });
    await insertError(sql, null, { url });
    const rows = await reasonsFor(sql);
    assertEquals(rows.map(({ reason }) => reason.split(".")[0] + "…"), [
      "Twilio reports error 11200 for https://a…",
      "Twilio reports error 11200, once in the last day…",
      "Twilio reports error 12300 for https://a…",
    ]);
    assert(rows[0].reason.includes(`for ${url}, 3 times in the last day.`), rows[0].reason);
    assertEquals(rows.map(({ conversation_id }) => conversation_id), [null, null, null]);
    const [{ hours }] = await sql`
      select extract(epoch from now() - ${rows[0].since}::timestamptz) / 3600 as hours`;
    assertEquals(Math.round(hours), 23);
  }));

Deno.test("the platform sees Twilio's errors, and no agent does", async () => {
  const form = debuggerForm(debuggerPayload("11237"));
  assertEquals(await postForStatus("twilio-events", form), "received");
  const kinds = async (client: ReturnType<typeof asServiceRole>) => {
    const { data, error } = await client.from("recruiting_attention").select("kind, reason")
      .eq("kind", "twilio_error");
    assertEquals(error, null);
    return data!;
  };
  const rows = await kinds(asServiceRole());
  const reasons = rows.map(({ reason }) => reason);
  assertMatch(reasons.join("\n"), /error 11237/);
  assertEquals(await kinds((await asNewAgent()).client), []);
});

Deno.test("agents read and write no row of what Twilio posted, and the platform writes none directly", async () => {
  const { client } = await asNewAgent();
  const row = { id: newSid("NO"), kind: "unknown" as const, payload: {} };
  assertEquals((await client.from("recruiting_twilio_events").select()).error?.code, "42501");
  assertEquals((await client.from("recruiting_twilio_events").insert(row)).error?.code, "42501");
  const platform = asServiceRole();
  assertEquals((await platform.from("recruiting_twilio_events").select().limit(1)).error, null);
  assertEquals((await platform.from("recruiting_twilio_events").insert(row)).error?.code, "42501");
  const batch = await client.rpc("recruiting_receive_twilio_events", { events: "[]" });
  const call = await client.rpc("recruiting_receive_call", {
    channel: "sms",
    address: "",
    event: "{}",
  });
  assertEquals([batch.error?.code, call.error?.code], ["42501", "42501"]);
});

Deno.test("an erasure deletes every row and every event that names the phone, and no other", () =>
  withSql(async (sql) => {
    const [phone, other] = [newPhone(), newPhone()];
    const kept: string[] = [];
    const keep = async (form: Record<string, string>, id: string) => {
      assertEquals(await postForStatus("twilio-events", form), "received");
      kept.push(id);
    };
    const [call, room, error] = [newSid("CA"), newSid("CA"), newSid("NO")];
    await keep({ CallSid: call, CallStatus: "completed", From: phone }, `${call}:completed`);
    await keep(
      { CallSid: room, CallStatus: "completed", ForwardedFrom: `whatsapp:${phone}` },
      `${room}:completed`,
    );
    await keep(debuggerForm(debuggerPayload("11200", { from: phone }), { Sid: error }), error);
    const theirs = newSid("CA");
    await keep(
      { CallSid: theirs, CallStatus: "completed", From: other, Caller: `${phone}9` },
      `${theirs}:completed`,
    );
    await sql`insert into recruiting_senders (address) values ('+15550100000') on conflict do nothing`;
    const status = statusEvent(newSid(), "sent", { to: phone });
    assertEquals((await postEvents([status])).status, "received");

    await sql`select recruiting_forget(${phone})`;
    const left = await Promise.all(kept.map((id) => keptEvent(sql, id)));
    assertEquals(left.map((row) => row !== undefined), [false, false, false, true]);
    const events = async () =>
      (await sql`select from recruiting_message_events
      where message_sid = ${String(status.data.messageSid)}`).length;
    assertEquals(await events(), 0);
    // Twilio repeats a batch for up to four hours.
    await postEvents([status]);
    assertEquals(await events(), 0);
  }));

Deno.test("retention empties payloads that are older than 90 days, and a repeat does not fill them again", () =>
  withEmptiedDatabase(async (sql) => {
    await beginConversation(sql);
    const row = (id: string) => keptEvent(sql, id);
    const insert = (id: string, age: string) =>
      sql`insert into recruiting_twilio_events (id, kind, phones, payload, received_at)
        values (${id}, 'event', '{+15550100001}', '{"a": 1}', now() - ${age}::interval)`;
    await insert("old", "91 days");
    await insert("young", "89 days");
    const before = await row("old");
    const prune = async () => (await sql`select recruiting_prune() as emptied`)[0].emptied;
    assertEquals(await prune(), 1);
    assertEquals(await row("old"), { ...before, payload: {} });
    assertEquals((await row("young"))?.payload, { a: 1 });
    const told = [{ step: "keep", kind: "event", id: "old", phones: [], payload: { a: 1 } }];
    await sql`select recruiting_receive_twilio_events(${JSON.stringify(told)})`;
    assertEquals((await row("old"))?.payload, {});
    assertEquals(await prune(), 0);
  }));
