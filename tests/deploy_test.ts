import { exampleSettings, functionEnvironment } from "../local/settings/environment.ts";
import { EdgeFunction } from "../local/functions/edge_function.ts";
import { assert, assertEquals } from "./support/assert.ts";
import { bodiesOf, outboundMessage, startConversation } from "./support/conversations.ts";
import {
  bundleSize,
  denoPath,
  hostedFlags,
  loadedModules,
  type UploadedFunction,
  withDeployedFunctions,
} from "./support/deploy_rehearsal.ts";
import { PORTS, withSql } from "./support/stack.ts";
import { until } from "./support/wait.ts";
import { type Form, inboundForm, newSid, signedRequest, statusForm } from "./support/twilio.ts";

/** What a function may weigh with `--use-api`, in bytes. */
const MAX_BUNDLE_BYTES = 5_000_000;

/** What a webhook must not load: each costs its cold start. */
const NOT_FOR_WEBHOOKS = [
  /twilio[@/][^/]+\/lib\/(rest|base|twiml)\//,
  /supabase-js/,
  /zod\/[^/]+\/v4/,
  /axios/,
  /\/ai@/,
  /@ai-sdk/,
  /sms-segments/,
];

/** Runs an uploaded function on a Deno, against the running stack. */
async function withUploaded(
  upload: UploadedFunction,
  path: string,
  use: (send: (form: Form) => Promise<unknown>, logs: string[]) => Promise<void>,
  settings: Record<string, string> = {},
) {
  const logs: string[] = [];
  const edge = new EdgeFunction({
    name: upload.name,
    entry: upload.entry,
    env: {
      ...await functionEnvironment(PORTS, await exampleSettings()),
      TURN_WAIT_SECONDS: "0.5",
      ...settings,
    },
    onLog: (line) => void logs.push(line),
    deno: { path, flags: hostedFlags(upload) },
  });
  try {
    await use(async (form) => {
      const name = upload.name as "sms-inbound" | "sms-status";
      const response = await edge.fetch(signedRequest(name, form), `/${name}`);
      assertEquals(response.status, 200, logs.join("\n"));
      return await response.json();
    }, logs);
  } finally {
    await edge.stop();
  }
}

/** A Twilio whose every answer ends in the middle. */
async function withBrokenTwilio(use: (url: string) => Promise<void>) {
  const listener = Deno.listen({ hostname: "127.0.0.1", port: 0 });
  const serving = (async () => {
    for await (const connection of listener) {
      await connection.read(new Uint8Array(8192));
      await connection.write(
        new TextEncoder().encode("HTTP/1.1 201 Created\r\nContent-Length: 500\r\n\r\n{"),
      );
      connection.close();
    }
  })();
  try {
    await use(`http://127.0.0.1:${listener.addr.port}`);
  } finally {
    listener.close();
    await serving;
  }
}

Deno.test("what `supabase functions deploy` uploads is complete, small, and answers", async (t) => {
  await withDeployedFunctions(async (uploads) => {
    assertEquals(uploads.map(({ name }) => name).sort(), ["sms-inbound", "sms-send", "sms-status"]);
    for (const upload of uploads) {
      await t.step(`${upload.name} checks its caller itself and uses the one import map`, () => {
        assertEquals([upload.verifyJwt, upload.importMap], [false, `${upload.folder}/deno.json`]);
        assertEquals(upload.files.filter((file) => /(^|\/)(\.env|local\/|tests\/)/.test(file)), []);
      });
      const { modules, packages } = await loadedModules(upload);
      await t.step(`${upload.name} is below 5 MB compressed`, async () => {
        const bytes = await bundleSize(upload, packages);
        console.log(
          `${upload.name}: at most ${
            (bytes / 1e6).toFixed(2)
          } MB compressed, of ${packages.length} packages`,
        );
        assert(bytes < MAX_BUNDLE_BYTES);
      });
      if (upload.name === "sms-send") continue;
      await t.step(`${upload.name} loads only what a webhook needs`, () => {
        console.log(`${upload.name} loads ${modules.length} modules:\n  ${modules.join("\n  ")}`);
        assert(modules.some((module) => module.includes("lib/webhooks/webhooks.js")));
        assertEquals(
          modules.filter((module) => NOT_FOR_WEBHOOKS.some((no) => no.test(module))),
          [],
        );
      });
    }
    for (const version of [Deno.version.deno, "2.1.4"]) {
      const path = version === Deno.version.deno ? Deno.execPath() : await denoPath(version);
      const byName = (wanted: string) => uploads.find(({ name }) => name === wanted)!;
      await t.step(
        `sms-inbound as uploaded keeps a signed text and answers it, on Deno ${version}`,
        () =>
          withSql(async (sql) => {
            const conversation = await startConversation();
            await withUploaded(byName("sms-inbound"), path, async (send) => {
              const form = inboundForm({ From: conversation.recruit_phone, Body: "deployed" });
              assertEquals(await send(form), { status: "received" });
              assertEquals(await send({ ...form, MessageSid: "?" }), { status: "ignored" });
              assertEquals(await bodiesOf(sql, conversation.id), ["deployed"]);
              await until(async () => {
                const [row] = await sql`
                select from recruiting_messages where conversation_id = ${conversation.id}
                  and sender_type = 'bot' and status = 'delivered'`;
                return row !== undefined;
              }, "the bot's reply to be delivered");
            });
          }),
      );
      await t.step(
        `sms-inbound as uploaded survives an answer of Twilio's that breaks off, on Deno ${version}`,
        () =>
          withBrokenTwilio(async (url) => {
            const conversation = await startConversation();
            await withUploaded(byName("sms-inbound"), path, async (send, logs) => {
              await send(inboundForm({ From: conversation.recruit_phone }));
              await until(
                () => logs.some((line) => line.includes("send_unsettled")),
                "the worker to tell of it",
              );
            }, { TWILIO_API_BASE_URL: url, SETTLE_AFTER_SECONDS: "6" });
            await withSql(async (sql) =>
              void await sql`delete from recruiting_conversations where id = ${conversation.id}`
            );
          }),
      );
      await t.step(`sms-status as uploaded moves a message, on Deno ${version}`, async () => {
        const { id } = await startConversation();
        const sid = newSid();
        await withSql(async (sql) => void await outboundMessage(sql, id, sid));
        await withUploaded(byName("sms-status"), path, async (send) => {
          assertEquals(await send(statusForm(sid, "delivered")), { status: "updated" });
          assertEquals(await send(statusForm(sid, "sent")), { status: "ignored" });
        });
      });
    }
  });
});
