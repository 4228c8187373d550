/**
 * Paths in what a tool prints.
 *
 * @module
 */
import { relative } from "node:path";

/** Returns a file's path as it is written in the current folder. */
export function shownPath(path: string): string {
  const shorter = relative(Deno.cwd(), path);
  return shorter.startsWith("..") ? path : shorter;
}
