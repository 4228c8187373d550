/** Each finding of the doctor about the functions and the model, and its mend. */
import { FUNCTIONS } from "../../local/doctor/functions/probes.ts";
import { askFunctions, checkReachable } from "../../local/doctor/functions/unsigned.ts";
import { checkModel } from "../../local/doctor/model_checks.ts";
import type { Finding } from "../../local/doctor/run_checks.ts";
import { freePorts } from "../../local/settings/addresses.ts";
import type { Project } from "../../local/project/project.ts";
import { assertEquals, assertMatch } from "../support/assert.ts";
import { assertRight, assertWrong, diagnose, findingOf, localProject } from "../support/doctor.ts";
import { stackEnvironment, startWorker } from "../support/function_worker.ts";
import { API_URL } from "../support/stack.ts";
import { AUTH_TOKEN } from "../support/twilio.ts";

/** Functions where nothing listens. */
const CLOSED = `http://127.0.0.1:${freePorts().api}/functions/v1`;

/** Answers a request to a function; undefined for the answer of the running stack. */
type Gateway = (name: string, request: Request) => Response | Promise<Response> | undefined;

/** Runs a test on a project whose gateway can answer in place of the running stack's. */
async function withGateway(
  use: (project: Project, answer: (gateway: Gateway) => void) => Promise<void>,
): Promise<void> {
  let gateway: Gateway = () => undefined;
  const closing = new AbortController();
  const server = Deno.serve(
    { hostname: "127.0.0.1", port: 0, onListen: () => {}, signal: closing.signal },
    async (request) => {
      const name = new URL(request.url).pathname.split("/").at(-1) ?? "";
      return await gateway(name, request) ??
        await fetch(new Request(`${API_URL}/functions/v1/${name}`, request));
    },
  );
  const functionsUrl = `http://127.0.0.1:${server.addr.port}/functions/v1`;
  try {
    await use(
      await localProject({}, { functionsUrl, isLocal: false }),
      (changed) => void (gateway = changed),
    );
  } finally {
    closing.abort();
    await server.finished;
  }
}

const ALL = ["reachable", "deployed", "start", "configured", "unsigned"];

/** The findings that requests without a signature lead to, by the last part of their ids. */
async function unsigned(project: Project): Promise<Record<string, Finding>> {
  const findings = await diagnose(project, (id) => ALL.includes(id.replace("functions.", "")));
  return Object.fromEntries(
    findings.map((finding) => [finding.id.replace("functions.", ""), finding]),
  );
}

const ANSWERS: {
  label: string;
  check: string;
  /** The functions that answer so; all of them by default. */
  names?: string[];
  answer: () => Response;
  says: RegExp;
}[] = [
  {
    label: "a function is not deployed",
    check: "deployed",
    names: ["twilio-events"],
    answer: () =>
      Response.json({ code: "NOT_FOUND", message: "Requested function was not found" }, {
        status: 404,
      }),
    says: /twilio-events is not deployed.*functions deploy twilio-events/,
  },
  {
    label: "the gateway asks for a token",
    check: "unsigned",
    names: ["sms-inbound", "sms-status"],
    answer: () =>
      Response.json(
        { code: "UNAUTHORIZED_NO_AUTH_HEADER", message: "Missing authorization header" },
        { status: 401 },
      ),
    says: /gateway refuses requests to sms-inbound, sms-status.*verify_jwt = false/,
  },
  {
    label: "a function takes what is not signed",
    check: "unsigned",
    names: ["sms-inbound"],
    answer: () => Response.json({ status: "ignored" }),
    says: /not answered with 401: sms-inbound \(200\)/,
  },
  {
    label: "a function does not start",
    check: "start",
    names: ["sms-send"],
    answer: () =>
      Response.json({ code: "BOOT_ERROR", message: "Function failed to start" }, { status: 503 }),
    says: /sms-send answers 503.*functions deploy sms-send/,
  },
  {
    label: "the URL redirects",
    check: "reachable",
    answer: () =>
      new Response(null, { status: 301, headers: { location: "https://sms.example.com/x" } }),
    says: /redirects to sms.example.com/,
  },
  {
    label: "a tunnel shows a page",
    check: "reachable",
    answer: () => new Response("<!DOCTYPE html><html>Continue</html>", { status: 200 }),
    says: /answers with a web page \(200\).*Twilio cannot click it/,
  },
  {
    label: "the project is paused",
    check: "reachable",
    answer: () => Response.json({ message: "paused" }, { status: 540 }),
    says: /does not answer \(540\).*Restore the project/,
  },
];

