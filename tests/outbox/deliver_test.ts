import { type BegunMessage, deliver } from "../../supabase/functions/_shared/outbox/deliver.ts";
import type { Outbox } from "../../supabase/functions/_shared/outbox/outbox.ts";
import { assertEquals } from "../support/assert.ts";

/** Seconds of the clock that passed before each call's answer. */
interface Delays {
  firstAttempt: number;
  beginRetry: number;
}

/** Delivers a message whose first attempt Twilio answers with 429. Returns the calls and the result. */
async function deliverWithRetry({ firstAttempt, beginRetry }: Delays) {
  const calls: string[] = [];
  let now = 0;
  const outbox: Outbox = {
    configuration: {
      accountSid: "AC",
      username: "AC",
      password: "",
      apiBaseUrl: undefined,
      messagingServiceSid: undefined,
      statusCallbackUrl: "https://example.com/functions/v1/sms-status",
      callbackOverrides: "",
      confirmAfterSeconds: 60,
      confirmGapSeconds: 10,
      resendWithinSeconds: 900,
      statusCheckSeconds: 900,
    },
    callDatabase: (name, _args, returns) => {
      calls.push(name);
      now += beginRetry * 1000;
      const rows = [{ retry_begun_at: "2026-01-01T00:00:10Z", warnings: [] }];
      return Promise.resolve({ ok: true, data: returns.parse(rows) });
    },
    log: (_level, event) => void calls.push(event),
    content: () => Promise.reject(new Error("No template is sent")),
    twilio: () =>
      Promise.resolve({
        create: (_message, timeoutMs) => {
          calls.push(`create within ${timeoutMs} ms`);
          now += firstAttempt * 1000;
          if (calls.length > 1) return Promise.resolve({ kind: "unknown", reason: "no answer" });
          return Promise.resolve({
            kind: "try_again",
            errorCode: "20429",
            errorMessage: "Too many requests",
            afterMs: 0,
          });
        },
        listTo: () => Promise.reject(new Error("A delivery reads no list")),
      }),
    leaseSeconds: 70,
  };
  const message: BegunMessage = {
    messageId: crypto.randomUUID(),
    conversationId: crypto.randomUUID(),
    begunAt: "2026-01-01T00:00:00Z",
    beginCalledAt: 0,
    parties: { channel: "sms", recruit_phone: "+15555550100", twilio_phone: "+15555550199" },
    body: "Hi",
    mediaUrls: [],
  };
  const clock = performance.now;
  performance.now = () => now;
  try {
    return { calls, result: await deliver(message, outbox) };
  } finally {
    performance.now = clock;
  }
}

Deno.test("a retry gets the rest of the delivery's 15 s", async () => {
  const { calls, result } = await deliverWithRetry({ firstAttempt: 9, beginRetry: 4 });
  assertEquals(calls, [
    "create within 15000 ms",
    "send_retry",
    "recruiting_begin_retry",
    "create within 2000 ms",
    "send_unconfirmed",
  ]);
  assertEquals(result, { kind: "unconfirmed" });
});

for (const beginRetry of [4.5, 5]) {
  Deno.test(`Twilio is not called when the begin of a retry ends ${9.9 + beginRetry} s after the delivery's start`, async () => {
    const { calls, result } = await deliverWithRetry({ firstAttempt: 9.9, beginRetry });
    assertEquals(calls, [
      "create within 15000 ms",
      "send_retry",
      "recruiting_begin_retry",
      "send_too_late",
    ]);
    assertEquals(result, { kind: "unconfirmed" });
  });
}
