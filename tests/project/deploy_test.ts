import { join } from "node:path";
import config from "../../supabase/functions/deno.json" with { type: "json" };
import { SECRET_KEY } from "../../local/settings/keys.ts";
import { exampleSettings, functionEnvironment } from "../../local/settings/environment.ts";
import { EdgeFunction } from "../../local/functions/edge_function.ts";
import { assert, assertEquals } from "../support/assert.ts";
import { bodiesOf, outboundMessage, startConversation } from "../support/conversations.ts";
import {
  bundleSize,
  denoPath,
  hostedFlags,
  loadedModules,
  lockedFlags,
  lockedFlagsForDeno21,
  packagesOf,
  type UploadedFunction,
  withDeployedFunctions,
} from "../support/deploy_rehearsal.ts";
import { ALERTS_SECRET, newContact, PERSON } from "../support/profile_alerts.ts";
import { PORTS, withSql } from "../support/stack.ts";
import { until } from "../support/wait.ts";
import {
  type Form,
  type FunctionName,
  inboundForm,
  newSid,
  signedRequest,
  statusForm,
} from "../support/twilio.ts";

/** What a function may weigh with `--use-api`, in bytes. */
const MAX_BUNDLE_BYTES = 5_000_000;

/** The packages whose version a deploy pins, by their names. */
const PINNED: Record<string, string> = Object.fromEntries(
  Object.values(config.imports).flatMap((specifier) => {
    const [, name, version] = /^npm:\/?((?:@[^/]+\/)?[^@/]+)@([\d.]+)/.exec(specifier) ?? [];
    return name ? [[name, version]] : [];
  }),
);

/** The package that a loaded module is from. */
function packageIn(module: string): string | undefined {
  return /^npm:\/?((?:@[^/]+\/)?[^@/]+)/.exec(module)?.[1];
}

