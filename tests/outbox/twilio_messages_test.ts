import { assertEquals, rejection } from "../support/assert.ts";
import { ACCOUNT_SID, AUTH_TOKEN, newSid } from "../support/twilio.ts";
import { openTwilioContent } from "../../supabase/functions/_shared/outbox/twilio_content.ts";
import { openTwilioMessages } from "../../supabase/functions/_shared/outbox/twilio_messages.ts";

const MESSAGE = {
  to: "+15550100001",
  from: "+15550100000",
  body: "Hi",
  mediaUrls: [],
  statusCallback: "http://127.0.0.1:9/sms-status",
};

const TIMEOUT_MS = 5_000;

/** A Twilio that answers as no Twilio should. */
async function withTwilio(
  answer: (request: Request) => Response | Promise<Response>,
  use: (twilio: Awaited<ReturnType<typeof openTwilioMessages>>) => Promise<void>,
) {
  const server = Deno.serve({ hostname: "127.0.0.1", port: 0, onListen: () => {} }, answer);
  try {
    await use(await open(server.addr.port));
  } finally {
    await server.shutdown();
  }
}

function open(port: number) {
  return openTwilioMessages(configurationAt(`http://127.0.0.1:${port}`));
}

function configurationAt(apiBaseUrl: string | undefined) {
  return {
    accountSid: ACCOUNT_SID,
    username: ACCOUNT_SID,
    password: AUTH_TOKEN,
    apiBaseUrl,
    messagingServiceSid: undefined,
    statusCallbackUrl: MESSAGE.statusCallback,
    callbackOverrides: "",
    confirmAfterSeconds: 60,
    confirmGapSeconds: 10,
    resendWithinSeconds: 900,
    statusCheckSeconds: 900,
  };
}

/** The hosts that a use connects to, by a proxy that makes no connection. */
async function hostsBehindProxy(env: Record<string, string>, use: () => Promise<unknown>) {
  const listener = Deno.listen({ hostname: "127.0.0.1", port: 0 });
  const hosts: string[] = [];
  const serving = (async () => {
    for await (const connection of listener) {
      const bytes = new Uint8Array(4096);
      const length = await connection.read(bytes);
      hosts.push(new TextDecoder().decode(bytes.subarray(0, length ?? 0)).split(" ")[1]);
      await connection.write(new TextEncoder().encode("HTTP/1.1 502 Bad Gateway\r\n\r\n"));
      connection.close();
    }
  })();
  const proxied = { ...env, HTTP_PROXY: `http://127.0.0.1:${listener.addr.port}` };
  const before = Object.keys(proxied).map((name) => [name, Deno.env.get(name)] as const);
  try {
    for (const [name, value] of Object.entries(proxied)) Deno.env.set(name, value);
    await use();
  } finally {
    for (const [name, value] of before) {
      if (value === undefined) Deno.env.delete(name);
      else Deno.env.set(name, value);
    }
    listener.close();
    await serving;
  }
  return hosts;
}

/** A message of Twilio's list. */
function listed(fields: Record<string, unknown> = {}) {
  return {
    sid: newSid(),
    direction: "outbound-api",
    from: MESSAGE.from,
    body: "Hi",
    status: "sent",
    num_segments: "1",
    date_created: new Date().toUTCString(),
    error_code: null,
    error_message: null,
    ...fields,
  };
}

Deno.test("of Twilio's list, what the database could not take is left out or replaced", () =>
  withTwilio(
    () =>
      Response.json({
        messages: [
          listed({ body: "a\0b" }),
          listed({ body: "half a \ud83d" }),
          listed({ num_segments: "many" }),
          listed({ error_message: "no\0thing" }),
          listed({ sid: "another form" }),
          listed({ direction: "inbound" }),
          listed({ date_created: "yesterday" }),
        ],
        next_page_uri: null,
      }),
    async (twilio) => {
      const list = await twilio.listTo(MESSAGE.to, new Date(Date.now() - 60_000), TIMEOUT_MS);
      assertEquals(
        list.map(({ body, num_segments, error_message }) => ({
          body,
          num_segments,
          error_message,
        })),
        [
          { body: "a\uFFFDb", num_segments: 1, error_message: null },
          { body: "half a \uFFFD", num_segments: 1, error_message: null },
          { body: "Hi", num_segments: null, error_message: null },
          { body: "Hi", num_segments: 1, error_message: "no\uFFFDthing" },
        ],
      );
    },
  ));

