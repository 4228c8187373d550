/**
 * Parsers of option values, for Commander's options.
 *
 * @module
 */
import { InvalidArgumentError } from "@commander-js/extra-typings";

/**
 * Makes a parser of whole numbers from `min` to `max`.
 *
 * @returns A parser that throws Commander's InvalidArgumentError for anything else.
 */
export function wholeNumber(min: number, max: number): (text: string) => number {
  return (text) => {
    const number = Number(text);
    if (/^\d+$/.test(text) && number >= min && number <= max) return number;
    throw new InvalidArgumentError(`It must be a whole number from ${min} to ${max}.`);
  };
}

/** Collects the values of an option that may be repeated. */
export function repeatable(value: string, before: string[] = []): string[] {
  return [...before, value];
}
