/**
 * The stand-in's account through the client of the tools, with the answers as they arrived.
 *
 * @module
 */
import type { Twilio } from "twilio";
import { openTwilio } from "../../local/project/twilio_client.ts";
import { AUTH_TOKEN } from "./twilio.ts";
import { ACCOUNT_SID, withTwilio } from "./twilio_stand_in.ts";
import { type AnswerKind, assertAnswer } from "./twilio_openapi.ts";

/** A stand-in, and its account. */
export interface AccountOnStandIn {
  /** The stand-in's base URL. */
  url: string;
  client: Twilio;
}

/** An API key of the account. */
export const API_KEY = {
  TWILIO_API_KEY: `SK${"1".repeat(32)}`,
  TWILIO_API_KEY_SECRET: "an-api-key-secret",
};

/** Runs a test with a stand-in of its own. */
export function withAccount(use: (account: AccountOnStandIn) => Promise<void>): Promise<void> {
  return withTwilio(({ url }) => use({ url, client: clientWith(url) }));
}

/** Makes the tools' client. @param env Further variables, such as the API key's. */
export function clientWith(url: string, env: Record<string, string> = {}): Twilio {
  return openTwilio({
    TWILIO_ACCOUNT_SID: ACCOUNT_SID,
    TWILIO_AUTH_TOKEN: AUTH_TOKEN,
    TWILIO_API_BASE_URL: url,
    ...env,
  });
}

/** Checks the answer of the client's last call against Twilio's document. */
export function assertLastAnswer(kind: AnswerKind, { httpClient }: Twilio): void {
  assertAnswer(kind, bodyOf(httpClient.lastResponse?.body));
}

function bodyOf(body: unknown): Record<string, unknown> {
  return typeof body === "string" ? JSON.parse(body) : body as Record<string, unknown>;
}

/**
 * Creates or changes a channel sender. The SDK's own methods send the names of its types, in camelCase,
 * which Twilio's document does not have.
 *
 * @param sid The sender's SID; absent to create one.
 * @returns The answer's HTTP status and JSON.
 */
export async function writeSender(
  { client, url }: AccountOnStandIn,
  body: Record<string, unknown>,
  sid?: string,
) {
  const { statusCode, body: json } = await client.request({
    method: "post",
    uri: `${url}/v2/Channels/Senders${sid === undefined ? "" : `/${sid}`}`,
    headers: { "Content-Type": "application/json" },
    data: body,
  });
  return { status: statusCode, json };
}
