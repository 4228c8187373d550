/**
 * The doctor's subject registration: US campaigns, toll-free numbers, WhatsApp senders.
 *
 * @module
 */
import type { Sender } from "../../local/doctor/check.ts";
import { registrationChecks } from "../../local/doctor/registration_checks.ts";
import { assertEquals, assertMatch } from "../support/assert.ts";
import { until } from "../support/wait.ts";
import { type Doctor, outcomes, provokeEach, withDoctor } from "../support/doctor_of_twilio.ts";

const LONG_CODE = "+15550190021";
const TOLL_FREE = "+18005550122";
const ABROAD = "+447700900123";
const WHATSAPP = "+15550190024";

const sms = (address: string): Sender => ({ channel: "sms", address });

/** Creates a Messaging Service with a number in its pool, and returns its SID. */
async function addService({ twilio }: Doctor): Promise<string> {
  const [{ sid: phoneNumberSid }] = await twilio.incomingPhoneNumbers.list({
    phoneNumber: LONG_CODE,
  });
  const { services } = twilio.messaging.v1;
  const { sid } = await services.create({ friendlyName: "Recruiting" });
  await services(sid).phoneNumbers.create({ phoneNumberSid });
  return sid;
}

Deno.test("a US long code needs a verified campaign, and every other state says what to do", async () => {
  await withDoctor(registrationChecks, async (doctor) => {
    await doctor.twilio.incomingPhoneNumbers.create({ phoneNumber: LONG_CODE });
    let service = "";
    const setCampaign = (
      campaign_status: "PENDING" | "IN_PROGRESS" | "FAILED" | "VERIFIED" | null,
    ) =>
      doctor.change({
        campaigns: [{
          messaging_service_sid: service,
          campaign_status,
          ...campaign_status === "FAILED"
            ? {
              errors: [{
                error_code: 30909,
                fields: ["MESSAGE_FLOW"],
                description: "Secret words",
              }],
            }
            : {},
        }],
      });
    const heal = () => setCampaign("VERIFIED");
    await provokeEach(doctor, [
      {
        name: "in no service",
        id: "registration.us_campaign",
        cause: () => Promise.resolve(),
        detail: /^…0021 is in no Messaging Service, so it has no campaign$/,
        mend: /Add the number to the Messaging Service of your campaign: Twilio's console/,
        heal: async () => {
          service = await addService(doctor);
          await heal();
        },
      },
      {
        name: "no campaign",
        id: "registration.us_campaign",
        cause: () => setCampaign(null),
        detail: /^The Messaging Service of …0021 has no campaign$/,
        mend: /Register a brand and a campaign/,
        heal,
      },
      {
        name: "PENDING",
        id: "registration.us_campaign",
        cause: () => setCampaign("PENDING"),
        detail: /^The campaign of …0021 is PENDING$/,
        mend: /^PENDING: wait for the review.*30034$/,
        heal,
      },
      {
        name: "IN_PROGRESS",
        id: "registration.us_campaign",
        cause: () => setCampaign("IN_PROGRESS"),
        detail: /is IN_PROGRESS$/,
        mend: /^IN_PROGRESS: wait/,
        heal,
      },
      {
        name: "FAILED",
        id: "registration.us_campaign",
        cause: () => setCampaign("FAILED"),
        detail: /^The campaign of …0021 is FAILED \(30909\)$/,
        mend: /^FAILED: read why it was rejected, correct the campaign/,
        heal,
      },
    ]);
  }, { senders: [sms(LONG_CODE), sms(ABROAD), sms(TOLL_FREE)] });
});

Deno.test("a toll-free number of which a text was refused with 30032 in the last day is not verified", async () => {
  await withDoctor(registrationChecks, async (doctor) => {
    const { messages } = doctor.twilio;
    const send = (to: string) => messages.create({ from: TOLL_FREE, to, body: "Secret words" });
    await send("+15550190029");
    assertEquals((await doctor.findings()).get("registration.toll_free")?.ok, true);

    const { sid } = await send("+15005563032");
    await until(
      async () => (await messages(sid).fetch()).status === "undelivered",
      "the refusal of the text",
    );
    const refused = (await doctor.findings()).get("registration.toll_free");
    assertEquals(
      [refused?.ok, refused?.detail],
      [false, "…0122 is not verified: error 30032 × 1 in the last day"],
    );
    assertMatch(refused?.mend ?? "", /^Verify the number: Twilio's console/);

    await messages(sid).remove();
    assertEquals((await doctor.findings()).get("registration.toll_free")?.ok, true);
  }, { senders: [sms(TOLL_FREE)] });
});

Deno.test("a WhatsApp sender must be online, else its reasons are named without numbers", async () => {
  const sender_id = `whatsapp:${WHATSAPP}`;
  const heal = (doctor: Doctor) => doctor.change({ senders: [{ sender_id, status: "ONLINE" }] });
  await withDoctor(registrationChecks, async (doctor) => {
    await doctor.addChannelSender(sender_id);
    await provokeEach(doctor, [
      {
        name: "OFFLINE",
        id: "registration.whatsapp",
        cause: () =>
          doctor.change({
            senders: [{
              sender_id,
              status: "OFFLINE",
              offline_reasons: [{
                code: "63020",
                message: `Business ${WHATSAPP} is restricted`,
                more_info: "https://www.twilio.com/docs/errors/63020",
              }],
            }],
          }),
        detail: /^WhatsApp sender …0024 is OFFLINE: 63020 Business …0024 is restricted$/,
        mend: /^Clear the reasons: Twilio's console, Messaging, Senders, WhatsApp senders$/,
        heal,
      },
      {
        name: "PENDING_VERIFICATION",
        id: "registration.whatsapp",
        cause: () => doctor.change({ senders: [{ sender_id, status: "PENDING_VERIFICATION" }] }),
        detail: /^WhatsApp sender …0024 is PENDING_VERIFICATION$/,
        mend: /^Finish the sender's registration/,
        heal,
      },
    ]);
    const unknown = await doctor.findings({
      senders: [{ channel: "whatsapp", address: LONG_CODE }],
    });
    assertEquals(unknown.get("registration.whatsapp")?.ok, null);
  }, { senders: [{ channel: "whatsapp", address: WHATSAPP }] });
});

Deno.test("numbers of other countries, short codes and other channels need no US registration", async () => {
  await withDoctor(registrationChecks, async (doctor) => {
    const findings = await doctor.findings({
      senders: [sms(ABROAD), sms("55501"), { channel: "messenger", address: "1000" }],
    });
    assertEquals(outcomes(findings), {
      "registration.us_campaign": null,
      "registration.toll_free": null,
      "registration.whatsapp": null,
    });
    for (const { detail } of findings.values()) assertMatch(detail, /^Does not apply/);
  });
});