for (const { label, check, names = [...FUNCTIONS], answer, says } of ANSWERS) {
  Deno.test(`functions.${check} tells that ${label}, until it is mended`, () =>
    withGateway(async (project, gateway) => {
      gateway((name) => names.includes(name) ? answer() : undefined);
      const { [check]: found, ...others } = await unsigned(project);
      assertMatch(assertWrong(found), says);
      for (const { id, ok } of Object.values(others)) assertEquals([id, ok === false], [id, false]);
      gateway(() => undefined);
      for (const finding of Object.values(await unsigned(project))) assertRight(finding);
    }));
}

Deno.test("functions.configured tells that a function lacks a variable, until it has it", () =>
  withGateway(async (project, gateway) => {
    const lacking = startWorker("sms-inbound", await stackEnvironment({ TWILIO_AUTH_TOKEN: "" }));
    try {
      await lacking.ready();
      gateway((name, request) =>
        name === "sms-inbound" ? lacking.fetch(request, `/${name}`) : undefined
      );
      const { configured, unsigned: others } = await unsigned(project);
      assertMatch(assertWrong(configured), /sms-inbound: NOT_CONFIGURED.*secrets set --env-file/);
      assertRight(others);
    } finally {
      await lacking.stop();
    }
    gateway(() => undefined);
    assertRight((await unsigned(project)).configured);
  }));

for (
  const [label, functionsUrl, says] of [
    ["the connection is refused", CLOSED, /the connection is refused/],
    [
      "the host does not exist",
      "https://ref.invalid/functions/v1",
      /its host name does not resolve/,
    ],
  ] as const
) {
  Deno.test(`functions.reachable tells that ${label}, until the address is corrected`, async () => {
    const found = await unsigned(await localProject({}, { functionsUrl, isLocal: false }));
    assertMatch(assertWrong(found.reachable), says);
    for (const check of ALL.slice(1)) assertEquals([check, found[check].ok], [check, null]);
    assertRight((await unsigned(await localProject({}, { isLocal: false }))).reachable);
  });
}

Deno.test("functions.reachable tells that no function answers in time, until one does", () =>
  withGateway(async (project, gateway) => {
    const hanging = Promise.withResolvers<Response>();
    gateway(() => hanging.promise);
    const outcome = checkReachable(project, await askFunctions(project, 50));
    hanging.resolve(new Response());
    assertEquals([outcome.ok, /no answer within 0.05 s/.test(outcome.detail)], [false, true]);
    gateway(() => undefined);
    assertRight((await unsigned(project)).reachable);
  }));

Deno.test("functions.signed tells that the token of the env file is not the functions', until it is mended", async () => {
  const wrong = await localProject({ TWILIO_AUTH_TOKEN: "local-of-another-account" });
  assertMatch(
    assertWrong(await findingOf("functions.signed", wrong)),
    /the signature is refused.*another TWILIO_AUTH_TOKEN or TWILIO_WEBHOOK_BASE_URL/,
  );
  assertRight(await findingOf("functions.signed", await localProject()));
});

Deno.test("functions.signed probes every key and every base URL, until each is right", async () => {
  const own = `${API_URL}/functions/v1`;
  const keys = await localProject({ TWILIO_WEBHOOK_AUTH_TOKEN: `${AUTH_TOKEN},local-the-new-one` });
  assertMatch(assertWrong(await findingOf("functions.signed", keys)), /signature is refused/);
  const urls = await localProject({
    TWILIO_WEBHOOK_BASE_URL: `${own},${CLOSED}`,
  });
  assertMatch(
    assertWrong(await findingOf("functions.signed", urls)),
    /^http:\/\/127\.0\.0\.1:\d+\/functions\/v1: the connection is refused → Start the tunnel/,
  );
  const mended = await localProject({
    TWILIO_WEBHOOK_AUTH_TOKEN: AUTH_TOKEN,
    TWILIO_WEBHOOK_BASE_URL: own,
  });
  assertRight(await findingOf("functions.signed", mended));
});

Deno.test("functions.signed tells that something else answers at a base URL, until it is mended", () =>
  withGateway(async ({ functionsUrl }, gateway) => {
    gateway(() => new Response("<html></html>", { status: 404 }));
    const project = await localProject({ TWILIO_WEBHOOK_BASE_URL: functionsUrl });
    assertMatch(assertWrong(await findingOf("functions.signed", project)), /answers a web page/);
    gateway(() => Response.json({ status: "ignored" }));
    assertRight(await findingOf("functions.signed", project));
  }));

