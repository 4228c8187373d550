/**
 * The tables of docs/performance.md, between `<!-- bench <name> -->` and `<!-- end -->`.
 *
 * @module
 */
import { markdownOf, type Table } from "./report.ts";

/**
 * Replaces the tables of a page. A table that was not measured stays; one without a place is left out.
 *
 * @param page The page in Markdown.
 * @param tables The tables that were measured.
 */
export function withTables(page: string, tables: Table[]): string {
  return tables.reduce((text, table) => {
    const place = new RegExp(`(<!-- bench ${table.name} -->\n)[^]*?(\n<!-- end -->)`);
    return text.replace(place, (_, begin, end) => `${begin}\n${markdownOf(table)}\n${end}`);
  }, page);
}
