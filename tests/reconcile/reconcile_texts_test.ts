/** What reconciliation makes of texts that are in Twilio's log and whose webhook never came. */
import { assertEquals, assertMatch } from "../support/assert.ts";
import { bodiesOf, startConversation } from "../support/conversations.ts";
import { HOUR, secondsAgo, withReconciler } from "../support/reconciler.ts";
import { asNewAgent } from "../support/stack.ts";
import { conversationOf, newSender } from "../support/talk.ts";
import { inboundForm, newPhone, postForStatus } from "../support/twilio.ts";
import { loseText } from "../support/twilio_stand_in.ts";
import { broadcastsOf, isOptedOut, messageOf, unmatchedOf } from "../support/reconciled_rows.ts";

Deno.test("a lost text to the bot is answered in the same run, once", () =>
  withReconciler(async ({ sql, standIn, reconcile, sentTo }) => {
    const { id, recruit_phone: from, twilio_phone: to } = await startConversation();
    const sent_at = secondsAgo(60);
    const { message_sid } = await loseText(standIn, { from, to, body: "Is it far?", sent_at });
    const { turns, inbound } = await reconcile();
    assertEquals({ turns, inbound }, { turns: 1, inbound: { listed: 1, brought_in: 1 } });
    const { created_at, conversation_id, status } = await messageOf(sql, message_sid);
    assertEquals([created_at, conversation_id, status], [new Date(sent_at), id, "received"]);
    assertEquals((await reconcile()).inbound, { listed: 1, brought_in: 0 });
    assertEquals((await sentTo(from)).length, 1);
  }));

Deno.test("a lost text to an agent is broadcast to that agent, and the status stays", () =>
  withReconciler(async ({ sql, standIn, reconcile, sentTo }) => {
    const agent = await asNewAgent();
    for (const status of ["escalated", "closed"]) {
      for (const assigned_agent_id of [agent.id, undefined]) {
        const { id, recruit_phone: from, twilio_phone: to } = await startConversation({
          status,
          assigned_agent_id,
        });
        const { message_sid } = await loseText(standIn, {
          from,
          to,
          body: "Hi",
          sent_at: secondsAgo(60),
        });
        assertEquals((await reconcile()).inbound.brought_in, 1);
        const message = await messageOf(sql, message_sid);
        const topic = agent.id === assigned_agent_id ? `agent:${agent.id}` : "agents:unassigned";
        assertEquals(await broadcastsOf(sql, message.id), [[topic, "message_received"]]);
        assertEquals((await conversationOf(sql, id)).status, status);
        assertEquals(await sentTo(from), []);
      }
    }
  }));

Deno.test("a lost text without a conversation is kept whole as unmatched, and adopted later", () =>
  withReconciler(async ({ sql, standIn, reconcile }) => {
    const [from, to, sent_at] = [newPhone(), await newSender(sql), secondsAgo(60)];
    const { message_sid } = await loseText(standIn, { from, to, body: "Hi", sent_at });
    assertEquals((await reconcile()).inbound, { listed: 1, brought_in: 1 });
    const { payload, received_at, reason } = await unmatchedOf(sql, message_sid);
    assertEquals([received_at, reason], [new Date(sent_at), "no_conversation"]);
    const { MessageSid, From, To, Body, NumMedia, NumSegments } = payload;
    assertEquals({ MessageSid, From, To, Body, NumMedia, NumSegments }, {
      MessageSid: message_sid,
      From: from,
      To: to,
      Body: "Hi",
      NumMedia: "0",
      NumSegments: "1",
    });
    const { id } = await startConversation({ recruit_phone: from, twilio_phone: to });
    assertEquals(await bodiesOf(sql, id), ["Hi"]);
    assertEquals((await reconcile()).inbound, { listed: 1, brought_in: 0 });
  }));

Deno.test("only inbound texts to an address of ours, on its channel, are listed", () =>
  withReconciler(async ({ sql, standIn, reconcile }) => {
    const ours = await newSender(sql);
    const { twilio_phone } = await startConversation({ twilio_phone: newPhone() });
    const sent_at = secondsAgo(60);
    const text = { body: "Hi", sent_at };
    await loseText(standIn, { from: newPhone(), to: newPhone(), ...text });
    await loseText(standIn, { from: `whatsapp:${newPhone()}`, to: `whatsapp:${ours}`, ...text });
    await loseText(standIn, {
      from: `whatsapp:${newPhone()}`,
      to: `whatsapp:${twilio_phone}`,
      ...text,
    });
    await standIn.client.messages.create({ from: ours, to: newPhone(), body: "We" });
    // Twilio answers the keyword itself.
    await loseText(standIn, { from: newPhone(), to: ours, body: "STOP", sent_at });
    await loseText(standIn, { from: newPhone(), to: twilio_phone, ...text });
    assertEquals((await reconcile()).inbound, { listed: 2, brought_in: 2 });
  }));

