/** A failure without a SID and without a code of Twilio's gives way to Twilio's later word. */
import { assertEquals } from "../support/assert.ts";
import { startConversation } from "../support/conversations.ts";
import { withReconciler } from "../support/reconciler.ts";
import { ADMIN_DATABASE_URL, withSql } from "../support/stack.ts";
import { newSid, postForStatus, statusForm } from "../support/twilio.ts";
import { until } from "../support/wait.ts";

const CALLBACKS: [status: string, code: string | undefined, stored: string][] = [
  ["sent", undefined, "sent"],
  ["delivered", undefined, "delivered"],
  ["undelivered", "30003", "failed"],
];

Deno.test("a callback replaces a failure that Twilio has not told of", () =>
  withSql(async (sql) => {
    for (const [status, code, stored] of CALLBACKS) {
      const { id } = await startConversation();
      const messageId = crypto.randomUUID();
      const [{ begun_at }] = await sql`
        select begun_at::text from recruiting_begin_message(${id}, ${messageId}, 'Hello')`;
      await sql`select private.mark_failed(message_id => ${messageId}, begun_at => ${begun_at},
        error_code => null, error_message => 'The list does not tell')`;
      const form = statusForm(newSid(), status, code ? { ErrorCode: code } : {});
      const query = `?message=${messageId}`;
      assertEquals([status, await postForStatus("sms-status", form, { query })], [
        status,
        "updated",
      ]);
      const [row] = await sql`select status, error_code, error_message from recruiting_messages
        where id = ${messageId}`;
      assertEquals(row, { status: stored, error_code: code ?? null, error_message: null });
    }
  }));

Deno.test("the agent is told when the SID takes a provisional failure back", () =>
  withSql(async (sql) => {
    const { id } = await startConversation();
    const messageId = crypto.randomUUID();
    const [{ begun_at }] = await sql`
      select begun_at::text from recruiting_begin_message(${id}, ${messageId}, 'Hello')`;
    await sql`update recruiting_conversations set status = 'escalated' where id = ${id}`;
    await sql`select private.mark_failed(message_id => ${messageId}, begun_at => ${begun_at},
      error_code => null, error_message => 'The list does not tell')`;
    const query = `?message=${messageId}`;
    await postForStatus("sms-status", statusForm(newSid(), "queued"), { query });
    await withSql(async (admin) => {
      const told = await admin`select payload ->> 'status' as status from realtime.messages
        where event = 'message_status_changed' and payload ->> 'message_id' = ${messageId}
        order by inserted_at`;
      assertEquals(told.map(({ status }) => status), ["failed", "queued"]);
    }, ADMIN_DATABASE_URL);
  }));

Deno.test("a failure with Twilio's code stays when its SID comes", () =>
  withSql(async (sql) => {
    const { id } = await startConversation();
    const messageId = crypto.randomUUID();
    const [{ begun_at }] = await sql`
      select begun_at::text from recruiting_begin_message(${id}, ${messageId}, 'Hello')`;
    await sql`select private.mark_failed(message_id => ${messageId}, begun_at => ${begun_at},
      error_code => '30003', error_message => 'Unreachable')`;
    const form = statusForm(newSid(), "delivered");
    assertEquals(
      await postForStatus("sms-status", form, { query: `?message=${messageId}` }),
      "ignored",
    );
  }));

Deno.test("Twilio's log replaces a failure that Twilio has not told of", () =>
  withReconciler(async ({ sql, standIn, reconcile, sentTo }) => {
    const { id, recruit_phone: to, twilio_phone: from } = await startConversation();
    const messageId = crypto.randomUUID();
    const [{ begun_at }] = await sql`
      select begun_at::text from recruiting_begin_message(${id}, ${messageId}, 'Hello')`;
    await sql`select private.mark_failed(message_id => ${messageId}, begun_at => ${begun_at},
      error_code => null, error_message => 'The list could not be read')`;
    const { sid } = await standIn.client.messages.create({ from, to, body: "Hello" });
    await until(async () => (await sentTo(to))[0].status === "delivered", "the delivery");
    const stored = () =>
      sql`
      select message_sid, status, error_message from recruiting_messages where id = ${messageId}`;
    const { sends } = await reconcile({ dry_run: true });
    assertEquals([sends.confirmed, (await stored())[0].status], [1, "failed"]);
    assertEquals((await reconcile()).sends.confirmed, 1);
    assertEquals([...await stored()], [
      { message_sid: sid, status: "delivered", error_message: null },
    ]);
    assertEquals((await reconcile()).sends.confirmed, 0);
  }));

Deno.test("a message in Twilio's log with other words is not the one that failed", () =>
  withReconciler(async ({ sql, standIn, reconcile, sentTo }) => {
    const { id, recruit_phone: to, twilio_phone: from } = await startConversation();
    const messageId = crypto.randomUUID();
    const [{ begun_at }] = await sql`
      select begun_at::text from recruiting_begin_message(${id}, ${messageId}, 'Hello')`;
    await sql`select private.mark_failed(message_id => ${messageId}, begun_at => ${begun_at},
      error_code => null, error_message => 'The list does not tell')`;
    await standIn.client.messages.create({ from, to, body: "Goodbye" });
    await until(async () => (await sentTo(to))[0].status === "delivered", "the delivery");
    assertEquals((await reconcile()).sends, { confirmed: 0, sent_again: 0, failed: 0 });
    const [{ status, message_sid }] = await sql`
      select status, message_sid from recruiting_messages where id = ${messageId}`;
    assertEquals([status, message_sid], ["failed", null]);
  }));

Deno.test("a failure takes no SID that a message which is still unconfirmed may have", () =>
  withSql(async (sql) => {
    const { id, twilio_phone } = await startConversation();
    const [failed, unconfirmed] = [crypto.randomUUID(), crypto.randomUUID()];
    const begin = async (messageId: string): Promise<string> => {
      const [{ begun_at }] = await sql`
        select begun_at::text from recruiting_begin_message(${id}, ${messageId}, 'See you at 9')`;
      return begun_at;
    };
    const begunAt = [await begin(failed), ""];
    await sql`select private.mark_failed(message_id => ${failed}, begun_at => ${begunAt[0]},
      error_code => null, error_message => 'The list does not tell')`;
    await sql`update recruiting_conversations set status = 'bot' where id = ${id}`;
    begunAt[1] = await begin(unconfirmed);
    const listed = JSON.stringify([{
      sid: newSid(),
      direction: "outbound-api",
      from: twilio_phone,
      body_owner: "this_send",
      status: "delivered",
      date_created: new Date(Date.parse(begunAt[1])).toISOString(),
    }]);
    const outcomes = [];
    for (const [index, messageId] of [failed, unconfirmed].entries()) {
      const [{ outcome }] = await sql`select outcome from recruiting_confirm_send(
        message_id => ${messageId}, begun_at => ${begunAt[index]}, our_sender => ${twilio_phone},
        listed => ${listed}, was_not_found => true)`;
      outcomes.push(outcome);
    }
    assertEquals(outcomes, ["failed", "confirmed"]);
  }));
