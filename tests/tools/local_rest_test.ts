/** The local REST answers as PostgREST does, where a client would notice. */
import { assertEquals } from "../support/assert.ts";
import { startConversation } from "../support/conversations.ts";
import { asServiceRole } from "../support/stack.ts";

Deno.test("a row is found by a phone, with eq, neq and in", async () => {
  const { id, recruit_phone } = await startConversation();
  const other = await startConversation();
  const conversations = () => asServiceRole().from("recruiting_conversations").select("id");
  const phones = [recruit_phone, other.recruit_phone];
  const found = await Promise.all([
    conversations().eq("recruit_phone", recruit_phone),
    conversations().eq("canonical_phone", recruit_phone).eq("twilio_phone", "+15550100000"),
    conversations().eq("id", id).neq("recruit_phone", recruit_phone),
    conversations().in("recruit_phone", phones).order("created_at"),
  ]);
  assertEquals(
    found.map(({ data }) => data?.map((row) => row.id)),
    [[id], [id], [], [id, other.id]],
  );
});
