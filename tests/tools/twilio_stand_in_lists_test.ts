import { listMessages } from "../../local/stand_ins/twilio/list_messages.ts";
import { MessageLog } from "../../local/stand_ins/twilio/message_log.ts";
import { assert, assertEquals } from "../support/assert.ts";
import { newPhone } from "../support/twilio.ts";
import { assertAnswer } from "../support/twilio_openapi.ts";
import {
  ACCOUNT_SID,
  FOREVER,
  get,
  isDelivered,
  loseText,
  messagesUrl,
  OUR_NUMBER,
  refusal,
  SERVICE,
  type StandIn,
  text,
  textFrom,
  withTwilio,
} from "../support/twilio_stand_in.ts";
import { until } from "../support/wait.ts";

Deno.test("messages are listed newest first, page by page, also while new ones come", () =>
  withTwilio(async ({ client }) => {
    const to = newPhone();
    const sids: string[] = [];
    for (let i = 0; i < 5; i++) sids.unshift((await client.messages.create(text({ to }))).sid);
    const all = await client.messages.list({ to, pageSize: 2 });
    assertEquals(all.map(({ sid }) => sid), sids);

    const first = await client.messages.page({ to, pageSize: 2 });
    await client.messages.create(text({ to }));
    const second = await first.nextPage();
    assertEquals(second?.instances.map(({ sid }) => sid), sids.slice(2, 4));
    const again = await second?.previousPage();
    assertEquals(again?.instances.map(({ sid }) => sid), sids.slice(0, 2));
    const third = await second?.nextPage();
    assertEquals(third?.instances.map(({ sid }) => sid), sids.slice(4));
    assertEquals(third?.nextPageUrl, undefined);
  }));

Deno.test("a list is filtered by sender, recipient and the time of sending", () =>
  withTwilio(async (standIn) => {
    const { client } = standIn;
    const { sid, to } = await client.messages.create(text());
    await client.messages.create(text({ from: "+15550100009" }));
    await until(isDelivered(standIn, sid), "delivery");
    const sids = async (filter: Parameters<typeof client.messages.list>[0]) =>
      (await client.messages.list(filter)).map((message) => message.sid);
    const dateSent = (await client.messages(sid).fetch()).dateSent;
    const [before, after] = [-1000, 1000].map((ms) => new Date(dateSent.getTime() + ms));

    assertEquals(await sids({ from: OUR_NUMBER }), [sid]);
    assertEquals(await sids({ to }), [sid]);
    assertEquals(await sids({ to, from: "+15550100009" }), []);
    for (const range of [{ dateSent }, { dateSentAfter: dateSent }, { dateSentBefore: dateSent }]) {
      assertEquals(await sids({ to, ...range }), [sid]);
    }
    assertEquals(await sids({ to, dateSentAfter: after }), []);
    assertEquals(await sids({ to, dateSentBefore: before }), []);
    const today = dateSent.toISOString().slice(0, 10);
    const query = new URLSearchParams({ To: to, DateSent: today });
    const { messages } = await get(`${messagesUrl(standIn.url)}.json?${query}`);
    assertEquals(messages.length, 1);
  }));

Deno.test("what has not gone out is in no range of dates", () =>
  withTwilio(async ({ client }) => {
    const { to } = await client.messages.create(text());
    assertEquals((await client.messages.list({ to })).length, 1);
    assertEquals(await client.messages.list({ to, dateSentAfter: new Date(0) }), []);
  }, FOREVER));

/** Puts a text into the log for each of some times. */
async function textsAt(standIn: StandIn, from: string, times: string[]): Promise<void> {
  for (const sent_at of times) {
    await loseText(standIn, { from, to: OUR_NUMBER, body: sent_at, sent_at });
  }
}

/** The texts that a list holds, whatever its pages. */
async function listed({ url }: StandIn, query: Record<string, string>): Promise<string[]> {
  const bodies: string[] = [];
  let path = `/2010-04-01/Accounts/${ACCOUNT_SID}/Messages.json?${new URLSearchParams(query)}`;
  while (path) {
    const page = await get(url + path);
    assertAnswer("list", page);
    bodies.push(...page.messages.map(({ body }: { body: string }) => body));
    path = page.next_page_uri;
  }
  return bodies;
}

const EVENING = "2026-01-01T23:59:59Z";
const MIDNIGHT = "2026-01-02T00:00:00Z";
const NOON = "2026-01-02T12:00:00Z";
const LATE = "2026-01-02T23:59:59Z";
const NEXT = "2026-01-03T00:00:00Z";

