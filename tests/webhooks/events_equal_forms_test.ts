/**
 * Forms and events of the same messages end in the same rows as the forms alone, in whatever order
 * and however often both come.
 *
 * @module
 */
import { type Random, seeded } from "../../local/chaos/random.ts";
import type { CloudEvent } from "../../local/stand_ins/twilio/cloud_event.ts";
import { postEvents } from "../../local/stand_ins/twilio/event_post.ts";
import { assert, assertEquals } from "../support/assert.ts";
import { API_URL, withSql } from "../support/stack.ts";
import {
  assertSameAccount,
  readAccount,
  removeSenders,
  storeAccount,
  type StoredAccount,
} from "../support/stored_account.ts";
import { type Account, KINDS, makeAccount, type Telling } from "../support/told_messages.ts";
import { AUTH_TOKEN, post } from "../support/twilio.ts";
import { until } from "../support/wait.ts";

/** The messages of one comparison. A test checks that they are enough for every kind and order. */
const MESSAGES = 150;

/** The messages of the other comparisons. */
const FEWER_MESSAGES = 80;

/** The seed of the messages. With most others it takes more messages until every kind and order has come. */
const SEED = 274;

/** The most events of one batch. A batch is one call of the database up to this. */
const MAX_BATCH = 50;

/** One request of Twilio: the form of a telling, or a batch of events. Each names its tellings by number. */
type Request = { kind: "form"; telling: number } | { kind: "events"; tellings: number[] };

/** Puts the forms and events of tellings into a random order, some of them twice. */
function shuffledRequests(tellings: Telling[], random: Random): Request[] {
  const times = () => random.below(3) === 0 ? [0, 1] : [0];
  const all = tellings.flatMap(({ event }, telling) => [
    ...times().map(() => ({ telling, isEvent: false })),
    ...(event ? times().map(() => ({ telling, isEvent: true })) : []),
  ]);
  for (let last = all.length - 1; last > 0; last--) {
    const other = random.below(last + 1);
    [all[last], all[other]] = [all[other], all[last]];
  }
  const requests: Request[] = [];
  while (all.length > 0) {
    const part = all.splice(0, 1 + random.below(2 * MAX_BATCH));
    const forms = part.filter(({ isEvent }) => !isEvent)
      .map(({ telling }): Request => ({ kind: "form", telling }));
    const events = part.filter(({ isEvent }) => isEvent).map(({ telling }) => telling)
      .slice(0, MAX_BATCH);
    all.push(...part.filter(({ isEvent }) => isEvent).slice(MAX_BATCH));
    const batch: Request[] = events.length > 0 ? [{ kind: "events", tellings: events }] : [];
    requests.push(...random.below(2) === 0 ? [...forms, ...batch] : [...batch, ...forms]);
  }
  return requests;
}

/**
 * The tellings of requests in the order in which each is first taken. Events of another product's
 * messages are not.
 */
function firstOrder(requests: Request[], { tellings, foreignSids }: Account): number[] {
  const order = requests.flatMap((request) =>
    request.kind === "form"
      ? [request.telling]
      : request.tellings.filter((telling) => !foreignSids.has(tellings[telling].sid))
  );
  return [...new Set(order)];
}

/** Posts the requests of tellings. The time of an event is that of its first post. */
class Teller {
  #tellings: Telling[];
  #events = new Map<number, CloudEvent>();

  constructor(tellings: Telling[]) {
    this.#tellings = tellings;
  }

  /** Posts requests, several at once if there are several workers. */
  async tell(requests: Request[], workers: number): Promise<void> {
    const waiting = [...requests];
    const work = async () => {
      for (let next = waiting.shift(); next; next = waiting.shift()) await this.#post(next);
    };
    await Promise.all(Array.from({ length: workers }, work));
  }

