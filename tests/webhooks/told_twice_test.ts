/** Twilio tells of one message by form and by event: in whatever order and however often, the rows are the same. */
import type postgres from "postgres";
import { assertEquals } from "../support/assert.ts";
import { outboundMessage, startConversation } from "../support/conversations.ts";
import { API_URL, asServiceRole, withSql } from "../support/stack.ts";
import { type Form, inboundForm, newPhone, newSid, post, statusForm } from "../support/twilio.ts";
import { type CloudEvent, postEvents, statusEvent, textEvent } from "../support/twilio_events.ts";

/** One telling, at a URL of ours. */
type Telling =
  | { by: "sms-inbound" | "sms-status" | "twilio-events"; form: Form; query?: string }
  | { by: "event"; event: CloudEvent };

async function tell(telling: Telling): Promise<void> {
  if (telling.by === "event") {
    assertEquals((await postEvents([telling.event])).httpStatus, 200);
    return;
  }
  const response = await post(telling.by, telling.form, { query: telling.query });
  await response.body?.cancel();
  assertEquals(response.status, 200);
}

const MEDIA = {
  NumMedia: "1",
  MediaUrl0: `https://api.twilio.com/2010-04-01/Accounts/AC/Messages/MM/Media/ME`,
  MediaContentType0: "image/png",
};

/** A text with all that a form has, and the event of the same text. */
function textTwice(from: string, { to = "+15550100000", sid = newSid() } = {}): Telling[] {
  const form = inboundForm({
    MessageSid: sid,
    From: from,
    To: to,
    Body: "See my picture",
    ...MEDIA,
    OptOutType: "HELP",
    Latitude: "39.7",
    ProfileName: "Ada",
  });
  const event = textEvent({
    messageSid: sid,
    from,
    to,
    body: "See my picture",
    numMedia: 1,
    numSegments: 1,
    optOutType: "HELP",
  });
  return [{ by: "sms-inbound", form }, { by: "event", event }];
}

/** The columns of a text that do not say when and by what it was told. */
async function textRow(sql: postgres.Sql, sid: string) {
  const [row] = await sql`
    select m.direction, m.body, m.media, m.num_media, m.num_segments, m.metadata, m.verdict, m.status, m.seq,
      c.recruit_name
    from recruiting_messages m join recruiting_conversations c on c.id = m.conversation_id
    where m.message_sid = ${sid}`;
  return row && { ...row };
}

function sidOf(telling: Telling): string {
  return telling.by === "event"
    ? String(telling.event.data.messageSid)
    : String(telling.form.MessageSid);
}

Deno.test("a text that comes by form and by event is one message with what either has", () =>
  withSql(async (sql) => {
    const rows = [];
    for (const order of [[0], [0, 1], [1, 0], [1, 1, 0, 0], [0, 0, 1, 0], [1, 0, 1]]) {
      const { recruit_phone } = await startConversation({ status: "closed" });
      const tellings = textTwice(recruit_phone);
      for (const index of order) await tell(tellings[index]);
      rows.push(await textRow(sql, sidOf(tellings[0])));
    }
    assertEquals(rows[0]?.metadata, { OptOutType: "HELP", Latitude: "39.7", ProfileName: "Ada" });
    assertEquals(rows[0]?.media, [{ url: MEDIA.MediaUrl0, content_type: "image/png" }]);
    for (const row of rows) assertEquals(row, rows[0]);
  }));

Deno.test("the second telling changes nothing that the first one said", () =>
  withSql(async (sql) => {
    const { recruit_phone, id } = await startConversation({
      status: "escalated",
      recruit_name: "Grace",
    });
    const [byForm, byEvent] = textTwice(recruit_phone);
    await tell(byForm);
    const before =
      await sql`select to_jsonb(m) as row from recruiting_messages m where conversation_id = ${id}`;
    await tell(byEvent);
    await tell({
      by: "sms-inbound",
      form: inboundForm({
        MessageSid: sidOf(byForm),
        From: recruit_phone,
        Body: "Another body",
        ...MEDIA,
        MediaUrl0: "https://api.twilio.com/other",
        NumSegments: "9",
        Latitude: "1",
        ProfileName: "Eve",
      }),
    });
    const after =
      await sql`select to_jsonb(m) as row from recruiting_messages m where conversation_id = ${id}`;
    assertEquals(after.length, 1);
    assertEquals(after[0].row, before[0].row);
    const [{ recruit_name }] =
      await sql`select recruit_name from recruiting_conversations where id = ${id}`;
    assertEquals(recruit_name, "Grace");
    const broadcasts = await sql`select from realtime.messages
      where payload ->> 'conversation_id' = ${id} and event = 'message_received'`;
    assertEquals(broadcasts.length, 1);
  }));

Deno.test("attachments of which only the later telling says are due", () =>
  withSql(async (sql) => {
    const { recruit_phone } = await startConversation();
    const [form, event] = textTwice(recruit_phone);
    if (form.by === "event") throw new TypeError("The first telling is a form");
    const { NumMedia: _, MediaUrl0: __, MediaContentType0: ___, ...withoutMedia } = form.form;
    await tell({ ...form, form: withoutMedia });
    const due = async () =>
      await sql`select num_media, media_due_at is not null as is_due from recruiting_messages
        where message_sid = ${withoutMedia.MessageSid as string}`;
    assertEquals(Array.from(await due()), [{ num_media: null, is_due: false }]);
    await tell(event);
    assertEquals(Array.from(await due()), [{ num_media: 1, is_due: true }]);
  }));