Deno.test("functions.secret_key tells that the key is another project's, until it is mended", async () => {
  const wrong = await localProject({}, { secretKey: "sb_secret_of_another_project" });
  assertMatch(
    assertWrong(await findingOf("functions.secret_key", wrong)),
    /sms-send and sms-reconcile refuse SUPABASE_SECRET_KEY/,
  );
  assertRight(await findingOf("functions.secret_key", await localProject()));
});

/** Runs a test with a model's endpoint that answers like this, until it is mended. */
async function withModel(
  answer: () => Response | Promise<Response>,
  use: (project: Project, mend: () => void) => Promise<void>,
): Promise<void> {
  let calls = 0;
  let isMended = false;
  const server = Deno.serve({ hostname: "127.0.0.1", port: 0, onListen: () => {} }, () => {
    if (isMended) return RIGHT_ANSWER();
    calls++;
    return answer();
  });
  try {
    await use(
      await localProject({
        LLM_BASE_URL: `http://127.0.0.1:${server.addr.port}/v1`,
        LLM_API_KEY: "key-of-a-model",
        LLM_MODEL: "a-model",
      }),
      () => void (isMended = true),
    );
    assertEquals(calls, 1);
  } finally {
    await server.shutdown();
  }
}

/** A completion with this content. */
function completion(content: string): Response {
  return Response.json({
    id: "1",
    object: "chat.completion",
    created: 0,
    model: "a-model",
    choices: [{ index: 0, finish_reason: "stop", message: { role: "assistant", content } }],
    usage: { prompt_tokens: 1, completion_tokens: 1, total_tokens: 2 },
  });
}

const RIGHT_ANSWER = () =>
  completion('{"action":"reply","text":"21 dollars an hour.","reason":""}');

const refused = (status: number, message: string) => () =>
  Response.json({ error: { message, type: "error" } }, { status });

for (
  const [label, answer, says] of [
    [
      "the key is wrong",
      refused(401, "Incorrect key key-of-a-model"),
      /refuses LLM_API_KEY \(401\)/,
    ],
    ["there is no such model", refused(404, "no such model"), /no such model or path \(404\)/],
    ["the balance is used up", refused(429, "quota"), /answers 429.*balance/],
    ["the endpoint fails", refused(500, "failed"), /answers 500.*LLM_BASE_URL/],
    [
      "the answer is no JSON",
      () => completion("Sure! {"),
      /not the JSON object.*structured outputs/,
    ],
    ["the answer has another form", () => completion('{"reply":"Hi"}'), /not the JSON object/],
    [
      "the text is empty",
      () => completion('{"action":"reply","text":"","reason":""}'),
      /cannot be used: empty/,
    ],
  ] as const
) {
  Deno.test(`model.answers tells that ${label}, until it is mended, and one call is all that it costs`, () =>
    withModel(answer, async (project, mend) => {
      const said = assertWrong(await findingOf("model.answers", project));
      assertMatch(said, says);
      assertEquals(said.includes("key-of-a-model"), false);
      mend();
      assertRight(await findingOf("model.answers", project));
    }));
}

Deno.test("model.answers tells that no answer comes in time, until one does", async () => {
  const hanging = Promise.withResolvers<Response>();
  await withModel(() => hanging.promise, async (project, mend) => {
    const { ok, detail } = await checkModel(project, 50);
    hanging.resolve(new Response());
    assertEquals([ok, detail], [false, "The model gives no answer within 0.05 s, the bot's limit"]);
    mend();
    assertRight(await findingOf("model.answers", project));
  });
});

Deno.test("model.answers tells that the endpoint cannot be reached, until it is mended", async () => {
  const away = await localProject({ LLM_BASE_URL: CLOSED });
  assertMatch(assertWrong(await findingOf("model.answers", away)), /cannot be reached/);
  const right = await findingOf("model.answers", await localProject());
  assertRight(right);
  assertMatch(right.detail, /answers in the right form, after \d+\.\d s/);
});

Deno.test("model.answers is right for an answer in the right form, and does not apply where there is no model", async () => {
  await withModel(
    RIGHT_ANSWER,
    async (project) => assertRight(await findingOf("model.answers", project)),
  );
  const { ok } = await findingOf(
    "model.answers",
    await localProject({ LLM_MODEL: "", LLM_BASE_URL: "" }),
  );
  assertEquals(ok, null);
});
