/**
 * A reverse proxy that a test can stop at a chosen request: before it is passed on, or when it was
 * answered but the answer has not come back.
 *
 * @module
 */
import { until } from "./wait.ts";

/** A stop at one request. */
export interface Halt {
  /** Resolves when the request is there. */
  reached: Promise<void>;
  /** Lets it go on. */
  release(): void;
  /** Ends it here: what was held before it was passed on never is. */
  drop(): void;
}

/** A request that came by. */
export interface Seen {
  path: string;
  body: string;
}

/** A running proxy. */
export interface Checkpoint {
  url: string;
  /** Every request, in the order in which they came. */
  seen: Seen[];
  /** Stops the next request whose path holds the words; with `every`, each one until it is decided. */
  haltBefore(words: string, every?: "every"): Halt;
  /** Lets the next such request through, and keeps its answer back; with `every`, of each one. */
  haltAfter(words: string, every?: "every"): Halt;
  /** Waits until so many requests have come whose path holds the words. */
  requests(words: string, count: number): Promise<Seen[]>;
  stop(): Promise<void>;
}

interface Trap {
  words: string;
  where: "before" | "after";
  isForEvery: boolean;
  reach(): void;
  isPassedOn: Promise<boolean>;
}

/** Starts a proxy in front of an address. */
export function startCheckpoint(upstream: string): Checkpoint {
  const traps: Trap[] = [];
  const remove = (trap: Trap) => {
    const index = traps.indexOf(trap);
    if (index !== -1) traps.splice(index, 1);
  };
  const seen: Seen[] = [];
  const closing = new AbortController();
  // No connection is used twice: fetch would repeat a request on one that broke.
  const client = Deno.createHttpClient({ poolMaxIdlePerHost: 0 });
  const server = Deno.serve(
    { hostname: "127.0.0.1", port: 0, onListen: () => {}, signal: closing.signal },
    async (request) => {
      const { pathname, search } = new URL(request.url);
      const body = await request.text();
      seen.push({ path: pathname, body });
      const trap = traps.find(({ words }) => pathname.includes(words));
      if (trap && !trap.isForEvery) remove(trap);
      if (trap?.where === "before") {
        trap.reach();
        if (!(await trap.isPassedOn)) return new Response(null, { status: 504 });
      }
      const response = await fetch(`${upstream}${pathname}${search}`, {
        method: request.method,
        headers: request.headers,
        body: body || undefined,
        client,
      }).catch(() => undefined);
      if (!response) return new Response(null, { status: 502 });
      const answer = await response.bytes();
      if (trap?.where === "after") {
        trap.reach();
        await trap.isPassedOn;
      }
      const headers = new Headers(response.headers);
      headers.delete("content-encoding");
      headers.delete("content-length");
      return new Response(answer, { status: response.status, headers });
    },
  );
  const halt = (where: Trap["where"]) => (words: string, every?: "every"): Halt => {
    const reached = Promise.withResolvers<void>();
    const decided = Promise.withResolvers<boolean>();
    const trap: Trap = {
      words,
      where,
      isForEvery: every === "every",
      reach: reached.resolve,
      isPassedOn: decided.promise,
    };
    traps.push(trap);
    const decide = (isPassedOn: boolean) => {
      if (trap.isForEvery) remove(trap);
      decided.resolve(isPassedOn);
    };
    return { reached: reached.promise, release: () => decide(true), drop: () => decide(false) };
  };
  return {
    url: `http://127.0.0.1:${server.addr.port}`,
    seen,
    haltBefore: halt("before"),
    haltAfter: halt("after"),
    requests: (words, count) =>
      until(() => {
        const matching = seen.filter(({ path }) => path.includes(words));
        return matching.length >= count && matching;
      }, `${count} requests to ${words}`),
    async stop() {
      closing.abort();
      await server.finished;
      client.close();
    },
  };
}
