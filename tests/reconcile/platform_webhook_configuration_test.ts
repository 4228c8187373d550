import { readPlatformWebhook } from "../../supabase/functions/sms-reconcile/platform_webhook.ts";
import { assertEquals } from "../support/assert.ts";
import { newSecret } from "../support/webhook_receiver.ts";

const SECRET = newSecret();
const NOT_SECURE =
  "PLATFORM_WEBHOOK_URL must be an https URL, or one on loopback: no event is posted";
const NO_SECRET = "PLATFORM_WEBHOOK_SECRET has no secret: no event is posted";
const wrongEntry = (number: number) =>
  `PLATFORM_WEBHOOK_SECRET, entry ${number}, must be whsec_ and base64: it signs nothing`;

for (
  const [url, isUsed] of [
    ["https://platform.example/hooks/?from=texts", true],
    ["https://user:password@platform.example", true],
    ["http://127.0.0.1:8080/hooks", true],
    ["http://localhost/hooks", true],
    ["http://[::1]:8080", true],
    ["http://platform.example/hooks", false],
    ["http://127.0.0.1.platform.example", false],
    ["http://localhost.platform.example", false],
    ["http://10.0.0.1", false],
    ["ftp://127.0.0.1", false],
    ["platform.example", false],
  ] as [string, boolean][]
) {
  Deno.test(`events are ${isUsed ? "" : "not "}posted to ${url}`, () => {
    const problems: string[] = [];
    const webhook = readPlatformWebhook({
      PLATFORM_WEBHOOK_URL: ` ${url} `,
      PLATFORM_WEBHOOK_SECRET: SECRET,
    }, problems);
    assertEquals(
      [webhook, problems],
      isUsed ? [{ url, secrets: [SECRET] }, []] : [undefined, [NOT_SECURE]],
    );
  });
}

for (
  const [label, value, secrets, expected] of [
    ["two secrets", ` ${SECRET},whsec_AAAA,, `, [SECRET, "whsec_AAAA"], []],
    ["the same secret twice", `${SECRET},${SECRET}`, [SECRET], []],
    ["no secret", "", undefined, [NO_SECRET]],
    ["a secret without its prefix", SECRET.slice(6), undefined, [wrongEntry(1), NO_SECRET]],
    ["an empty secret", "whsec_", undefined, [wrongEntry(1), NO_SECRET]],
    ["one that is not base64", `${SECRET},whsec_A-_A`, [SECRET], [wrongEntry(2)]],
    ["one that is cut off", `whsec_AAAAA,${SECRET}`, [SECRET], [wrongEntry(1)]],
  ] as [string, string, string[] | undefined, string[]][]
) {
  Deno.test(`of ${label}, those that can be used sign, and the others are named without their value`, () => {
    const problems: string[] = [];
    const webhook = readPlatformWebhook({
      PLATFORM_WEBHOOK_URL: "https://platform.example",
      PLATFORM_WEBHOOK_SECRET: value,
    }, problems);
    assertEquals([webhook?.secrets, problems], [secrets, expected]);
  });
}

Deno.test("without a URL nothing is named", () => {
  const problems: string[] = [];
  for (const PLATFORM_WEBHOOK_SECRET of ["", SECRET, "wrong"]) {
    assertEquals(readPlatformWebhook({ PLATFORM_WEBHOOK_SECRET }, problems), undefined);
  }
  assertEquals(problems, []);
});
