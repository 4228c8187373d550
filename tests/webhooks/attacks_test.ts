import { getExpectedBodyHash, getExpectedTwilioSignature } from "twilio/lib/webhooks/webhooks.js";
import type postgres from "postgres";
import { assertEquals } from "../support/assert.ts";
import { outboundMessage, startConversation } from "../support/conversations.ts";
import { API_URL, withSql } from "../support/stack.ts";
import {
  AUTH_TOKEN,
  encode,
  type Form,
  type FunctionName,
  inboundForm,
  newSid,
  post,
  signedRequest,
  statusForm,
} from "../support/twilio.ts";

/** How many rows each table has, and the newest transaction that wrote one of them: nothing may change unseen. */
async function everything(sql: postgres.Sql): Promise<string> {
  const tables = await sql<{ name: string }[]>`
    select c.oid::regclass::text as name from pg_class c
    where c.relnamespace in ('public'::regnamespace, 'private'::regnamespace) and c.relkind = 'r' order by 1`;
  const rows = await sql.unsafe(
    tables.map(({ name }) =>
      `select '${name}' as name, count(*), max(xmin::text::bigint) as newest from ${name}`
    ).join(" union all "),
  );
  return JSON.stringify(rows);
}

/** What Twilio signed, and what an attacker who recorded it sends instead. */
interface Attack {
  label: string;
  send(recorded: Recorded): Promise<Response>;
  /** 401, or 200 `ignored` where the signature still holds. */
  answer: 401 | "ignored";
}

interface Recorded {
  name: FunctionName;
  form: Form;
  signature: string;
  url: string;
}

function sendAs(recorded: Recorded, change: {
  name?: FunctionName;
  path?: string;
  query?: string;
  body?: BodyInit;
  type?: string;
  headers?: Record<string, string>;
}): Promise<Response> {
  const {
    name = recorded.name,
    path = "",
    query = "",
    body = encode(recorded.form),
    type,
    headers,
  } = change;
  return fetch(`${API_URL}/functions/v1/${name}${path}${query}`, {
    method: "POST",
    headers: {
      "Content-Type": type ?? "application/x-www-form-urlencoded",
      "X-Twilio-Signature": recorded.signature,
      ...headers,
    },
    body,
  });
}

const withForm = (change: (form: Form) => Form) => (recorded: Recorded) =>
  sendAs(recorded, { body: encode(change({ ...recorded.form })) });

function without(form: Form, field: string): Form {
  const { [field]: _, ...others } = form;
  return others;
}

/** Bytes that are no UTF-8, after an honest form. */
function broken(form: Form): Uint8Array<ArrayBuffer> {
  return new Uint8Array([...new TextEncoder().encode(encode(form) + "&x="), 0xff, 0xfe, 0xc0]);
}

