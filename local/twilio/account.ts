/**
 * The account that the stand-in plays: who may call it, and with which key it signs.
 *
 * @module
 */

/** An account's credentials. */
export interface TwilioAccount {
  /** AC and 32 hex digits. */
  accountSid: string;
  authToken: string;
  /** Another way in, SK… and its secret. */
  apiKey?: { sid: string; secret: string };
  /** The key that signs webhooks; empty when none is configured. */
  signingToken: string;
}

/**
 * Takes the account from the settings of the functions that it serves.
 *
 * @param settings What `readSettings` returned.
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
 * Tells whether a caller knows the account's token or its API key.
 *
 * @param authorization The header, HTTP Basic.
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
