/**
 * Runs checks side by side. No check can stop another one.
 *
 * @module
 */
import { CannotAsk, type Check, CHECK_LIMIT_MS, type Outcome } from "./check.ts";

/** What a check found, as `--json` prints it. */
export interface Finding {
  id: string;
  ok: boolean | null;
  detail: string;
  mend: string | null;
}

/**
 * Runs checks.
 *
 * @param checks The checks.
 * @param shown Makes a text fit to be printed.
 * @param onFinding Is called when a check has ended, with how many have.
 * @returns What each found, in the order of the checks.
 */
export async function runChecks(
  checks: Check[],
  shown: (text: string) => string,
  onFinding: (ended: number) => void = () => {},
): Promise<Finding[]> {
  let ended = 0;
  return await Promise.all(checks.map(async (check): Promise<Finding> => {
    const { ok, detail, ...rest } = await outcomeOf(check);
    onFinding(++ended);
    const mend = "mend" in rest ? rest.mend : undefined;
    return {
      id: check.id,
      ok,
      detail: shown(detail),
      mend: mend === undefined ? null : shown(mend),
    };
  }));
}

/** Runs a check within its limit. */
async function outcomeOf({ run, limitMs = CHECK_LIMIT_MS }: Check): Promise<Outcome> {
  const limit = Promise.withResolvers<Outcome>();
  const timer = setTimeout(
    () => limit.resolve({ ok: null, detail: `No answer within ${limitMs / 1000} s` }),
    limitMs,
  );
  try {
    return await Promise.race([Promise.try(run), limit.promise]);
  } catch (error) {
    if (error instanceof CannotAsk) return { ok: null, detail: error.message, mend: error.mend };
    return { ok: null, detail: `The check failed: ${reasonOf(error)}` };
  } finally {
    clearTimeout(timer);
  }
}

/** Names an error. Of Twilio's errors the code says more than the class. */
function reasonOf(error: unknown): string {
  if (!(error instanceof Error)) return "an unknown error";
  return "code" in error && error.code ? `${error.name} ${error.code}` : error.name;
}
