/** What became of attachments is recorded in one call, whose warnings are logged. */
import { copyMedia, type CopyTools } from "../../supabase/functions/_shared/media/copy_media.ts";
import { assertEquals } from "../support/assert.ts";

Deno.test("a broadcast that is missed after copying is logged as an error", async () => {
  const lines: string[] = [];
  const tools: CopyTools = {
    callDatabase: (_name, _args, returns) => {
      const rows = [{ outcome: "recorded", warnings: ["broadcast_missed"] }];
      return Promise.resolve({ ok: true, data: returns.parse(rows) });
    },
    account: { accountSid: "AC", username: "AC", password: "", apiBaseUrl: undefined },
    twilioMedia: {
      list: () => Promise.reject(new Error("No list is read")),
      remove: () => Promise.reject(new Error("Nothing is deleted")),
    },
    objects: {
      put: () => Promise.reject(new Error("Nothing is stored")),
      remove: () => Promise.reject(new Error("Nothing is deleted")),
    },
    deletesTwilioMedia: false,
    log: (level, event) => void lines.push(`${level} ${event}`),
  };
  const text = {
    message_id: crypto.randomUUID(),
    message_sid: "MM0",
    conversation_id: crypto.randomUUID(),
    media: [{ url: "https://example.com/0" }],
    num_media: 1,
    attempts: 0,
  };
  await copyMedia(text, crypto.randomUUID(), performance.now() + 60_000, tools);
  assertEquals(lines.filter((line) => line.startsWith("error")), ["error broadcast_missed"]);
});
