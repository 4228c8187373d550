/**
 * Verifies that Twilio sent a request: the checks, in the order in which they are answered.
 *
 * @see https://www.twilio.com/docs/usage/webhooks/webhooks-security
 * @module
 */
import type { Configuration } from "../configuration/configuration.ts";
import type { HttpErrorCode } from "../http/errors.ts";
import { MAX_BODY_BYTES, readBody } from "../http/request_body.ts";
import { isStorable, MAX_FORM_FIELDS, parseForm, type TwilioForm } from "./twilio_form.ts";
import { isSignedByTwilio } from "./twilio_signature.ts";

const decoder = new TextDecoder("utf-8", { ignoreBOM: true });

const FORM_TYPE = "application/x-www-form-urlencoded";

/** What a function accepts. */
export interface WebhookLimits {
  /** The largest form, in bytes. */
  maxFormBytes: number;
  /** The largest JSON, in bytes. Where it is more than {@link MAX_BODY_BYTES}, an unauthenticated one is not read. */
  maxJsonBytes: number;
  /** The content types that are JSON. */
  jsonType: RegExp;
}

/** The limits of a text and of a delivery callback. */
const ONE_MESSAGE: WebhookLimits = {
  maxFormBytes: MAX_BODY_BYTES,
  maxJsonBytes: MAX_BODY_BYTES,
  jsonType: /^application\/json$/,
};

/** A request that Twilio has signed. */
export interface VerifiedWebhook {
  kind: "verified";
  /** Its fields, fit to be stored. */
  form: TwilioForm;
  /** Whether the body is JSON by its content type. */
  isJson: boolean;
  /** The JSON as it came; undefined for a form, and for what is no JSON. */
  json: unknown;
  /** The query of the URL that Twilio called. */
  query: URLSearchParams;
}

/** A request that is rejected. */
export interface RejectedWebhook {
  kind: "rejected";
  /** The answer's code. */
  code: HttpErrorCode;
  /** The answer's message, where it is not the code's own. */
  message?: string;
  /** Why, for the log. The answer to an unsigned request does not say it. */
  reason: string;
}

/**
 * Verifies a request. What it costs is bounded before the signature is known to be right.
 *
 * @param request The request, its body unread.
 * @param name The function's name, which is the last part of the URL that Twilio signs.
 * @param configuration Who may sign.
 * @param limits What the function accepts.
 */
export async function verifyWebhook(
  request: Request,
  name: string,
  { problems, webhookSigners: signers }: Configuration,
  { maxFormBytes, maxJsonBytes, jsonType } = ONE_MESSAGE,
): Promise<VerifiedWebhook | RejectedWebhook> {
  if (request.method !== "POST") return rejected("METHOD_NOT_ALLOWED", "method");
  const contentType = mediaType(request.headers.get("content-type"));
  const isJson = jsonType.test(contentType);
  if (!isJson && contentType !== FORM_TYPE) {
    return rejected("UNSUPPORTED_MEDIA_TYPE", "content type");
  }
  const maxBytes = isJson ? maxJsonBytes : maxFormBytes;
  if (Number(request.headers.get("content-length")) > maxBytes) return tooLarge(maxBytes);
  if (problems.length > 0) return rejected("NOT_CONFIGURED", problems.join("; "));
  const signature = request.headers.get("x-twilio-signature");
  if (!signature) return unauthorized("no signature");
  const settings = request.headers.get("x-twilio-webhooks-signature-settings");
  const isSigned = settings === null
    ? isSignedByTwilio
    : (await import("./signature_settings.ts")).signatureCheckOf(settings);
  if (!isSigned) return unauthorized("unknown signature algorithm");

  // Behind Supabase's gateway the request's URL has another host and path. Only its query is as Twilio sent it.
  const query = rawQuery(request.url);
  const signed = { signature, signers, path: `/${name}${query}` };
  // The signature of JSON covers the URL alone.
  if (isJson && maxBytes > MAX_BODY_BYTES && !isSigned({ ...signed, body: {} })) {
    return unauthorized("wrong signature");
  }
  const body = await readBody(request, isJson ? undefined : MAX_FORM_FIELDS, maxBytes);
  if (body.kind === "too_large") return tooLarge(maxBytes);
  if (body.kind === "stalled") return rejected("REQUEST_TIMEOUT", "body stalled");
  const text = decoder.decode(body.bytes);
  const form = isJson ? undefined : parseForm(text);
  if (!isSigned({ ...signed, body: form ?? text })) return unauthorized("wrong signature");

  const { json, fields } = form
    ? { json: undefined, fields: form }
    : (await import("./json_body.ts")).readJson(text);
  const storable = form && isStorable(text)
    ? form
    : (await import("./storable_form.ts")).storableForm(fields);
  return {
    kind: "verified",
    form: signers.some(({ baseUrl }) => baseUrl.includes("@"))
      ? (await import("./url_password.ts")).withoutPasswords(storable, signers)
      : storable,
    isJson,
    json,
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
  return { kind: "rejected", code, message, reason };
}

function unauthorized(reason: string): RejectedWebhook {
  return rejected("UNAUTHORIZED", reason);
}

function tooLarge(maxBytes: number): RejectedWebhook {
  return rejected(
    "PAYLOAD_TOO_LARGE",
    "body too large",
    `The body is larger than ${maxBytes} bytes, or a form of more than ${MAX_FORM_FIELDS} fields`,
  );
}
