import { bundlePage } from "../../examples/inbox/page_bundle.ts";
import { demoUrl } from "../../local/settings/addresses.ts";
import { assert, assertEquals, assertMatch, rejection } from "../support/assert.ts";
import { API_URL, PORTS, TWILIO_URL } from "../support/stack.ts";
import { inboundForm, newSid, postForStatus } from "../support/twilio.ts";

const DEMO_URL = demoUrl(PORTS);

async function get(path: string, options?: RequestInit) {
  const response = await fetch(DEMO_URL + path, options);
  return { response, text: await response.text() };
}

Deno.test("the demo page may talk to the stack, and to no other server", async () => {
  const { response } = await get("/");
  const policy = response.headers.get("content-security-policy") ?? "";
  assertMatch(policy, /default-src 'none'/);
  assertEquals(
    /connect-src ([^;]+)/.exec(policy)?.[1].split(" "),
    ["'self'", API_URL, API_URL.replace("http", "ws"), TWILIO_URL],
  );
});

Deno.test("the demo page is told no secret", async () => {
  const { text } = await get("/settings.json");
  assertMatch(text, /sb_publishable_/);
  assert(!/sb_secret_|auth-token|jwt/i.test(text), text);
});

Deno.test("the demo page gets the templates from its own server, and no credentials", async () => {
  const { text } = await get("/templates.json");
  const [first] = JSON.parse(text);
  assertEquals(first, {
    sid: "HX00000000000000000000000000000001",
    name: "application_received",
    text:
      "Hi {{1}}, thanks for applying for {{2}}. Do you have a minute for three quick questions?",
    variables: [{ name: "1", example: "there" }, { name: "2", example: "the job" }],
  });
  assertEquals(text.match(/AC0|token/i)?.[0], undefined);
});

Deno.test("a bundle that failed is made again when the page is opened again, and then kept", async () => {
  let bundles = 0;
  const page = bundlePage(false, async () => {
    if (++bundles === 1) throw new Error("a package could not be loaded");
    return await Promise.resolve(`bundle ${bundles}`);
  });
  assertEquals(await rejection(page.script()), "a package could not be loaded");
  assertEquals([await page.script(), await page.script()], ["bundle 2", "bundle 2"]);
  await page.stop();
});

Deno.test("the demo page's script is one bundle", async () => {
  const { response, text } = await get("/page.js");
  assertEquals([response.status, response.headers.get("content-type")], [
    200,
    "text/javascript; charset=utf-8",
  ]);
  assertEquals(text.match(/^import .*/m)?.[0], undefined);
});

Deno.test("each style sheet that the demo page names is served", async () => {
  const { text } = await get("/");
  const paths = [...text.matchAll(/rel="stylesheet" href="([^"]+)"/g)].map(([, path]) => path);
  assert(paths.length > 0, "the page names no style sheet");
  for (const path of paths) {
    const { response } = await get(path);
    assertEquals([response.status, response.headers.get("content-type")], [
      200,
      "text/css; charset=utf-8",
    ], path);
  }
});

Deno.test("the demo page's server serves its own files only", async () => {
  for (const path of ["/demo.ts", "/..%2f..%2fdeno.json", "/constructor", "/page/main.tsx"]) {
    assertEquals((await get(path)).response.status, 404, path);
  }
  assertEquals((await get("/", { method: "POST" })).response.status, 405);
});

Deno.test("what the functions log reaches the demo page, also one that comes back", async () => {
  const [first, second] = [newSid(), newSid()];
  const post = (MessageSid: string) =>
    postForStatus("sms-inbound", inboundForm({ MessageSid, SmsSid: MessageSid }));
  await post(first);
  const id = await idOf(first, 0);
  await post(second);
  const next = await idOf(second, id);
  assert(next > id, `the line ${next} comes after the line ${id}`);
});

/** Waits for the line about a message among those that come after a line. */
async function idOf(messageSid: string, lastEventId: number): Promise<number> {
  const ending = new AbortController();
  const { body } = await fetch(`${DEMO_URL}/webhooks`, {
    headers: { "Last-Event-ID": String(lastEventId) },
    signal: AbortSignal.any([ending.signal, AbortSignal.timeout(10_000)]),
  });
  let text = "";
  for await (const chunk of body!.pipeThrough(new TextDecoderStream())) {
    text += chunk;
    const event = text.split("\n\n").find((part) => part.includes(messageSid));
    if (!event) continue;
    ending.abort();
    assert(!text.includes("+1555"), "a line holds a phone");
    return Number(/^id: (\d+)$/m.exec(event)?.[1]);
  }
  throw new Error("The stream has ended");
}
