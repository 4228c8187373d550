/**
 * Holds the local Realtime against what the real server (supabase/realtime 2.129.8) sent and
 * received on the wire. Not imitated: back-offs and delays.
 */
import postgres from "postgres";
import { SignJWT } from "jose";
import { JWT_SECRET, legacyKey } from "../../local/settings/keys.ts";
import { assert, assertEquals } from "../support/assert.ts";
import { ADMIN_DATABASE_URL, API_URL } from "../support/stack.ts";
import { until } from "../support/wait.ts";

interface Recording {
  case: string;
  description: string;
  connection?: string;
  url?: string;
  headers?: Record<string, string>;
  http?: { status: number; body: string };
  frames?: { ms: number; dir: "in" | "out"; text?: string; base64?: string }[];
  steps?: { ms: number; sql: string }[];
}

const recordings: Recording[] = JSON.parse(
  await Deno.readTextFile(new URL("../data/realtime-frames.json", import.meta.url)),
);

const AGENT_A = "00000000-0000-4000-8000-00000000000a";
const AGENT_B = "00000000-0000-4000-8000-00000000000b";
const HOUR = 3600;

/** The tokens of the recording, by name: claims, when they expire, who signed. */
const TOKENS: Record<
  string,
  { claims: Record<string, string>; expiresIn?: number; secret?: string }
> = {
  "anon": { claims: { role: "anon" }, expiresIn: HOUR },
  "service-role": { claims: { role: "service_role" }, expiresIn: HOUR },
  "anon-expired": { claims: { role: "anon" }, expiresIn: -500 },
  "anon-bad-signature": { claims: { role: "anon" }, expiresIn: HOUR, secret: "x".repeat(32) },
  "no-role": { claims: {}, expiresIn: HOUR },
  "no-exp": { claims: { role: "anon" } },
  "agent-a": { claims: { role: "authenticated", sub: AGENT_A }, expiresIn: HOUR },
  "agent-a-2": { claims: { role: "authenticated", sub: AGENT_A }, expiresIn: 2 * HOUR },
  "agent-b": { claims: { role: "authenticated", sub: AGENT_B }, expiresIn: HOUR },
  "agent-a-expired": { claims: { role: "authenticated", sub: AGENT_A }, expiresIn: -120 },
  "agent-a-bad-signature": {
    claims: { role: "authenticated", sub: AGENT_A },
    expiresIn: HOUR,
    secret: "x".repeat(32),
  },
  "agent-a-no-exp": { claims: { role: "authenticated", sub: AGENT_A } },
  "agent-a-no-role": { claims: { sub: AGENT_A }, expiresIn: HOUR },
  "agent-a-no-sub": { claims: { role: "authenticated" }, expiresIn: HOUR },
  // Shorter than in the recording, for the sake of time.
  "agent-a-6s": { claims: { role: "authenticated", sub: AGENT_A }, expiresIn: 2 },
  "agent-a-key-6s": { claims: { role: "authenticated", sub: AGENT_A }, expiresIn: 2 },
};

class Tokens {
  #minted = new Map<string, string>();
  /** When the last short-lived token has expired, in ms since 1970. */
  expiry = 0;

