/**
 * Whether sms-send and sms-reconcile take the project's secret key.
 *
 * @module
 */
import type { Project } from "../../project/project.ts";
import type { Outcome } from "../check.ts";
import { callWithKey } from "./probes.ts";
import { ourCode } from "./unsigned_answer.ts";

const NAMES = ["sms-send", "sms-reconcile"] as const;

/** Checks it with a body that both refuse once they have taken the key. */
export async function checkPlatformKey({ functionsUrl, secretKey }: Project): Promise<Outcome> {
  if (!secretKey) return { ok: null, detail: "No secret key of the project is known" };
  const answers = await Promise.all(
    NAMES.map(async (name) => ({ name, answer: await callWithKey(functionsUrl, name, secretKey) })),
  );
  const refusing = answers.flatMap(({ name, answer }) =>
    answer.kind === "answer" && answer.status === 401 ? [name] : []
  );
  if (refusing.length > 0) {
    return {
      ok: false,
      detail: `${refusing.join(" and ")} ${
        refusing.length === 1 ? "refuses" : "refuse"
      } SUPABASE_SECRET_KEY`,
      mend:
        "Set SUPABASE_SECRET_KEY to a secret key of this project: Project Settings → API Keys. A key that was made after the last deploy reaches the functions with the next one",
    };
  }
  const others = answers.flatMap(({ name, answer }) =>
    answer.kind === "answer" && answer.status === 422 && ourCode(answer.json) === "INVALID"
      ? []
      : [`${name} ${answer.kind === "answer" ? `answers ${answer.status}` : "does not answer"}`]
  );
  if (others.length > 0) return { ok: null, detail: others.join("; ") };
  return { ok: true, detail: `${NAMES.join(" and ")} take the secret key` };
}
