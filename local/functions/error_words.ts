/**
 * Puts an error into words for the terminal, without a recruit's texts and phone numbers.
 *
 * An error's message may quote whatever the function has read. So a word of the message is shown only
 * if it stands in the code of the file that threw it, or is a word of the JavaScript engine. Every
 * other word, and every number, becomes "…".
 *
 * @module
 */
import { existsSync } from "node:fs";
import { join, relative, sep } from "node:path";
import { pathToFileURL } from "node:url";
import type { Place, ThrownError } from "./thrown_error.ts";

/** The longest message that is shown, in UTF-16 units. */
const MAX_SHOWN = 300;

/** An error in words. */
export interface ErrorWords {
  /** Name and message. */
  message: string;
  /** The place in the newest of the function's own files: path, line and column. */
  at?: string;
}

/**
 * The words of V8's and Deno's own messages.
 *
 * @see https://github.com/v8/v8/blob/main/src/common/message-template.h
 */
const ENGINE_WORDS = (
  "Cannot read set properties property of undefined null reading setting is not a an function iterable defined " +
  "constructor access before initialization Assignment to constant variable Invalid URL Invalid array length " +
  "Maximum call stack size exceeded Unexpected token end input in JSON at position valid string identifier " +
  "reserved word number Converting circular structure to failed fetch error sending request for url connection " +
  "refused The module s source code could be parsed Module found requested does provide export named Import " +
  "dependency and map from Expected got expected Expression semicolon eof Unterminated template literal comment " +
  "Unclosed has already been declared invalid syntax missing argument list after Identifier only allowed within " +
  "async functions top level modules relative Relative import path prefixed with or object Object class private " +
  "field must be declared in enclosing required caused by unknown default " +
  "TypeError ReferenceError SyntaxError RangeError"
).split(" ");

/**
 * Puts an error into words.
 *
 * @param error The error.
 * @param folder The path of the folder that holds the functions' own files.
 * @param root The folder to which shown paths are relative.
 * @returns The words; no file is read outside the folder.
 */
export async function errorWords(
  { name, message, frames }: ThrownError,
  folder: string,
  root: string,
): Promise<ErrorWords> {
  const { text, places } = withShortPaths(message, folder, root);
  const own = frames.filter(({ path }) => path.startsWith(folder + sep));
  // The message of a file that cannot be loaded ends with the place. Its frames are those of the
  // importing file.
  const at = endsWithPlace(text) ? places.at(-1) : own.at(0) ?? places.at(-1);
  const code = at ? await codeOf(at.path) : "";
  const words = new Set(at && [...wordsIn(code), ...wordsIn(relative(root, at.path))]);
  if (/^(Type|Reference|Syntax|Range|URI)Error$/.test(name)) {
    for (const word of ENGINE_WORDS) words.add(word);
  }
  // Below the first part of such a message are code and the place.
  const [firstPart] = text.split(/\n\s/, 1);
  const shown = firstPart.split(/\s+/).filter(Boolean)
    .map((part) => isShowable(part, code, words) ? part : "…").join(" ").replace(/…( …)+/g, "…");
  const cut = shown.length > MAX_SHOWN ? `${shown.slice(0, MAX_SHOWN)} …` : shown;
  // Deno throws a TypeError whose message begins with "SyntaxError: ".
  const isNamed = cut.startsWith("SyntaxError: ");
  return {
    message: isNamed ? cut : cut ? `${name}: ${cut}` : name,
    at: at && shownPlace(at, root),
  };
}

function endsWithPlace(text: string): boolean {
  return /\n\s+at [^\n]+:\d+:\d+$/.test(text);
}

/** Whether a part of the message, without spaces, may be shown. */
function isShowable(part: string, code: string, words: Set<string>): boolean {
  if (!/^[\p{L}\p{M}\p{N}\x20-\x7e]*$/u.test(part)) return false;
  const hasNumber = (word: string) => /^\p{N}+$|\p{N}{3}/u.test(word);
  if (wordsIn(part).every((word) => words.has(word) && !hasNumber(word))) return true;
  // A name with a number, such as "slot-4711", if it stands in the code as a whole.
  const name = part.replace(/^["'(]+|["').,:;]+$/g, "");
  return /\p{L}/u.test(name) && !/\p{N}{7}/u.test(name) && /\p{N}/u.test(name) &&
    code.includes(name);
}

/** The code of a file, without its comments; empty if it cannot be read. */
async function codeOf(path: string): Promise<string> {
  const source = await Deno.readTextFile(path).catch(() => "");
  return source.replace(/\/\*[\s\S]*?\*\//g, " ").replace(/\/\/.*/g, " ");
}

function wordsIn(text: string): string[] {
  return text.match(/[\p{L}\p{M}\p{N}_$]+/gu) ?? [];
}

/**
 * Shortens the paths of a message that are inside the folder.
 *
 * @returns The text, and the places in it whose file exists.
 */
function withShortPaths(
  message: string,
  folder: string,
  root: string,
): { text: string; places: Place[] } {
  const short = relative(root, folder) + sep;
  const text = message.replaceAll(`${pathToFileURL(folder).href}/`, short)
    .replaceAll(`file://${folder}${sep}`, short);
  const places = text.split(short).slice(1).flatMap((rest): Place[] => {
    const [, file, line, column] = /^([^\s"'()]+?):(\d+):(\d+)(?![\w:])/.exec(rest) ?? [];
    const path = file && join(folder, file);
    if (!path?.startsWith(folder + sep) || !existsSync(path)) return [];
    return [{ path, line: Number(line), column: Number(column) }];
  });
  return { text, places };
}

function shownPlace({ path, line, column }: Place, root: string): string {
  return `${relative(root, path)}:${line}:${column}`;
}
