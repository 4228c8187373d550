/**
 * Whether colours are shown.
 *
 * @see https://no-color.org
 * @module
 */
import process from "node:process";
import { styleText } from "node:util";

/** Whether a stream is a terminal that shows colours: not where TERM is `dumb`, or NO_COLOR is set. */
export function hasColours(stream: NodeJS.WriteStream = process.stdout): boolean {
  return stream.isTTY === true && styleText("red", "x", { stream }) !== "x";
}
