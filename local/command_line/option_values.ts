/**
 * Parsers of option values, for Commander's options.
 *
 * @module
 */
import { InvalidArgumentError } from "@commander-js/extra-typings";
import { UsageError } from "./usage_error.ts";

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

/**
 * Makes a parser of numbers above `above` and up to `max`.
 *
 * @returns A parser that throws Commander's InvalidArgumentError for anything else.
 */
export function numberUpTo(max: number, above = 0): (text: string) => number {
  return (text) => {
    const number = Number(text);
    if (text.trim() !== "" && number > above && number <= max) return number;
    throw new InvalidArgumentError(`It must be a number above ${above} and at most ${max}.`);
  };
}

/**
 * Makes a parser of lists with commas, of names from a fixed list.
 *
 * @returns A parser that throws Commander's InvalidArgumentError, which quotes the first wrong entry and lists
 *   the names, also for a list without entries.
 */
export function namesFrom<Name extends string>(names: readonly Name[]): (text: string) => Name[] {
  return (text) => {
    const entries = text.split(",").map((entry) => entry.trim()).filter(Boolean);
    if (entries.length === 0) throw new InvalidArgumentError("It is empty.");
    return entries.map((entry) => {
      const name = names.find((name) => name === entry);
      if (name) return name;
      throw new InvalidArgumentError(`There is no "${entry}". Allowed are ${names.join(", ")}.`);
    });
  };
}

/**
 * Returns the value of an option that must be given. Commander's own check comes before its check of unknown
 * options, and so hides a misspelled one.
 *
 * @param option The option with its dashes.
 * @throws {UsageError} If it is missing or empty.
 */
export function required(value: string | undefined, option: string): string {
  if (!value) throw new UsageError(`${option} is missing`);
  return value;
}

/** Collects the values of an option that may be repeated. */
export function repeatable(value: string, before: string[] = []): string[] {
  return [...before, value];
}