const ATTACKS: Attack[] = [
  {
    label: "an empty signature",
    answer: 401,
    send: (r) => sendAs(r, { headers: { "X-Twilio-Signature": "" } }),
  },
  {
    label: "two signatures, one of them right",
    answer: 401,
    send: (r) => sendAs(r, { headers: { "X-Twilio-Signature": `${r.signature}, ${r.signature}` } }),
  },
  {
    label: "a signature with another case",
    answer: 401,
    send: (r) => sendAs(r, { headers: { "X-Twilio-Signature": r.signature.toLowerCase() } }),
  },
  {
    label: "a longer path",
    answer: 401,
    send: (r) => sendAs({ ...r, signature: signed(r, "/x") }, { path: "" }),
  },
  {
    label: "a path that was not signed by its own name",
    answer: 401,
    send: (r) => sendAs(r, { query: "?" + "a" }),
  },
  {
    label: "the other function's URL",
    answer: 401,
    send: (r) => sendAs(r, { name: r.name === "sms-inbound" ? "sms-status" : "sms-inbound" }),
  },
  {
    label: "another message in the query",
    answer: 401,
    send: (r) => sendAs(r, { query: `?message=${crypto.randomUUID()}` }),
  },
  {
    label: "an altered field",
    answer: 401,
    send: withForm((form) => ({ ...form, From: "+15550199999" })),
  },
  {
    label: "an added field",
    answer: 401,
    send: withForm((form) => ({ ...form, OptOutType: "STOP" })),
  },
  { label: "a dropped field", answer: 401, send: withForm((form) => without(form, "ApiVersion")) },
  {
    label: "a repeated field with another value",
    answer: 401,
    send: withForm((form) => ({ ...form, MessageSid: [String(form.MessageSid), newSid()] })),
  },
  {
    label: "a repeated field with the same value, which the signature does not see",
    answer: "ignored",
    send: withForm((form) => ({
      ...form,
      MessageSid: [String(form.MessageSid), String(form.MessageSid)],
    })),
  },
  {
    label: "another MessageSid, made of the next field's text, which the signature does not see",
    answer: "ignored",
    send: withForm((form) => {
      const next = Object.keys(form).sort().find((key) => key > "MessageSid")!;
      return { ...without(form, next), MessageSid: `${form.MessageSid}${next}${form[next]}` };
    }),
  },
  {
    label: "a shorter MessageSid, whose rest became a field's name",
    answer: "ignored",
    send: withForm((form) => {
      const rest = Object.keys(form).sort().filter((key) => key > "MessageSid");
      const tail = rest.map((key) => `${key}${form[key]}`).join("");
      const kept = Object.fromEntries(Object.entries(form).filter(([key]) => !rest.includes(key)));
      const sid = String(form.MessageSid);
      const cut = sid.search(/[a-z]/);
      return { ...kept, MessageSid: sid.slice(0, cut), [sid.slice(cut) + tail]: "" };
    }),
  },
  {
    label: "an added __proto__",
    answer: 401,
    send: (r) => sendAs(r, { body: `${encode(r.form)}&__proto__=x&__proto__[MessageSid]=y` }),
  },
  {
    label: "bytes that are no UTF-8",
    answer: 401,
    send: (r) => sendAs(r, { body: broken(r.form) }),
  },
  { label: "a NUL", answer: 401, send: (r) => sendAs(r, { body: `${encode(r.form)}%00` }) },
  {
    label: "the same fields as JSON without a hash",
    answer: 401,
    send: (r) => sendAs(r, { type: "application/json", body: JSON.stringify(r.form) }),
  },
  {
    label: "JSON with a hash that was not signed",
    answer: 401,
    send: (r) => {
      const body = JSON.stringify(r.form);
      return sendAs(r, {
        type: "application/json",
        body,
        query: `?bodySHA256=${getExpectedBodyHash(body)}`,
      });
    },
  },
  {
    label: "a forged host",
    answer: 401,
    send: (r) => {
      const headers = {
        "X-Forwarded-Host": "attacker.example",
        "X-Forwarded-Proto": "https",
        Forwarded: "host=attacker.example",
        "X-Twilio-Signature": getExpectedTwilioSignature(
          AUTH_TOKEN,
          `https://attacker.example/${r.name}`,
          r.form,
        ),
      };
      return sendAs(r, { headers });
    },
  },
  {
    label: "a signature made with the empty key",
    answer: 401,
    send: (r) =>
      sendAs(r, {
        headers: { "X-Twilio-Signature": getExpectedTwilioSignature("", r.url, r.form) },
      }),
  },
  {
    label: "the key's name instead of the key",
    answer: 401,
    send: (r) =>
      sendAs(r, {
        headers: { "X-Twilio-Signature": getExpectedTwilioSignature("undefined", r.url, r.form) },
      }),
  },
];

function signed({ url, form }: Recorded, path = ""): string {
  return getExpectedTwilioSignature(AUTH_TOKEN, url + path, form);
}

/** A recording of a signed request for each function. */
async function recordings(sql: postgres.Sql): Promise<Recorded[]> {
  const conversation = await startConversation();
  const sid = newSid();
  await outboundMessage(sql, conversation.id, sid);
  const forms: [FunctionName, Form][] = [
    ["sms-inbound", inboundForm({ From: conversation.recruit_phone })],
    ["sms-status", statusForm(sid, "delivered")],
  ];
  return forms.map(([name, form]) => {
    const url = `${API_URL}/functions/v1/${name}`;
    return { name, form, url, signature: getExpectedTwilioSignature(AUTH_TOKEN, url, form) };
  });
}

for (const { label, answer, send } of ATTACKS) {
  Deno.test(`${label}: ${answer}, and no row changes`, () =>
    withSql(async (sql) => {
      for (const recorded of await recordings(sql)) {
        const before = await everything(sql);
        const response = await send(recorded);
        const body = await response.json();
        const seen = response.status === 200 ? body.status : response.status;
        assertEquals([recorded.name, seen], [recorded.name, answer]);
        assertEquals(await everything(sql), before);
      }
    }));
}

Deno.test("a recorded request that is sent again changes nothing", () =>
  withSql(async (sql) => {
    for (const recorded of await recordings(sql)) {
      await (await sendAs(recorded, {})).body?.cancel();
      const before = await everything(sql);
      for (let times = 0; times < 3; times++) {
        const response = await sendAs(recorded, {});
        assertEquals(response.status, 200);
        await response.body?.cancel();
      }
      assertEquals(await everything(sql), before);
    }
  }));

Deno.test("200 unsigned requests at once slow no real one to an error", () =>
  withSql(async (sql) => {
    const { id, recruit_phone } = await startConversation();
    const unsigned = Array.from({ length: 200 }, async (_, index) => {
      const request = signedRequest("sms-inbound", inboundForm({ Body: "a".repeat(index * 300) }), {
        token: "no",
      });
      const response = await fetch(request);
      await response.body?.cancel();
      return response.status;
    });
    const real = Array.from({ length: 20 }, async (_, index) => {
      const response = await post(
        "sms-inbound",
        inboundForm({ From: recruit_phone, Body: `${index}` }),
      );
      return (await response.json()).status;
    });
    assertEquals(new Set(await Promise.all(real)), new Set(["received"]));
    assertEquals(new Set(await Promise.all(unsigned)), new Set([401]));
    const [{ count }] =
      await sql`select count(*)::int from recruiting_messages where conversation_id = ${id}`;
    assertEquals(count, 20);
  }));