for (
  const [filter, expected] of [
    [{ DateSent: "2026-01-02" }, [LATE, NOON, MIDNIGHT]],
    [{ "DateSent>": "2026-01-02" }, [NEXT, LATE, NOON, MIDNIGHT]],
    [{ "DateSent<": "2026-01-02" }, [LATE, NOON, MIDNIGHT, EVENING]],
    [{ "DateSent>": "2026-01-02", "DateSent<": "2026-01-02" }, [LATE, NOON, MIDNIGHT]],
    [{ DateSent: NOON }, [NOON]],
    [{ "DateSent>": NOON }, [NEXT, LATE, NOON]],
    [{ "DateSent<": NOON }, [NOON, MIDNIGHT, EVENING]],
    [{ "DateSent>": MIDNIGHT, "DateSent<": NOON }, [NOON, MIDNIGHT]],
    [{ "DateSent<": "2026-01-02T13:00:00+01:00" }, [NOON, MIDNIGHT, EVENING]],
    [{ "DateSent<": "2026-01-02 12:00:00.000" }, [NOON, MIDNIGHT, EVENING]],
    [{ "DateSent>": NEXT, "DateSent<": NOON }, []],
    [{ DateSent: "2026-01-02", "DateSent>": NOON }, [LATE, NOON]],
  ] as [Record<string, string>, string[]][]
) {
  Deno.test(`${new URLSearchParams(filter)} lists ${expected.length} of five texts, newest first`, () =>
    withTwilio(async (standIn) => {
      const from = newPhone();
      await textsAt(standIn, from, [NOON, EVENING, NEXT, LATE, MIDNIGHT]);
      assertEquals(await listed(standIn, filter), expected);
      assertEquals(await listed(standIn, { ...filter, From: from, PageSize: "1" }), expected);
      assertEquals(await listed(standIn, { ...filter, From: newPhone() }), []);
    }));
}

Deno.test("a date that is none is refused", () =>
  withTwilio(async ({ url }) => {
    for (const date of ["yesterday", "2026-13-01", "2026-01-02T12:00", "2026-1-2"]) {
      const query = new URLSearchParams({ "DateSent>": date });
      assertEquals((await get(`${messagesUrl(url)}.json?${query}`)).code, 20001);
    }
  }));

Deno.test("Twilio's client reads a span of the log page by page, both directions", () =>
  withTwilio(async (standIn) => {
    const { client } = standIn;
    const { sid, to } = await client.messages.create(text({ messagingServiceSid: SERVICE }));
    await until(isDelivered(standIn, sid), "delivery");
    const media = [{ url: "https://example.com/cv.jpg", content_type: "image/jpeg" }];
    const inbound = await textFrom(standIn, { from: to, to: OUR_NUMBER, body: "CV", media });
    await textsAt(standIn, to, [EVENING, NOON]);

    const recent = await client.messages.list({ dateSentAfter: new Date(NEXT), pageSize: 1 });
    assertEquals(
      recent.map((message) => [message.sid, message.direction, message.status, message.numMedia]),
      [[inbound.message_sid, "inbound", "received", "1"], [sid, "outbound-api", "delivered", "0"]],
    );
    assertEquals(recent.map(({ messagingServiceSid }) => messagingServiceSid), [SERVICE, SERVICE]);
    assertEquals(recent[0].dateSent, recent[0].dateCreated);
    const old = await client.messages.list({
      dateSentAfter: new Date(MIDNIGHT),
      dateSentBefore: new Date(NEXT),
    });
    assertEquals(old.map(({ body, from, dateSent }) => [body, from, dateSent]), [
      [NOON, to, new Date(NOON)],
    ]);
  }));

Deno.test("an inbound text tells its Messaging Service to the webhook, too", () =>
  withTwilio(async (standIn) => {
    await textFrom(standIn, { from: newPhone(), to: OUR_NUMBER, body: "before" });
    await standIn.client.messages.create(text({ messagingServiceSid: SERVICE }));
    await textFrom(standIn, { from: newPhone(), to: OUR_NUMBER, body: "after" });
    const services = standIn.posts.map(({ form }) => form.MessagingServiceSid);
    assertEquals(services, [undefined, SERVICE]);
  }, FOREVER));

Deno.test("a page of a span stays as it is while texts come within the span and the first one goes", () =>
  withTwilio(async (standIn) => {
    const from = newPhone();
    const range = { dateSentAfter: new Date(MIDNIGHT), dateSentBefore: new Date(NEXT) };
    const at = (minute: number) => `2026-01-02T12:0${minute}:00Z`;
    await textsAt(standIn, from, [1, 2, 3, 4, 5].map(at));
    const first = await standIn.client.messages.page({ ...range, pageSize: 2 });
    assertEquals(first.instances.map(({ body }) => body), [at(5), at(4)]);
    await textsAt(standIn, from, [at(6), at(4)]);
    for (const { sid } of first.instances) await standIn.client.messages(sid).remove();
    const second = await first.nextPage();
    assertEquals(second?.instances.map(({ body }) => body), [at(3), at(2)]);
    const third = await second?.nextPage();
    assertEquals(third?.instances.map(({ body }) => body), [at(1)]);
    assertEquals(third?.nextPageUrl, undefined);
    const again = await third?.previousPage();
    assertEquals(again?.instances.map(({ body }) => body), [at(3), at(2)]);
  }));

