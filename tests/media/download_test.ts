/** One download: credentials, redirects, sizes, types and times, against a server that tries everything. */
import { type Download, download } from "../../supabase/functions/_shared/media/download.ts";
import { storedTypeOf } from "../../supabase/functions/_shared/media/content_type.ts";
import { assert, assertEquals } from "../support/assert.ts";

const ACCOUNT_SID = `AC${"0".repeat(32)}`;
const PATH = `/2010-04-01/Accounts/${ACCOUNT_SID}/Messages/MM1/Media/ME1`;
const MEDIA_URL = `https://api.twilio.com${PATH}`;
const MAX_BYTES = 16 * 1024 * 1024;

/** Answers of the API and of the host of contents, which see every request. */
interface Hosts {
  api(request: Request, contents: string): Response | Promise<Response>;
  contents?(request: Request): Response | Promise<Response>;
}

/** What a download ended with, and what each host has seen of credentials. */
interface Tried {
  result: Download;
  authorizations: (string | null)[];
}

/** Downloads from two hosts on loopback. */
async function tryDownload(
  { api, contents = () => new Response("content") }: Hosts,
  { endsInMs = 60_000, limitMs = 30_000, url = MEDIA_URL } = {},
): Promise<Tried> {
  const authorizations: (string | null)[] = [];
  const closing = new AbortController();
  const serve = (answer: (request: Request) => Response | Promise<Response>) =>
    Deno.serve(
      { hostname: "127.0.0.1", port: 0, onListen: () => {}, signal: closing.signal },
      (request) => {
        authorizations.push(request.headers.get("authorization"));
        return answer(request);
      },
    );
  const other = serve(contents);
  const own = serve((request) => api(request, `http://127.0.0.1:${other.addr.port}`));
  const account = {
    accountSid: ACCOUNT_SID,
    username: "SK1",
    password: "secret",
    apiBaseUrl: `http://127.0.0.1:${own.addr.port}`,
  };
  try {
    const result = await download(url, account, performance.now() + endsInMs, limitMs);
    return { result, authorizations };
  } finally {
    closing.abort();
    await Promise.all([own.finished, other.finished]);
  }
}

/** A redirect. */
const to = (location: string) => new Response(null, { status: 307, headers: { location } });

/** A content of a size, in chunks of 1 MiB, without its length. */
function ofSize(bytes: number): Response {
  let left = bytes;
  const body = new ReadableStream({
    pull(controller) {
      const length = Math.min(left, 1024 * 1024);
      left -= length;
      if (length > 0) controller.enqueue(new Uint8Array(length));
      if (left === 0) controller.close();
    },
  });
  return new Response(body, { headers: { "content-type": "video/mp4" } });
}

/** A body that begins and does not end. */
const endless = () =>
  new Response(
    new ReadableStream({ start: (controller) => controller.enqueue(new Uint8Array(1)) }),
  );

const own = `Basic ${btoa("SK1:secret")}`;

Deno.test("the API gets the credentials, and the host to which it redirects does not", async () => {
  const { result, authorizations } = await tryDownload({
    api: (_, contents) => to(`${contents}/1`),
    contents: () => new Response("content", { headers: { "content-type": "image/png" } }),
  });
  assert(result.kind === "downloaded", result.kind);
  assertEquals([await result.content.text(), result.contentType], ["content", "image/png"]);
  assertEquals(authorizations, [own, null]);
});

Deno.test("not even the API itself gets them after a redirect", async () => {
  const { authorizations } = await tryDownload({
    api: ({ url }) => new URL(url).pathname === PATH ? to("/again") : new Response("content"),
  });
  assertEquals(authorizations, [own, null]);
});

Deno.test("three redirects are followed, and a fourth is not", async () => {
  const hosts = (count: number): Hosts => ({
    api: (_, contents) => to(`${contents}/${count - 1}`),
    contents: ({ url }) => {
      const left = Number(new URL(url).pathname.slice(1));
      return left > 0 ? to(`/${left - 1}`) : new Response("content");
    },
  });
  assertEquals((await tryDownload(hosts(3))).result.kind, "downloaded");
  assertEquals((await tryDownload(hosts(4))).result, {
    kind: "refused",
    reason: "Twilio redirected too often",
  });
});

for (
  const location of [
    "http://169.254.169.254/latest/meta-data",
    "http://localhost:1/1",
    "http://10.0.0.1/1",
    "https://example.com/1",
    "file:///etc/passwd",
    "http://user@127.0.0.1/1",
  ]
) {
  Deno.test(`a redirect to ${location} ends the download`, async () => {
    const { result, authorizations } = await tryDownload({ api: () => to(location) });
    assertEquals(result, {
      kind: "refused",
      reason: "Twilio redirected to an address that is not its own",
    });
    assertEquals(authorizations.length, 1);
  });
}

