/**
 * A topic that a socket has joined, until the client leaves or its token loses the permission.
 *
 * @module
 */
import { errorMessage } from "../error_message.ts";
import type { Authorization } from "./authorization.ts";
import { textFrame } from "./frames.ts";
import { type Claims, expired, TokenError, verifyToken } from "./token.ts";

/** The longest timer of JavaScript, in ms: about 24 days. */
const MAX_TIMER_MS = 2 ** 31 - 1;

/** The options of a join. */
export interface ChannelOptions {
  /** The topic with its prefix `realtime:`. */
  topic: string;
  joinRef: string | null;
  isPrivate: boolean;
  token: string;
  authorization: Authorization;
  send(frame: string | Uint8Array<ArrayBuffer>): void;
  /** Called once if the server closes the channel. */
  onClose(): void;
}

/** A joined topic. */
export class Channel {
  #options: ChannelOptions;
  #token: string;
  #expiry: ReturnType<typeof setTimeout> | undefined;

  constructor(options: ChannelOptions, claims: Claims) {
    this.#options = options;
    this.#token = options.token;
    this.#expireAt(claims.exp);
  }

  /** The key that a message and a channel must share: the topic without prefix, and the privacy. */
  static key(topic: string, isPrivate: boolean): string {
    return `${isPrivate ? "private" : "public"} ${topic}`;
  }

  get key(): string {
    return Channel.key(bareTopic(this.#options.topic), this.#options.isPrivate);
  }

  get joinRef(): string | null {
    return this.#options.joinRef;
  }

  /** Sends a message to the client. */
  deliver(frame: Uint8Array<ArrayBuffer>): void {
    this.#options.send(frame);
  }

  /** Sends the client a system message about the channel. */
  system(status: "ok" | "error", message: string): void {
    const { joinRef, topic } = this.#options;
    const payload = { message, status, extension: "system", channel: bareTopic(topic) };
    this.#options.send(textFrame(joinRef, null, topic, "system", payload));
  }

  /** Replaces the token and checks the authorization again. The same token changes nothing. */
  async refresh(token: string): Promise<void> {
    if (token === this.#token) return;
    try {
      const claims = await authorize({ ...this.#options, token });
      this.#token = token;
      this.#expireAt(claims.exp);
    } catch (error) {
      this.#fail(errorMessage(error));
    }
  }

  /** Ends the channel and notifies the client. */
  close(): void {
    const { joinRef, topic } = this.#options;
    clearTimeout(this.#expiry);
    this.#options.send(textFrame(joinRef, joinRef, topic, "phx_close", {}));
  }

  /** Ends the channel of a closed socket. */
  discard(): void {
    clearTimeout(this.#expiry);
  }

  #fail(message: string): void {
    this.system("error", message);
    this.close();
    this.#options.onClose();
  }

  #expireAt(exp: number): void {
    clearTimeout(this.#expiry);
    const wait = Math.min(exp * 1000 - Date.now(), MAX_TIMER_MS);
    this.#expiry = setTimeout(() => {
      if (Date.now() < exp * 1000) this.#expireAt(exp);
      else this.#fail(expired(exp).message);
    }, wait);
    Deno.unrefTimer(this.#expiry);
  }
}

/**
 * Checks a token for a join.
 *
 * @returns The token's claims.
 * @throws {TokenError} If the token is invalid, or does not permit to read a private topic.
 */
export async function authorize(
  { topic, isPrivate, token, authorization }: Pick<
    ChannelOptions,
    "topic" | "isPrivate" | "token" | "authorization"
  >,
): Promise<Claims> {
  const claims = await verifyToken(token);
  if (!isPrivate) return claims;
  const name = bareTopic(topic);
  const mayRead = await authorization.mayRead(name, claims).catch(() => {
    throw new TokenError("IncreaseConnectionPool", "Please increase your connection pool size");
  });
  if (mayRead) return claims;
  throw new TokenError(
    "Unauthorized",
    `You do not have permissions to read from this Channel topic: ${name}`,
  );
}

function bareTopic(topic: string): string {
  return topic.slice("realtime:".length);
}
