/**
 * What both webhooks do before and after their own work: check the request in a fixed order,
 * prove that Twilio sent it, answer, and log one line.
 *
 * @see https://www.twilio.com/docs/usage/webhooks/webhooks-security
 * @module
 */
import type { Configuration } from "../configuration/configuration.ts";
import type { DatabaseFailure } from "../database/database.ts";
import { createDeferredLog } from "./deferred_log.ts";
import { createLog, type Log } from "../log/log.ts";
import { MessageSid } from "../twilio/message_sid.ts";
import { createRejectionLog } from "../log/rejection_log.ts";
import { errorResponse, type HttpErrorCode } from "../http/errors.ts";
import { errorName } from "../log/error_name.ts";
import { MAX_BODY_BYTES, readBody } from "../http/request_body.ts";
import {
  MAX_FORM_FIELDS,
  parseForm,
  parseJsonForm,
  storableForm,
  type TwilioForm,
} from "./twilio_form.ts";
import { isSignedByTwilio } from "./twilio_signature.ts";

/** What came of a signed request. The answer's status word is 200 for all but `deferred`. */
export type Outcome =
  | {
    status: "received" | "no_conversation" | "updated" | "ignored";
    message_sid?: string;
    conversation_id?: string;
  }
  /** The database could not take it in, or, without a failure, the handler threw an error. */
  | { status: "deferred"; failure?: DatabaseFailure };

/** A request that Twilio has signed. */
export interface SignedWebhook {
  /** Its fields, fit to be stored. */
  form: TwilioForm;
  /** The query of the URL that Twilio called. */
  query: URLSearchParams;
  log: Log;
}

/** A webhook's own part. */
export interface WebhookOptions {
  /** The function's name, which is the last part of its URL. */
  name: string;
  configuration: Configuration;
  /** The work. An error that it throws is answered as deferred. */
  handle(webhook: SignedWebhook): Promise<Outcome>;
  /** Makes the answer with an HTTP status, where JSON is not what the caller expects. */
  respond?(request: Request, httpStatus: number): Response | undefined;
}

/**
 * Makes the handler of a webhook.
 *
 * @returns A handler that never throws.
 */
export function twilioWebhook(
  options: WebhookOptions,
): (request: Request) => Promise<Response> {
  const { name, configuration, handle, respond } = options;
  const log = createLog(name);
  for (const reason of configuration.problems) log("error", "not_configured", { reason });
  for (const reason of configuration.warnings) log("warn", "not_configured", { reason });
  const logRejection = createRejectionLog(log);
  const logDeferral = createDeferredLog(log);

  return async (request) => {
    const startedAt = performance.now();
    const duration_ms = () => Math.round((performance.now() - startedAt) * 10) / 10;

    const checked = await check(request, name, configuration);
    if (checked instanceof Rejection) {
      logRejection({
        status: checked.response.status,
        reason: checked.reason,
        duration_ms: duration_ms(),
      });
      return checked.response;
    }

    const outcome = await handle({ ...checked, log }).catch((error): Outcome => {
      log("error", "failed", { reason: errorName(error) });
      return { status: "deferred" };
    });
    const { status } = outcome;
    let httpStatus = 200;
    if (status === "deferred") {
      httpStatus = configuration.deferredHttpStatus;
      const messageSid = MessageSid.safeParse(checked.form.MessageSid).data;
      logDeferral({ messageSid, failure: outcome.failure });
    } else {
      const { message_sid, conversation_id } = outcome;
      log("info", status, { message_sid, conversation_id, duration_ms: duration_ms() });
    }
    return respond?.(request, httpStatus) ?? Response.json({ status }, { status: httpStatus });
  };
}

/** A request that is refused, with the answer and, for the log, the reason. */
class Rejection {
  readonly response: Response;

  constructor(code: HttpErrorCode, readonly reason: string, message?: string) {
    this.response = errorResponse(code, { message });
  }
}

/** The checks, in the order in which they are answered. */
async function check(
  request: Request,
  name: string,
  { problems, webhookSigners }: Configuration,
): Promise<Pick<SignedWebhook, "form" | "query"> | Rejection> {
  if (request.method !== "POST") {
    return new Rejection("METHOD_NOT_ALLOWED", "method");
  }
  const contentType = mediaType(request.headers.get("content-type"));
  if (
    contentType !== "application/x-www-form-urlencoded" &&
    contentType !== "application/json"
  ) {
    return new Rejection("UNSUPPORTED_MEDIA_TYPE", "content type");
  }
  if (Number(request.headers.get("content-length")) > MAX_BODY_BYTES) {
    return tooLarge();
  }
  if (problems.length > 0) {
    return new Rejection("NOT_CONFIGURED", problems.join("; "));
  }
  const signature = request.headers.get("x-twilio-signature");
  if (!signature) return unauthorized("no signature");

  const isJson = contentType === "application/json";
  const bytes = await readBody(request, isJson ? undefined : MAX_FORM_FIELDS);
  if (bytes === "too_large") return tooLarge();
  if (bytes === "stalled") {
    return new Rejection("REQUEST_TIMEOUT", "body stalled");
  }
  const text = new TextDecoder("utf-8", { ignoreBOM: true }).decode(bytes);
  const form = isJson ? undefined : parseForm(text);

  // Behind Supabase's gateway the request's own URL has another host and path; its query is as sent.
  const query = rawQuery(request.url);
  const isSigned = isSignedByTwilio({
    signature,
    signers: webhookSigners,
    path: `/${name}${query}`,
    body: form ?? text,
  });
  if (!isSigned) return unauthorized("wrong signature");
  return {
    form: storableForm(form ?? parseJsonForm(text) ?? {}),
    query: new URLSearchParams(query),
  };
}

function mediaType(contentType: string | null): string {
  return (contentType ?? "").split(";")[0].trim().toLowerCase();
}

function rawQuery(url: string): string {
  const start = url.indexOf("?");
  return start === -1 ? "" : url.slice(start);
}

/** The same answer for each reason: an attacker learns nothing from it. */
function unauthorized(reason: string): Rejection {
  return new Rejection("UNAUTHORIZED", reason, "The request is not signed by Twilio");
}

function tooLarge(): Rejection {
  return new Rejection(
    "PAYLOAD_TOO_LARGE",
    "body too large",
    `The body is larger than ${MAX_BODY_BYTES} bytes, or a form of more than ${MAX_FORM_FIELDS} fields`,
  );
}
