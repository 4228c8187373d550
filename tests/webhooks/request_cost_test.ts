/** What an unsigned request may cost, counted in work: never in time. */
import crypto from "node:crypto";
import { readConfiguration } from "../../supabase/functions/_shared/configuration/configuration.ts";
import { MAX_BODY_BYTES, readBody } from "../../supabase/functions/_shared/http/request_body.ts";
import {
  MAX_FORM_FIELDS,
  parseForm,
} from "../../supabase/functions/_shared/webhook/twilio_form.ts";
import { isSignedByTwilio } from "../../supabase/functions/_shared/webhook/twilio_signature.ts";
import { setFlagsFromString } from "node:v8";
import { runInNewContext } from "node:vm";
import { assert, assertEquals } from "../support/assert.ts";
import { API_URL } from "../support/stack.ts";

const FORM_TYPE = "application/x-www-form-urlencoded";

/** A form of so many fields. */
function formOf(fields: number, key = (index: number) => `k${index}`): string {
  return Array.from({ length: fields }, (_, index) => `${key(index)}=v`).join("&");
}

async function answerTo(body: string, type = FORM_TYPE, path = "sms-inbound"): Promise<number> {
  const response = await fetch(`${API_URL}/functions/v1/${path}`, {
    method: "POST",
    headers: { "Content-Type": type, "X-Twilio-Signature": "AAAAAAAAAAAAAAAAAAAAAAAAAAA=" },
    body,
  });
  await response.body?.cancel();
  return response.status;
}

for (
  const [label, body, status] of [
    ["200 fields", formOf(200), 401],
    ["201 fields", formOf(201), 413],
    ["one key 201 times", formOf(201, () => "Body"), 413],
    ["10,000 fields", formOf(10_000), 413],
    ["201 fields without names", "&".repeat(200), 413],
    ["one field of 64 KiB", `Body=${"a".repeat(65_531)}`, 401],
    ["one name of 64 KiB", "a".repeat(65_536), 401],
  ] as const
) {
  Deno.test(`an unsigned form of ${label} is answered ${status}`, async () => {
    assertEquals(await answerTo(body), status);
    assertEquals(await answerTo(body, FORM_TYPE, "sms-status"), status);
  });
}

Deno.test("JSON has no fields to count: it is not parsed before its signature is right", async () => {
  assertEquals(await answerTo(`{"a":"${"&".repeat(1_000)}"}`, "application/json"), 401);
  assertEquals(await answerTo("[".repeat(60_000), "application/json"), 401);
});

/** Runs something and tells how many bytes went into HMACs, and into how many. */
function countingHmacs(use: () => void): { hmacs: number; bytes: number } {
  const counted = { hmacs: 0, bytes: 0 };
  const { createHmac } = crypto;
  crypto.createHmac = (...args: Parameters<typeof createHmac>) => {
    counted.hmacs++;
    const hmac = createHmac(...args);
    const update = hmac.update.bind(hmac);
    hmac.update = (data: Parameters<typeof update>[0]) => {
      counted.bytes += data.toString().length;
      return update(data as string);
    };
    return hmac;
  };
  try {
    use();
  } finally {
    crypto.createHmac = createHmac;
  }
  return counted;
}

const SIGNATURE = "AAAAAAAAAAAAAAAAAAAAAAAAAAA=";

/** What the SDK tries for one key and URL: with and without port, as received and normalised. */
const VARIANTS = 6;

for (const [keys, urls] of [[1, 1], [3, 1], [1, 3], [3, 3]]) {
  Deno.test(`a wrong signature costs ${VARIANTS * 2} HMACs for each of ${keys} keys and ${urls} base URLs, whatever the form`, () => {
    const { webhookSigners: signers } = readConfiguration({
      TWILIO_AUTH_TOKEN: Array.from({ length: keys }, (_, index) => `key-${index}`).join(),
      // Named twice, counted once.
      TWILIO_WEBHOOK_BASE_URL: Array.from(
        { length: urls * 2 },
        (_, index) => `https://${index % urls}.example`,
      ).join(),
    });
    for (const text of ["a=b", formOf(MAX_FORM_FIELDS), `Body=${"a".repeat(65_000)}`]) {
      const body = parseForm(text);
      const { hmacs, bytes } = countingHmacs(() =>
        assertEquals(isSignedByTwilio({ signature: SIGNATURE, signers, path: "/x", body }), false)
      );
      assertEquals(hmacs, VARIANTS * 2 * keys * urls);
      assert(bytes <= hmacs * (text.length + 100), `${bytes} bytes in ${hmacs} HMACs`);
    }
  });
}

