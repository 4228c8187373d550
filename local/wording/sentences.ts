/**
 * The sentences from which the weights are learned.
 *
 * @module
 */
import type { Example } from "./training.ts";

/**
 * The folder of the tuned sentences. Its folder `learned` has further ones to learn from. Nothing
 * was tuned for those of `held_back`, which measure the result.
 */
const FOLDER = new URL("../../tests/data/wording/", import.meta.url);

/** The generated module with the weights. */
export const WEIGHTS_FILE = new URL(
  "../../supabase/functions/_shared/opt_out/weights.ts",
  import.meta.url,
);

/**
 * The weight of a tuned sentence: a test requires its exact verdict, so it counts this many times.
 */
const TUNED_REPEATS = 3;

/**
 * A tuned sentence of doubt counts this many times. Its likelihood must stay near 0.5, and the many sentences of the
 * other two kinds move it to 1 or 0.
 */
const DOUBT_REPEATS = 10;

const LABELS = { stop: 1, doubt: 0.5, ordinary: 0 };

/** Reads all sentences except those of `held_back`. */
export function readExamples(): Example[] {
  const tuned = examplesIn(FOLDER);
  return [
    ...tuned.flatMap((example) =>
      Array<Example>(example.label === LABELS.doubt ? DOUBT_REPEATS : TUNED_REPEATS).fill(example)
    ),
    ...examplesIn(new URL("learned/", FOLDER)),
  ];
}

function examplesIn(folder: URL): Example[] {
  return [...Deno.readDirSync(folder)].map(({ name }) => name)
    .filter((name) => name.endsWith(".json")).sort()
    .flatMap((name) => {
      const sentences: Partial<Record<keyof typeof LABELS, string[]>> = JSON.parse(
        Deno.readTextFileSync(new URL(name, folder)),
      );
      return (["stop", "doubt", "ordinary"] as const).flatMap((kind) =>
        (sentences[kind] ?? []).map((body) => ({ body, label: LABELS[kind] }))
      );
    });
}
