/** What the terminal of `task start` shows of functions that throw, or that cannot be loaded. */
import { dirname, join } from "node:path";
import { startEdgeFunctions } from "../../local/functions/edge_functions.ts";
import { errorWords } from "../../local/functions/error_words.ts";
import { describeThrown, THREW_HEADER } from "../../local/functions/thrown_error.ts";
import { assert, assertEquals, assertMatch } from "../support/assert.ts";
import { until } from "../support/wait.ts";

const LOG = new URL("../../supabase/functions/_shared/log/log.ts", import.meta.url).href;

/** What a recruit has texted, and from where. No line may hold a part of it. */
const TEXT = "My knee still hurts, call Zelda";
const PHONE = "+15550100001";

interface Line {
  level: string;
  event: string;
  function: string;
  reason: string;
}

interface Running {
  /** The lines that are printed, of which each must be a JSON object. */
  lines(): Line[];
  post(name: string, form?: Record<string, string>): Promise<Response>;
  write(file: string, source: string): Promise<void>;
}

/** Runs functions of a folder of the test's own, as `task start` does. */
async function withFunctions(
  files: Record<string, string>,
  use: (running: Running) => Promise<void>,
) {
  const root = await Deno.makeTempDir({ prefix: "it's #1 100%20é " });
  const write = async (file: string, source: string) => {
    const path = join(root, "supabase", "functions", file);
    await Deno.mkdir(dirname(path), { recursive: true });
    await Deno.writeTextFile(path, source);
  };
  for (const [file, source] of Object.entries(files)) await write(file, source);
  const names = Object.keys(files).map((file) => file.split("/")[0]);
  const config = names.map((name) => `[functions.${name}]\nverify_jwt = false\n`);
  await Deno.writeTextFile(join(root, "supabase", "config.toml"), [...new Set(config)].join(""));
  const printed: string[] = [];
  const functions = await startEdgeFunctions(
    {},
    (line) => void printed.push(line),
    true,
    join(root, "supabase"),
  );
  try {
    await functions.ready();
    await use({
      lines: () => printed.map((line) => JSON.parse(line)),
      post: (name, form = {}) =>
        functions.fetch(
          new Request(`http://127.0.0.1/functions/v1/${name}`, {
            method: "POST",
            body: new URLSearchParams(form),
          }),
        ),
      write,
    });
    for (const word of ["knee", "hurts", "Zelda", "55501", "0100001"]) {
      assert(!printed.join("\n").includes(word), `a line holds "${word}"`);
    }
  } finally {
    await functions.stop();
    await Deno.remove(root, { recursive: true });
  }
}

/** A function whose handler does what is in its body, given the posted form. */
const functionOf = (body: string) => `
  import { createLog, logFailed, showError } from ${JSON.stringify(LOG)};
  const log = createLog("broken");
  export default { async fetch(request: Request) {
    const form = new URLSearchParams(await request.text());
    ${body}
    return new Response("fine");
  } };`;

const FINE = functionOf("");

async function statusOf(response: Promise<Response>): Promise<number> {
  const { status, body } = await response;
  await body?.cancel();
  return status;
}

Deno.test("an error that a function does not catch is shown once: its message without the text, file and line", () =>
  withFunctions(
    {
      "broken/index.ts": functionOf(
        'throw new Error(`no slot-4711 für ${form.get("From")}: ${form.get("Body")} at all`);',
      ),
    },
    async ({ lines, post }) => {
      for (const _ of [1, 2, 3]) {
        assertEquals(await statusOf(post("broken", { From: PHONE, Body: TEXT })), 500);
      }
      await until(() => lines().length > 0, "the line");
      const [{ level, event, function: name, reason }, ...others] = lines();
      assertEquals([level, event, name, others], ["error", "thrown", "broken", []]);
      assertMatch(
        reason,
        /^Error: no slot-4711 für … at all \(supabase\/functions\/broken\/index\.ts:6:11\)$/,
      );
    },
  ));

Deno.test("an error that a function catches and logs by its name is shown with its place, too", () =>
  withFunctions(
    {
      "broken/index.ts": functionOf(`
        try { [form][1].get("Body"); } catch (error) {
          logFailed(log, error);
        }`),
    },
    async ({ lines, post }) => {
      for (const _ of [1, 2]) await statusOf(post("broken", { Body: TEXT }));
      await until(() => lines().length >= 3, "the lines");
      assertEquals(lines().filter(({ event }) => event === "failed").length, 2);
      assertEquals(
        lines().filter(({ event }) => event === "thrown").map(({ reason }) => reason),
        [
          "TypeError: Cannot read properties of undefined (reading 'get') (supabase/functions/broken/index.ts:7:25)",
        ],
      );
    },
  ));