/** The packages, and files of packages, that the uploaded files import. */
async function importedNames(uploads: UploadedFunction[]): Promise<string[]> {
  const sources = await Promise.all(
    uploads.flatMap(({ folder, files }) =>
      files.filter((file) => file.endsWith(".ts")).map((file) =>
        Deno.readTextFile(join(folder, file))
      )
    ),
  );
  return sources.flatMap((source) =>
    [...source.matchAll(/(?:from|import\()\s*"([^"./][^"]*)"/g)].map(([, name]) => name)
  );
}

/** Whether an entry of an import map is what a name resolves by. */
function isNamedBy(entry: string, name: string): boolean {
  return entry.endsWith("/") ? name.startsWith(entry) : name === entry;
}

function sizeInWords({ name }: UploadedFunction, bytes: number, packages: number): string {
  return `${name}: at most ${(bytes / 1e6).toFixed(2)} MB compressed, of ${packages} packages`;
}

/** What a webhook must not load: each costs its cold start. */
const NOT_FOR_WEBHOOKS = [
  /twilio[@/][^/]+\/lib\/(rest|base|twiml)\//,
  /supabase-js/,
  /postgrest-js/,
  /opt_out\/(languages|wording|pattern_index)/,
  /zod\/[^/]+\/v4/,
  /axios/,
  /\/ai@/,
  /@ai-sdk/,
  /sms-segments/,
];

/** A Deno, and the flags with which it resolves what the lock file has. */
interface LockedDeno {
  path: string;
  flags: string[];
}

/** Runs an uploaded function on a Deno, against the running stack. */
async function withUploaded(
  upload: UploadedFunction,
  deno: LockedDeno,
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
    deno,
  });
  try {
    await use(async (form) => {
      const name = upload.name as FunctionName;
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
    assertEquals(
      uploads.map(({ name }) => name).sort(),
      ["profile-alerts", "sms-inbound", "sms-reconcile", "sms-send", "sms-status", "twilio-events"],
    );
    await t.step(
      "the import map names what the functions import, and no test or tool",
      async () => {
        const imported = await importedNames(uploads);
        const { imports } = JSON.parse(await Deno.readTextFile(uploads[0].importMap));
        assertEquals(
          Object.keys(imports).filter((name) => !imported.some((one) => isNamedBy(name, one))),
          [],
        );
      },
    );
    for (const upload of uploads) {
      await t.step(`${upload.name} checks its caller itself and uses the one import map`, () => {
        assertEquals(upload.verifyJwt, false);
        assertEquals(upload.importMap, `${upload.folder}/supabase/functions/deno.json`);
        assertEquals(upload.files.filter((file) => /(^|\/)(\.env|local\/|tests\/)/.test(file)), []);
      });
      await t.step(`${upload.name} is below 5 MB compressed`, async () => {
        const packages = await packagesOf(upload, lockedFlags(upload));
        const bytes = await bundleSize(upload, packages);
        console.log(sizeInWords(upload, bytes, packages.length));
        assert(bytes < MAX_BUNDLE_BYTES, `${bytes} bytes`);
      });
      if (upload.name === "profile-alerts") {
        await t.step("profile-alerts loads zod and no other package", async () => {
          const loaded = await loadedModules(upload, lockedFlags(upload));
          assertEquals([...new Set(loaded.flatMap((module) => packageIn(module) ?? []))], ["zod"]);
        });
      }
      if (!["sms-inbound", "sms-status", "twilio-events"].includes(upload.name)) continue;
      const modules = await loadedModules(upload, lockedFlags(upload));
      await t.step(
        `${upload.name} loads no package at its start whose version a deploy leaves open`,
        () => {
          const loaded = new Set(modules.flatMap((module) => packageIn(module) ?? []));
          assertEquals([...loaded].filter((name) => !Object.hasOwn(PINNED, name)), []);
          assert(loaded.has("twilio"), `It loads ${[...loaded].join(", ")}`);
        },
      );
      await t.step(`${upload.name} loads only what a webhook needs`, () => {
        console.log(`${upload.name} loads ${modules.length} modules:\n  ${modules.join("\n  ")}`);
        assert(
          modules.some((module) => module.includes("lib/webhooks/webhooks.js")),
          "lib/webhooks/webhooks.js is not loaded",
        );
        assertEquals(
          modules.filter((module) => NOT_FOR_WEBHOOKS.some((no) => no.test(module))),
          [],
        );
      });
    }
    for (const version of [Deno.version.deno, "2.1.4"]) {
      const isThis = version === Deno.version.deno;
      const path = isThis ? Deno.execPath() : await denoPath(version);
      const byName = (wanted: string) => uploads.find(({ name }) => name === wanted)!;
      const denoFor = async (upload: UploadedFunction): Promise<LockedDeno> => ({
        path,
        flags: isThis ? lockedFlags(upload) : await lockedFlagsForDeno21(upload),
      });
      const [inbound, status, send] = ["sms-inbound", "sms-status", "sms-send"].map(byName);
      await t.step(
        `sms-inbound as uploaded keeps a signed text and answers it, on Deno ${version}`,
        () =>
          withSql(async (sql) => {
            const conversation = await startConversation();
            await withUploaded(inbound, await denoFor(inbound), async (send) => {
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
            try {
              await withUploaded(inbound, await denoFor(inbound), async (send, logs) => {
                await send(inboundForm({ From: conversation.recruit_phone }));
                await until(
                  () => logs.some((line) => line.includes("send_unconfirmed")),
                  "the worker to tell of it",
                );
              }, { TWILIO_API_BASE_URL: url, SETTLE_AFTER_SECONDS: "6" });
            } finally {
              await withSql(async (sql) =>
                void await sql`delete from recruiting_conversations where id = ${conversation.id}`
              );
            }
          }),
      );
      await t.step(`sms-status as uploaded moves a message, on Deno ${version}`, async () => {
        const { id } = await startConversation();
        const sid = newSid();
        await withSql(async (sql) => void await outboundMessage(sql, id, sid));
        await withUploaded(status, await denoFor(status), async (send) => {
          assertEquals(await send(statusForm(sid, "delivered")), { status: "updated" });
          assertEquals(await send(statusForm(sid, "sent")), { status: "ignored" });
        });
      });
      await t.step(
        `twilio-events as uploaded keeps what Twilio posts, on Deno ${version}`,
        async () =>
          await withUploaded(
            byName("twilio-events"),
            await denoFor(byName("twilio-events")),
            async (send) => {
              assertEquals(await send({ RoomSid: newSid("RM") }), { status: "received" });
              assertEquals(await send(inboundForm()), { status: "no_conversation" });
              assertEquals(await send({}), { status: "ignored" });
            },
          ),
      );
      await t.step(`profile-alerts as uploaded takes an alert, on Deno ${version}`, async () => {
        const alerts = byName("profile-alerts");
        const contact = await newContact();
        const edge = new EdgeFunction({
          name: alerts.name,
          entry: alerts.entry,
          env: await functionEnvironment(PORTS, await exampleSettings()),
          onLog: () => {},
          deno: await denoFor(alerts),
        });
        try {
          for (const [secret, status] of [[ALERTS_SECRET, 200], ["wrong", 404]] as const) {
            const body = JSON.stringify({
              subscriptionId: contact.subscription,
              data: { person: PERSON },
            });
            const request = new Request("http://localhost/", { method: "POST", body });
            const response = await edge.fetch(request, `/profile-alerts/${secret}`);
            assertEquals(response.status, status);
            await response.body?.cancel();
          }
        } finally {
          await edge.stop();
        }
      });
      await t.step(`sms-send as uploaded tells who may call, on Deno ${version}`, async () => {
        const logs: string[] = [];
        const edge = new EdgeFunction({
          name: send.name,
          entry: send.entry,
          env: await functionEnvironment(PORTS, await exampleSettings()),
          onLog: (line) => void logs.push(line),
          deno: await denoFor(send),
        });
        try {
          for (const [headers, status] of [[{}, 401], [{ apikey: SECRET_KEY }, 422]] as const) {
            const request = new Request("http://localhost/sms-send", {
              method: "POST",
              headers,
              body: "{}",
            });
            const response = await edge.fetch(request, "/sms-send");
            assertEquals(response.status, status, logs.join("\n"));
            await response.body?.cancel();
          }
        } finally {
          await edge.stop();
        }
      });
    }
    await t.step(
      "what a deploy would resolve today is measured, and what differs from the lock file is named",
      () => tellWhatDiffersToday(uploads),
    );
  });
});

/**
 * The one check that depends on what the registry serves today: the platform resolves the packages
 * of packages at each deploy. It names what differs from what was tested, and never fails.
 */
async function tellWhatDiffersToday(uploads: UploadedFunction[]): Promise<void> {
  for (const upload of uploads) {
    const locked = await packagesOf(upload, lockedFlags(upload));
    const today = await packagesOf(upload, hostedFlags(upload)).catch(() => undefined);
    if (!today) {
      console.log(`${upload.name}: the registry cannot be reached; nothing is compared`);
      continue;
    }
    console.log(`${upload.name}: ${today.length} packages`);
    const versions = (packages: typeof today) =>
      new Map(packages.map(({ name, version }) => [name, version]));
    const [tested, served] = [versions(locked), versions(today)];
    for (const name of new Set([...tested.keys(), ...served.keys()])) {
      const [one, other] = [tested.get(name) ?? "none", served.get(name) ?? "none"];
      if (one !== other) console.log(`  ${name}: tested with ${one}, today ${other}`);
    }
    const open = [...served.keys()].filter((name) => !Object.hasOwn(PINNED, name));
    console.log(`  left open by the import map: ${open.length} of ${served.size} packages`);
  }
}
