/**
 * The sentences that the weights are learned from.
 *
 * @module
 */
import type { Example } from "./training.ts";

/** Where the tuned sentences lie; `learned` has more of them, and `held_back` those that nothing was tuned for. */
const FOLDER = new URL("../../tests/data/wording/", import.meta.url);

/** The module that the weights are written to. */
export const WEIGHTS_FILE = new URL(
  "../../supabase/functions/_shared/opt_out/weights.ts",
  import.meta.url,
);

/** The tuned sentences are held exactly to their verdicts, so each is learned from so often. */
const TUNED_REPEATS = 3;

const LABELS = { stop: 1, doubt: 0.5, ordinary: 0 };

/** Reads all sentences but those that are held back. */
export function readExamples(): Example[] {
  const tuned = examplesIn(FOLDER);
  return [
    ...Array.from({ length: TUNED_REPEATS }, () => tuned).flat(),
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
