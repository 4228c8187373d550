import { fileURLToPath } from "node:url";
import { assertEquals } from "../support/assert.ts";

const ROOT = fileURLToPath(new URL("../..", import.meta.url));

const BODIES = ["no", "some", "any"].map((word) => `${word}body`);

/** Words that hide who acts: a text names the worker, the caller, Twilio, the recruit, an agent. */
const WORDS = new RegExp(`\\b(${[...BODIES, "who" + "ever"].join("|")})\\b`, "i");

/** Words that the glossary of CONTRIBUTING.md replaces: a reply is pending, a send is confirmed, a lease is revoked. */
const REPLACED = new RegExp(
  "\\b(" + [
    "ow(es?|ed|ing)",
    "(un)?settl(e[sd]?|ing)",
    "(tak(e|es|en|ing)|took) back",
    "br(ing|ings|inging|ought) (a|the) person in",
    "(find(s|ing)?|found) out",
  ].join("|") + ")\\b",
  "i",
);

/** A user of the operating system, in quotation marks. */
const OS_USER = new RegExp(`["\`]${BODIES[0]}["\`]`, "g");

/** Folders and files with what recruits write, what the model reads, or what a tool writes. */
const EXCLUDED = [
  "supabase/.temp",
  "supabase/.branches",
  "supabase/functions/_shared/opt_out/languages",
  "supabase/functions/_shared/bot/prompt.ts",
  "tests/data",
  "local/stand_ins/model/conversation.ts",
  "tests/tools/model_stand_in_test.ts",
  "deno.lock",
];

const TEXT = /\.(md|ts|tsx|sql|css|html|json|toml|yml|example)$|^(NOTICE|\.ci\/run)$/;

/** The text files under a folder, by their paths in the repository. */
function textFiles(folder = ""): string[] {
  return [...Deno.readDirSync(ROOT + folder)].flatMap(({ name, isDirectory }) => {
    const path = folder + name;
    if (EXCLUDED.includes(path) || [".git", ".local", "node_modules"].includes(name)) return [];
    return isDirectory ? textFiles(`${path}/`) : TEXT.test(path) ? [path] : [];
  });
}

/** Where some words stand, as `path:line: word`. */
function placesOf(words: RegExp): string[] {
  return textFiles().flatMap((path) =>
    Deno.readTextFileSync(ROOT + path).split("\n").flatMap((line, index) => {
      const [word] = words.exec(line.replaceAll(OS_USER, "")) ?? [];
      return word ? [`${path}:${index + 1}: ${word}`] : [];
    })
  );
}

Deno.test("every text names who acts", () => {
  assertEquals(placesOf(WORDS), []);
});

Deno.test("no text has a word that the glossary replaces", () => {
  assertEquals(placesOf(REPLACED), []);
});
