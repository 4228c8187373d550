/**
 * Takes the steps of all targets.
 *
 * @module
 */
import type { Target } from "./settings.ts";

/** What was done. */
export interface Applied {
  /** The labels of the steps that were taken. */
  done: string[];
  /** Those that were not, the failed one first. */
  notDone: string[];
  /** What a step threw; undefined if all were taken. */
  error: unknown;
}

/**
 * Takes the steps in their order, until one fails.
 *
 * @param onStep Receives each step before it is done.
 */
export async function applyTargets(
  targets: Target[],
  onStep: (label: string) => void = () => {},
): Promise<Applied> {
  const steps = targets.flatMap((target) => target.steps);
  const labels = steps.map(({ label }) => label);
  for (const [index, step] of steps.entries()) {
    onStep(step.label);
    try {
      await step.apply();
    } catch (error) {
      return { done: labels.slice(0, index), notDone: labels.slice(index), error };
    }
  }
  return { done: labels, notDone: [], error: undefined };
}
