import { assertEquals } from "../support/assert.ts";
import { outboundMessage, startConversation } from "../support/conversations.ts";
import { API_URL, withSql } from "../support/stack.ts";
import {
  type Form,
  type FunctionName,
  inboundForm,
  newSid,
  signedRequest,
  statusForm,
} from "../support/twilio.ts";

/** Posts to a webhook's URL, whatever URL the signature is made for. */
async function answerOf(
  name: FunctionName,
  form: Form,
  { called, signed, query = "" }: { called: string; signed: string; query?: string },
): Promise<[number, string]> {
  const url = `${API_URL}/functions/v1/${name}`;
  const { method, headers, body } = signedRequest(name, form, {
    signedUrl: `${url}${signed}${query}`,
  });
  const response = await fetch(`${url}${called}${query}`, { method, headers, body });
  const { status } = response;
  return [status, await response.text()];
}

for (const called of ["", "/"]) {
  for (const signed of ["", "/"]) {
    const urls = `/sms-…${called} and signed for /sms-…${signed}`;

    Deno.test(`a text that is posted to ${urls} is taken`, async () => {
      const { recruit_phone } = await startConversation();
      const form = inboundForm({ From: recruit_phone });
      assertEquals((await answerOf("sms-inbound", form, { called, signed }))[0], 200);
      await withSql(async (sql) => {
        const rows = await sql`
          select body from recruiting_messages where message_sid = ${String(form.MessageSid)}`;
        assertEquals(rows.map(({ body }) => body), ["Hello"]);
      });
    });

    Deno.test(`a callback that is posted to ${urls} finds the row that its query names`, () =>
      withSql(async (sql) => {
        const { id } = await startConversation();
        const messageId = await outboundMessage(sql, id);
        const sid = newSid();
        const [status] = await answerOf("sms-status", statusForm(sid, "delivered"), {
          called,
          signed,
          query: `?message=${messageId}`,
        });
        assertEquals(status, 200);
        const [row] = await sql`
          select message_sid, status from recruiting_messages where id = ${messageId}`;
        assertEquals({ ...row }, { message_sid: sid, status: "delivered" });
      }));
  }
}

Deno.test("a webhook that is signed for another path than its own with a slash is refused", async () => {
  for (const signed of ["//", "/x"]) {
    const [status] = await answerOf("sms-status", statusForm(newSid(), "sent"), {
      called: "/",
      signed,
    });
    assertEquals(status, 401, signed);
  }
});
