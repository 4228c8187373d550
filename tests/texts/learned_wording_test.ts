/** What was learned from sentences: that it is in the tree, and how well it does on sentences of each kind. */
import { readExamples, WEIGHTS_FILE } from "../../local/wording/sentences.ts";
import { learn, weightsModule } from "../../local/wording/training.ts";
import { judgeText, type Verdict } from "../../supabase/functions/_shared/opt_out/judge_text.ts";
import { optOutLogOdds } from "../../supabase/functions/_shared/opt_out/likelihood.ts";
import { assert, assertEquals } from "../support/assert.ts";

const LANGUAGES = ["english", "spanish", "french", "portuguese"];
const FOLDER = new URL("../data/wording/", import.meta.url);

interface Sentences {
  stop: string[];
  doubt?: string[];
  ordinary: string[];
}

function sentences(folder: string, language: string): Sentences {
  return JSON.parse(Deno.readTextFileSync(new URL(`${folder}/${language}.json`, FOLDER)));
}

/** Every fifth of many sentences: that is enough to see whether they are known. */
function sampled({ stop, doubt, ordinary }: Sentences): Sentences {
  const sample = (bodies: string[]) =>
    bodies.length < 2_000 ? bodies : bodies.filter((_, index) => index % 5 === 0);
  return { stop: sample(stop), doubt, ordinary: sample(ordinary) };
}

/** The verdicts on some texts. */
function verdictsOn(bodies: string[]): Verdict[] {
  return bodies.map((body) =>
    judgeText({ body, channel: "sms", twilioPhone: "+15550100000" }).verdict
  );
}

/** Which part of some verdicts is one of these. */
function share(verdicts: Verdict[], among: Verdict[]): number {
  return verdicts.filter((verdict) => among.includes(verdict)).length / verdicts.length;
}

/** Asserts that at least this part of some texts is noticed, as stop or doubt. */
function assertNoticed(bodies: string[], least: number): void {
  const noticed = share(verdictsOn(bodies), ["stop", "doubt"]);
  assert(noticed >= least, String(noticed));
}

/** Asserts that at most these parts of some ordinary texts are a stop, or a doubt. */
function assertOrdinary(bodies: string[], most: { stop: number; doubt: number }): void {
  const verdicts = verdictsOn(bodies);
  for (const verdict of ["stop", "doubt"] as const) {
    const found = share(verdicts, [verdict]);
    assert(found <= most[verdict], `${verdict}: ${found}`);
  }
}

Deno.test("the weights are what `deno task train` learns from the sentences", async () => {
  const base64 = (module: string) => module.match(/"([A-Za-z0-9+/=]{100,})"/)?.[1];
  const learned = weightsModule(learn(readExamples()));
  assert(
    base64(learned) === base64(await Deno.readTextFile(WEIGHTS_FILE)),
    "run `deno task train`",
  );
});

/** The least share of opt-outs that is noticed, as stop or doubt, on sentences that nothing was tuned for. */
const NOTICED: Record<string, number> = {
  english: 0.98,
  spanish: 0.98,
  french: 0.97,
  portuguese: 0.97,
};

for (const language of LANGUAGES) {
  Deno.test(`opt-outs in ${language} that nothing was tuned for are noticed`, () => {
    assertNoticed(sentences("held_back", language).stop, NOTICED[language]);
  });

  Deno.test(`ordinary texts in ${language} that nothing was tuned for silence no willing recruit`, () => {
    assertOrdinary(sentences("held_back", language).ordinary, { stop: 0.002, doubt: 0.02 });
  });

  Deno.test(`no held-back sentence in ${language} is learned from`, () => {
    const { stop, ordinary } = sentences("held_back", language);
    const learned = [".", "learned"].map((folder) => sentences(folder, language))
      .flatMap(({ stop, doubt = [], ordinary }) => [...stop, ...doubt, ...ordinary]);
    const known = new Set(learned);
    assertEquals([...stop, ...ordinary].filter((body) => known.has(body)), []);
  });

  for (const folder of [".", "learned"]) {
    Deno.test(`what was learned in ${language} is known (${folder})`, () => {
      const { stop, doubt = [], ordinary } = sampled(sentences(folder, language));
      assertNoticed(stop, 0.98);
      if (doubt.length > 0) assertNoticed(doubt, 0.99);
      assertOrdinary(ordinary, { stop: 0.002, doubt: 0.03 });
    });
  }
}

/** What a recruit writes before the request, and what is plainly one. */
const KIND_WORDS = [
  "Thanks for the shift offer Maria, I started at the warehouse on Monday. ",
  "Good morning! I hope you are well. ",
  "It was nice to talk to you last week.\n",
];
const REQUESTS = [
  "Please stop texting me.",
  "please remove my number",
  "no more texts please",
  "take me off your list",
  "unsubscribe me",
  "STOP",
];

Deno.test("kind words before a plain request do not weaken it", () => {
  for (const words of KIND_WORDS) {
    assertEquals(
      REQUESTS.map((request) => [request, ...verdictsOn([words + request])]),
      REQUESTS.map((request) => [request, "stop"]),
    );
  }
});

Deno.test("no interest is a doubt in each language", () => {
  const bodies = ["not interested", "no me interesa", "pas intéressé", "não tenho interesse"];
  assertEquals(verdictsOn(bodies), bodies.map(() => "doubt"));
});

Deno.test("any text has log-odds, also without a word", () => {
  for (const body of ["", "\ud800", "🙂", "0".repeat(65_536), "a ".repeat(30_000)]) {
    const { whole, strongest } = optOutLogOdds(body);
    assert(Number.isFinite(whole) && strongest >= whole, body.slice(0, 10));
  }
});
