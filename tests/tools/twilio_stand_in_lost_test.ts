import type { PhoneMessage } from "../../local/stand_ins/twilio/phone.ts";
import { assertEquals, assertMatch, rejection } from "../support/assert.ts";
import { magicPhone, newPhone, newSid } from "../support/twilio.ts";
import {
  FOREVER,
  get,
  isDelivered,
  loseText,
  OUR_NUMBER,
  refusal,
  SERVICE,
  text,
  textFrom,
  withTwilio,
} from "../support/twilio_stand_in.ts";
import { until } from "../support/wait.ts";

const LOST = "+15005560404";

for (const channel of ["", "whatsapp:"]) {
  Deno.test(`a text from ${channel}${LOST} is in the log, and its webhook is lost`, () =>
    withTwilio(async (standIn) => {
      const from = channel + magicPhone(LOST);
      const fields = { from, to: channel + OUR_NUMBER, body: "Hi" };
      const lost = await loseText(standIn, { ...fields, is_lost: false });
      assertEquals(lost, { message_sid: lost.message_sid, is_lost: true });
      const message = await standIn.client.messages(lost.message_sid).fetch();
      assertEquals([message.direction, message.status, message.body], [
        "inbound",
        "received",
        "Hi",
      ]);
      const thread: PhoneMessage[] = await get(
        `${standIn.url}/phone/messages?${new URLSearchParams({ phone: from })}`,
      );
      assertEquals(thread.map(({ sid }) => sid), [lost.message_sid]);
      await textFrom(standIn, { ...fields, from: channel + newPhone(), body: "another" });
      assertEquals(standIn.posts.map(({ form }) => form.Body), ["another"]);
    }));
}

