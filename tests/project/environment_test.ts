import { Environment } from "../../supabase/functions/_shared/configuration/environment.ts";
import { assertEquals } from "../support/assert.ts";

const PAGE = new URL("../../docs/configuration.md", import.meta.url);
const TABLE = /(<!-- environment -->\n)(.*?)(<!-- \/environment -->)/s;

/** The default that a reader sees: a number, true or false, a text, or none. */
function defaultOf(value: unknown): string {
  return typeof value === "number" || typeof value === "boolean"
    ? String(value)
    : typeof value === "string"
    ? `\`${value}\``
    : "none";
}

const rows = Object.entries(Environment.shape).map(([name, variable]) => [
  `\`${name}\``,
  defaultOf(variable.parse(undefined)),
  variable.description ?? "",
]);

/** With UPDATE_TABLE=1 the page gets the table instead; format it with `deno fmt`. */
Deno.test("docs/configuration.md has the table of the schema that reads the variables", async () => {
  const page = await Deno.readTextFile(PAGE);
  if (Deno.env.get("UPDATE_TABLE")) {
    const table = [["Variable", "Default", "Meaning"], ["---", "---", "---"], ...rows]
      .map((cells) => `| ${cells.join(" | ")} |\n`).join("");
    await Deno.writeTextFile(
      PAGE,
      page.replace(TABLE, (_, open, __, close) => `${open}\n${table}\n${close}`),
    );
    return;
  }
  const lines = TABLE.exec(page)![2].trim().split("\n").slice(2);
  assertEquals(lines.map((line) => line.split("|").slice(1, -1).map((cell) => cell.trim())), rows);
});

Deno.test(".env.example has the variables of the schema, in its order", async () => {
  const example = await Deno.readTextFile(
    new URL("../../supabase/functions/.env.example", import.meta.url),
  );
  const names = [...example.matchAll(/^([A-Z_]+)=/gm)].map(([, name]) => name);
  assertEquals(names, Object.keys(Environment.shape));
});
