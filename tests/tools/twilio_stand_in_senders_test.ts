import { assertEquals } from "../support/assert.ts";
import { setAccountState } from "../support/account_state.ts";
import { assertLastAnswer, withAccount, writeSender } from "../support/twilio_account.ts";
import { refusal } from "../support/twilio_stand_in.ts";

const FUNCTIONS = "https://abc.supabase.co/functions/v1";
const WHATSAPP = "whatsapp:+15550100019";

Deno.test("a sender is created, listed by its channel, fetched and changed", () =>
  withAccount(async (account) => {
    const { client } = account;
    const { channelsSenders } = client.messaging.v2;
    const { status, json: { sid, ...created } } = await writeSender(account, {
      sender_id: WHATSAPP,
    });
    assertLastAnswer("sender", client);
    assertEquals([status, created.status], [202, "CREATING"]);
    await writeSender(account, { sender_id: "rcs:northwind_agent" });
    const listed = await channelsSenders.list({ channel: "whatsapp" });
    assertLastAnswer("senderList", client);
    assertEquals(listed.map(({ senderId }) => senderId), [WHATSAPP]);

    const webhook = {
      callback_url: `${FUNCTIONS}/sms-inbound#rc=3`,
      callback_method: "POST",
      fallback_url: `${FUNCTIONS}/twilio-events#rc=3`,
      fallback_method: "POST",
      status_callback_url: `${FUNCTIONS}/sms-status#rc=3`,
      status_callback_method: "POST",
    };
    await writeSender(account, { webhook }, sid);
    assertLastAnswer("sender", client);
    const read = await channelsSenders(sid).fetch();
    assertLastAnswer("sender", client);
    assertEquals({ ...read.webhook }, {
      callbackUrl: webhook.callback_url,
      callbackMethod: "POST",
      fallbackUrl: webhook.fallback_url,
      fallbackMethod: "POST",
      statusCallbackUrl: webhook.status_callback_url,
      statusCallbackMethod: "POST",
    });
    assertEquals(read.profile.name, "Northwind Recruiting");
    const moved = { callback_url: `${FUNCTIONS}/sms-inbound` };
    await writeSender(account, { webhook: moved }, sid);
    const { webhook: changed } = await channelsSenders(sid).fetch();
    assertEquals([changed.callbackUrl, changed.fallbackUrl], [
      moved.callback_url,
      webhook.fallback_url,
    ]);
  }));

Deno.test("a sender's status and the reasons for it are what the account's state says", () =>
  withAccount(async (account) => {
    const { client, url } = account;
    const { channelsSenders } = client.messaging.v2;
    const { json: { sid } } = await writeSender(account, { sender_id: WHATSAPP });
    await setAccountState(url, { senders: [{ sender_id: WHATSAPP, status: "ONLINE" }] });
    const online = await channelsSenders(sid).fetch();
    assertEquals([online.status, online.offlineReasons], ["ONLINE", null]);
    const updating = await writeSender(account, { profile: { name: "Northwind" } }, sid);
    assertLastAnswer("sender", client);
    assertEquals(updating.json.status, "ONLINE:UPDATING");
    assertEquals((await channelsSenders(sid).fetch()).status, "ONLINE");

    const more_info = "https://www.twilio.com/docs/errors/63104";
    await setAccountState(url, {
      senders: [{
        sender_id: WHATSAPP,
        status: "OFFLINE",
        offline_reasons: [{ code: "63104", message: "The display name was refused", more_info }],
      }],
    });
    const offline = await channelsSenders(sid).fetch();
    assertLastAnswer("sender", client);
    assertEquals([offline.status, { ...offline.offlineReasons[0] }], ["OFFLINE", {
      code: "63104",
      message: "The display name was refused",
      moreInfo: more_info,
    }]);
  }));

Deno.test("what Twilio refuses of a sender is refused", () =>
  withAccount(async (account) => {
    const { client, url } = account;
    const { channelsSenders } = client.messaging.v2;
    const { json: { sid } } = await writeSender(account, { sender_id: WHATSAPP });
    const withoutChannel = await client.request({
      method: "get",
      uri: `${url}/v2/Channels/Senders`,
    });
    assertEquals([withoutChannel.statusCode, withoutChannel.body.code], [400, 20001]);
    const form = await client.request({
      method: "post",
      uri: `${url}/v2/Channels/Senders/${sid}`,
      data: { webhook: "{}" },
    });
    assertEquals([form.statusCode, form.body.code], [400, 20001]);
    for (
      const [body, changed] of [
        [{ sender_id: WHATSAPP }],
        [{ sender_id: "+15550100019" }],
        [{ webhook: { callback_url: "sms-inbound" } }, sid],
        // The document knows POST and PUT alone.
        [{ webhook: { callback_method: "GET" } }, sid],
        [{ hook: {} }, sid],
      ] as const
    ) {
      const { status, json } = await writeSender(account, body, changed);
      assertEquals([status, json.code], [400, 20001]);
    }
    const camelCase = channelsSenders(sid).update({ webhook: { callbackUrl: FUNCTIONS } });
    assertEquals(await refusal(camelCase), [400, 20001]);
    const unknown = `XE${"9".repeat(32)}`;
    assertEquals(await refusal(channelsSenders(unknown).fetch()), [404, 20404]);
    assertEquals((await writeSender(account, {}, unknown)).json.code, 20404);
  }));
