/**
 * A random generator with a seed.
 *
 * @module
 */

/** A source of random numbers. */
export interface Random {
  /** From 0 up to, but not including, 1. */
  number(): number;
  /** A whole number from 0 up to, but not including, `count`. */
  below(count: number): number;
  /** One of the values. */
  pick<Value>(values: readonly Value[]): Value;
}

/**
 * Starts a generator (mulberry32), because Math.random() takes no seed.
 *
 * @param seed A whole number from 0 to 2^32 - 1.
 */
export function seeded(seed: number): Random {
  let state = seed >>> 0;
  const number = () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
  const below = (count: number) => Math.floor(number() * count);
  return { number, below, pick: (values) => values[below(values.length)] };
}
