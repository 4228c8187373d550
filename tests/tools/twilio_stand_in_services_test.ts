import { assertEquals } from "../support/assert.ts";
import { setAccountState } from "../support/account_state.ts";
import { assertLastAnswer, withAccount } from "../support/twilio_account.ts";
import { refusal } from "../support/twilio_stand_in.ts";

const FUNCTIONS = "https://abc.supabase.co/functions/v1";

Deno.test("a service is created, listed, fetched, changed and deleted", () =>
  withAccount(async ({ client }) => {
    const { services } = client.messaging.v1;
    const { sid } = await services.create({ friendlyName: "Recruiting" });
    assertLastAnswer("service", client);
    const created = await services(sid).fetch();
    assertLastAnswer("service", client);
    assertEquals(
      [created.inboundRequestUrl, created.useInboundWebhookOnNumber, created.friendlyName],
      [null, false, "Recruiting"],
    );
    const settings = {
      inboundRequestUrl: `${FUNCTIONS}/sms-inbound#rc=3`,
      inboundMethod: "POST",
      fallbackUrl: `${FUNCTIONS}/twilio-events#rc=3`,
      fallbackMethod: "POST",
      statusCallback: `${FUNCTIONS}/sms-status#rc=3`,
      useInboundWebhookOnNumber: true,
    };
    await services(sid).update(settings);
    assertLastAnswer("service", client);
    const read = await services(sid).fetch();
    for (const [name, value] of Object.entries(settings)) {
      assertEquals([name, read[name as keyof typeof settings]], [name, value]);
    }
    assertEquals(read.friendlyName, "Recruiting");
    await services(sid).update({ fallbackUrl: "" });
    assertEquals((await services(sid).fetch()).fallbackUrl, null);
    await services.create({ friendlyName: "Another" });
    assertEquals((await services.list({ pageSize: 1 })).map(({ friendlyName }) => friendlyName), [
      "Another",
      "Recruiting",
    ]);
    assertLastAnswer("serviceList", client);
    await services(sid).remove();
    assertEquals(await refusal(services(sid).fetch()), [404, 20404]);
  }));

Deno.test("a number is in the pool of one service at most", () =>
  withAccount(async ({ client }) => {
    const { services } = client.messaging.v1;
    const number = await client.incomingPhoneNumbers.create({ phoneNumber: "+15550100010" });
    const { sid } = await services.create({ friendlyName: "Recruiting" });
    const other = await services.create({ friendlyName: "Another" });
    const entry = { phoneNumberSid: number.sid };
    const added = await services(sid).phoneNumbers.create(entry);
    assertLastAnswer("poolEntry", client);
    assertEquals([added.sid, added.phoneNumber, added.capabilities], [
      number.sid,
      "+15550100010",
      ["Voice", "SMS", "MMS"],
    ]);
    assertEquals((await services(sid).phoneNumbers.list()).map(({ sid }) => sid), [number.sid]);
    assertLastAnswer("pool", client);
    await services(sid).phoneNumbers(number.sid).fetch();
    assertLastAnswer("poolEntry", client);

    assertEquals(await refusal(services(sid).phoneNumbers.create(entry)), [409, 21710]);
    assertEquals(await refusal(services(other.sid).phoneNumbers.create(entry)), [409, 21712]);
    const unknown = { phoneNumberSid: `PN${"9".repeat(32)}` };
    assertEquals(await refusal(services(sid).phoneNumbers.create(unknown)), [400, 21421]);

    await services(sid).phoneNumbers(number.sid).remove();
    assertEquals(await services(sid).phoneNumbers.list(), []);
    await services(other.sid).phoneNumbers.create(entry);
    // A number that is released leaves its pool.
    await client.incomingPhoneNumbers(number.sid).remove();
    assertEquals(await services(other.sid).phoneNumbers.list(), []);
  }));

Deno.test("a service has a campaign when the account's state says so", () =>
  withAccount(async ({ client, url }) => {
    const { sid } = await client.messaging.v1.services.create({ friendlyName: "Recruiting" });
    const service = client.messaging.v1.services(sid);
    assertEquals(await service.usAppToPerson.list(), []);
    assertEquals((await service.fetch()).usAppToPersonRegistered, false);

    const errors = [{ error_code: 30909, fields: ["MESSAGE_FLOW"], description: "Rejected" }];
    for (const campaign_status of ["PENDING", "FAILED", "VERIFIED"] as const) {
      await setAccountState(url, {
        campaigns: [{
          messaging_service_sid: sid,
          campaign_status,
          ...(campaign_status === "FAILED" ? { errors } : {}),
        }],
      });
      const [campaign, ...others] = await service.usAppToPerson.list();
      assertLastAnswer("campaignList", client);
      assertEquals([campaign.campaignStatus, campaign.errors, others], [
        campaign_status,
        campaign_status === "FAILED" ? errors : [],
        [],
      ]);
      await service.usAppToPerson(campaign.sid).fetch();
      assertLastAnswer("campaign", client);
    }
    assertEquals((await service.fetch()).usAppToPersonRegistered, true);
    await setAccountState(url, {
      campaigns: [{ messaging_service_sid: sid, campaign_status: null }],
    });
    assertEquals(await service.usAppToPerson.list(), []);
  }));

Deno.test("what Twilio refuses of a service is refused", () =>
  withAccount(async ({ client }) => {
    const { services } = client.messaging.v1;
    const { sid } = await services.create({ friendlyName: "Recruiting" });
    const unknown = services(`MG${"9".repeat(32)}`);
    for (
      const [call, expected] of [
        [() => services(sid).update({ inboundRequestUrl: "sms-inbound" }), [400, 20001]],
        [() => services(sid).update({ inboundMethod: "PUT" }), [400, 20001]],
        [() => unknown.fetch(), [404, 20404]],
        [() => unknown.update({ friendlyName: "Gone" }), [404, 20404]],
        [() => unknown.phoneNumbers.list(), [404, 20404]],
        [() => unknown.usAppToPerson.list(), [404, 20404]],
      ] as const
    ) assertEquals(await refusal(call()), expected);
  }));