Deno.test(`a message to ${LOST} goes through its states, and no callback tells it`, async () => {
  const folder = await Deno.makeTempDir();
  const logFile = `${folder}/twilio.jsonl`;
  try {
    let [sid, interrupted] = ["", ""];
    await withTwilio(
      async (standIn) => {
        const fields = { statusCallback: `${standIn.webhook}/sms-status` };
        const to = magicPhone(LOST);
        const service = { ...fields, messagingServiceSid: SERVICE };
        ({ sid } = await standIn.client.messages.create(text({ ...service, to })));
        await until(isDelivered(standIn, sid), "delivery");
        const { sid: told } = await standIn.client.messages.create(text(fields));
        const isTold = () => standIn.posts.some(({ form }) => form.MessageStatus === "delivered");
        await until(isTold, "the callback of another message");
        assertEquals(standIn.posts.filter(({ form }) => form.MessageSid !== told), []);
        ({ sid: interrupted } = await standIn.client.messages.create(text({ ...fields, to })));
      },
      0.01,
      logFile,
    );
    await withTwilio(
      async (standIn) => {
        await until(isDelivered(standIn, interrupted), "the delivery that was interrupted");
        assertEquals(standIn.posts, []);
      },
      0.01,
      logFile,
    );
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
});

Deno.test(`Twilio hears STOP and START from ${LOST}, and answers them`, () =>
  withTwilio(async (standIn) => {
    const phone = magicPhone(LOST);
    const send = () => standIn.client.messages.create(text({ to: phone }));
    await loseText(standIn, { from: phone, to: OUR_NUMBER, body: "STOP" });
    assertEquals(await refusal(send()), [400, 21610]);
    await loseText(standIn, { from: phone, to: OUR_NUMBER, body: "START" });
    assertEquals((await send()).status, "queued");
    const answers = (await standIn.client.messages.list({ to: phone }))
      .filter(({ direction }) => direction === "outbound-reply");
    assertEquals([answers.length, standIn.posts.length], [2, 0]);
  }, FOREVER));

Deno.test("a text of the past is in the log at its time, in whole seconds", () =>
  withTwilio(async (standIn) => {
    const from = newPhone();
    const lose = (body: string, sent_at?: string) =>
      loseText(standIn, { from, to: OUR_NUMBER, body, sent_at });
    await lose("now");
    const { message_sid } = await lose("old", "2026-01-02T12:00:00.700Z");
    await lose("older", "2026-01-02T10:00:00+01:00");
    const message = await standIn.client.messages(message_sid).fetch();
    const noon = new Date("2026-01-02T12:00:00Z");
    assertEquals([message.dateCreated, message.dateSent, message.dateUpdated], [noon, noon, noon]);
    const bodies = (await standIn.client.messages.list({ from })).map(({ body }) => body);
    assertEquals(bodies, ["now", "old", "older"]);
    assertEquals(standIn.posts, []);
  }));

Deno.test("a text of the past whose webhook is not lost is posted now", () =>
  withTwilio(async (standIn) => {
    const fields = { from: newPhone(), to: OUR_NUMBER, body: "late" };
    await textFrom(standIn, { ...fields, sent_at: "2026-01-02T12:00:00Z" });
    assertEquals(standIn.posts.map(({ form }) => form.Body), ["late"]);
  }));

Deno.test("a lost text that is repeated with its webhook is posted, and kept once, also after a restart", async () => {
  const folder = await Deno.makeTempDir();
  const logFile = `${folder}/twilio.jsonl`;
  const fields = { from: newPhone(), to: OUR_NUMBER, body: "STOP", message_sid: newSid() };
  try {
    await withTwilio(
      async (standIn) => {
        await loseText(standIn, { ...fields, sent_at: "2026-01-02T12:00:00Z" });
        await textFrom(standIn, fields);
        assertEquals(standIn.posts.length, 1);
      },
      FOREVER,
      logFile,
    );
    await withTwilio(
      async (standIn) => {
        await textFrom(standIn, fields);
        const [text, ...others] = await standIn.client.messages.list({ from: fields.from });
        assertEquals([text.dateSent, others.length], [new Date("2026-01-02T12:00:00Z"), 0]);
        assertEquals((await standIn.client.messages.list({ to: fields.from })).length, 1);
      },
      FOREVER,
      logFile,
    );
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
});

Deno.test("of STOP and START the later one counts, in whatever order they come into the log, also after a restart", async () => {
  const folder = await Deno.makeTempDir();
  const logFile = `${folder}/twilio.jsonl`;
  const [stopped, started] = [newPhone(), newPhone()];
  const check = async ({ client }: Parameters<Parameters<typeof withTwilio>[0]>[0]) => {
    const send = (to: string) => client.messages.create(text({ to }));
    assertEquals(await refusal(send(stopped)), [400, 21610]);
    assertEquals((await send(started)).status, "queued");
  };
  try {
    await withTwilio(
      async (standIn) => {
        const say = (from: string, body: string, day: number) =>
          loseText(standIn, { from, to: OUR_NUMBER, body, sent_at: `2026-01-0${day}T12:00:00Z` });
        await say(stopped, "STOP", 3);
        await say(stopped, "START", 2);
        await say(started, "START", 3);
        await say(started, "STOP", 2);
        const answers = await standIn.client.messages.list({ to: stopped });
        assertEquals(
          answers.map(({ status, dateSent }) => [status, dateSent.getUTCDate()]),
          [["delivered", 3], ["delivered", 2]],
        );
        await check(standIn);
      },
      FOREVER,
      logFile,
    );
    await withTwilio(check, FOREVER, logFile);
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
});

for (
  const [sent_at, message] of [
    [new Date(Date.now() + 3600_000).toISOString(), /400 sent_at: Must not be in the future/],
    ["2026-01-02", /400 sent_at/],
    ["yesterday", /400 sent_at/],
  ] as [string, RegExp][]
) {
  Deno.test(`a text at ${sent_at.includes("T") ? "a time to come" : sent_at} is refused`, () =>
    withTwilio(async (standIn) => {
      const fields = { from: newPhone(), to: OUR_NUMBER, body: "Hi", sent_at };
      assertMatch(await rejection(loseText(standIn, fields)), message);
    }));
}