  async #post(request: Request): Promise<void> {
    if (request.kind === "events") return await this.#postEvents(request.tellings);
    const { functionName, form, query } = this.#tellings[request.telling];
    const response = await post(functionName, form, { query });
    assertEquals([response.status, (await response.json()).status !== "deferred"], [200, true]);
  }

  async #postEvents(batch: number[]): Promise<void> {
    // Each event has a time of its own, after all that has been told before.
    let at = Date.now();
    for (const telling of batch) {
      const { event } = this.#tellings[telling];
      if (event && !this.#events.has(telling)) this.#events.set(telling, event(new Date(++at)));
    }
    await until(() => Date.now() >= at, "the time of the newest event");
    const answer = await postEvents({
      url: `${API_URL}/functions/v1/twilio-events`,
      token: AUTH_TOKEN,
      body: JSON.stringify(batch.map((telling) => this.#events.get(telling))),
      timeoutMs: 30_000,
    });
    assertEquals(answer.status, 200);
  }
}

/** Tells a new account of the same messages, and returns its rows. */
async function rowsAfter(
  messages: number,
  requests: Request[],
  workers = 1,
): Promise<StoredAccount> {
  const [random] = crypto.getRandomValues(new Uint32Array(1));
  const tag = String(random % 10_000_000).padStart(7, "0");
  const account = makeAccount(SEED, tag, messages);
  let rows: StoredAccount = {};
  await withSql(async (sql) => {
    try {
      await storeAccount(sql, account);
      await new Teller(account.tellings).tell(requests, workers);
      rows = await readAccount(sql, tag);
    } finally {
      await removeSenders(sql, account);
    }
  });
  return rows;
}

const formsOf = (tellings: number[]): Request[] =>
  tellings.map((telling) => ({ kind: "form", telling }));

/** The orders in which one thing may be told: f for its form, e for its event, each once or twice. */
const ORDERS = [
  ...["f", "ff", "fe", "ef"],
  ...["ffe", "fef", "eff", "fee", "efe", "eef"],
  ...["ffee", "fefe", "feef", "effe", "efef", "eeff"],
];

/** The orders in which requests tell of each of the texts, or of each of the statuses. */
function ordersOf(
  requests: Request[],
  { tellings }: Account,
  functionName: Telling["functionName"],
): Set<string> {
  const told = tellings.map(() => "");
  for (const request of requests) {
    if (request.kind === "form") told[request.telling] += "f";
    else for (const telling of request.tellings) told[telling] += "e";
  }
  return new Set(told.filter((_, telling) => tellings[telling].functionName === functionName));
}

Deno.test("the compared messages are of every kind, and are told in every order", () => {
  const account = makeAccount(SEED, "0", MESSAGES);
  const requests = shuffledRequests(account.tellings, seeded(SEED));
  const missing = new Set(KINDS).difference(
    new Set(account.tellings.flatMap(({ kinds }) => kinds)),
  );
  const statusOrders = new Set(ORDERS).difference(ordersOf(requests, account, "sms-status"));
  // Event Streams knows every text, so none is told by forms alone.
  const textOrders = new Set(ORDERS.slice(2)).difference(
    ordersOf(requests, account, "sms-inbound"),
  );
  assertEquals([...missing, ...statusOrders, ...textOrders], []);
});

/** The tables in which the messages must leave rows, so that the comparison is one. */
const TABLES_WITH_ROWS = [
  "recruiting_conversations",
  "recruiting_messages",
  "recruiting_message_events",
  "recruiting_unmatched_messages",
  "recruiting_consent_events",
  "broadcasts",
];

Deno.test("forms and events, shuffled and repeated, end in the rows of the forms alone", async () => {
  const account = makeAccount(SEED, "0", MESSAGES);
  const requests = shuffledRequests(account.tellings, seeded(SEED));
  const both = await rowsAfter(MESSAGES, requests);
  const forms = await rowsAfter(MESSAGES, formsOf(firstOrder(requests, account)));
  assertSameAccount(both, forms);
  for (const table of TABLES_WITH_ROWS) assert(forms[table].length > 10, table);
  assertEquals(forms.recruiting_twilio_events, []);
});

/** Columns that events cannot tell: the addresses and types of media, a channel's own fields, an error's words. */
const NOT_TOLD_BY_EVENTS = ["media", "metadata", "recruit_name", "error_message"];

/** The rows without what events cannot tell. */
function asFarAsEventsTell(rows: StoredAccount): StoredAccount {
  return Object.fromEntries(
    Object.entries(rows).map(([table, stored]) => [
      table,
      stored.map((row) =>
        Object.fromEntries(
          Object.entries(row).filter(([name]) => !NOT_TOLD_BY_EVENTS.includes(name)),
        )
      ),
    ]),
  );
}

Deno.test("events alone end in the rows of the forms alone, but for what they cannot tell", async () => {
  const account = makeAccount(SEED, "0", FEWER_MESSAGES);
  const requests = shuffledRequests(account.tellings, seeded(SEED))
    .filter(({ kind }) => kind === "events");
  const events = await rowsAfter(FEWER_MESSAGES, requests);
  const forms = await rowsAfter(FEWER_MESSAGES, formsOf(firstOrder(requests, account)));
  assertSameAccount(asFarAsEventsTell(events), asFarAsEventsTell(forms));
});

/** Columns that no order of arrival decides. */
const OF_ANY_ORDER = [
  "message_sid",
  "direction",
  "body",
  "media",
  "num_media",
  "num_segments",
  "metadata",
  "verdict",
  "status",
  "event",
  "twilio_status",
  "error_code",
  "error_message",
];

/** The rows of messages and statuses without what the order of arrival decides. */
function ofAnyOrder(rows: StoredAccount): StoredAccount {
  return Object.fromEntries(
    ["recruiting_messages", "recruiting_message_events", "recruiting_twilio_events"].map((
      table,
    ) => [
      table,
      rows[table]
        .map((row) =>
          Object.fromEntries(Object.entries(row).filter(([name]) => OF_ANY_ORDER.includes(name)))
        )
        .filter(({ message_sid }) => message_sid !== null)
        .sort((one, other) => JSON.stringify(one) < JSON.stringify(other) ? -1 : 1),
    ]),
  );
}

Deno.test("forms and events at the same time are all taken, and end in the same messages and statuses", async () => {
  const account = makeAccount(SEED, "0", FEWER_MESSAGES);
  const requests = shuffledRequests(account.tellings, seeded(SEED));
  const both = await rowsAfter(FEWER_MESSAGES, requests, 8);
  const forms = await rowsAfter(FEWER_MESSAGES, formsOf(firstOrder(requests, account)));
  assertSameAccount(ofAnyOrder(both), ofAnyOrder(forms));
});
