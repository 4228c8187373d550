/**
 * Numbers on a command line.
 *
 * @module
 */
import { UsageError } from "../local/simulate/options.ts";

/**
 * Reads a whole number.
 *
 * @param option The option's name, for the message.
 * @throws {UsageError} If it is none from `least` to `most`.
 */
export function wholeNumber(value: string, option: string, least: number, most: number): number {
  const number = Number(value);
  if (/^\d+$/.test(value) && number >= least && number <= most) return number;
  throw new UsageError(
    `--${option} must be a whole number from ${least} to ${most}, not "${value}"`,
  );
}
