/**
 * The account's debugger: Twilio logs each failure of a webhook as an alert, posts the entry to the
 * debugger's webhook, and to Event Streams.
 *
 * A failure of the debugger's own webhook, or of a sink of Event Streams, makes no further entry.
 *
 * @see https://www.twilio.com/docs/usage/troubleshooting/debugging-event-webhooks
 * @module
 */
import type { TwilioAccount } from "./account.ts";
import type { LoggedError } from "./cloud_event.ts";
import { newSid } from "./message_log.ts";
import type { Alert } from "./resources/alerts.ts";
import { createdNow, type ResourceList } from "./resources/resource_list.ts";
import {
  calledUrl,
  headersOf,
  postToWebhook,
  type WebhookAnswer,
  type WebhookMethod,
  type WebhookPost,
} from "./webhook.ts";
import {
  type AnswerUse,
  errorOfAnswer,
  errorOfFailure,
  type WebhookError,
} from "./webhook_error.ts";

/** The webhook that failed, for the payload. */
export interface FailedWebhook {
  url: string;
  /** POST by default. */
  method?: WebhookMethod;
  headers: Record<string, string>;
  form: Record<string, string>;
  /** The answer; absent if there was none. */
  answer?: Pick<WebhookAnswer, "status" | "content_type" | "body">;
}

/** An entry of the error log, before it has a SID. */
export interface ErrorEntry extends WebhookError {
  /** ERROR by default. */
  level?: LoggedError["level"];
  /** The SID of the message or call; null if the error is about none. */
  resourceSid: string | null;
  webhook?: FailedWebhook;
}

/** Makes an entry of the error log, with a new SID. */
export function loggedError(
  { code, message, level = "ERROR", resourceSid, webhook }: ErrorEntry,
): LoggedError {
  const errorCode = String(code);
  const { url, method = "POST", headers, form, answer } = webhook ?? {};
  return {
    sid: newSid("NO"),
    level,
    errorCode,
    resourceSid,
    productName: resourceSid?.startsWith("CA") ? "Programmable Voice" : "Programmable Messaging",
    payload: JSON.stringify({
      resource_sid: resourceSid,
      service_sid: null,
      error_code: errorCode,
      more_info: {
        Msg: message,
        sourceComponent: sourceComponentOf(resourceSid),
        ErrorCode: errorCode,
        ...(answer ? { httpResponse: String(answer.status) } : {}),
        ...(url ? { url } : {}),
        LogLevel: level,
      },
      ...(webhook
        ? {
          webhook: {
            type: "application/json",
            request: { url, method, headers, parameters: form },
            response: {
              status_code: answer?.status ?? null,
              headers: answer ? { "Content-Type": answer.content_type } : {},
              body: answer?.body ?? null,
            },
          },
        }
        : {}),
    }),
  };
}

/** Makes the alert of an entry, with the entry's SID. @param error The entry with its SID. */
export function alertOf(
  { code, message, resourceSid, webhook }: ErrorEntry,
  { sid, level }: LoggedError,
): Alert {
  return {
    sid,
    ...createdNow(),
    errorCode: String(code),
    level: level === "INFO" ? "notice" : level === "WARNING" ? "warning" : "error",
    text: new URLSearchParams({
      sourceComponent: sourceComponentOf(resourceSid),
      ErrorCode: String(code),
      LogLevel: level,
      Msg: message,
      ...(webhook ? { url: webhook.url } : {}),
    }).toString(),
    resourceSid,
    webhook: webhook
      ? {
        url: webhook.url,
        method: webhook.method ?? "POST",
        headers: webhook.headers,
        form: webhook.form,
        answer: webhook.answer
          ? { headers: { "Content-Type": webhook.answer.content_type }, body: webhook.answer.body }
          : null,
      }
      : null,
  };
}

function sourceComponentOf(resourceSid: string | null): string {
  return resourceSid?.startsWith("CA") ? "14000" : "14100";
}

/** Makes the form of the debugger's webhook. */
export function debuggerForm(
  { sid, level, payload }: LoggedError,
  accountSid: string,
  at: Date,
): Record<string, string> {
  return {
    Sid: sid,
    AccountSid: accountSid,
    ParentAccountSid: "",
    Timestamp: at.toISOString(),
    Level: level,
    PayloadType: "application/json",
    Payload: payload,
  };
}

/** The options of a debugger. */
export interface DebuggerOptions {
  account: TwilioAccount;
  /** The debugger's webhook; undefined for none. */
  url: string | undefined;
  /** The error log. */
  alerts: Pick<ResourceList<Alert>, "add">;
  /** Is called for each entry of the error log. */
  onError(error: LoggedError): void;
}

/** Posts webhooks and logs their failures. */
export class Debugger {
  #options: DebuggerOptions;
  #stopping = new AbortController();
  #running = new Set<Promise<unknown>>();

  constructor(options: DebuggerOptions) {
    this.#options = options;
  }

  /**
   * Posts a form to a webhook, and logs a failure.
   *
   * @param resourceSid The message or call that the form is about.
   * @throws {Error} If the webhook does not answer in time.
   */
  async post(post: WebhookPost, resourceSid: string, use: AnswerUse): Promise<WebhookAnswer> {
    try {
      const answer = await postToWebhook(post);
      const error = errorOfAnswer(answer, use);
      if (error) this.log({ ...error, resourceSid, webhook: failedWebhook(post, answer) });
      return answer;
    } catch (failure) {
      if (!post.signal?.aborted) {
        this.log({ ...errorOfFailure(failure), resourceSid, webhook: failedWebhook(post) });
      }
      throw failure;
    }
  }

  /** Logs an error. */
  log(entry: ErrorEntry): void {
    const { account, url, alerts, onError } = this.#options;
    const error = loggedError(entry);
    alerts.add(alertOf(entry, error));
    onError(error);
    if (!url) return;
    const posted = postToWebhook({
      url,
      token: account.signingToken,
      form: debuggerForm(error, account.accountSid, new Date()),
      idempotencyToken: crypto.randomUUID(),
      signal: this.#stopping.signal,
    }).catch(() => {
      // Twilio drops an entry that the debugger's webhook does not take.
    }).finally(() => this.#running.delete(posted));
    this.#running.add(posted);
  }

  /** Aborts all posts. */
  async stop(): Promise<void> {
    this.#stopping.abort();
    await Promise.all(this.#running);
  }
}

function failedWebhook(post: WebhookPost, answer?: WebhookAnswer): FailedWebhook {
  const { url, method, form } = post;
  return { url: calledUrl(url), method, headers: headersOf(post), form, answer };
}
