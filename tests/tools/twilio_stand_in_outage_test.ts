import { assertEquals } from "../support/assert.ts";
import { newPhone } from "../support/twilio.ts";
import {
  isDelivered,
  OUR_NUMBER,
  refusal,
  text,
  textFrom,
  withTwilio,
} from "../support/twilio_stand_in.ts";
import { until } from "../support/wait.ts";

async function order(url: string, method: string, body?: unknown): Promise<number> {
  const response = await fetch(`${url}/outage`, {
    method,
    headers: { "Content-Type": "application/json" },
    body: JSON.stringify(body),
  });
  await response.body?.cancel();
  return response.status;
}

for (
  const [status, expected] of [
    [429, [429, 20429]],
    [500, [500, 20500]],
    [503, [503, 20503]],
    ["dropped", [undefined, "ECONNRESET"]],
  ] as const
) {
  Deno.test(`in an outage every call of the API is ${status}, until it is over; texts and callbacks go on`, () =>
    withTwilio(async (standIn) => {
      const { client, url, webhook } = standIn;
      const statusCallback = `${webhook}/sms-status`;
      const { sid } = await client.messages.create(text({ statusCallback }));
      assertEquals(await order(url, "POST", { status }), 204);
      for (
        const call of [
          () => client.messages.list(),
          () => client.messages.create(text()),
          () => client.messages(sid).fetch(),
          () => client.messages(sid).media.list(),
          () => client.incomingPhoneNumbers.list(),
        ]
      ) assertEquals(await refusal(call()), expected);
      await textFrom(standIn, { from: newPhone(), to: OUR_NUMBER, body: "Hi" });
      const isTold = () => standIn.posts.some(({ form }) => form.MessageStatus === "delivered");
      await until(isTold, "the callback");
      assertEquals(await order(url, "DELETE"), 204);
      await until(isDelivered(standIn, sid), "delivery");
      assertEquals((await client.messages.list()).length, 2);
    }));
}

Deno.test("an outage of another kind is refused", () =>
  withTwilio(async ({ client, url }) => {
    for (const body of [{ status: 200 }, {}, { status: 503, minutes: 1 }, "503"]) {
      assertEquals(await order(url, "POST", body), 400);
    }
    assertEquals(await order(url, "GET"), 405);
    const plain = await fetch(`${url}/outage`, { method: "POST", body: "{}" });
    assertEquals([plain.status, (await plain.json()).message], [
      415,
      "It must be application/json",
    ]);
    assertEquals(await client.messages.list(), []);
  }));
