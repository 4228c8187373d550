/**
 * What both webhooks do before and after their own work: check the request in a fixed order,
 * prove that Twilio sent it, answer, and log one line.
 *
 * @see https://www.twilio.com/docs/usage/webhooks/webhooks-security
 * @module
 */
import type { Configuration } from "./configuration.ts";
import { createLog, type Log, type LogFields } from "./log.ts";
import { MAX_BODY_BYTES, readBody } from "./request_body.ts";
import { parseForm, parseJsonForm, storableForm, type TwilioForm } from "./twilio_form.ts";
import { isSignedByTwilio } from "./twilio_signature.ts";

/** What came of a signed request. The answer is 200 whatever it is. */
export interface Outcome extends Pick<LogFields, "message_sid" | "conversation_id"> {
  status: "received" | "no_conversation" | "updated" | "ignored" | "deferred";
}

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
  /** Makes the answer, where JSON is not what the caller expects. */
  respond?(request: Request, outcome: Outcome): Response | undefined;
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
  for (const reason of configuration.problems) {
    log("error", "not_configured", { reason });
  }

  return async (request) => {
    const startedAt = performance.now();
    const duration = () => Math.round((performance.now() - startedAt) * 10) / 10;

    const checked = await check(request, name, configuration);
    if (checked instanceof Rejection) {
      const { status, reason } = checked;
      log(status >= 500 ? "error" : "warn", "rejected", {
        status,
        reason,
        duration_ms: duration(),
      });
      return checked.response;
    }

    const outcome = await handle({ ...checked, log }).catch(
      (error): Outcome => {
        log("error", "failed", {
          reason: error instanceof Error ? error.name : "unknown error",
        });
        return { status: "deferred" };
      },
    );
    const { status, ...fields } = outcome;
    log(status === "deferred" ? "error" : "info", status, {
      ...fields,
      duration_ms: duration(),
    });
    return respond?.(request, outcome) ?? Response.json({ status });
  };
}

/** A request that was not taken, with the answer and, for the log, the reason. */
class Rejection {
  readonly response: Response;

  constructor(
    readonly status: number,
    code: string,
    message: string,
    readonly reason: string,
    headers: Record<string, string> = {},
  ) {
    this.response = Response.json({ error: { code, message } }, {
      status,
      headers,
    });
  }
}

/** The checks, in the order in which they are answered. */
async function check(
  request: Request,
  name: string,
  { problems, webhookAuthTokens, webhookBaseUrls }: Configuration,
): Promise<Pick<SignedWebhook, "form" | "query"> | Rejection> {
  if (request.method !== "POST") {
    return new Rejection(
      405,
      "METHOD_NOT_ALLOWED",
      "Only POST is allowed",
      "method",
      { Allow: "POST" },
    );
  }
  const contentType = mediaType(request.headers.get("content-type"));
  if (
    contentType !== "application/x-www-form-urlencoded" &&
    contentType !== "application/json"
  ) {
    return new Rejection(
      415,
      "UNSUPPORTED_MEDIA_TYPE",
      "Content-Type must be application/x-www-form-urlencoded or application/json",
      "content type",
    );
  }
  if (Number(request.headers.get("content-length")) > MAX_BODY_BYTES) {
    return tooLarge();
  }
  if (problems.length > 0) {
    return new Rejection(
      500,
      "NOT_CONFIGURED",
      "The function is not configured; its log names what is missing",
      problems.join("; "),
    );
  }
  const signature = request.headers.get("x-twilio-signature");
  if (!signature) return unauthorized("no signature");

  const bytes = await readBody(request);
  if (bytes === "too_large") return tooLarge();
  if (bytes === "stalled") {
    return new Rejection(
      408,
      "REQUEST_TIMEOUT",
      "The body did not arrive in time",
      "body stalled",
    );
  }
  const text = new TextDecoder("utf-8", { ignoreBOM: true }).decode(bytes);
  const isJson = contentType === "application/json";
  const form = isJson ? undefined : parseForm(text);

  // Behind Supabase's gateway the request's own URL has another host and path; its query is as sent.
  const query = rawQuery(request.url);
  const isSigned = isSignedByTwilio({
    signature,
    authTokens: webhookAuthTokens,
    urls: webhookBaseUrls.map((base) => `${base}/${name}${query}`),
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
  return new Rejection(
    401,
    "UNAUTHORIZED",
    "The request is not signed by Twilio",
    reason,
  );
}

function tooLarge(): Rejection {
  return new Rejection(
    413,
    "PAYLOAD_TOO_LARGE",
    `The body is larger than ${MAX_BODY_BYTES} bytes`,
    "body too large",
  );
}