Deno.test("the answer over which a function throws tells so, and no other one", () =>
  withFunctions(
    {
      "broken/index.ts": functionOf(`
        if (form.get("Body") === "uncaught") throw new Error("it broke");
        if (form.get("Body") === "caught") showError(new Error("it broke"));`),
    },
    async ({ post }) => {
      const tells = async (Body: string) => {
        const { headers, body } = await post("broken", { Body });
        await body?.cancel();
        return headers.has(THREW_HEADER);
      };
      const bodies = ["fine", "caught", "uncaught", "fine"];
      assertEquals(await Promise.all(bodies.map(tells)), [false, true, true, false]);
    },
  ));

Deno.test("an error after the answer is shown, and the function serves the next request", () =>
  withFunctions(
    {
      "broken/index.ts": functionOf(`
        if (form.get("Body") === "later") {
          setTimeout(() => { throw new RangeError("it broke later"); });
          Promise.reject(new RangeError("it broke later"));
        }`),
    },
    async ({ lines, post }) => {
      await statusOf(post("broken", { Body: "later" }));
      await until(() => lines().length > 0, "the line");
      assertMatch(lines()[0].reason, /^RangeError: it broke later \(.*index\.ts:[89]:\d+\)$/);
      await until(async () => await statusOf(post("broken")) === 200, "the function");
    },
  ));

for (
  const [label, source, reason] of [
    [
      "a syntax error",
      "const a = 1;\nconst phone = ;\nexport default {};",
      /^SyntaxError: Expression expected \(supabase\/functions\/broken\/index\.ts:2:15\): waiting for your edit$/,
    ],
    [
      "a missing import",
      'import "./missing.ts";\nexport default {};',
      /^TypeError: Module not found "supabase\/functions\/broken\/missing\.ts"\. \(supabase\/functions\/broken\/index\.ts:1:8\): waiting for your edit$/,
    ],
    [
      "an error at import",
      '\nthrow new Error("nothing here works");',
      /^Error: nothing here works \(supabase\/functions\/broken\/index\.ts:2:7\): waiting for your edit$/,
    ],
    [
      "no handler",
      "export const a = 1;",
      /^TypeError: .*export named default.* waiting for your edit$/,
    ],
    ["an exit", "Deno.exit(3);", /^the process has ended without an error: waiting for your edit$/],
  ] as const
) {
  Deno.test(`${label} is shown once, and the function waits for an edit, beside one that works`, () =>
    withFunctions(
      { "broken/index.ts": source, "fine/index.ts": FINE },
      async ({ lines, post, write }) => {
        for (const _ of [1, 2, 3]) assertEquals(await statusOf(post("broken")), 503);
        assertEquals(await statusOf(post("fine")), 200);
        assertEquals(lines().map(({ event, function: name }) => [event, name]), [
          ["does_not_start", "broken"],
        ]);
        assertMatch(lines()[0].reason, reason);
        await write("broken/index.ts", FINE);
        await until(async () => await statusOf(post("broken")) === 200, "the function");
        assertEquals(lines().length, 1);
      },
    ));
}

Deno.test("a function that dies just after each start is shown once, and runs after an edit", () =>
  withFunctions(
    {
      "broken/index.ts": `setTimeout(() => { throw new Error("it never lasts"); }, 50);
        export default { fetch: () => new Promise(() => {}) };`,
    },
    async ({ lines, post, write }) => {
      const deaths = async () => await statusOf(post("broken")) === 500;
      await until(() => lines().length > 0, "the line");
      await until(deaths, "another death");
      await write("broken/index.ts", FINE);
      await until(async () => await statusOf(post("broken")) === 200, "the function");
      assertEquals(lines().map(({ event }) => event), ["thrown"]);
    },
  ));

Deno.test("two functions that are broken in different ways are both shown", () =>
  withFunctions(
    { "one/index.ts": "const a = ;", "two/index.ts": 'throw new Error("nothing works");' },
    ({ lines }) => {
      const shown = lines().map(({ function: name, reason }) => `${name}: ${reason}`).sort();
      assertMatch(shown[0], /^one: SyntaxError: Expression expected/);
      assertMatch(shown[1], /^two: Error: nothing works/);
      return Promise.resolve(assertEquals(shown.length, 2));
    },
  ));

