/**
 * Learns the weights of `_shared/opt_out/likelihood.ts` from sentences.
 *
 * @module
 */
import { BUCKETS, featuresOf } from "../../supabase/functions/_shared/opt_out/likelihood.ts";
import { seeded } from "../chaos/random.ts";

/** A sentence with its label: 1 for an opt-out, 0 for an ordinary text, 0.5 for a doubtful one. */
export interface Example {
  body: string;
  label: number;
}

/** The learned parameters; likelihood.ts computes a text's log-odds from them. */
export interface Learned {
  weights: Int8Array;
  scale: number;
  bias: number;
}

/** The number of passes over all sentences. */
const EPOCHS = 12;

const LEARNING_RATE = 0.3;

/** Pulls each weight towards zero at every step, so that a rare word does not decide alone. */
const DECAY = 1e-5;

const MAX_WEIGHT = 127;

/**
 * Learns by stochastic gradient descent with a step size for each weight (Adagrad).
 *
 * @returns The parameters. The same sentences in the same order give the same ones on every
 *   machine.
 *
 * @see https://jmlr.org/papers/v12/duchi11a.html
 */
export function learn(examples: Example[]): Learned {
  const features = featuresOfEach(examples);
  const weights = new Float64Array(BUCKETS);
  const gradients = new Float64Array(BUCKETS).fill(1e-8);
  let bias = 0;
  let biasGradients = 1e-8;
  const order = examples.map((_, index) => index);
  const random = seeded(1);
  for (let epoch = 0; epoch < EPOCHS; epoch++) {
    shuffle(order, random.below);
    for (const index of order) {
      const places = features[index];
      const share = 1 / Math.sqrt(places.length);
      let sum = 0;
      for (const place of places) sum += weights[place];
      const error = 1 / (1 + Math.exp(-(sum * share + bias))) - examples[index].label;
      for (const place of places) {
        const gradient = error * share + DECAY * weights[place];
        gradients[place] += gradient * gradient;
        weights[place] -= LEARNING_RATE * gradient / Math.sqrt(gradients[place]);
      }
      biasGradients += error * error;
      bias -= LEARNING_RATE * error / Math.sqrt(biasGradients);
    }
  }
  const scale = weights.reduce((max, weight) => Math.max(max, Math.abs(weight)), 0) / MAX_WEIGHT;
  return { weights: Int8Array.from(weights, (weight) => Math.round(weight / scale)), scale, bias };
}

/** The places of each example's weights. An example that stands in the list several times is read once. */
function featuresOfEach(examples: Example[]): Int32Array[] {
  const known = new Map<Example, Int32Array>();
  return examples.map((example) => {
    let places = known.get(example);
    if (!places) known.set(example, places = Int32Array.from(new Set(featuresOf(example.body))));
    return places;
  });
}

function shuffle(values: number[], below: (count: number) => number): void {
  for (let last = values.length - 1; last > 0; last--) {
    const other = below(last + 1);
    [values[last], values[other]] = [values[other], values[last]];
  }
}

/** The source of the module with the weights, which the functions load. */
export function weightsModule({ weights, scale, bias }: Learned): string {
  const base64 = btoa(String.fromCharCode(...new Uint8Array(weights.buffer)));
  return `/**
 * Written by \`deno task train\`.
 *
 * @module
 */

/** A signed byte each, in base64. */
export const WEIGHTS =
  "${base64}";

/** What one step of a weight counts. */
export const SCALE = ${scale};

/** The log-odds of a text without features. */
export const BIAS = ${bias};
`;
}