  async fill(text: string): Promise<string> {
    for (const [placeholder, name] of text.matchAll(/<jwt:([a-z0-9-]+)>/g)) {
      if (!this.#minted.has(name)) this.#minted.set(name, await this.#mint(name));
      text = text.replace(placeholder, this.#minted.get(name)!);
    }
    return text;
  }

  #mint(name: string): Promise<string> {
    const { claims, expiresIn, secret = JWT_SECRET } = TOKENS[name];
    const jwt = new SignJWT(claims).setProtectedHeader({ alg: "HS256" });
    if (expiresIn !== undefined) {
      const exp = Math.ceil(Date.now() / 1000) + expiresIn;
      if (expiresIn > 0 && expiresIn < 60) this.expiry = exp * 1000;
      jwt.setExpirationTime(exp);
    }
    return jwt.sign(new TextEncoder().encode(secret));
  }
}

const UUID = /[0-9a-f]{8}-[0-9a-f]{4}-[1-9a-f][0-9a-f]{3}-[0-9a-f]{4}-[0-9a-f]{12}/g;

/** A frame without what differs every time. */
function normal(frame: string | Uint8Array): unknown {
  if (typeof frame === "string") {
    return JSON.parse(frame.replace(/expired \d+ seconds ago/, "expired N seconds ago"));
  }
  const [kind, topicLength, eventLength, metaLength, encoding] = frame;
  let offset = 5;
  const [topic, event, meta] = [topicLength, eventLength, metaLength].map((length) =>
    new TextDecoder().decode(frame.subarray(offset, offset += length))
  );
  const payload = new TextDecoder().decode(frame.subarray(offset));
  const { id } = JSON.parse(meta);
  assert(String(id).match(UUID), `the id is ${id}`);
  return {
    kind,
    encoding,
    topic,
    event,
    meta: Object.keys(JSON.parse(meta)),
    payload: payload.replaceAll(id, "<id>"),
  };
}

function recorded(frame: { text?: string; base64?: string }): unknown {
  if (frame.text !== undefined) return normal(frame.text);
  return normal(Uint8Array.from(atob(frame.base64 ?? ""), (character) => character.charCodeAt(0)));
}

function websocketUrl(url = "/realtime/v1/websocket?apikey=<jwt:anon>&vsn=2.0.0"): string {
  return API_URL.replace("http", "ws") + url;
}

/** A socket, and every frame that it gets. */
async function openSocket(url: string) {
  const socket = new WebSocket(url);
  socket.binaryType = "arraybuffer";
  const received: unknown[] = [];
  socket.addEventListener("message", ({ data }) => {
    received.push(normal(typeof data === "string" ? data : new Uint8Array(data)));
  });
  await new Promise((resolve, reject) => {
    socket.addEventListener("open", resolve);
    socket.addEventListener("error", reject);
  });
  const close = async () => {
    const closed = new Promise((resolve) => socket.addEventListener("close", resolve));
    socket.close();
    await closed;
  };
  return { socket, received, close };
}

/**
 * Makes the two agents of the recording, whose ids are in its topics, and deletes them: they have the
 * same ids in each run.
 */
async function withRecordedAgents(use: (sql: postgres.Sql) => Promise<void>) {
  const sql = postgres(ADMIN_DATABASE_URL, { max: 1, onnotice: () => {} });
  try {
    for (const id of [AGENT_A, AGENT_B]) {
      await sql`insert into auth.users (id, email) values (${id}, ${`${id}@example.com`})`;
      await sql`insert into public.recruiting_agents (user_id, display_name) values (${id}, 'Recorded')`;
    }
    await use(sql);
  } finally {
    await sql`delete from auth.users where id in (${AGENT_A}, ${AGENT_B})`;
    await sql.end();
  }
}

/** Does what the recorder did, in its order, and returns what came back. */
async function replay(
  sql: postgres.Sql,
  { url, frames = [], steps = [] }: Recording,
): Promise<unknown[]> {
  const tokens = new Tokens();
  const { socket, received, close } = await openSocket(await tokens.fill(websocketUrl(url)));
  const control = await openSocket(await tokens.fill(websocketUrl()));
  control.socket.send('["1","1","realtime:control","phx_join",{"config":{}}]');
  await until(() => control.received.length === 1, "the control channel");

  const answers = frames.filter(({ dir }) => dir === "in");
  const actions = [
    ...frames.filter(({ dir }) => dir === "out").map((frame) => ({ ...frame, sql: undefined })),
    ...steps.map((step) => ({ ...step, text: undefined, base64: undefined })),
  ].sort((a, b) => a.ms - b.ms);
  for (const { ms, text, base64, sql: statement } of actions) {
    if (statement !== undefined) {
      await until(() => Date.now() > tokens.expiry, "the token to expire");
      // An answer to an earlier frame comes first; the message itself may carry an earlier ms.
      const due = answers.filter((answer) => answer.ms < ms && answer.text !== undefined).length;
      await until(() => received.length >= due, "the answers so far");
      await sql.unsafe(statement);
      continue;
    }
    const due = answers.filter((answer) => answer.ms < ms && answer.ms > 0).length;
    await until(() => received.length >= due, "the answers so far");
    if (base64 !== undefined) {
      socket.send(Uint8Array.from(atob(base64), (character) => character.charCodeAt(0)));
    } else socket.send(await tokens.fill(text ?? ""));
  }
  if (answers.length > 0) {
    await until(() => received.length >= answers.length, `${answers.length} frames`);
  }
  // Commits are delivered in order, frames in theirs: what has not come by now does not come.
  await sql.unsafe("select realtime.send('{}', 'done', 'control', false)");
  await until(() => control.received.length === 2, "the control message");
  socket.send('[null,"last","phoenix","heartbeat",{}]');
  await until(() => JSON.stringify(received.at(-1) ?? "").includes('"last"'), "the last heartbeat");
  await Promise.all([close(), control.close()]);
  return received.slice(0, -1);
}

Deno.test("the local Realtime sends what the real server sent", async (t) => {
  await withRecordedAgents(async (sql) => {
    for (const recording of recordings.filter(({ frames }) => frames?.length)) {
      const { case: name, connection = "", frames = [] } = recording;
      await t.step(`${name} ${connection}`.trim(), async () => {
        const expected = frames.filter(({ dir }) => dir === "in").map(recorded);
        assertEquals(await replay(sql, recording), expected);
      });
    }
  });
});

for (const { case: name, description, url, headers = {}, http } of recordings) {
  if (!http) continue;
  Deno.test(`the local Realtime answers ${name} as the real server did: ${description}`, async () => {
    const tokens = new Tokens();
    const target = await tokens.fill(
      url ??
        `/realtime/v1/websocket?apikey=<jwt:anon>&vsn=${
          name.endsWith("vsn-3") ? "3.0.0" : "2.0.0"
        }`,
    );
    const fields = await Promise.all(
      Object.entries(headers).map(async ([field, value]) =>
        `${field}: ${await tokens.fill(value)}\r\n`
      ),
    );
    assertEquals(await handshake(target, fields.join("")), http);
  });
}

/** Asks for a websocket, and reads the answer's status and body. */
async function handshake(target: string, fields = ""): Promise<{ status: number; body: string }> {
  const { hostname, port } = new URL(API_URL);
  const connection = await Deno.connect({ hostname, port: Number(port) });
  await connection.write(new TextEncoder().encode(
    `GET ${target} HTTP/1.1\r\nHost: ${hostname}\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n` +
      `Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n${fields}\r\n`,
  ));
  let text = "";
  const buffer = new Uint8Array(4096);
  while (true) {
    const [, length = "0"] = /content-length: (\d+)/i.exec(text) ?? [];
    const body = text.split("\r\n\r\n")[1];
    if (body !== undefined && body.length >= Number(length)) break;
    const count = await connection.read(buffer);
    if (count === null) break;
    text += new TextDecoder().decode(buffer.subarray(0, count));
  }
  connection.close();
  const status = Number(text.split(" ")[1]);
  return { status, body: status === 101 ? "" : text.split("\r\n\r\n")[1] ?? "" };
}

Deno.test("protocol 1.0.0 is refused by name", async () => {
  const { status, body } = await handshake(
    `/realtime/v1/websocket?apikey=${await legacyKey("anon")}`,
  );
  assertEquals(status, 400);
  assert(body.includes("protocol 1.0.0"), body);
});

for (
  const [what, config] of [
    ["presence", { presence: { enabled: true, key: "me" } }],
    ["postgres_changes", { postgres_changes: [{ event: "*", schema: "public" }] }],
    ["replay", { private: true, broadcast: { replay: { since: 1 } } }],
  ] as const
) {
  Deno.test(`a join that asks for ${what} is refused by name`, async () => {
    const { socket, received, close } = await openSocket(
      websocketUrl().replace("<jwt:anon>", await legacyKey("anon")),
    );
    socket.send(JSON.stringify(["1", "1", "realtime:open", "phx_join", { config }]));
    await until(() => received.length === 1, "the refusal");
    await close();
    const [, , , event, { status, response }] = received[0] as [string, string, string, string, {
      status: string;
      response: { reason: string };
    }];
    assertEquals([event, status], ["phx_reply", "error"]);
    assert(response.reason.includes(what), response.reason);
  });
}

Deno.test("REST broadcast is refused by name", async () => {
  const response = await fetch(`${API_URL}/realtime/v1/api/broadcast`, {
    method: "POST",
    body: "{}",
  });
  assertEquals(response.status, 501);
  const answer = await response.text();
  assert(answer.includes("REST broadcast"), answer);
});

Deno.test("frames that make no sense leave the server as it was", async () => {
  const { socket, received, close } = await openSocket(
    websocketUrl().replace("<jwt:anon>", await legacyKey("anon")),
  );
  const senseless = [
    ...[null, "x", 7, [], {}].map((payload) => ["1", "1", "realtime:a", "phx_join", payload]),
    ...[null, "x", 7, [], { broadcast: null, presence: null, postgres_changes: 7 }].map((
      config,
    ) => ["1", "1", "realtime:a", "phx_join", { config }]),
    ["1", "1", "realtime:a", "access_token", null],
    ["1", "1", "realtime:a", "broadcast", null],
  ];
  for (const frame of senseless) socket.send(JSON.stringify(frame));
  socket.send('[null,"last","phoenix","heartbeat",{}]');
  await until(() => JSON.stringify(received.at(-1) ?? "").includes('"last"'), "the heartbeat");
  await close();
});
