/**
 * The documents, and the code in them.
 *
 * @module
 */
import { fileURLToPath } from "node:url";

const ROOT = fileURLToPath(new URL("../../", import.meta.url));

/** The README, the other papers at its side, every page of docs/, and the READMEs of client/ and the demo page. */
export const pages: string[] = ["", "docs/", "client/", "examples/inbox/"].flatMap((folder) =>
  [...Deno.readDirSync(`${ROOT}${folder}`)].map(({ name }) => `${folder}${name}`)
    .filter((name) => name.endsWith(".md")).sort()
);

/** The text of each page. */
export const texts: ReadonlyMap<string, string> = new Map(
  await Promise.all(
    pages.map(async (page) => [page, await Deno.readTextFile(`${ROOT}${page}`)] as const),
  ),
);

/** The text of all pages. */
export const documents: string = [...texts.values()].join("\n");

/** The code blocks of a language, also those in a list, without their indentation. */
export function blocksOf(document: string, language: string): string[] {
  const fences = new RegExp(`^( *)\`\`\`${language}\\n(.*?)^\\1\`\`\`$`, "gms");
  return [...document.matchAll(fences)].map(([, indentation, block]) =>
    block.replaceAll(new RegExp(`^${indentation}`, "gm"), "")
  );
}

/**
 * A module whose function `snippet` is the code of a document.
 *
 * @param given The code before it: what the document takes for granted.
 * @param parameters The function's parameters.
 */
export function moduleOf(code: string, given: string, parameters = ""): string {
  const imports = [...new Set(code.match(/^import .*$/gm))].join("\n");
  const body = code.replaceAll(/^import .*$/gm, "");
  return `${given}\n${imports}\nexport async function snippet(${parameters}) {\n${body}\n}\n`;
}
