/** The code of docs/go-live.md, run in its order. */
import { assert, assertEquals } from "../support/assert.ts";
import { asServiceRole, withSql } from "../support/stack.ts";
import { newPhone } from "../support/twilio.ts";
import { until } from "../support/wait.ts";

const page = await Deno.readTextFile(new URL("../../docs/go-live.md", import.meta.url));

/** The code blocks of a language, in their order. */
function blocksOf(language: string): string[] {
  return [...page.matchAll(new RegExp(`^\`\`\`${language}\n(.*?)^\`\`\`$`, "gms"))]
    .map(([, block]) => block);
}

Deno.test("the code gives a new project its number, an agent, a conversation and a first text", () =>
  withSql(async (sql) => {
    const [number, recruit] = [newPhone(), newPhone()];
    const email = `${crypto.randomUUID()}@example.com`;
    /** The stack has the numbers and people of the examples already. */
    const asNew = (code: string) =>
      code.replaceAll("+15550100000", number).replaceAll("+15550100001", recruit)
        .replaceAll("alex@example.com", email);
    const [addSender, addAgent, begin, readMessages, readAttention] = blocksOf("sql").map(asNew);
    const [createAgent, sendFirstText] = blocksOf("ts").map(asNew);
    const folder = await Deno.makeTempDir();
    const run = async (code: string) => {
      const file = `${folder}/${crypto.randomUUID()}.ts`;
      await Deno.writeTextFile(
        file,
        `export async function run(supabase, console) {\n${code}\n}`,
      );
      const printed: unknown[] = [];
      const { run } = await import(file);
      await run(asServiceRole(), { log: (line: unknown) => printed.push(line) });
      return printed;
    };
    try {
      await sql.unsafe(addSender);
      await run(createAgent);
      const agents = () =>
        sql`select a.user_id from recruiting_agents a
        join auth.users u on u.id = a.user_id where u.email = ${email} and a.display_name = 'Alex'`;
      assertEquals((await agents()).length, 1);
      await sql`delete from recruiting_agents where user_id = ${(await agents())[0].user_id}`;
      await sql.unsafe(addAgent);
      assertEquals((await agents()).length, 1);

      const [status] = await run(sendFirstText);
      assert(status === "queued" || status === "sent", String(status));
      // The conversation exists, and is returned.
      const [{ recruiting_start_conversation: id }] = await sql.unsafe(begin);
      await until(async () => {
        const [row] = await sql`select from recruiting_messages
          where conversation_id = ${id} and sender_type = 'bot' and status = 'delivered'`;
        return row !== undefined;
      }, "the first text to be delivered");
      // Other tests of the stack have written messages, some of which are later.
      const readTheirs = readMessages.replace(
        "order by",
        `where conversation_id = '${id}' order by`,
      );
      assertEquals((await sql.unsafe(readTheirs))[0].body.slice(0, 6), "Hi Ada");
      await sql.unsafe(readAttention);
    } finally {
      await Deno.remove(folder, { recursive: true });
    }
  }));
