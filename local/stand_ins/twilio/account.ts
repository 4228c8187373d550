/**
 * The stand-in's account: the credentials that callers need, and the key that signs webhooks.
 *
 * @module
 */
/** An account's credentials. */
export interface TwilioAccount {
  /** The AccountSid: AC and 32 hex digits. */
  accountSid: string;
  authToken: string;
  /** An API key that callers may use instead of the auth token: its SID (SK…) and its secret. */
  apiKey?: { sid: string; secret: string };
  /** The key that signs webhooks; empty when none is configured. */
  signingToken: string;
}

/**
 * Reads the account from the functions' settings.
 *
 * @param settings The result of `readSettings`.
 */
export function accountOf(settings: Record<string, string | undefined>): TwilioAccount {
  const { TWILIO_API_KEY: sid, TWILIO_API_KEY_SECRET: secret } = settings;
  return {
    accountSid: settings.TWILIO_ACCOUNT_SID ?? "",
    authToken: settings.TWILIO_AUTH_TOKEN ?? "",
    ...(sid && secret ? { apiKey: { sid, secret } } : {}),
    signingToken: firstOf(settings.TWILIO_WEBHOOK_AUTH_TOKEN) ??
      firstOf(settings.TWILIO_AUTH_TOKEN) ??
      "",
  };
}

function firstOf(list = ""): string | undefined {
  return list.split(",").map((entry) => entry.trim()).find((entry) => entry !== "");
}

/**
 * Tests whether a caller has the account's auth token or its API key.
 *
 * @param authorization The value of the header Authorization (HTTP Basic).
 */
export function isAuthorized(account: TwilioAccount, authorization = ""): boolean {
  const [scheme, credentials = ""] = authorization.split(" ");
  if (scheme.toLowerCase() !== "basic") return false;
  const { accountSid, authToken, apiKey } = account;
  const accepted = [
    [accountSid, authToken],
    ...(apiKey ? [[apiKey.sid, apiKey.secret]] : []),
  ];
  return accepted.some(([user, password]) =>
    password !== "" && credentials === btoa(`${user}:${password}`)
  );
}
