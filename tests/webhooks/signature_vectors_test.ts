import { getExpectedTwilioSignature } from "twilio/lib/webhooks/webhooks.js";
import { assertEquals } from "../support/assert.ts";
import { parseForm } from "../../supabase/functions/_shared/webhook/twilio_form.ts";
import { isSignedByTwilio } from "../../supabase/functions/_shared/webhook/twilio_signature.ts";
import type { TwilioForm } from "../../supabase/functions/_shared/webhook/twilio_form.ts";

interface Vector {
  name: string;
  authToken: string;
  url: string;
  params?: TwilioForm;
  body?: string;
  rawBody?: string;
  signature: string;
  /** What Twilio's SDK for Node makes of it. */
  twilioNode?: boolean;
}

const vectors: Vector[] = JSON.parse(
  await Deno.readTextFile(new URL("../data/signature-vectors.json", import.meta.url)),
);

for (const { name, authToken, url, params, body, rawBody, signature, twilioNode } of vectors) {
  if (twilioNode === undefined) continue;
  Deno.test(`published signature "${name}" is ${twilioNode ? "accepted" : "refused"}`, () => {
    const form = rawBody === undefined ? params : parseForm(rawBody);
    const signers = [{ authToken, baseUrl: url }];
    const request = { signature, signers, path: "", body: body ?? form ?? {} };
    assertEquals(isSignedByTwilio(request), twilioNode);
  });
}

Deno.test("a signature made with the empty key is refused", () => {
  const baseUrl = "https://example.com";
  const signature = getExpectedTwilioSignature("", `${baseUrl}/sms-inbound`, {});
  const signers = [{ authToken: "", baseUrl }];
  assertEquals(isSignedByTwilio({ signature, signers, path: "/sms-inbound", body: {} }), false);
});
