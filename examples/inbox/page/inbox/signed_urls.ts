/**
 * Addresses of private objects in Storage, signed as the agent.
 *
 * @see https://supabase.com/docs/reference/javascript/storage-from-createsignedurls
 * @module
 */
import { signal } from "@preact/signals";
import type { Supabase } from "./conversations.ts";

/** How long an address is valid, in seconds. */
const VALID_SECONDS = 3600;

/** An address is signed again so long before its end, in ms. */
const RENEW_MS = 5 * 60_000;

/** The pause after a failure, in ms. */
const RETRY_MS = 10_000;

/** The address of an object, or why there is none. */
export type SignedUrl =
  | { kind: "opening" }
  | { kind: "signed"; url: string }
  | { kind: "failed"; reason: string };

interface Entry {
  signed: SignedUrl;
  /** When it must be asked for again, in ms since 1970. */
  until: number;
}

/** The signed addresses of one agent. */
export class SignedUrls {
  readonly #entries = signal<Record<string, Entry>>({});
  #supabase: Supabase;
  /** The paths to sign, by bucket. */
  #wanted = new Map<string, Set<string>>();

  constructor(supabase: Supabase) {
    this.#supabase = supabase;
  }

  /** The address of an object. The first call asks for it, and the page renders again when it is there. */
  of(bucket: string, path: string): SignedUrl {
    const entry = this.#entries.value[`${bucket}/${path}`];
    if (!entry || entry.until < Date.now()) this.#ask(bucket, path);
    return entry?.signed ?? { kind: "opening" };
  }

  /** Asks for all paths of one rendering in one request a bucket. */
  #ask(bucket: string, path: string): void {
    const isFirst = this.#wanted.size === 0;
    const paths = this.#wanted.get(bucket) ?? new Set();
    this.#wanted.set(bucket, paths.add(path));
    if (!isFirst) return;
    queueMicrotask(() => {
      const wanted = this.#wanted;
      this.#wanted = new Map();
      for (const [name, all] of wanted) this.#sign(name, [...all]);
    });
  }

  async #sign(bucket: string, paths: string[]): Promise<void> {
    // No second request for a path while the first one is under way.
    this.#set(bucket, paths, (path) => ({
      signed: this.#entries.peek()[`${bucket}/${path}`]?.signed ?? { kind: "opening" },
      until: Infinity,
    }));
    const { data } = await this.#supabase.storage.from(bucket)
      .createSignedUrls(paths, VALID_SECONDS);
    this.#set(bucket, paths, (path) => {
      const url = data?.find((signed) => signed.path === path && !signed.error)?.signedUrl;
      const now = Date.now();
      return url
        ? { signed: { kind: "signed", url }, until: now + VALID_SECONDS * 1000 - RENEW_MS }
        : { signed: { kind: "failed", reason: "cannot be opened" }, until: now + RETRY_MS };
    });
  }

  #set(bucket: string, paths: string[], entryOf: (path: string) => Entry): void {
    this.#entries.value = {
      ...this.#entries.peek(),
      ...Object.fromEntries(paths.map((path) => [`${bucket}/${path}`, entryOf(path)])),
    };
  }
}
