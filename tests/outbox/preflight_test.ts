import { corsHeaders } from "@supabase/supabase-js/cors";
import { createClient, FunctionRegion, type SupabaseClient } from "@supabase/supabase-js";
import { PUBLISHABLE_KEY } from "../../local/settings/keys.ts";
import { assert, assertEquals } from "../support/assert.ts";
import { API_URL } from "../support/stack.ts";

/** What a browser sends without asking. @see https://fetch.spec.whatwg.org/#cors-safelisted-request-header */
const SAFELISTED = ["accept", "accept-language", "content-language"];

/** Where `@supabase/supabase-js/tracing` registers what reads OpenTelemetry's context. */
const TRACE_CONTEXT_EXTRACTOR = Symbol.for("@supabase/supabase-js.traceContextExtractor");

const TRACE_CONTEXT = {
  traceparent: "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01",
  tracestate: "vendor=value",
  baggage: "agent=alex",
};

/** The requests that supabase-js makes for a call, with trace propagation turned on. */
async function requestsOf(call: (client: SupabaseClient) => Promise<unknown>): Promise<Request[]> {
  const requests: Request[] = [];
  const fetch = (input: RequestInfo | URL, init?: RequestInit) => {
    requests.push(new Request(input, init));
    // The first answer makes supabase-js try again, with a header that tells so.
    const status = requests.length === 1 ? 503 : 200;
    return Promise.resolve(Response.json({}, { status }));
  };
  const client = createClient(API_URL, PUBLISHABLE_KEY, {
    auth: { persistSession: false, autoRefreshToken: false },
    global: { fetch },
    tracePropagation: true,
  });
  Object.assign(globalThis, { [TRACE_CONTEXT_EXTRACTOR]: () => TRACE_CONTEXT });
  try {
    await call(client);
  } finally {
    Reflect.deleteProperty(globalThis, TRACE_CONTEXT_EXTRACTOR);
  }
  return requests;
}

/** Asks as a browser does before a request, and checks the answer as a browser does. */
async function assertAllowed({ url, method, headers }: Request): Promise<Response> {
  const asked = [...headers.keys()].filter((name) => !SAFELISTED.includes(name)).sort();
  const response = await fetch(url, {
    method: "OPTIONS",
    headers: {
      "Origin": "https://agents.example",
      "Access-Control-Request-Method": method,
      "Access-Control-Request-Headers": asked.join(","),
    },
  });
  await response.body?.cancel();
  assert(response.ok, `${method} ${url}: ${response.status}`);
  const origin = listed(response, "Origin").join();
  assert(["*", "https://agents.example"].includes(origin), `The origin is ${origin}`);
  const headersAllowed = listed(response, "Headers");
  assertEquals(asked.filter((name) => !headersAllowed.includes(name)), [], `${method} ${url}`);
  const methods = listed(response, "Methods");
  // Fetch lets these three pass unlisted.
  assert([...methods, "get", "head", "post"].includes(method.toLowerCase()), `${method} ${url}`);
  return response;
}

function listed({ headers }: Response, what: "Origin" | "Headers" | "Methods"): string[] {
  const value = headers.get(`Access-Control-Allow-${what}`) ?? "";
  return value.split(",").map((entry) => entry.trim().toLowerCase());
}

for (
  const [label, call, expected] of [
    [
      "sms-send, in a region",
      (client) => client.functions.invoke("sms-send", { body: {}, region: FunctionRegion.UsEast1 }),
      ["x-region", "traceparent", "tracestate", "baggage", "apikey", "content-type"],
    ],
    [
      "REST that reads",
      async (client) => await client.from("recruiting_conversations").select().limit(1),
      ["x-retry-count", "traceparent", "apikey"],
    ],
    [
      "REST that writes",
      async (client) =>
        await client.from("recruiting_conversations").update({ status: "bot" }).eq("id", "1")
          .select(),
      ["prefer", "traceparent"],
    ],
    [
      "REST that calls a function",
      async (client) => await client.rpc("recruiting_start_conversation", {}),
      ["traceparent", "content-profile"],
    ],
    [
      "Auth",
      (client) => client.auth.signInWithPassword({ email: "a@example.com", password: "password" }),
      ["x-supabase-api-version", "x-client-info"],
    ],
  ] as [string, (client: SupabaseClient) => Promise<unknown>, string[]][]
) {
  Deno.test(`a browser may send what supabase-js sends to ${label}`, async () => {
    const requests = await requestsOf(call);
    assert(requests.length > 0, "No request was made");
    const sent = new Set(requests.flatMap(({ headers }) => [...headers.keys()]));
    assertEquals(expected.filter((name) => !sent.has(name)), [], "supabase-js sends it no more");
    for (const request of requests) await assertAllowed(request);
  });
}

Deno.test("sms-send takes POST from every page, and nothing else", async () => {
  const response = await assertAllowed(
    new Request(`${API_URL}/functions/v1/sms-send`, { method: "POST" }),
  );
  assertEquals(response.status, 204);
  assertEquals(response.headers.get("access-control-allow-origin"), "*");
  assertEquals(response.headers.get("access-control-allow-methods"), "POST, OPTIONS");
});

Deno.test("sms-send allows every header that supabase-js lists, and x-region", async () => {
  const names = `${corsHeaders["Access-Control-Allow-Headers"]}, x-region`.split(", ");
  await assertAllowed(
    new Request(`${API_URL}/functions/v1/sms-send`, {
      method: "POST",
      headers: names.map((name): [string, string] => [name, "x"]),
    }),
  );
});
