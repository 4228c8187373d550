/**
 * One topic that one socket has joined, until it leaves or loses the right.
 *
 * @module
 */
import type { Authorization } from "./authorization.ts";
import { textFrame } from "./frames.ts";
import { type Claims, expired, TokenError, verifyToken } from "./token.ts";

/** Timers take no more than this, in ms: about 24 days. */
const MAX_TIMER_MS = 2 ** 31 - 1;

/** What a channel is joined with. */
export interface ChannelOptions {
  /** With its prefix, `realtime:`. */
  topic: string;
  joinRef: string | null;
  isPrivate: boolean;
  token: string;
  authorization: Authorization;
  send(frame: string | Uint8Array<ArrayBuffer>): void;
  /** Called once when the channel closes by itself. */
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

  /** The topic as the database knows it, and whether it is private: what a message must match. */
  static key(topic: string, isPrivate: boolean): string {
    return `${isPrivate ? "private" : "public"} ${topic}`;
  }

  get key(): string {
    return Channel.key(bareTopic(this.#options.topic), this.#options.isPrivate);
  }

  get joinRef(): string | null {
    return this.#options.joinRef;
  }

  /** Hands a message on. */
  deliver(frame: Uint8Array<ArrayBuffer>): void {
    this.#options.send(frame);
  }

  /** Tells the client something about the channel. */
  system(status: "ok" | "error", message: string): void {
    const { joinRef, topic } = this.#options;
    const payload = { message, status, extension: "system", channel: bareTopic(topic) };
    this.#options.send(textFrame(joinRef, null, topic, "system", payload));
  }

  /** Takes a fresh token, which re-runs the authorization; one that it has already is not looked at. */
  async refresh(token: string): Promise<void> {
    if (token === this.#token) return;
    try {
      const claims = await authorize({ ...this.#options, token });
      this.#token = token;
      this.#expireAt(claims.exp);
    } catch (error) {
      this.#fail(error instanceof Error ? error.message : String(error));
    }
  }

  /** Ends the channel and says so. */
  close(): void {
    const { joinRef, topic } = this.#options;
    clearTimeout(this.#expiry);
    this.#options.send(textFrame(joinRef, joinRef, topic, "phx_close", {}));
  }

  /** Ends the channel without a word: its socket has gone. */
  forget(): void {
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
 * Checks whether a token opens a channel.
 *
 * @throws {TokenError} If the token is not valid, or a private topic may not be read with it.
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
