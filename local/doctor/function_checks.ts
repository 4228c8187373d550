/**
 * The checks of the functions.
 *
 * @module
 */
import type { Check, Examined, Outcome } from "./check.ts";
import { checkPlatformKey } from "./functions/platform_key.ts";
import { checkSigned } from "./functions/signed.ts";
import {
  askFunctions,
  checkConfigured,
  checkDeployed,
  checkReachable,
  checkStarts,
  checkUnsigned,
  type Meanings,
} from "./functions/unsigned.ts";
import type { Project } from "../project/project.ts";

/** Lists the checks. */
export function functionChecks({ project }: Examined): Check[] {
  let asked: Promise<Meanings> | undefined;
  const judged = (check: (project: Project, meanings: Meanings) => Outcome) => async () =>
    check(project, await (asked ??= askFunctions(project)));
  return [
    { id: "functions.reachable", run: judged(checkReachable) },
    { id: "functions.deployed", run: judged(checkDeployed) },
    { id: "functions.start", run: judged(checkStarts) },
    { id: "functions.configured", run: judged(checkConfigured) },
    { id: "functions.unsigned", run: judged(checkUnsigned) },
    { id: "functions.signed", run: () => checkSigned(project) },
    { id: "functions.secret_key", run: () => checkPlatformKey(project) },
  ];
}