Deno.test("a message that is on two pages of the list is one", () => {
  const message = listed();
  return withTwilio(
    ({ url }) => {
      const { pathname, searchParams } = new URL(url);
      return Response.json({
        messages: [message],
        next_page_uri: searchParams.has("Page") ? null : `${pathname}?Page=1`,
      });
    },
    async (twilio) => {
      const list = await twilio.listTo(MESSAGE.to, new Date(Date.now() - 60_000), TIMEOUT_MS);
      assertEquals(list.map(({ sid }) => sid), [message.sid]);
    },
  );
});

Deno.test("a list that never ends is refused", () =>
  withTwilio(
    ({ url }) => {
      const { pathname } = new URL(url);
      return Response.json({ messages: [listed()], next_page_uri: `${pathname}?Page=1` });
    },
    async (twilio) => {
      const list = twilio.listTo(MESSAGE.to, new Date(Date.now() - 60_000), TIMEOUT_MS);
      assertEquals(await rejection(list), "Twilio's list has more than 50 pages");
    },
  ));

for (
  const [label, status, body, outcome] of [
    ["has a number for a code", 400, { code: 21211, message: "To is not valid", status: 400 }, {
      kind: "refused",
      httpStatus: 400,
      errorCode: "21211",
      errorMessage: "To is not valid",
    }],
    ["has a phone for a code", 400, { code: "+15550100001", message: "No", status: 400 }, {
      kind: "refused",
      httpStatus: 400,
      errorCode: "400",
      errorMessage: "No",
    }],
    ["has NUL in its words", 400, { code: 21211, message: "N\0", status: 400 }, {
      kind: "refused",
      httpStatus: 400,
      errorCode: "21211",
      errorMessage: "N\uFFFD",
    }],
    ["accepts, and has no SID", 201, { status: "queued" }, {
      kind: "unknown",
      reason: "an answer without a SID",
    }],
    ["accepts, and has a SID of another form", 201, { sid: "my sid", status: "queued" }, {
      kind: "unknown",
      reason: "an answer without a SID",
    }],
  ] as [string, number, Record<string, unknown>, Record<string, unknown>][]
) {
  Deno.test(`an answer of Twilio's that ${label} is ${outcome.kind}`, () =>
    withTwilio(
      () => Response.json(body, { status }),
      async (twilio) => assertEquals(await twilio.create(MESSAGE, TIMEOUT_MS), outcome),
    ));
}

Deno.test("no connection is used twice, though the server keeps it: a drop would double the text", async () => {
  const listener = Deno.listen({ hostname: "127.0.0.1", port: 0 });
  const posts: string[] = [];
  const serving = (async () => {
    for await (const connection of listener) {
      answerOnce(connection, posts).catch(() => {}).finally(() => connection.close());
    }
  })();
  try {
    const twilio = await open(listener.addr.port);
    const outcomes = [];
    for (const body of ["first", "second"]) {
      outcomes.push((await twilio.create({ ...MESSAGE, body }, TIMEOUT_MS)).kind);
    }
    assertEquals([outcomes, posts], [["accepted", "unknown"], ["first", "second"]]);
  } finally {
    listener.close();
    await serving;
  }
});

/** Accepts the first post, offers to keep the connection, and drops it when it sees the second. */
async function answerOnce(connection: Deno.Conn, posts: string[]): Promise<void> {
  const answer = JSON.stringify({ sid: newSid(), status: "queued" });
  const buffer = new Uint8Array(8192);
  for (let text = "";;) {
    const length = await connection.read(buffer);
    if (length === null) return;
    text += new TextDecoder().decode(buffer.subarray(0, length));
    const [, body] = /Body=(\w+)/.exec(text) ?? [];
    if (!body) continue;
    posts.push(body);
    if (body === "second") return;
    text = "";
    await connection.write(new TextEncoder().encode(
      "HTTP/1.1 201 Created\r\nContent-Type: application/json\r\nConnection: keep-alive\r\n" +
        `Content-Length: ${answer.length}\r\n\r\n${answer}`,
    ));
  }
}

Deno.test("without another address Twilio's own is called, in the edge and region and by the proxy that are set", async () => {
  const configuration = configurationAt(undefined);
  const send = async () => (await openTwilioMessages(configuration)).create(MESSAGE, TIMEOUT_MS);
  const readTemplate = async () => {
    const { fetch } = await openTwilioContent(configuration);
    await rejection(fetch(`HX${"0".repeat(32)}`, TIMEOUT_MS));
  };
  assertEquals(await hostsBehindProxy({}, send), ["api.twilio.com:443"]);
  assertEquals(await hostsBehindProxy({}, readTemplate), ["content.twilio.com:443"]);
  assertEquals(
    await hostsBehindProxy({ TWILIO_EDGE: "dublin", TWILIO_REGION: "ie1" }, send),
    ["api.dublin.ie1.twilio.com:443"],
  );
});
