/** Passwords in the base URLs: what is signed with them, and that no table and no log line holds them. */
import type postgres from "postgres";
import { readConfiguration } from "../../supabase/functions/_shared/configuration/configuration.ts";
import { readSendingConfiguration } from "../../supabase/functions/_shared/outbox/sending_configuration.ts";
import { failureOf } from "../../supabase/functions/_shared/twilio/twilio_api.ts";
import {
  passwordRemover,
  withoutUserInfo,
} from "../../supabase/functions/_shared/webhook/url_password.ts";
import { assert, assertEquals } from "../support/assert.ts";
import { outboundMessage, startConversation } from "../support/conversations.ts";
import { withEdgeFunction, withKeptFunction } from "../support/edge_function.ts";
import { stackEnvironment, startWorker } from "../support/function_worker.ts";
import { withSql } from "../support/stack.ts";
import { AUTH_TOKEN, inboundForm, newSid } from "../support/twilio.ts";
import {
  cloudEvent,
  debuggerForm,
  debuggerPayload,
  handTo,
  jsonRequest,
  keptEvent,
  statusEvent,
} from "../support/twilio_events.ts";

const PASSWORD = "pa%40ss-S3cret";
const HOST = "localhost:9999/hooks";
const BASE = `http://hook:${PASSWORD}@${HOST}`;
const SETTINGS = { TWILIO_WEBHOOK_BASE_URL: BASE };
/** Every spelling in which a table or a line could hold it. */
const SPELLINGS = ["ss-S3cret"];

/** The tables with a row that holds the password. */
async function tablesWithPassword(sql: postgres.Sql): Promise<string[]> {
  const tables = await sql<{ name: string }[]>`
    select c.oid::regclass::text as name from pg_class c
    where relnamespace in ('public'::regnamespace, 'private'::regnamespace, 'realtime'::regnamespace)
      and relkind in ('r', 'p') and not relispartition`;
  const found: string[] = [];
  for (const { name } of tables) {
    for (const spelling of SPELLINGS) {
      const rows = await sql.unsafe(
        `select from ${name} t where strpos(to_jsonb(t)::text, $1) > 0 limit 1`,
        [spelling],
      );
      if (rows.length > 0) found.push(name);
    }
  }
  return found;
}

const options = (signedBase: string) => ({ token: AUTH_TOKEN, signedBase });

Deno.test("a request that is signed for the password is taken, and one for another password or for none is not", () =>
  withKeptFunction("twilio-events", SETTINGS, async (post) => {
    const send = async (base: string) => {
      const response = await post({ RoomSid: newSid("RM") }, options(base));
      await response.body?.cancel();
      return response.status;
    };
    assertEquals(await send(BASE), 200);
    assertEquals(await send(`http://hook:other@${HOST}`), 401);
    assertEquals(await send(`http://hook@${HOST}`), 401);
    assertEquals(await send(`http://${HOST}`), 401);
  }));

Deno.test("status callbacks are asked for with the password", () => {
  const env = {
    SUPABASE_URL: "https://x.supabase.co",
    SUPABASE_SECRET_KEYS: '{"default":"sb_secret_x"}',
    TWILIO_WEBHOOK_BASE_URL: "https://a:b@hooks.example/x",
    TWILIO_ACCOUNT_SID: `AC${"0".repeat(32)}`,
    TWILIO_AUTH_TOKEN: "key",
  };
  const sending = readSendingConfiguration(env, readConfiguration(env), []);
  assertEquals(sending?.statusCallbackUrl, "https://a:b@hooks.example/x/sms-status");
});

Deno.test("no problem and no warning of the configuration holds the password", () => {
  const base = "https://hook:pa%40ss-S3cret@hooks.example";
  for (const url of [base, `${base}/sms-inbound`, `${base}?a=1`, `${base}#x`, `x:${base}`]) {
    for (const TWILIO_AUTH_TOKEN of ["key", "local-key", "", "key,local-key"]) {
      for (const second of ["", ",http://me:ss-S3cret@localhost/x"]) {
        const { problems, warnings } = readConfiguration({
          SUPABASE_URL: "https://x.supabase.co",
          TWILIO_WEBHOOK_BASE_URL: url + second,
          TWILIO_AUTH_TOKEN,
        });
        assertEquals([...problems, ...warnings].filter((line) => line.includes("S3cret")), []);
      }
    }
  }
});

