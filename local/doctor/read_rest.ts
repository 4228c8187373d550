/**
 * Reads from the project's REST API as service_role.
 *
 * @see https://docs.postgrest.org/en/stable/references/errors.html
 * @module
 */
import { z } from "zod/v3";
import { bearerFor } from "../../supabase/functions/_shared/database/database.ts";
import type { Project } from "../project/project.ts";
import { CannotAsk } from "./check.ts";
import { ask } from "./http_answer.ts";

const RestError = z.object({ code: z.string() });

/** REST refuses, or does not answer. `code` is PostgREST's or Postgres's, or empty. */
export class RestFailure extends CannotAsk {
  constructor(
    message: string,
    mend: string | undefined,
    readonly status: number,
    readonly code: string,
  ) {
    super(message, mend);
  }
}

/**
 * Reads a table, or calls a function without arguments that only reads.
 *
 * @param path The path behind `/rest/v1/`: `rpc/<function>`, or a table with its query.
 * @param schema The answer's schema.
 * @throws {CannotAsk} If no secret key is known.
 * @throws {RestFailure} If there is no such answer.
 */
export async function readRest<Returned>(
  { supabaseUrl, secretKey }: Project,
  path: string,
  schema: z.ZodType<Returned, z.ZodTypeDef, unknown>,
): Promise<Returned> {
  if (!secretKey) {
    throw new CannotAsk(
      "The database cannot be asked without a secret key of the project",
      "Set SUPABASE_SECRET_KEY in the environment: Project Settings → API Keys → Secret keys",
    );
  }
  const isCall = path.startsWith("rpc/");
  const answer = await ask(`${supabaseUrl}/rest/v1/${path}`, {
    method: isCall ? "POST" : "GET",
    headers: {
      apikey: secretKey,
      ...bearerFor(secretKey),
      ...isCall ? { "Content-Type": "application/json" } : {},
    },
    body: isCall ? "{}" : undefined,
  });
  if (answer.kind === "no_answer") {
    throw new RestFailure(`REST does not answer: ${answer.reason}`, undefined, 0, "");
  }
  const { status, json } = answer;
  const parsed = schema.safeParse(json);
  if (status === 200 && parsed.success) return parsed.data;
  const { data: error } = RestError.safeParse(json);
  const code = error?.code ?? "";
  throw new RestFailure(
    status === 200
      ? "REST answers something else than expected"
      : `REST answers ${status} ${code}`.trim(),
    status === 401 ? "SUPABASE_SECRET_KEY must be a secret key of this project" : undefined,
    status,
    code,
  );
}
