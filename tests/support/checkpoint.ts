/**
 * A reverse proxy that a test can stop at a chosen request, or make break there: before it is passed
 * on, or when it was answered but the answer has not come back.
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
  /** Ends it here: what was held before it was passed on never is, and an answer that was kept back never comes. */
  drop(): void;
}

/** A request that breaks again and again, until it is mended. */
export interface Break {
  /** Resolves when the first such request has broken. */
  reached: Promise<void>;
  /** Lets such requests through from now on. */
  mend(): void;
}

/** Words of a request's line, or what tells that it is the one. */
export type Which = string | ((seen: Seen) => boolean);

/** A request that came by. */
export interface Seen {
  path: string;
  /** Such as `/v1/things.json GET?page=2`. */
  line: string;
  body: string;
}

/** A running proxy. */
export interface Checkpoint {
  url: string;
  /** Every request, in the order in which they came. */
  seen: Seen[];
  /** Stops the next request whose line holds the words; with `every`, each one until it is decided. */
  haltBefore(which: Which, every?: "every"): Halt;
  /** Lets the next such request through, and keeps its answer back; with `every`, of each one. */
  haltAfter(which: Which, every?: "every"): Halt;
  /** Answers each such request 504 without passing it on. */
  breakBefore(which: Which): Break;
  /** Passes each such request on, and answers 504 in place of its answer. */
  breakAfter(which: Which): Break;
  /** Answers each such request with JSON, in the upstream's place. */
  answer(which: Which, json: unknown): void;
  /** Answers each such request with what a function makes of it, as JSON. */
  answerBy(which: Which, answer: (seen: Seen) => Promise<unknown>): void;
  /** Waits until so many requests have come whose line holds the words. */
  requests(words: string, count: number): Promise<Seen[]>;
  /** Passes requests on to another address from now on. */
  connectTo(upstream: string): void;
  /** Forgets what has come by, and what is set. Returns false if a request is under way. */
  reset(): boolean;
  stop(): Promise<void>;
}

interface Trap {
  matches(seen: Seen): boolean;
  where: "before" | "after";
  isForEvery: boolean;
  reach(): void;
  isPassedOn: Promise<boolean>;
}

/** Starts a proxy in front of an address. */
export function startCheckpoint(upstream: string): Checkpoint {
  let address = upstream;
  let underWay = 0;
  const traps: Trap[] = [];
  const remove = (trap: Trap) => {
    const index = traps.indexOf(trap);
    if (index !== -1) traps.splice(index, 1);
  };
  const seen: Seen[] = [];
  const answers: { matches(seen: Seen): boolean; answer(seen: Seen): Promise<unknown> }[] = [];
  const closing = new AbortController();
  // No connection is used twice: fetch would repeat a request on one that broke.
  const client = Deno.createHttpClient({ poolMaxIdlePerHost: 0 });
  const server = Deno.serve(
    { hostname: "127.0.0.1", port: 0, onListen: () => {}, signal: closing.signal },
    async (request, { completed }) => {
      underWay++;
      completed.catch(() => {}).finally(() => underWay--);
      const { pathname, search } = new URL(request.url);
      const sent = await request.bytes();
      const body = new TextDecoder().decode(sent);
      const line = `${pathname} ${request.method}${search}`;
      const here = { path: pathname, line, body };
      seen.push(here);
      const ready = answers.find(({ matches }) => matches(here));
      if (ready) return Response.json(await ready.answer(here));
      const trap = traps.find(({ matches }) => matches(here));
      if (trap && !trap.isForEvery) remove(trap);
      if (trap?.where === "before") {
        trap.reach();
        if (!(await trap.isPassedOn)) return new Response(null, { status: 504 });
      }
      const response = await fetch(`${address}${pathname}${search}`, {
        method: request.method,
        headers: request.headers,
        body: sent.length > 0 ? sent : undefined,
        client,
      }).catch(() => undefined);
      if (!response) return new Response(null, { status: 502 });
      const answer = await response.bytes();
      if (trap?.where === "after") {
        trap.reach();
        if (!(await trap.isPassedOn)) return new Response(null, { status: 504 });
      }
      const headers = new Headers(response.headers);
      headers.delete("content-encoding");
      headers.delete("content-length");
      // An answer of 204 must not have a body, not even an empty one.
      const content = answer.length > 0 ? answer : null;
      return new Response(content, { status: response.status, headers });
    },
  );
  const halt = (where: Trap["where"]) => (which: Which, every?: "every"): Halt => {
    const reached = Promise.withResolvers<void>();
    const decided = Promise.withResolvers<boolean>();
    const trap: Trap = {
      matches: matcherOf(which),
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
  const breakAt = (where: Trap["where"]) => (which: Which): Break => {
    const reached = Promise.withResolvers<void>();
    const trap: Trap = {
      matches: matcherOf(which),
      where,
      isForEvery: true,
      reach: reached.resolve,
      isPassedOn: Promise.resolve(false),
    };
    traps.push(trap);
    return { reached: reached.promise, mend: () => remove(trap) };
  };
  return {
    url: `http://127.0.0.1:${server.addr.port}`,
    seen,
    haltBefore: halt("before"),
    haltAfter: halt("after"),
    breakBefore: breakAt("before"),
    breakAfter: breakAt("after"),
    answer: (which, json) =>
      void answers.push({ matches: matcherOf(which), answer: () => Promise.resolve(json) }),
    answerBy: (which, answer) => void answers.push({ matches: matcherOf(which), answer }),
    requests: (words, count) =>
      until(() => {
        const matching = seen.filter(({ line }) => line.includes(words));
        return matching.length >= count && matching;
      }, `${count} requests to ${words}`),
    connectTo(other) {
      address = other;
    },
    reset() {
      seen.length = 0;
      answers.length = 0;
      traps.length = 0;
      return underWay === 0;
    },
    async stop() {
      closing.abort();
      await server.finished;
      client.close();
    },
  };
}

function matcherOf(which: Which): (seen: Seen) => boolean {
  return typeof which === "function" ? which : ({ line }) => line.includes(which);
}