Deno.test("a lost text that is no phone's is kept as unmatched", () =>
  withReconciler(async ({ sql, standIn, reconcile }) => {
    const to = await newSender(sql);
    const sids: string[] = [];
    for (const from of ["12345", "BANK"]) {
      const { message_sid } = await loseText(standIn, {
        from,
        to,
        body: "Hi",
        sent_at: secondsAgo(60),
      });
      sids.push(message_sid);
    }
    assertEquals((await reconcile()).inbound, { listed: 2, brought_in: 2 });
    for (const sid of sids) assertEquals((await unmatchedOf(sql, sid)).reason, "no_conversation");
  }));

const MEDIA = [
  { url: "https://example.com/one.jpg", content_type: "image/jpeg" },
  { url: "https://example.com/two.pdf", content_type: "application/pdf" },
];

Deno.test("media come from the text's Media list, in their order, as the form would name them", () =>
  withReconciler(async ({ sql, standIn, reconcile }) => {
    const { recruit_phone: from, twilio_phone: to } = await startConversation({
      status: "escalated",
    });
    const sender = await newSender(sql);
    const text = { body: "", media: MEDIA, sent_at: secondsAgo(60) };
    const { message_sid } = await loseText(standIn, { from, to, ...text });
    const unmatched = await loseText(standIn, { from, to: sender, ...text });
    assertEquals((await reconcile()).inbound.brought_in, 2);
    const { media, body } = await messageOf(sql, message_sid);
    assertEquals(body, "");
    const list = await standIn.client.messages(message_sid).media.list();
    assertEquals(
      media.map(({ url, content_type }: typeof MEDIA[0]) => [url, content_type]),
      list.map(({ uri, contentType }) => [
        `https://api.twilio.com${uri.replace(".json", "")}`,
        contentType,
      ]),
    );
    assertEquals(media.map(({ content_type }: typeof MEDIA[0]) => content_type), [
      "image/jpeg",
      "application/pdf",
    ]);
    const { payload, num_media } = await unmatchedOf(sql, unmatched.message_sid);
    assertEquals([payload.NumMedia, num_media], ["2", 2]);
  }));

Deno.test("a text whose media Twilio has no longer is brought in, and in the end its media say so", () =>
  withReconciler(async ({ sql, standIn, twilio, reconcile }) => {
    const { recruit_phone: from, twilio_phone: to } = await startConversation({
      status: "escalated",
    });
    const { message_sid } = await loseText(standIn, {
      from,
      to,
      body: "Look",
      media: MEDIA,
      sent_at: secondsAgo(60),
    });
    const halt = twilio.haltBefore("/Media.json");
    const running = reconcile();
    await halt.reached;
    await standIn.client.messages(message_sid).remove();
    halt.release();
    assertEquals((await running).inbound.brought_in, 1);
    const { media, body } = await messageOf(sql, message_sid);
    assertEquals([media, body], [[], "Look"]);
    // As after the last wait.
    await sql`update recruiting_messages set media_attempts = 7, media_due_at = now()
      where message_sid = ${message_sid}`;
    await reconcile();
    const gone = { url: "", content_type: "", error: "Twilio does not have the file" };
    const { media: given_up, media_due_at } = await messageOf(sql, message_sid);
    assertEquals([given_up, media_due_at], [[gone, gone], null]);
  }));

Deno.test("a lost WhatsApp text finds its conversation, and not the SMS one of the same numbers", () =>
  withReconciler(async ({ sql, standIn, reconcile }) => {
    const sms = await startConversation({ status: "escalated" });
    const { recruit_phone, twilio_phone } = sms;
    const whatsapp = await startConversation({
      ...parties(sms),
      channel: "whatsapp",
      status: "escalated",
    });
    await loseText(standIn, {
      from: `whatsapp:${recruit_phone}`,
      to: `whatsapp:${twilio_phone}`,
      body: "Hola",
      sent_at: secondsAgo(60),
    });
    assertEquals((await reconcile()).inbound.brought_in, 1);
    assertEquals([await bodiesOf(sql, sms.id), await bodiesOf(sql, whatsapp.id)], [[], ["Hola"]]);
  }));

