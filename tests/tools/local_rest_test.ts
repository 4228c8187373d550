/** The local REST and Auth answer as PostgREST and GoTrue do, where a client would notice. */
import type { SupabaseClient } from "@supabase/supabase-js";
import { assertEquals, assertMatch } from "../support/assert.ts";
import { startConversation } from "../support/conversations.ts";
import { asAnon, asServiceRole, DATABASE_URL } from "../support/stack.ts";

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

Deno.test("an error of Postgres that a program does not catch ends it, also beside the local REST", async () => {
  const module = (path: string) => JSON.stringify(new URL(path, import.meta.url).href);
  const program = `
    import postgres from "postgres";
    import { openRestAndAuth } from ${module("../../local/rest_and_auth/rest_and_auth.ts")};
    openRestAndAuth(() => ${JSON.stringify(DATABASE_URL)});
    await postgres(${JSON.stringify(DATABASE_URL)})\`select 1 / 0\`;`;
  const { code, stderr } = await new Deno.Command(Deno.execPath(), {
    args: ["eval", program],
    cwd: new URL("../..", import.meta.url),
    // Where the error is ignored, open connections keep the program alive.
    signal: AbortSignal.timeout(30_000),
  }).output();
  assertEquals(code, 1);
  assertMatch(new TextDecoder().decode(stderr), /division by zero/);
});

Deno.test("a user who signs up reads and sends as an agent as soon as the platform lists them", async () => {
  const client = asAnon();
  const email = `${crypto.randomUUID()}@example.com`;
  const { data: { user } } = await client.auth.signUp({ email, password: "a-long-password" });
  await client.auth.signOut();
  await client.auth.signInWithPassword({ email, password: "a-long-password" });
  const { id } = await startConversation();
  const read = () => client.from("recruiting_conversations").select("id").eq("id", id);
  assertEquals((await read()).data, []);

  await asServiceRole().from("recruiting_agents")
    .insert({ user_id: user!.id, display_name: "A. Gent" });
  assertEquals((await read()).data, [{ id }]);
  const { data, error } = await client.functions.invoke("sms-send", {
    body: { conversation_id: id, body: "Hi", idempotency_key: crypto.randomUUID() },
  });
  assertEquals([typeof data?.message_id, error], ["string", null]);
});

Deno.test("the platform's server makes a user, who then signs in with the password", async () => {
  const user = { email: `${crypto.randomUUID()}@example.com`, password: "a-long-password" };
  const create = (client: SupabaseClient) =>
    client.auth.admin.createUser({ ...user, email_confirm: true, user_metadata: { team: "west" } });
  const { data, error } = await create(asServiceRole());
  assertEquals([data.user?.email, data.user?.user_metadata.team, error], [
    user.email,
    "west",
    null,
  ]);
  const client = asAnon();
  const signedIn = await client.auth.signInWithPassword(user);
  assertEquals(signedIn.data.user?.id, data.user?.id);

  assertEquals((await create(asServiceRole())).error?.code, "email_exists");
  assertEquals((await create(client)).error?.code, "not_admin");
  const unlike = await asServiceRole().auth.admin.listUsers();
  assertEquals(unlike.error?.code, "not_implemented");
});