Deno.test("what Twilio quotes is stored without the password: errors, calls, statuses, texts", () =>
  withSql(async (sql) => {
    const logs: string[] = [];
    const worker = startWorker("twilio-events", await stackEnvironment(SETTINGS), (line) => {
      logs.push(line);
    });
    try {
      await worker.ready();
      const url = `${BASE}/sms-inbound?a=1`;
      const { id, recruit_phone } = await startConversation();
      const messageId = await outboundMessage(sql, id);
      const status = statusEvent(newSid(), "sent", {
        statusCallBackUrl: `${BASE}/sms-status?message=${messageId}`,
      });
      const unknown = statusEvent(newSid(), "x-y", { statusCallBackUrl: `${BASE}/sms-status` });
      const sid = newSid("NO");
      const error = cloudEvent("com.twilio.error-logs.error.logged", {
        sid,
        level: "ERROR",
        error_code: "11200",
        payload: JSON.stringify(debuggerPayload("11200", { url })),
      }, { id: sid });
      const other = cloudEvent("com.example.x", {
        url,
        nested: [`see ${url} and ${encodeURIComponent(url)} and ${decodeURIComponent(url)}`],
        [url]: 1,
      });
      const answered = await handTo(
        worker,
        jsonRequest(JSON.stringify([status, unknown, error, other]), { signedBase: BASE }),
      );
      const answer = await answered.text();
      assertEquals(answer, '{"status":"received"}');
      assertEquals((await keptEvent(sql, sid))!.url, `http://${HOST}/sms-inbound`);
      const [{ status: stored }] = await sql`
        select status from recruiting_messages where id = ${messageId}`;
      assertEquals(stored, "sent");
      const [{ payload }] = await sql`select payload from recruiting_message_events
        where message_sid = ${String(status.data.messageSid)}`;
      assertEquals(
        payload.data.statusCallBackUrl,
        `http://${HOST}/sms-status?message=${messageId}`,
      );
      assertEquals(
        (await keptEvent(sql, other.id))!.payload.data.url,
        `http://${HOST}/sms-inbound?a=1`,
      );

      await withKeptFunction("twilio-events", SETTINGS, async (post) => {
        for (
          const form of [
            debuggerForm(debuggerPayload("11200", { url })),
            debuggerForm({}, { Payload: `{"cut": "${url}` }),
            inboundForm({ From: recruit_phone, ErrorUrl: url, ErrorCode: "11200" }),
            inboundForm({ ErrorUrl: url, Body: url }),
            { RoomSid: newSid("RM"), Url: url },
          ]
        ) assertEquals((await post(form, options(BASE))).status, 200);
      });
      // Its own text may hold any URL, also one with a password, as long as it is not ours.
      const theirs = "https://me:mine@shop.example/x";
      await withEdgeFunction("sms-inbound", SETTINGS, async (post, lines) => {
        const form = inboundForm({ From: recruit_phone, ErrorUrl: url, Body: theirs });
        assertEquals((await post(form, options(BASE))).status, 200);
        const unmatched = inboundForm({ ErrorUrl: url });
        assertEquals((await post(unmatched, options(BASE))).status, 200);
        const [{ body, metadata }] = await sql`select body, metadata from recruiting_messages
          where message_sid = ${String(form.MessageSid)}`;
        assertEquals([body, metadata.ErrorUrl], [theirs, `http://${HOST}/sms-inbound?a=1`]);
        logs.push(...lines);
      });
      assertEquals(await tablesWithPassword(sql), []);
      assertEquals(logs.filter((line) => line.includes("S3cret")), []);
      assert(logs.length > 0, "nothing was logged");
    } finally {
      await worker.stop();
    }
  }));

Deno.test("the password is taken out however it is quoted, and all else stays", () => {
  const clean = passwordRemover([
    "https://u:p%20w@a.example/x",
    "https://b.example",
    "https://u@c.example",
  ]);
  assertEquals(
    structuredClone(clean({
      a: "https://u:p%20w@a.example/x",
      b: ["u:p w@", "https%3A%2F%2Fu%3Ap%2520w%40a.example", "u@c.example", 5, null, true],
    })),
    {
      a: "https://a.example/x",
      b: ["", "https%3A%2F%2Fa.example", "u@c.example", 5, null, true],
    } as never,
  );
  const same = { a: ["u:p@"] };
  assert(passwordRemover(["https://a.example"])(same) === same, "a copy was made");
});

for (
  const [label, baseUrl, quoted] of [
    ["as URL writes it", "https://u:p^|w@a.example", "https://u:p%5E%7Cw@a.example"],
    ["with small hex digits", "https://u:p%2Fw@a.example", "https://u:p%2fw@a.example"],
    ["in a query with small hex digits", "https://u:p@a.example", "https://u%3ap%40a.example"],
    ["with the signs of a pattern", "https://u:p.*+($)w@a.example", "https://u:p.*+($)w@a.example"],
  ]
) {
  Deno.test(`the password is taken out where it is quoted ${label}`, () => {
    const clean = passwordRemover([baseUrl]);
    assertEquals(clean(`see ${quoted}/x`), "see https://a.example/x");
    assertEquals(clean("u:p:w@ pw u:px@"), "u:p:w@ pw u:px@");
  });
}

Deno.test("a URL without user and password stays as it is", () => {
  for (
    const [url, shown] of [
      ["https://a:b@c.example/x@y", "https://c.example/x@y"],
      ["HTTP://a@c.example", "HTTP://c.example"],
      ["https://a:b@c@d.example/", "https://d.example/"],
      ["https://c.example/?a=b@c", "https://c.example/?a=b@c"],
      ["me@a.example", "me@a.example"],
    ]
  ) assertEquals(withoutUserInfo(url), shown);
});

Deno.test("an error of Twilio's API is stored without the password of the URL that it quotes", () => {
  const message = `Url is not valid: https://a:b@c.example/sms-status?message=1 (a@b.example)`;
  const failure = failureOf({ status: 400, code: 21609, message });
  assertEquals(
    failure.kind === "refused" && failure.errorMessage,
    "Url is not valid: https://c.example/sms-status?message=1 (a@b.example)",
  );
});
