/**
 * Whether the functions take what is signed, as Twilio signs it.
 *
 * @module
 */
import { z } from "zod/v3";
import type { WebhookSigner } from "../../../supabase/functions/_shared/webhook/webhook_signers.ts";
import type { Project } from "../../project/project.ts";
import type { WebhookName } from "../../project/webhook_urls.ts";
import type { Outcome } from "../check.ts";
import { configurationOf } from "../environment/values.ts";
import type { HttpAnswer } from "../http_answer.ts";
import { secretsMend, shownFile, variableMend } from "../mends.ts";
import { postSignedBatch, postSignedForm, WEBHOOKS } from "./probes.ts";
import { meaningOf, ourCode } from "./unsigned_answer.ts";

const Ignored = z.object({ status: z.literal("ignored") });

/** Why a probe was not answered `ignored`. */
interface Failure {
  baseUrl: string;
  /** `refused`: the function's own 401. `deferred` and others are words of the detail. */
  kind: "refused" | "unreachable" | "other";
  detail: string;
}

/** Checks each base URL of the env file, with each key that may sign for it. */
export async function checkSigned(project: Project): Promise<Outcome> {
  const { webhookSigners: signers } = configurationOf(project);
  if (signers.length === 0) {
    return {
      ok: null,
      detail: "No auth token is known that may sign for the base URLs",
      mend: variableMend(project, "Set TWILIO_AUTH_TOKEN to your account's"),
    };
  }
  const failures = (await Promise.all(probesOf(signers).map((probe) => probe())))
    .filter((failure) => failure !== undefined);
  const urls = [...new Set(signers.map(({ baseUrl }) => baseUrl))];
  // What functions.reachable says is not said twice.
  const known = failures.filter(({ kind, baseUrl }) =>
    kind === "unreachable" && baseUrl === project.functionsUrl
  );
  if (failures.length > 0 && known.length === failures.length) {
    return { ok: null, detail: "The functions cannot be reached" };
  }
  if (failures.length === 0) {
    return { ok: true, detail: `Signed requests are taken at ${urls.join(" and ")}` };
  }
  return {
    ok: false,
    detail: [...new Set(failures.map(({ baseUrl, detail }) => `${baseUrl}: ${detail}`))].join("; "),
    mend: mendOf(project, failures),
  };
}

/** Each webhook gets a form of the first key; of each further key only sms-inbound. */
function probesOf(signers: WebhookSigner[]): (() => Promise<Failure | undefined>)[] {
  const seen = new Set<string>();
  return signers.flatMap(({ baseUrl, authToken }) => {
    const isFirst = !seen.has(baseUrl);
    seen.add(baseUrl);
    const names: readonly WebhookName[] = isFirst ? WEBHOOKS : ["sms-inbound"];
    const forms = names.map((name) => async () =>
      failureOf(await postSignedForm(baseUrl, name, authToken), baseUrl, name)
    );
    const batch = async () =>
      failureOf(await postSignedBatch(baseUrl, authToken), baseUrl, "twilio-events");
    return isFirst ? [...forms, batch] : forms;
  });
}

function failureOf(answer: HttpAnswer, baseUrl: string, name: WebhookName): Failure | undefined {
  if (answer.kind === "no_answer") {
    return { baseUrl, kind: "unreachable", detail: answer.reason };
  }
  const { status, json } = answer;
  if (status === 200 && Ignored.safeParse(json).success) return undefined;
  if (status === 401 && ourCode(json) === "UNAUTHORIZED") {
    return { baseUrl, kind: "refused", detail: "the signature is refused" };
  }
  const { kind } = meaningOf(answer);
  const what = kind === "page" ? "a web page" : kind === "redirect" ? "a redirect" : status;
  return { baseUrl, kind: "other", detail: `${name} answers ${what}` };
}

function mendOf(project: Project, failures: Failure[]): string {
  if (failures.some(({ kind }) => kind === "refused")) {
    return `The functions have another TWILIO_AUTH_TOKEN or TWILIO_WEBHOOK_BASE_URL than ${
      shownFile(project)
    }. Correct the file, then: ${secretsMend(project)}`;
  }
  if (failures.some(({ kind }) => kind === "unreachable")) {
    return variableMend(
      project,
      "Start the tunnel, or remove the URL from TWILIO_WEBHOOK_BASE_URL",
    );
  }
  return "Mend what the other lines about functions say. Where they say nothing, correct TWILIO_WEBHOOK_BASE_URL";
}
