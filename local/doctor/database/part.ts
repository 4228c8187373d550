/**
 * Reads a part of the report of recruiting_health().
 *
 * @module
 */
import { CannotAsk, type Examined } from "../check.ts";
import type { Health } from "../health.ts";

/** The parts that may be missing. */
export type PartName = Exclude<keyof Health, "checked_at">;

/** A part that could be read. */
export type Part<Name extends PartName> = Exclude<Health[Name], null | { error: string }>;

/**
 * Reads a part.
 *
 * @param missing What it means that the part's schema is missing.
 * @param mend What to do then, where something can be done.
 * @throws {CannotAsk} If the report cannot be had, or the part is missing or cannot be read.
 */
export async function partOf<Name extends PartName>(
  { health }: Examined,
  name: Name,
  missing: string,
  mend?: string,
): Promise<Part<Name>> {
  const part: Health[PartName] = (await health())[name];
  if (part === null) throw new CannotAsk(missing, mend);
  if (isError(part)) {
    throw new CannotAsk(
      `recruiting_health() cannot read the part ${name} (SQLSTATE ${part.error})`,
    );
  }
  return part as Part<Name>;
}

function isError(part: NonNullable<Health[PartName]>): part is { error: string } {
  return "error" in part && typeof part.error === "string" && Object.keys(part).length === 1;
}
