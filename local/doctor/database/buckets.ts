/**
 * Whether Storage has the buckets of attachments.
 *
 * @module
 */
import type { Examined, Outcome } from "../check.ts";
import { readExpectedRules } from "../expected_rules.ts";
import { partOf } from "./part.ts";

/** Checks that they are there and private. Another size and other types may be wanted. */
export async function checkBuckets(examined: Examined): Promise<Outcome> {
  const { buckets } = await partOf(examined, "storage", "The project has no Storage");
  const wanted = (await readExpectedRules()).buckets.map(({ id }) => id);
  const missing = wanted.filter((id) => !buckets.some((bucket) => bucket.id === id));
  if (missing.length > 0) {
    return {
      ok: false,
      detail: `Storage has no bucket ${missing.join(" and ")}`,
      mend: "In the SQL editor: select private.set_up_media_storage();",
    };
  }
  const open = buckets.filter(({ id, is_public }) => wanted.includes(id) && is_public);
  if (open.length > 0) {
    const names = open.map(({ id }) => id);
    return {
      ok: false,
      detail: `${names.join(" and ")} ${
        names.length === 1 ? "is" : "are"
      } public: every visitor can read recruits' attachments`,
      mend: `In the SQL editor: update storage.buckets set public = false where id in (${
        names.map((name) => `'${name}'`).join(", ")
      });`,
    };
  }
  return { ok: true, detail: `${wanted.join(" and ")} are there and private` };
}
