import { fileURLToPath } from "node:url";
import { startConversation } from "./support/conversations.ts";
import { assert, assertEquals, assertMatch } from "./support/assert.ts";
import { outboundMessage } from "./support/conversations.ts";
import { API_URL, withSql } from "./support/stack.ts";
import { AUTH_TOKEN, newPhone, newSid } from "./support/twilio.ts";

const ROOT = fileURLToPath(new URL("../", import.meta.url));

async function simulate(...args: string[]) {
  const { code, stdout, stderr } = await new Deno.Command(Deno.execPath(), {
    args: ["task", "--quiet", "simulate", ...args],
    cwd: ROOT,
  }).output();
  const [out, err] = [stdout, stderr].map((bytes) => new TextDecoder().decode(bytes));
  return { code, out, err };
}

const HERE = ["--url", API_URL, "--token", AUTH_TOKEN];

Deno.test("simulate inbound sends a signed text and shows the answer and the rows", async () => {
  const { recruit_phone } = await startConversation();
  const { code, out } = await simulate(
    "inbound",
    ...["--from", recruit_phone, "--to", "+15550100000", "--body", "Still open?"],
    ...[
      "--media",
      "https://example.com/cv.jpg",
      "--repeat",
      "3",
      "--concurrent",
      "--json",
      ...HERE,
    ],
  );
  assertEquals(code, 0);
  const { deliveries, rows } = JSON.parse(out);
  assertEquals(deliveries.map(({ status }: { status: number }) => status), [200, 200, 200]);
  assertEquals(rows.recruiting_messages.length, 1);
  assertEquals(rows.recruiting_messages[0].body, "Still open?");
  assertEquals(rows.recruiting_messages[0].media[0].url, "https://example.com/cv.jpg");
  assertEquals(rows.recruiting_conversations[0].recruit_phone, recruit_phone);
});

Deno.test("simulate inbound over WhatsApp, for people", async () => {
  const { code, out } = await simulate(
    "inbound",
    ...["--from", newPhone(), "--to", "+15550100009", "--channel", "whatsapp", ...HERE],
  );
  assertEquals(code, 0);
  assertMatch(out, /200 {2}<\?xml/);
  assertMatch(out, /recruiting_unmatched_messages: 1 row/);
});

Deno.test("simulate status delivers callbacks in any order", () =>
  withSql(async (sql) => {
    const sid = newSid();
    const { id } = await startConversation();
    const message = await outboundMessage(sql, id);
    const { code, out } = await simulate(
      "status",
      ...[
        "--sid",
        sid,
        "--status",
        "queued,sent,undelivered",
        "--error-code",
        "30003",
        "--message",
        message,
      ],
      ...["--shuffle", "--json", ...HERE],
    );
    assertEquals(code, 0);
    const { rows } = JSON.parse(out);
    assertEquals(rows.recruiting_messages[0].status, "failed");
    assertEquals(rows.recruiting_messages[0].error_code, "30003");
    assertEquals(rows.recruiting_message_events.length, 3);
  }));

for (
  const [args, message] of [
    [[], /Usage: deno task simulate <command>/],
    [["inbund"], /There is no command "inbund"/],
    [["inbound"], /--from is missing/],
    [["inbound", "--from", "+15550100001"], /--to is missing/],
    [["inbound", "--form", "+15550100001"], /Unknown option '--form'/],
    [["inbound", "--from", "a", "--to", "b", "--repeat", "0"], /--repeat must be a whole number/],
    [["inbound", "--from", "a", "--to", "b", "--channel", "fax"], /--channel must be one of sms, /],
    [
      ["inbound", "--from", "a", "--to", "b", "--url", "ftp://x"],
      /--url must be an http or https URL/,
    ],
    [["inbound", "--from", "a", "--to", "b", "--token", ""], /--token must not be empty/],
    [["status", "--sid", "SM1"], /--status is missing/],
  ] as const
) {
  Deno.test(`simulate ${args.join(" ")} says what is wrong`, async () => {
    const { code, out, err } = await simulate(...args);
    assertEquals(code, 2);
    assertMatch(out + err, message);
  });
}

for (const args of [["--help"], ["inbound", "--help"], ["status", "--help"]]) {
  Deno.test(`simulate ${args.join(" ")} explains itself`, async () => {
    const { code, out } = await simulate(...args);
    assertEquals(code, 0);
    assert(out.includes("Usage: deno task simulate"));
  });
}

Deno.test("a wrong key is answered 401, and simulate fails", async () => {
  const { code, out } = await simulate(
    "inbound",
    ...["--from", newPhone(), "--to", "+15550100000", "--url", API_URL, "--token", "wrong"],
  );
  assertEquals(code, 1);
  assertMatch(out, /401/);
});

Deno.test("nobody at the URL is told as such", async () => {
  const { code, err } = await simulate(
    ...["inbound", "--from", "a", "--to", "b", "--url", "http://127.0.0.1:9", "--token", "x"],
  );
  assertEquals(code, 1);
  assertMatch(err, /Nothing answers at http:\/\/127\.0\.0\.1:9/);
});
