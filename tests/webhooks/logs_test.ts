import { assert, assertEquals } from "../support/assert.ts";
import { startConversation } from "../support/conversations.ts";
import { logLines, withSql } from "../support/stack.ts";
import {
  AUTH_TOKEN,
  inboundForm,
  newSid,
  post,
  signedRequest,
  statusForm,
} from "../support/twilio.ts";
import { until } from "../support/wait.ts";
import { LOG_EVENTS } from "../../supabase/functions/_shared/log/log.ts";

Deno.test("each signed request leaves a JSON line with MessageSid and duration", async () => {
  const conversation = await startConversation();
  const text = inboundForm({ From: conversation.recruit_phone });
  const callback = statusForm(newSid(), "sent");
  for (const [name, form] of [["sms-inbound", text], ["sms-status", callback]] as const) {
    await (await post(name, form)).body?.cancel();
    const line = await until(
      async () => (await logLines(String(form.MessageSid)))[0],
      "the log line",
    );
    const { level, event, function: logged, message_sid, duration_ms } = JSON.parse(line);
    assertEquals([level, logged, message_sid], ["info", name, form.MessageSid]);
    assertEquals(event, name === "sms-inbound" ? "received" : "ignored");
    assert(duration_ms > 0, `duration_ms is ${duration_ms}`);
  }
  const [line] = await logLines(String(text.MessageSid));
  assertEquals(JSON.parse(line).conversation_id, conversation.id);
});

Deno.test("no log line holds a text, a whole number, a token or a signature", () =>
  withSql(async (sql) => {
    const secret = `secret-${crypto.randomUUID()}`;
    const conversation = await startConversation();
    const form = inboundForm({ From: conversation.recruit_phone, Body: secret, MediaUrl0: secret });
    const ordinary = signedRequest("sms-inbound", form);
    const signature = ordinary.headers.get("x-twilio-signature") ?? "";
    const constraint = "no_secrets_in_this_test";
    const send = async (request: Request) => void await (await fetch(request)).body?.cancel();

    await send(ordinary);
    await send(signedRequest("sms-inbound", { ...form, MessageSid: secret }));
    await send(signedRequest("sms-inbound", form, { token: secret, query: `?q=${secret}` }));
    await send(signedRequest("sms-inbound", inboundForm({ From: secret, Body: secret })));
    await send(
      signedRequest("sms-status", statusForm(newSid(), "failed", { ErrorMessage: secret })),
    );
    await sql.unsafe(`alter table recruiting_messages add constraint ${constraint}
      check (body not like 'secret-%') not valid`);
    const refused = inboundForm({ From: conversation.recruit_phone, Body: secret });
    try {
      await send(signedRequest("sms-inbound", refused));
    } finally {
      await sql.unsafe(`alter table recruiting_messages drop constraint ${constraint}`);
    }

    const lines = await until(async () => {
      const lines = await logLines(String(refused.MessageSid));
      return lines.length >= 2 && lines;
    }, "the refused text's lines");
    assert(lines.some((line) => JSON.parse(line).constraint === constraint), lines.join("\n"));
    for (const word of [secret, conversation.recruit_phone, AUTH_TOKEN, signature]) {
      assertEquals(await logLines(word), []);
    }
  }));

Deno.test("every line that the functions log is a JSON object", async () => {
  for (const line of await logLines("{")) assertEquals(typeof JSON.parse(line), "object");
});

Deno.test("docs/operations.md tells of every event that the functions log, and of no other", async () => {
  const page = await Deno.readTextFile(new URL("../../docs/operations.md", import.meta.url));
  const [, table] = /^\| event .*\n\|[ -|]+\n((?:\|.*\n)+)/m.exec(page) ?? [];
  const events = [...table.matchAll(/^\| `([a-z_]+)` /gm)].map(([, event]) => event);
  assertEquals(events, [...LOG_EVENTS]);
});

Deno.test("every event of the list is logged somewhere", async () => {
  const root = new URL("../../supabase/functions/", import.meta.url);
  const sources: string[] = [];
  const read = async (folder: URL): Promise<void> => {
    for await (const { name, isDirectory } of Deno.readDir(folder)) {
      if (isDirectory) await read(new URL(`${name}/`, folder));
      else if (name.endsWith(".ts") && !/^(log|database\.types)\.ts$/.test(name)) {
        sources.push(await Deno.readTextFile(new URL(name, folder)));
      }
    }
  };
  await read(root);
  const code = sources.join("\n");
  const logged = (event: string) =>
    new RegExp(`"${event}"|^  ${event}: "(warn|error)"`, "m").test(code);
  assertEquals(LOG_EVENTS.filter((event) => !logged(event)), []);
});
