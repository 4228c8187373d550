/**
 * Whether REST answers as service_role, and whether it knows what the migrations made.
 *
 * @module
 */
import { z } from "zod/v3";
import { taskCommand } from "../../command_line/task_command.ts";
import type { Examined, Outcome } from "../check.ts";
import { migrateMend } from "../mends.ts";
import { readRest, RestFailure } from "../read_rest.ts";
import { partOf } from "./part.ts";

/** PostgREST's code for a function that its schema cache does not have. */
const FUNCTION_UNKNOWN = "PGRST202";

const RELOAD = "In the SQL editor: notify pgrst, 'reload schema';";

/** Checks that recruiting_health() can be called. */
export async function checkAnswers({ project, health }: Examined): Promise<Outcome> {
  try {
    await health();
    return { ok: true, detail: "REST calls recruiting_health() with the secret key" };
  } catch (error) {
    if (!(error instanceof RestFailure)) throw error;
    const { code, status, message, mend } = error;
    if (code === FUNCTION_UNKNOWN) {
      return {
        ok: false,
        detail: "REST does not know recruiting_health() (PGRST202)",
        mend: `Apply the migrations: ${
          migrateMend(project)
        }. If none is left to apply, the schema cache is old. ${RELOAD}`,
      };
    }
    if (status === 401 || status === 403) {
      return {
        ok: false,
        detail: message,
        mend: mend ?? "SUPABASE_SECRET_KEY must be a secret key of this project",
      };
    }
    return {
      ok: false,
      detail: message,
      mend: project.isLocal
        ? `Start the local stack: ${taskCommand("start")}`
        : "Restore the project in the dashboard if it is paused, else read the API's log there",
    };
  }
}

/** The part of PostgREST's description of itself that names the functions and their arguments. */
const Description = z.object({
  paths: z.record(
    z.object({
      post: z.object({
        parameters: z.array(z.object({
          schema: z.object({ properties: z.record(z.unknown()).default({}) }).optional(),
        })).default([]),
      }).optional(),
    }),
  ),
});

/**
 * Checks that PostgREST's schema cache has every function with its arguments.
 *
 * @see https://docs.postgrest.org/en/stable/references/api/openapi.html
 */
export async function checkSchemaCache(examined: Examined): Promise<Outcome> {
  const functions = await partOf(examined, "functions", "The database has no function of ours");
  const description = await readRest(examined.project, "", Description).catch(() => undefined);
  if (!description) {
    return { ok: true, detail: "REST knows recruiting_health(), which the last migrations made" };
  }
  const stale = Object.entries(functions).flatMap(([name, args]) => {
    const known = description.paths[`/rpc/${name}`]?.post?.parameters
      .flatMap(({ schema }) => Object.keys(schema?.properties ?? {}));
    return known && args.every((arg) => known.includes(arg)) ? [] : [name];
  });
  if (stale.length === 0) return { ok: true, detail: "REST knows every function" };
  return {
    ok: false,
    detail: `REST's schema cache is old: it lacks ${stale.join(", ")}`,
    mend: RELOAD,
  };
}