Deno.test("a page can be asked for by its number, and one behind the last is empty", () =>
  withTwilio(async (standIn) => {
    await textsAt(standIn, newPhone(), [EVENING, NOON, LATE]);
    const page = async (number: number) => {
      const json = await get(`${messagesUrl(standIn.url)}.json?PageSize=2&Page=${number}`);
      assertAnswer("list", json);
      return [json.messages.map(({ body }: { body: string }) => body), json.start, json.end];
    };
    assertEquals(await page(0), [[LATE, NOON], 0, 1]);
    assertEquals(await page(1), [[EVENING], 2, 2]);
    assertEquals(await page(2), [[], 4, 4]);
  }));

for (const token of ["PA", "PASM1", "PX1-1", "nothing"]) {
  Deno.test(`the page token ${token} is refused`, () =>
    withTwilio(async ({ url }) => {
      const { code } = await get(`${messagesUrl(url)}.json?PageToken=${token}`);
      assertEquals(code, 20001);
    }));
}

Deno.test("a message that is deleted is in no list, cannot be fetched, and stays away", async () => {
  const folder = await Deno.makeTempDir();
  const logFile = `${folder}/twilio.jsonl`;
  const from = newPhone();
  try {
    let sid = "";
    await withTwilio(
      async (standIn) => {
        const { client } = standIn;
        sid = (await textFrom(standIn, { from, to: OUR_NUMBER, body: "Hi" })).message_sid;
        await textFrom(standIn, { from, to: OUR_NUMBER, body: "Still open?" });
        assertEquals(await client.messages(sid).remove(), true);
        assertEquals(await refusal(client.messages(sid).fetch()), [404, 20404]);
        assertEquals(await refusal(client.messages(sid).remove()), [404, 20404]);
        assertEquals((await client.messages.list({ from })).length, 1);
        assertEquals((await client.messages.list({ dateSentAfter: new Date(0) })).length, 1);
      },
      FOREVER,
      logFile,
    );
    await withTwilio(
      async ({ client }) => {
        assertEquals(await refusal(client.messages(sid).fetch()), [404, 20404]);
        assertEquals((await client.messages.list({ from })).map(({ body }) => body), [
          "Still open?",
        ]);
      },
      FOREVER,
      logFile,
    );
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
});

Deno.test("a message that is on its way, or scheduled, cannot be deleted", () =>
  withTwilio(async ({ client }) => {
    const scheduled = text({
      messagingServiceSid: SERVICE,
      scheduleType: "fixed",
      sendAt: new Date(Date.now() + 3600_000),
    });
    for (const fields of [text(), scheduled]) {
      const { sid } = await client.messages.create(fields);
      assertEquals(await refusal(client.messages(sid).remove()), [409, 20009]);
    }
  }, FOREVER));

Deno.test("among 10,000 messages a page looks at a few, also of a span, also far behind", () => {
  const log = new MessageLog();
  const lookedAt = new Set<number>();
  const [start, count] = [Date.parse(NOON), 10_000];
  for (let index = 0; index < count; index++) {
    // The second half comes later, and lies between the first.
    const second = index < count / 2 ? index * 2 : (index - count / 2) * 2 + 1;
    const message = log.add({
      direction: "inbound",
      status: "received",
      from: "+15550100001",
      to: OUR_NUMBER,
      body: String(second),
      sentAt: new Date(start + second * 1000),
    });
    for (const name of ["number", "from", "dateCreated", "dateSent"] as const) {
      const value = message[name];
      Object.defineProperty(message, name, {
        get() {
          lookedAt.add(index);
          return value;
        },
      });
    }
  }
  const time = (second: number) => new Date(start + second * 1000).toISOString();
  const token = `PA${start + 3_000_000}-0`;
  for (
    const [parameters, newest] of [
      [{}, count - 1],
      [{ PageToken: token }, 2_999],
      [{ "DateSent>": time(5_000), "DateSent<": time(5_999) }, 5_999],
      [{ "DateSent>": time(10), "DateSent<": time(9_000), PageToken: token }, 2_999],
    ] as const
  ) {
    // The filter by sender looks at each message that the page comes past.
    for (const filter of [{}, { From: "+15550100001" }]) {
      const page = () =>
        listMessages(log, ACCOUNT_SID, { PageSize: 50, ...parameters, ...filter }).messages;
      // The first page after an addition may sort the log.
      page();
      lookedAt.clear();
      assertEquals(
        page().map(({ body }) => Number(body)),
        [...Array(50)].map((_, i) => newest - i),
      );
      assert(lookedAt.size < 200, `A page looks at ${lookedAt.size} messages`);
    }
  }
});
