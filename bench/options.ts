/**
 * Numbers on a command line.
 *
 * @module
 */
import { UsageError } from "../local/simulate/options.ts";

/**
 * Parses a whole number.
 *
 * @param option The option's name, for the message.
 * @throws {UsageError} If the value is not a whole number from `min` to `max`.
 */
export function wholeNumber(value: string, option: string, min: number, max: number): number {
  const number = Number(value);
  if (/^\d+$/.test(value) && number >= min && number <= max) return number;
  throw new UsageError(
    `--${option} must be a whole number from ${min} to ${max}, not "${value}"`,
  );
}
