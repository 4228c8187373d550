/** What lost words such as STOP and START do, and what an erasure leaves of lost texts. */
import { assertEquals } from "../support/assert.ts";
import { bodiesOf, startConversation } from "../support/conversations.ts";
import { HOUR, secondsAgo, withReconciler } from "../support/reconciler.ts";
import { receiveText } from "../support/receive_text.ts";
import { asServiceRole } from "../support/stack.ts";
import { conversationOf, newSender } from "../support/talk.ts";
import { inboundForm, newPhone, postForStatus } from "../support/twilio.ts";
import { loseText } from "../support/twilio_stand_in.ts";
import { until } from "../support/wait.ts";
import { isOptedOut, messageOf, unmatchedOf } from "../support/reconciled_rows.ts";

Deno.test("a lost STOP opts out at Twilio's time, and revokes a pending reply", () =>
  withReconciler(async ({ sql, standIn, reconcile, sentTo }) => {
    const conversation = await startConversation();
    const { id, recruit_phone: from, twilio_phone: to } = conversation;
    // Pending for the whole test.
    await receiveText(sql, conversation, "Hi", { turnWaitSeconds: HOUR });
    const sent_at = secondsAgo(HOUR);
    await loseText(standIn, { from, to, body: "Stop", sent_at });
    assertEquals((await reconcile()).inbound.brought_in, 1);
    const { opted_out_at, reply_due_at } = await conversationOf(sql, id);
    assertEquals([opted_out_at, reply_due_at], [new Date(sent_at), null]);
    assertEquals(await sentTo(from), []);
  }));

/** Words at one minute's distance, the last one a minute ago; null is a live one, which comes now. */
const WORDS: [words: string[], isOptedOut: boolean][] = [
  [["STOP", "START"], false],
  [["START", "STOP"], true],
  [["STOP", "YES"], false],
  [["YES", "STOP"], true],
  [["STOP", "START", "YES"], false],
  [["STOP", "YES", "START"], false],
  [["START", "STOP", "YES"], false],
  [["YES", "STOP", "START"], false],
  [["START", "YES", "STOP"], true],
  [["YES", "START", "STOP"], true],
];

Deno.test("lost words that one run finds count in the order of Twilio's times", () =>
  withReconciler(async ({ sql, standIn, reconcile }) => {
    const to = await newSender(sql);
    const phones = await Promise.all(WORDS.map(async ([words]) => {
      const from = newPhone();
      for (const [index, body] of [...words.entries()].reverse()) {
        await loseText(standIn, {
          from,
          to,
          body,
          sent_at: secondsAgo(60 * (words.length - index)),
        });
      }
      return from;
    }));
    assertEquals((await reconcile()).inbound.brought_in, WORDS.flatMap(([words]) => words).length);
    for (const [index, [words, expected]] of WORDS.entries()) {
      assertEquals([words, await isOptedOut(sql, phones[index])], [words, expected]);
    }
  }));

Deno.test("a lost STOP does not undo the live START or YES that came after it", () =>
  withReconciler(async ({ sql, standIn, reconcile }) => {
    for (const Body of ["START", "YES", "unstop", "Hello"]) {
      const { recruit_phone: From, twilio_phone: To } = await startConversation({
        status: "escalated",
      });
      await loseText(standIn, { from: From, to: To, body: "STOP", sent_at: secondsAgo(60) });
      await postForStatus("sms-inbound", inboundForm({ From, To, Body }));
      await reconcile();
      assertEquals([Body, await isOptedOut(sql, From)], [Body, Body === "Hello"]);
    }
  }));

Deno.test("a lost START does not undo the live STOP that came after it", () =>
  withReconciler(async ({ sql, standIn, reconcile }) => {
    const { recruit_phone: From, twilio_phone: To } = await startConversation();
    await loseText(standIn, { from: From, to: To, body: "START", sent_at: secondsAgo(60) });
    await postForStatus("sms-inbound", inboundForm({ From, To, Body: "STOP" }));
    assertEquals((await reconcile()).inbound.brought_in, 1);
    assertEquals(await isOptedOut(sql, From), true);
  }));

Deno.test("an erased recruit's texts do not come back, a newer text does; a dry run says the same", () =>
  withReconciler(async ({ sql, standIn, reconcile }) => {
    const { recruit_phone: from, twilio_phone: to } = await startConversation({
      status: "escalated",
    });
    const old = await loseText(standIn, { from, to, body: "old", sent_at: secondsAgo(60) });
    await asServiceRole().rpc("recruiting_forget", { recruit_phone: from });
    const { id } = await startConversation({ recruit_phone: from, twilio_phone: to });
    const nothing = { listed: 1, brought_in: 0 };
    assertEquals((await reconcile({ dry_run: true })).inbound, nothing);
    assertEquals((await reconcile()).inbound, nothing);
    assertEquals([await messageOf(sql, old.message_sid), await unmatchedOf(sql, old.message_sid)], [
      undefined,
      undefined,
    ]);
    // Twilio's times are whole seconds: the next one begins after the erasure.
    await until(async () => {
      const [{ is_over }] =
        await sql`select max(erased_at) < date_trunc('second', clock_timestamp())
        as is_over from private.erased_phones`;
      return is_over;
    }, "the next second");
    await loseText(standIn, { from, to, body: "new" });
    assertEquals((await reconcile()).inbound, { listed: 2, brought_in: 1 });
    const [first] = await bodiesOf(sql, id);
    assertEquals(first, "new");
  }));

Deno.test("a lost STOP from before an erasure still opts the phone out, and nothing else of it comes back", () =>
  withReconciler(async ({ sql, standIn, reconcile }) => {
    const { recruit_phone: from, twilio_phone: to } = await startConversation();
    const stop = await loseText(standIn, { from, to, body: "STOP", sent_at: secondsAgo(600) });
    await loseText(standIn, { from, to, body: "Hi", sent_at: secondsAgo(500) });
    await sql`insert into recruiting_senders (address) values (${to}) on conflict do nothing`;
    await sql`select recruiting_forget(${from})`;
    assertEquals((await reconcile()).inbound, { listed: 2, brought_in: 0 });
    assertEquals(await isOptedOut(sql, from), true);
    assertEquals(await messageOf(sql, stop.message_sid), undefined);
    assertEquals(await unmatchedOf(sql, stop.message_sid), undefined);
  }));
