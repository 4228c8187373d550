import { assertEquals, rejection } from "../support/assert.ts";
import { setAccountState } from "../support/account_state.ts";
import { API_KEY, assertLastAnswer, clientWith, withAccount } from "../support/twilio_account.ts";
import { ACCOUNT_SID, refusal } from "../support/twilio_stand_in.ts";

Deno.test("the account is active and paid for", () =>
  withAccount(async ({ client }) => {
    const { status, type } = await client.api.v2010.accounts(ACCOUNT_SID).fetch();
    assertLastAnswer("account", client);
    assertEquals([status, type], ["active", "Full"]);
    const other = client.api.v2010.accounts(`AC${"9".repeat(32)}`).fetch();
    assertEquals(await refusal(other), [404, 20404]);
  }));

for (const status of ["suspended", "closed"] as const) {
  Deno.test(`a ${status} account can be read, and every other call fails`, () =>
    withAccount(async ({ client, url }) => {
      await setAccountState(url, { account: { status, type: "Trial" } });
      const account = await client.api.v2010.accounts(ACCOUNT_SID).fetch();
      assertLastAnswer("account", client);
      assertEquals([account.status, account.type], [status, "Trial"]);
      for (
        const call of [
          () => client.incomingPhoneNumbers.list(),
          () => client.messages.list(),
          () => client.content.v1.contents.list(),
          () => client.messaging.v1.services.list(),
          () => client.messaging.v2.channelsSenders.list({ channel: "whatsapp" }),
        ]
      ) assertEquals(await refusal(call()), [403, 20005]);
    }));
}

Deno.test("a wrong auth token is refused everywhere", () =>
  withAccount(async ({ url }) => {
    const client = clientWith(url, { TWILIO_AUTH_TOKEN: "another-token" });
    for (
      const call of [
        () => client.api.v2010.accounts(ACCOUNT_SID).fetch(),
        () => client.incomingPhoneNumbers.list(),
        () => client.messaging.v1.services.list(),
      ]
    ) assertEquals(await refusal(call()), [401, 20003]);
  }));

Deno.test("a standard API key has everything but the account itself, and a main one that, too", () =>
  withAccount(async ({ url }) => {
    const client = clientWith(url, API_KEY);
    const fetchAccount = () => client.api.v2010.accounts(ACCOUNT_SID).fetch();
    assertEquals(await client.incomingPhoneNumbers.list(), []);
    assertEquals(await refusal(fetchAccount()), [401, 20003]);
    await setAccountState(url, { api_key: { type: "main" } });
    assertEquals((await fetchAccount()).sid, ACCOUNT_SID);
  }));

Deno.test("a restricted API key has what its permissions name", () =>
  withAccount(async ({ url }) => {
    const client = clientWith(url, API_KEY);
    await setAccountState(url, {
      api_key: { type: "restricted", permissions: ["messages", "messaging_services"] },
    });
    assertEquals(await client.messaging.v1.services.list(), []);
    assertEquals(await client.messages.list(), []);
    assertEquals(await refusal(client.incomingPhoneNumbers.list()), [401, 70051]);
    assertEquals(await refusal(client.content.v1.contents.list()), [401, 70051]);
    // The auth token has every permission.
    assertEquals(await clientWith(url).incomingPhoneNumbers.list(), []);
  }));

Deno.test("a state of another kind is refused", () =>
  withAccount(async ({ url }) => {
    const post = async (body: string, type = "application/json") => {
      const response = await fetch(`${url}/account-state`, {
        method: "POST",
        headers: { "Content-Type": type },
        body,
      });
      return [response.status, (await response.json()).message.split(":")[0]];
    };
    assertEquals(await post('{"account":{"status":"gone"}}'), [400, "account.status"]);
    assertEquals(await post('{"number":[]}'), [400, "The body"]);
    assertEquals(await post("{}", "text/plain"), [415, "It must be application/json"]);
    const get = await fetch(`${url}/account-state`);
    await get.body?.cancel();
    assertEquals(get.status, 405);
    const numbers = [{ phone_number: "+15550100777", capabilities: {} }];
    assertEquals(
      await rejection(setAccountState(url, { numbers })),
      "404 The account has no such number",
    );
  }));