Deno.test("a right signature of the first key costs one HMAC", () => {
  const signers = [1, 2, 3].map((n) => ({ authToken: `key-${n}`, baseUrl: "https://a.example" }));
  const signature = crypto.createHmac("sha1", "key-1").update("https://a.example/x").digest(
    "base64",
  );
  const { hmacs } = countingHmacs(() =>
    assertEquals(isSignedByTwilio({ signature, signers, path: "/x", body: {} }), true)
  );
  assertEquals(hmacs, 1);
});

Deno.test("a form is read in one pass: it is not searched once for each key", () => {
  const { getAll, get, has } = URLSearchParams.prototype;
  let searches = 0;
  const counting = <Search extends (this: URLSearchParams, name: string) => unknown>(
    search: Search,
  ) =>
    function (this: URLSearchParams, name: string) {
      searches++;
      return search.call(this, name);
    } as Search;
  Object.assign(URLSearchParams.prototype, {
    getAll: counting(getAll),
    get: counting(get),
    has: counting(has),
  });
  try {
    for (const key of [(index: number) => `k${index}`, () => "Body"]) {
      assertEquals(Object.values(parseForm(formOf(10_000, key))).flat().length, 10_000);
    }
  } finally {
    Object.assign(URLSearchParams.prototype, { getAll, get, has });
  }
  assertEquals(searches, 0);
});

/** A body that tells how many of its chunks were read. */
function chunked(chunks: string[]): { request: Request; read(): number } {
  let read = 0;
  const body = new ReadableStream({
    pull(controller) {
      if (read === chunks.length) return controller.close();
      controller.enqueue(new TextEncoder().encode(chunks[read++]));
    },
  }, { highWaterMark: 0 });
  return { request: new Request("http://x.example", { method: "POST", body }), read: () => read };
}

Deno.test("the chunk with the 201st field is the last one that is read", async () => {
  const { request, read } = chunked(Array.from({ length: 100 }, () => `${formOf(50)}&`));
  assertEquals(await readBody(request, MAX_FORM_FIELDS), { kind: "too_large" });
  assertEquals(read(), 4);
});

Deno.test("a body in more than 1,000 pieces is read no further", async () => {
  const { request, read } = chunked(Array.from({ length: 5_000 }, () => "a"));
  assertEquals(await readBody(request, MAX_FORM_FIELDS), { kind: "too_large" });
  assertEquals(read(), 1_001);
});

Deno.test("no more than two buffers of a body are held, in however many pieces it comes", async () => {
  setFlagsFromString("--expose-gc");
  const collectGarbage: () => void = runInNewContext("gc");
  const sent: WeakRef<Uint8Array>[] = [];
  let held = 0;
  const body = new ReadableStream<Uint8Array>({
    async pull(controller) {
      if (sent.length === 900) {
        // A WeakRef keeps what it refers to until the present task ends.
        await new Promise((resolve) => setTimeout(resolve));
        collectGarbage();
        held = sent.filter((buffer) => buffer.deref()).length;
        return controller.close();
      }
      const chunk = new Uint8Array(64 * 1024).subarray(0, 1).fill(97);
      sent.push(new WeakRef(chunk));
      controller.enqueue(chunk);
    },
  }, { highWaterMark: 0 });
  const request = new Request("http://x.example", { method: "POST", body });
  const read = await readBody(request);
  assertEquals(read.kind === "read" && read.bytes.length, 900);
  assert(held <= 2, `${held} are held`);
});

Deno.test("the chunk with the 65,537th byte is the last one that is read", async () => {
  const { request, read } = chunked(Array.from({ length: 100 }, () => "a".repeat(16_384)));
  assertEquals(await readBody(request, MAX_FORM_FIELDS), { kind: "too_large" });
  assertEquals(read(), 5);
});

Deno.test("a body of exactly the limits is read whole, in whatever chunks it comes", async () => {
  const text = formOf(MAX_FORM_FIELDS).padEnd(MAX_BODY_BYTES, "a");
  for (const size of [1_000, 77, MAX_BODY_BYTES]) {
    const chunks = text.match(new RegExp(`.{1,${size}}`, "g")) ?? [];
    const read = await readBody(chunked(chunks).request, MAX_FORM_FIELDS);
    assert(read.kind === "read", `${size} bytes a chunk: ${read.kind}`);
    assertEquals(new TextDecoder().decode(read.bytes), text);
  }
});
