/**
 * How well opt-outs in a recruit's own words are recognized, and the time of judging, beside the
 * obvious alternative: a list of keywords.
 *
 * The patterns were written with the sentences of `tests/data/wording`, and the weights were
 * learned from those and from its folder `learned`. Nothing was tuned for the sentences of
 * `held_back`.
 *
 * @module
 */
import { judgeText } from "../supabase/functions/_shared/opt_out/judge_text.ts";
import type { Report, Table } from "./report.ts";
import { median } from "./table.ts";

const FOLDER = new URL("../tests/data/wording/", import.meta.url);

/** Sentences by their meaning: an opt-out, perhaps one, or an ordinary text. */
interface Sentences {
  stop: string[];
  doubt?: string[];
  ordinary: string[];
}

type Verdict = keyof Sentences;

const KEYWORDS = new Set(
  "STOP UNSUBSCRIBE END QUIT STOPALL REVOKE OPTOUT CANCEL ALTO PARAR BAJA CANCELAR DETENER ARRET ARRÊT SAIR"
    .split(" "),
);

function judge(body: string): Verdict {
  const { verdict } = judgeText({ body, channel: "sms", twilioPhone: "+15550100000" });
  return verdict === "stop" || verdict === "doubt" ? verdict : "ordinary";
}

/** The obvious alternative. */
const judgeKeyword = (body: string): Verdict =>
  KEYWORDS.has(body.trim().toUpperCase()) ? "stop" : "ordinary";

/** Bodies of 64 KiB that are slow for patterns. */
const LONG = [
  "stop ",
  "stop\n",
  "stop?\n",
  "#",
  "-- \n",
  "stop the me with and ",
  "don't call email text or ",
  "no me que ",
  "> a\n",
  "x\n\n>",
  "Liked “",
  "'",
  "a",
]
  .map((unit) => unit.repeat(65_536 / unit.length));

/**
 * Measures.
 *
 * @param share The share of the sentences and of the time measurements, above 0 and at most 1.
 * @param listsMisses Whether to print each misjudged sentence.
 */
export function measureWording(share: number, listsMisses: boolean): Promise<Report> {
  const files = [
    ...languageFiles(FOLDER, "tuned", share),
    ...languageFiles(new URL("learned/", FOLDER), "learned", share),
    ...languageFiles(new URL("held_back/", FOLDER), "held back", share),
  ];
  const judged: Table = {
    name: "wording",
    head: [
      "Language",
      "Sentences",
      "Opt-outs",
      "as stop",
      "as stop or doubt",
      "by keywords",
      "Ordinary",
      "as stop",
      "as doubt",
    ],
    rows: files.map(({ language, set, sentences: { stop, ordinary } }) => [
      language,
      set,
      stop.length,
      percent(stop, (body) => judge(body) === "stop"),
      percent(stop, (body) => judge(body) !== "ordinary"),
      percent(stop, (body) => judgeKeyword(body) !== "ordinary"),
      ordinary.length,
      percent(ordinary, (body) => judge(body) === "stop"),
      percent(ordinary, (body) => judge(body) === "doubt"),
    ]),
  };
  const ordinary = files.flatMap(({ sentences }) => sentences.ordinary);
  const times: Table = {
    name: "wording-time",
    head: ["Time", "here", "by keywords"],
    rows: [
      ["an ordinary text, mean", ...[judge, judgeKeyword].map((by) => micros(by, ordinary, share))],
      ["the worst of several bodies of 64 KiB", ...[judge, judgeKeyword].map((by) => worst(by))],
    ],
  };
  if (listsMisses) files.forEach(printMisses);
  return Promise.resolve({ tables: [judged, times] });
}

/** Every so many of the sentences. */
function sampled({ stop, ordinary }: Sentences, share: number): Sentences {
  const sample = (bodies: string[]) =>
    bodies.filter((_, index) => Math.floor((index + 1) * share) > Math.floor(index * share));
  return { stop: sample(stop), ordinary: sample(ordinary) };
}

/** Reads a share of each file of a folder, one for each language; none if the folder does not exist. */
function languageFiles(folder: URL, set: string, share: number) {
  try {
    return [...Deno.readDirSync(folder)]
      .filter(({ isFile, name }) => isFile && name.endsWith(".json"))
      .sort((a, b) => a.name < b.name ? -1 : 1)
      .map(({ name }) => ({
        language: name.slice(0, -".json".length),
        set,
        sentences: sampled(JSON.parse(Deno.readTextFileSync(new URL(name, folder))), share),
      }));
  } catch (error) {
    if (error instanceof Deno.errors.NotFound) return [];
    throw error;
  }
}

function percent(bodies: string[], holds: (body: string) => boolean): string {
  const share = bodies.filter(holds).length / Math.max(bodies.length, 1);
  return `${(100 * share).toFixed(1)}%`;
}

/** The mean time of a text once the patterns are compiled, in microseconds. */
function micros(by: (body: string) => Verdict, bodies: string[], share: number): string {
  const rounds = Math.max(1, Math.round(30 * share));
  const times = Array.from({ length: rounds }, () => {
    const start = performance.now();
    for (const body of bodies) by(body);
    return (performance.now() - start) / bodies.length * 1000;
  });
  return `${median(times).toFixed(1)} µs`;
}

/** The time of the slowest body, in milliseconds. Each body counts with the best of five runs. */
function worst(by: (body: string) => Verdict): string {
  const times = LONG.map((body) =>
    Math.min(...Array.from({ length: 5 }, () => {
      const start = performance.now();
      by(body);
      return performance.now() - start;
    }))
  );
  return `${Math.max(...times).toFixed(1)} ms`;
}

function printMisses({ language, set, sentences }: ReturnType<typeof languageFiles>[number]): void {
  for (const expected of ["stop", "doubt", "ordinary"] as const) {
    for (const body of sentences[expected] ?? []) {
      const found = judge(body);
      if (found !== expected) console.log(`${language}, ${set}: ${expected} as ${found}: ${body}`);
    }
  }
}
