/**
 * Verifies that Twilio sent a request: the checks, in the order in which they are answered.
 *
 * @see https://www.twilio.com/docs/usage/webhooks/webhooks-security
 * @module
 */
import type { Configuration } from "../configuration/configuration.ts";
import { errorResponse, type HttpErrorCode, UNAUTHORIZED_MESSAGES } from "../http/errors.ts";
import { MAX_BODY_BYTES, readBody } from "../http/request_body.ts";
import {
  MAX_FORM_FIELDS,
  parseForm,
  parseJsonForm,
  storableForm,
  type TwilioForm,
} from "./twilio_form.ts";
import { isSignedByTwilio } from "./twilio_signature.ts";

const decoder = new TextDecoder("utf-8", { ignoreBOM: true });

/** A request that Twilio has signed. */
export interface VerifiedWebhook {
  kind: "verified";
  /** Its fields, fit to be stored. */
  form: TwilioForm;
  /** The query of the URL that Twilio called. */
  query: URLSearchParams;
}

/** A request that is rejected. */
export interface RejectedWebhook {
  kind: "rejected";
  response: Response;
  /** Why, for the log. The answer to an unsigned request does not say it. */
  reason: string;
}

/**
 * Verifies a request. What it costs is bounded before the signature is known to be right.
 *
 * @param request The request, its body unread.
 * @param name The function's name, which is the last part of the URL that Twilio signs.
 * @param configuration Who may sign.
 */
export async function verifyWebhook(
  request: Request,
  name: string,
  { problems, webhookSigners }: Configuration,
): Promise<VerifiedWebhook | RejectedWebhook> {
  if (request.method !== "POST") return rejected("METHOD_NOT_ALLOWED", "method");
  const contentType = mediaType(request.headers.get("content-type"));
  if (
    contentType !== "application/x-www-form-urlencoded" &&
    contentType !== "application/json"
  ) {
    return rejected("UNSUPPORTED_MEDIA_TYPE", "content type");
  }
  if (Number(request.headers.get("content-length")) > MAX_BODY_BYTES) return tooLarge();
  if (problems.length > 0) return rejected("NOT_CONFIGURED", problems.join("; "));
  const signature = request.headers.get("x-twilio-signature");
  if (!signature) return unauthorized("no signature");

  const isJson = contentType === "application/json";
  const body = await readBody(request, isJson ? undefined : MAX_FORM_FIELDS);
  if (body.kind === "too_large") return tooLarge();
  if (body.kind === "stalled") return rejected("REQUEST_TIMEOUT", "body stalled");
  const text = decoder.decode(body.bytes);
  const form = isJson ? undefined : parseForm(text);

  // Behind Supabase's gateway the request's URL has another host and path. Only its query is as Twilio sent it.
  const query = rawQuery(request.url);
  const isSigned = isSignedByTwilio({
    signature,
    signers: webhookSigners,
    path: `/${name}${query}`,
    body: form ?? text,
  });
  if (!isSigned) return unauthorized("wrong signature");
  return {
    kind: "verified",
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

function rejected(code: HttpErrorCode, reason: string, message?: string): RejectedWebhook {
  return { kind: "rejected", response: errorResponse(code, { message }), reason };
}

/** The answer is the same for each reason, so that an attacker learns nothing from it. */
function unauthorized(reason: string): RejectedWebhook {
  return rejected("UNAUTHORIZED", reason, UNAUTHORIZED_MESSAGES.webhook);
}

function tooLarge(): RejectedWebhook {
  return rejected(
    "PAYLOAD_TOO_LARGE",
    "body too large",
    `The body is larger than ${MAX_BODY_BYTES} bytes, or a form of more than ${MAX_FORM_FIELDS} fields`,
  );
}