Deno.test("an address that is not Twilio's is not called", async () => {
  const { result, authorizations } = await tryDownload(
    { api: () => new Response("content") },
    { url: "http://169.254.169.254/latest/meta-data" },
  );
  assertEquals([result.kind, authorizations], ["refused", []]);
});

Deno.test("16 MiB are read, one byte more is not, whatever the length that is told", async () => {
  const { result } = await tryDownload({ api: () => ofSize(MAX_BYTES) });
  assert(result.kind === "downloaded", result.kind);
  assertEquals(result.content.size, MAX_BYTES);
  const tooLarge = { kind: "refused", reason: "The file is larger than 16 MiB" } as const;
  assertEquals((await tryDownload({ api: () => ofSize(MAX_BYTES + 1) })).result, tooLarge);
  const told = () => new Response(new Uint8Array(MAX_BYTES + 1));
  assertEquals((await tryDownload({ api: told })).result, tooLarge);
});

Deno.test("a small compressed body that grows beyond 16 MiB is not read to its end", async () => {
  const bomb = () => {
    const body = ofSize(MAX_BYTES * 4).body!.pipeThrough(new CompressionStream("gzip"));
    return new Response(body, { headers: { "content-encoding": "gzip" } });
  };
  assertEquals((await tryDownload({ api: bomb })).result.kind, "refused");
});

Deno.test("a body that does not end is given up after the limit, and released when the run ends before", async () => {
  assertEquals((await tryDownload({ api: endless }, { limitMs: 50 })).result, {
    kind: "failed",
    reason: "The file was not there within 0.05 seconds",
    isForbidden: false,
  });
  assertEquals((await tryDownload({ api: endless }, { endsInMs: 50 })).result, {
    kind: "out_of_time",
  });
  assertEquals((await tryDownload({ api: endless }, { endsInMs: 0 })).authorizations, []);
});

for (
  const [status, kind, isForbidden] of [
    [401, "failed", true],
    [403, "failed", true],
    [404, "failed", false],
    [429, "failed", false],
    [500, "failed", false],
    [503, "failed", false],
    [400, "refused", undefined],
    [410, "refused", undefined],
    [206, "refused", undefined],
  ] as const
) {
  Deno.test(`HTTP ${status} is ${kind}`, async () => {
    const { result } = await tryDownload({ api: () => new Response("no", { status }) });
    assertEquals(result.kind, kind);
    if (result.kind === "failed") assertEquals(result.isForbidden, isForbidden);
  });
}

Deno.test("a host that is away is another attempt's", async () => {
  const away = { accountSid: ACCOUNT_SID, username: "a", password: "b" };
  const result = await download(
    MEDIA_URL,
    { ...away, apiBaseUrl: "http://127.0.0.1:9" },
    performance.now() + 60_000,
  );
  assertEquals(result, {
    kind: "failed",
    reason: "Twilio could not be reached",
    isForbidden: false,
  });
});

Deno.test("a body that breaks off is another attempt's", async () => {
  const listener = Deno.listen({ hostname: "127.0.0.1", port: 0 });
  const serving = (async () => {
    const connection = await listener.accept();
    await connection.read(new Uint8Array(4096));
    const head = "HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\n";
    await connection.write(new TextEncoder().encode(`${head}half`));
    connection.close();
  })();
  const result = await download(
    MEDIA_URL,
    {
      accountSid: ACCOUNT_SID,
      username: "a",
      password: "b",
      apiBaseUrl: `http://127.0.0.1:${listener.addr.port}`,
    },
    performance.now() + 60_000,
  );
  await serving;
  listener.close();
  assertEquals(result.kind, "failed");
});

for (
  const [header, stored] of [
    ["image/jpeg", "image/jpeg"],
    ["IMAGE/PNG; charset=binary", "image/png"],
    ["image/gif", "image/gif"],
    ["image/webp", "image/webp"],
    ["image/heic", "image/heic"],
    ["audio/amr", "audio/amr"],
    ["video/3gpp", "video/3gpp"],
    ["application/pdf", "application/pdf"],
    ["text/vcard", "text/vcard"],
    ["text/plain; charset=utf-8", "text/plain"],
    ["text/html", "application/octet-stream"],
    ["image/svg+xml", "application/octet-stream"],
    ["application/xhtml+xml", "application/octet-stream"],
    ["application/javascript", "application/octet-stream"],
    ["image/png, text/html", "application/octet-stream"],
    ["audio/x\r\ny", "application/octet-stream"],
    ["", "application/octet-stream"],
    [null, "application/octet-stream"],
  ]
) {
  Deno.test(`a file of the type ${JSON.stringify(header)} is stored as ${stored}`, () =>
    assertEquals(storedTypeOf(header), stored));
}