Deno.test("media that due work has filled in stay as they are", () =>
  withSql(async (sql) => {
    const { recruit_phone } = await startConversation({ status: "closed" });
    const [byForm, byEvent] = textTwice(recruit_phone);
    await tell(byEvent);
    const stored = [{
      url: "https://api.twilio.com/listed",
      content_type: "image/png",
      path: "a/b/0",
      size: 1,
    }];
    await sql`update recruiting_messages set media = ${sql.json(stored)} where message_sid = ${
      sidOf(byForm)
    }`;
    await tell(byForm);
    assertEquals((await textRow(sql, sidOf(byForm)))?.media, stored);
  }));

Deno.test("an unmatched text is completed, too, and adopted with all of it", () =>
  withSql(async (sql) => {
    const rows = [];
    for (const order of [[0], [0, 1], [1, 0], [1, 0, 1, 0]]) {
      const twilio_phone = newPhone();
      await asServiceRole().from("recruiting_senders").insert({ address: twilio_phone });
      const phone = newPhone();
      const tellings = textTwice(phone, { to: twilio_phone });
      for (const index of order) await tell(tellings[index]);
      await startConversation({ recruit_phone: phone, twilio_phone, status: "closed" });
      rows.push(await textRow(sql, sidOf(tellings[0])));
    }
    assertEquals(rows[0]?.num_media, 1);
    for (const row of rows) assertEquals(row, rows[0]);
  }));

Deno.test("an unmatched text that retention has emptied stays empty", () =>
  withSql(async (sql) => {
    const [byForm, byEvent] = textTwice(newPhone());
    await startConversation();
    await tell(byEvent);
    await sql`update recruiting_unmatched_messages set payload = '{}', body = '', media = '[]',
      num_media = null, metadata = null, reason = 'pruned' where message_sid = ${sidOf(byForm)}`;
    await tell(byForm);
    const [row] = await sql`select body, media, metadata, num_media, recruit_name
      from recruiting_unmatched_messages where message_sid = ${sidOf(byForm)}`;
    assertEquals({ ...row }, {
      body: "",
      media: [],
      metadata: null,
      num_media: null,
      recruit_name: null,
    });
  }));

/** The tellings of a message that fails: each status by form and by event. */
function failureTwice(messageId: string): { sid: string; tellings: Telling[] } {
  const sid = newSid();
  const query = `?message=${messageId}`;
  const statusCallBackUrl = `${API_URL}/functions/v1/sms-status${query}`;
  return {
    sid,
    tellings: [
      { by: "sms-status", form: statusForm(sid, "sent"), query },
      { by: "event", event: statusEvent(sid, "sent", { statusCallBackUrl }) },
      {
        by: "twilio-events",
        form: statusForm(sid, "undelivered", { ErrorCode: "30003", ErrorMessage: "Unreachable" }),
        query,
      },
      {
        by: "event",
        event: statusEvent(sid, "undelivered", { errorCode: 30003, statusCallBackUrl }),
      },
    ],
  };
}

Deno.test("a failure that comes by form and by event ends in the same message and events", () =>
  withSql(async (sql) => {
    const rows = [];
    for (
      const order of [[0, 2], [0, 1, 2, 3], [3, 2, 1, 0], [1, 3, 0, 2], [3, 3, 0, 0, 1, 2, 2], [
        2,
        3,
        1,
        0,
      ]]
    ) {
      const { id } = await startConversation({ status: "escalated" });
      const messageId = await outboundMessage(sql, id);
      const { sid, tellings } = failureTwice(messageId);
      for (const index of order) await tell(tellings[index]);
      const [message] =
        await sql`select status, error_code, error_message, sent_at is not null as was_sent
        from recruiting_messages where id = ${messageId} and message_sid = ${sid}`;
      const events = await sql`select twilio_status, event, error_code, error_message
        from recruiting_message_events where message_sid = ${sid} order by 1`;
      rows.push(JSON.stringify([message, [...events]]));
    }
    assertEquals(JSON.parse(rows[0]), [
      { status: "failed", error_code: "30003", error_message: "Unreachable", was_sent: true },
      [
        { twilio_status: "sent", event: "sms_sent", error_code: null, error_message: null },
        {
          twilio_status: "undelivered",
          event: "sms_undelivered",
          error_code: "30003",
          error_message: "Unreachable",
        },
      ],
    ]);
    for (const row of rows) assertEquals(row, rows[0]);
  }));

Deno.test("a form that the database refused is not lost when it takes the event of the same text", () =>
  withSql(async (sql) => {
    const { recruit_phone } = await startConversation({ status: "closed" });
    const [, byEvent] = textTwice(recruit_phone);
    const sid = sidOf(byEvent);
    const media = [{ url: MEDIA.MediaUrl0, content_type: "image/png" }];
    await sql`select recruiting_receive_message(message_sid => ${sid}, channel => 'sms',
      recruit_phone => ${recruit_phone}, twilio_phone => '+15550100000', payload => '{}',
      verdict => 'help', media => ${JSON.stringify(media)}, num_media => 1,
      metadata => '{"Latitude":"39.7"}', recruit_name => 'Ada', refused => 'refused 23514')`;
    await tell(byEvent);
    const row = await textRow(sql, sid);
    assertEquals(
      [row?.media, row?.metadata.Latitude, row?.recruit_name],
      [media, "39.7", "Ada"],
    );
    assertEquals(
      [...await sql`select from recruiting_unmatched_messages where message_sid = ${sid}`],
      [],
    );
  }));
