import { assertEquals } from "../support/assert.ts";
import { setAccountState } from "../support/account_state.ts";
import { assertLastAnswer, clientWith, withAccount } from "../support/twilio_account.ts";
import { refusal } from "../support/twilio_stand_in.ts";

const FUNCTIONS = "https://abc.supabase.co/functions/v1";
const OVERRIDES = "#rc=3&rp=ct,5xx,rt&rt=4000&tt=15000";

Deno.test("a number is bought, listed, fetched, changed and released", () =>
  withAccount(async ({ client }) => {
    const { sid } = await client.incomingPhoneNumbers.create({ phoneNumber: "+15550100010" });
    assertLastAnswer("number", client);
    const bought = await client.incomingPhoneNumbers(sid).fetch();
    assertLastAnswer("number", client);
    assertEquals([bought.smsUrl, bought.voiceUrl, bought.statusCallback], [null, null, null]);
    assertEquals(bought.capabilities, { sms: true, mms: true, voice: true, fax: false });

    const settings = {
      smsUrl: `${FUNCTIONS}/sms-inbound${OVERRIDES}`,
      smsMethod: "POST",
      smsFallbackUrl: `${FUNCTIONS}/twilio-events${OVERRIDES}`,
      smsFallbackMethod: "POST",
      voiceUrl: `${FUNCTIONS}/twilio-events${OVERRIDES}`,
      voiceMethod: "POST",
      voiceFallbackUrl: `${FUNCTIONS}/twilio-events${OVERRIDES}`,
      voiceFallbackMethod: "POST",
      statusCallback: `${FUNCTIONS}/twilio-events${OVERRIDES}`,
      statusCallbackMethod: "POST",
    };
    const updated = await client.incomingPhoneNumbers(sid).update(settings);
    assertLastAnswer("number", client);
    const read = await client.incomingPhoneNumbers(sid).fetch();
    for (const [name, value] of Object.entries(settings)) {
      const key = name as keyof typeof settings;
      assertEquals([name, updated[key], read[key]], [name, value, value]);
    }
    assertEquals((await client.incomingPhoneNumbers.list()).map((number) => number.sid), [sid]);
    assertLastAnswer("numberList", client);
    assertEquals(await client.incomingPhoneNumbers(sid).remove(), true);
    assertEquals(await refusal(client.incomingPhoneNumbers(sid).fetch()), [404, 20404]);
  }));

Deno.test("an update changes what it names alone, and an empty URL or SID removes it", () =>
  withAccount(async ({ client }) => {
    const { sid } = await client.incomingPhoneNumbers.create({
      phoneNumber: "+15550100010",
      smsUrl: "https://example.com/sms",
      smsApplicationSid: `AP${"1".repeat(32)}`,
    });
    const number = client.incomingPhoneNumbers(sid);
    await number.update({ friendlyName: "Front desk" });
    const named = await number.fetch();
    assertEquals([named.friendlyName, named.smsUrl], ["Front desk", "https://example.com/sms"]);
    const { smsUrl, smsApplicationSid } = await number.update({
      smsUrl: "",
      smsApplicationSid: "",
    });
    assertEquals([smsUrl, smsApplicationSid], [null, null]);
    assertLastAnswer("number", client);
  }));

Deno.test("a trunk and a voice application exclude each other", () =>
  withAccount(async ({ client }) => {
    const [TRUNK, APPLICATION] = [`TK${"1".repeat(32)}`, `AP${"1".repeat(32)}`];
    const { sid } = await client.incomingPhoneNumbers.create({ phoneNumber: "+15550100010" });
    const number = client.incomingPhoneNumbers(sid);
    await number.update({ voiceApplicationSid: APPLICATION });
    const trunked = await number.update({ trunkSid: TRUNK });
    assertEquals([trunked.trunkSid, trunked.voiceApplicationSid], [TRUNK, null]);
    const applied = await number.update({ voiceApplicationSid: APPLICATION });
    assertEquals([applied.trunkSid, applied.voiceApplicationSid], [null, APPLICATION]);
  }));

Deno.test("numbers are looked for by a part, with * for any digit, and come in pages", () =>
  withAccount(async ({ client }) => {
    const phones = ["+15550100010", "+15550100011", "+15550100020", "+18885550100"];
    for (const phoneNumber of phones) await client.incomingPhoneNumbers.create({ phoneNumber });
    const found = async (phoneNumber: string) =>
      (await client.incomingPhoneNumbers.list({ phoneNumber })).map((number) => number.phoneNumber);
    assertEquals(await found("+15550100010"), ["+15550100010"]);
    assertEquals(await found("+1555010001*"), ["+15550100011", "+15550100010"]);
    assertEquals(await found("888"), ["+18885550100"]);
    assertEquals(await found("+15550109999"), []);
    const paged = await client.incomingPhoneNumbers.list({ pageSize: 1 });
    assertEquals(paged.map((number) => number.phoneNumber), phones.toReversed());
    assertEquals(paged.map(({ type }) => type), ["toll-free", "local", "local", "local"]);
  }));

Deno.test("a number without voice is such after the account's state says so", () =>
  withAccount(async ({ client, url }) => {
    const phoneNumber = "+15550100010";
    const { sid } = await client.incomingPhoneNumbers.create({ phoneNumber });
    await setAccountState(url, {
      numbers: [{ phone_number: phoneNumber, capabilities: { voice: false } }],
    });
    const { capabilities } = await client.incomingPhoneNumbers(sid).fetch();
    assertEquals([capabilities.voice, capabilities.sms], [false, true]);
    assertLastAnswer("number", client);
  }));

Deno.test("what Twilio refuses of a number is refused", () =>
  withAccount(async ({ client, url }) => {
    const { sid } = await client.incomingPhoneNumbers.create({ phoneNumber: "+15550100010" });
    const number = client.incomingPhoneNumbers(sid);
    for (
      const [call, expected] of [
        [() => number.update({ smsUrl: "sms-inbound" }), [400, 21402]],
        [() => number.update({ voiceFallbackUrl: "ftp://example.com/" }), [400, 21402]],
        [() => number.update({ statusCallback: "//example.com" }), [400, 21502]],
        [() => number.update({ smsMethod: "PUT" }), [400, 20001]],
        [() => number.update({ smsApplicationSid: "AP1" }), [400, 20001]],
        [() => client.incomingPhoneNumbers.create({ phoneNumber: "555" }), [400, 21421]],
        [() => client.incomingPhoneNumbers.create({ phoneNumber: "+15550100010" }), [400, 21422]],
        [() => client.incomingPhoneNumbers(`PN${"9".repeat(32)}`).fetch(), [404, 20404]],
        [() => clientWith(url, {}).incomingPhoneNumbers.list({ pageSize: 0 }), [400, 20001]],
      ] as const
    ) assertEquals(await refusal(call()), expected);
    assertEquals((await number.fetch()).smsUrl, null);
  }));
