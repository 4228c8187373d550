/**
 * Learns the weights of `_shared/opt_out/likelihood.ts` from sentences.
 *
 * @module
 */
import { BUCKETS, featuresOf } from "../../supabase/functions/_shared/opt_out/likelihood.ts";
import { seeded } from "../chaos/random.ts";

/** A sentence, and what it is: 1 for an opt-out, 0 for an ordinary text, 0.5 for what may be either. */
export interface Example {
  body: string;
  label: number;
}

/** What was learned. The log-odds of a text are `bias` and `scale` times its weights' mean. */
export interface Learned {
  weights: Int8Array;
  scale: number;
  bias: number;
}

/** How often every sentence is gone through. */
const EPOCHS = 12;

const LEARNING_RATE = 0.3;

/** Pulls a weight towards zero at each step, so that no rare word decides alone. */
const DECAY = 1e-5;

const MAX_WEIGHT = 127;

/**
 * Learns by stochastic gradient descent with a step for each weight (Adagrad). The same sentences in the same
 * order give the same weights on every machine.
 *
 * @see https://jmlr.org/papers/v12/duchi11a.html
 */
export function learn(examples: Example[]): Learned {
  const features = examples.map(({ body }) => Int32Array.from(featuresOf(body)));
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

function shuffle(values: number[], below: (count: number) => number): void {
  for (let last = values.length - 1; last > 0; last--) {
    const other = below(last + 1);
    [values[last], values[other]] = [values[other], values[last]];
  }
}

/** The module that the functions load. */
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