const parties = (
  { recruit_phone, twilio_phone }: { recruit_phone: string; twilio_phone: string },
) => ({
  recruit_phone,
  twilio_phone,
});

Deno.test("what is older than a day is kept for reading: no reply, no broadcast, no escalation", () =>
  withReconciler(async ({ sql, standIn, reconcile, sentTo }) => {
    const ages = { old: 24 * HOUR + 60, young: 24 * HOUR - 60 };
    const since = secondsAgo(48 * HOUR);
    for (const [age, seconds] of Object.entries(ages)) {
      const isYoung = age === "young";
      const lose = async (status: string, body: string) => {
        const { id, recruit_phone: from, twilio_phone: to } = await startConversation({ status });
        const { message_sid } = await loseText(standIn, {
          from,
          to,
          body,
          sent_at: secondsAgo(seconds),
        });
        return { id, from, message_sid };
      };
      const asked = await lose("bot", "Is it far?");
      const doubtful = await lose("bot", "stop it");
      const toAgent = await lose("escalated", "Hi");
      const stopped = await lose("bot", "STOP");
      assertEquals((await reconcile({ since })).inbound.brought_in, 4);

      assertEquals([age, (await sentTo(asked.from)).length], [age, isYoung ? 1 : 0]);
      const { status } = await conversationOf(sql, doubtful.id);
      assertEquals([age, status], [age, isYoung ? "escalated" : "bot"]);
      const { id } = await messageOf(sql, toAgent.message_sid);
      assertEquals((await broadcastsOf(sql, id)).length, isYoung ? 1 : 0);
      assertEquals([age, await isOptedOut(sql, stopped.from)], [age, true]);
      for (const { message_sid } of [asked, doubtful, toAgent, stopped]) {
        assertEquals((await messageOf(sql, message_sid)).status, "received");
      }
    }
  }));

Deno.test("a text that is brought in late stands at the end, and the conversation's last time stays", () =>
  withReconciler(async ({ sql, standIn, reconcile }) => {
    const { id, recruit_phone: From, twilio_phone: To } = await startConversation({
      status: "escalated",
    });
    await loseText(standIn, { from: From, to: To, body: "first", sent_at: secondsAgo(HOUR) });
    await loseText(standIn, { from: From, to: To, body: "second", sent_at: secondsAgo(HOUR - 1) });
    await postForStatus("sms-inbound", inboundForm({ From, To, Body: "live" }));
    const { last_message_at } = await conversationOf(sql, id);
    await reconcile();
    assertEquals(await bodiesOf(sql, id), ["live", "first", "second"]);
    assertEquals((await conversationOf(sql, id)).last_message_at, last_message_at);
  }));

Deno.test("what a webhook has brought meanwhile is not brought in again", () =>
  withReconciler(async ({ sql, standIn, twilio, reconcile }) => {
    const { id, recruit_phone: from, twilio_phone: to } = await startConversation({
      status: "escalated",
    });
    const { message_sid } = await loseText(standIn, {
      from,
      to,
      body: "Hi",
      sent_at: secondsAgo(60),
    });
    const listed = twilio.haltAfter("DateSent");
    const running = reconcile();
    await listed.reached;
    const form = inboundForm({ MessageSid: message_sid, From: from, To: to, Body: "Hi" });
    await postForStatus("sms-inbound", form);
    listed.release();
    assertEquals((await running).inbound, { listed: 1, brought_in: 0 });
    assertEquals(await bodiesOf(sql, id), ["Hi"]);
  }));

Deno.test("no log line holds a text or a phone", () =>
  withReconciler(async ({ sql, standIn, reconcile, outage, call, logs }) => {
    const { recruit_phone: from, twilio_phone: to } = await startConversation();
    const sender = await newSender(sql);
    for (const number of [to, sender]) {
      await loseText(standIn, { from, to: number, body: "secret words", sent_at: secondsAgo(60) });
    }
    await reconcile();
    await outage(500);
    await (await call({ wait: true })).body?.cancel();
    await outage(undefined);
    const text = logs.join("\n");
    assertMatch(text, /brought_in/);
    for (const secret of ["secret words", from, sender, from.slice(1)]) {
      assertEquals([secret, text.includes(secret)], [secret, false]);
    }
  }));