Deno.test("an edit that breaks two functions by one file is shown once, with both names", () =>
  withFunctions(
    {
      "_shared/of_both.ts": "export const a = 1;",
      "one/index.ts": `import "../_shared/of_both.ts";${FINE}`,
      "two/index.ts": `import "../_shared/of_both.ts";${FINE}`,
    },
    async ({ lines, post, write }) => {
      assertEquals(await statusOf(post("one")), 200);
      await write("_shared/of_both.ts", "export const a = ;");
      await until(() => lines().length >= 2, "both lines");
      const [first, second] = lines();
      assertMatch(first.reason, /_shared\/of_both\.ts:1:18\)?.*: waiting for your edit$/);
      assertEquals(second.reason, `the same error as ${first.function}: waiting for your edit`);
      assertEquals([first.function, second.function].sort(), ["one", "two"]);
      await write("_shared/of_both.ts", "export const a = 2;");
      for (const name of ["one", "two"]) {
        await until(async () => await statusOf(post(name)) === 200, name);
      }
      assertEquals(lines().length, 2);
    },
  ));

Deno.test("a file that is first imported after the answer, and is broken, is shown with its own place", () =>
  withFunctions(
    {
      "_shared/later.ts": "const a = 1;\nconst b = ;",
      "broken/index.ts": functionOf(
        'import("../_shared/later.ts").catch(showError);',
      ),
    },
    async ({ lines, post }) => {
      assertEquals(await statusOf(post("broken")), 200);
      await until(() => lines().length > 0, "the line");
      assertMatch(
        lines()[0].reason,
        /Expression expected \(supabase\/functions\/_shared\/later\.ts:2:11\)$/,
      );
      assertEquals(await statusOf(post("broken")), 200);
    },
  ));

Deno.test("a function that never comes back to its event loop is loaded again after an edit", () =>
  withFunctions(
    { "broken/index.ts": functionOf('if (form.get("Body") === "loop") for (;;);') },
    async ({ post, write }) => {
      const stuck = statusOf(post("broken", { Body: "loop" }));
      await write("broken/index.ts", FINE);
      assertEquals(await stuck, 500);
      await until(async () => await statusOf(post("broken")) === 200, "the function");
    },
  ));

const FOLDER = "/nowhere/functions";

async function shownOf(error: Error): Promise<string> {
  const { message } = await errorWords(describeThrown(error), FOLDER, "/nowhere");
  return message;
}

Deno.test("no word of a message is shown that stands in no file and is not the engine's", async () => {
  const rejections: (() => unknown)[] = [
    () => JSON.parse(TEXT),
    () => new URL(TEXT),
    () => decodeURIComponent(`%${TEXT}`),
    () => {
      throw new TypeError(`${TEXT} ${PHONE}`);
    },
    () => {
      throw new TypeError("+1 (555) 010-00 01, Ünlü 👩‍🦽 5 5 5");
    },
    () => {
      throw Object.assign(new Error("x"), { name: TEXT });
    },
    () => {
      throw Object.assign(new Error("x"), { name: `AC${"0123456789abcdef".repeat(2)}` });
    },
    () => {
      throw new (class Of15550100001 extends Error {
        override name = this.constructor.name;
      })(TEXT);
    },
  ];
  for (const reject of rejections) {
    try {
      reject();
      throw new Error("it did not throw");
    } catch (error) {
      const shown = await shownOf(error as Error);
      assertMatch(shown, /^[A-Z][A-Za-z]*Error?(: [A-Za-z'"(),.: …]*)?$|^Error(: …)?$/);
      for (const word of ["knee", "hurts", "Zelda", "Ünlü", "👩", "5", "010"]) {
        assert(!shown.includes(word), shown);
      }
    }
  }
});

Deno.test("a message that looks like a stack, or is a megabyte long, adds no place and little to read", async () => {
  const forged = new Error("a\n    at file:///etc/hostname:1:1\n    at file:///etc/passwd:2:2");
  const described = describeThrown(forged);
  assertEquals(
    described.frames.filter(({ path }) => !path.endsWith("function_errors_test.ts")),
    [],
  );
  assertEquals(await errorWords(described, FOLDER, "/nowhere"), {
    message: "Error: …",
    at: undefined,
  });
  forged.message = "changed afterwards";
  assertEquals(describeThrown(forged).frames, []);
  const long = describeThrown(new Error("properties of null ".repeat(60_000)));
  const length = JSON.stringify(long).length;
  assert(length < 5_000, `${length} characters`);
  const shown = await shownOf(new TypeError("properties of null ".repeat(60_000)));
  assert(shown.length < 330, `${shown.length} characters`);
  assertEquals(await shownOf(new Error("")), "Error");
  class Hostile extends Error {
    override get message(): string {
      throw new Error(TEXT);
    }
  }
  assertEquals(describeThrown(new Hostile()), { name: "Error", message: "", frames: [] });
  assertEquals(describeThrown(TEXT), {
    name: "A value of type string",
    message: "",
    frames: [],
  });
});
