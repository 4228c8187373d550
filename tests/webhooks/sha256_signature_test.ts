/** Webhooks that a shared key has signed with HMAC-SHA256: the SDK's published vectors, signed so. */
import { Buffer } from "node:buffer";
import { createHmac } from "node:crypto";
import { fileURLToPath } from "node:url";
import { getExpectedBodyHash, getExpectedTwilioSignature } from "twilio/lib/webhooks/webhooks.js";
import {
  parseForm,
  type TwilioForm,
} from "../../supabase/functions/_shared/webhook/twilio_form.ts";
import { signatureCheckOf } from "../../supabase/functions/_shared/webhook/signature_settings.ts";
import { isSignedWithSha256 } from "../../supabase/functions/_shared/webhook/sha256_signature.ts";
import { isSignedByTwilio } from "../../supabase/functions/_shared/webhook/twilio_signature.ts";
import { assert, assertEquals } from "../support/assert.ts";
import { API_URL } from "../support/stack.ts";
import {
  AUTH_TOKEN,
  encode,
  type FunctionName,
  inboundForm,
  newSid,
  statusForm,
} from "../support/twilio.ts";

interface Vector {
  name: string;
  authToken: string;
  url: string;
  signedUrl?: string;
  params?: TwilioForm;
  body?: string;
  rawBody?: string;
  signature: string;
  twilioNode?: boolean;
}

const vectors: Vector[] = JSON.parse(
  await Deno.readTextFile(new URL("../data/signature-vectors.json", import.meta.url)),
);

/** What is signed: the URL, and every key and value in order. */
function signedText(url: string, form: TwilioForm): string {
  return url +
    Object.keys(form).sort().map((key) =>
      [...new Set([form[key]].flat())].sort().map((value) => key + value).join("")
    ).join("");
}

function sha256(authToken: string, text: string): string {
  return createHmac("sha256", authToken).update(Buffer.from(text, "utf-8")).digest("base64");
}

/** Spellings of a URL, of which a vector's signature was made for one. */
function spellings(url: string): string[] {
  const withoutPort = url.replace(/^([a-z]+:\/\/[^/?#]*?):\d+(?=[/?#]|$)/i, "$1");
  const withPort = (port: string) => withoutPort.replace(/^([a-z]+:\/\/[^/?#]*)/i, `$1:${port}`);
  return [url, withoutPort, withPort("443"), withPort("80")]
    .flatMap((one) => [one, one.replaceAll("'", "%27"), new URL(one).toString()]);
}

for (
  const { name, authToken, url, signedUrl, params, body, rawBody, signature, twilioNode } of vectors
) {
  if (!twilioNode) continue;
  const form = rawBody === undefined ? params ?? {} : parseForm(rawBody);
  Deno.test(`the published signature "${name}" is accepted with SHA-256, too`, () => {
    const signed = [...(signedUrl ? [signedUrl] : []), ...spellings(url)].find((one) =>
      getExpectedTwilioSignature(authToken, one, body === undefined ? form : {}) === signature
    );
    assert(signed !== undefined, "the vector's signature is made for none of the spellings");
    const request = {
      signers: [{ authToken, baseUrl: url }],
      path: "",
      body: body ?? form,
    };
    const text = signedText(signed, body === undefined ? form : {});
    assertEquals(isSignedWithSha256({ ...request, signature: sha256(authToken, text) }), true);
    assertEquals(isSignedWithSha256({ ...request, signature }), false);
    assertEquals(isSignedWithSha256({ ...request, signature: sha256("other", text) }), false);
    assertEquals(
      isSignedWithSha256({ ...request, signature: sha256(authToken, `${text}x`) }),
      false,
    );
  });
}

Deno.test("a signature with SHA-256 for another URL, or made with the empty key, is refused", () => {
  const baseUrl = "https://example.com";
  const request = { path: "/sms-inbound", body: {} };
  const signers = [{ authToken: "key", baseUrl }];
  const other = sha256("key", "https://example.org/sms-inbound");
  assertEquals(isSignedWithSha256({ ...request, signers, signature: other }), false);
  const empty = sha256("", `${baseUrl}/sms-inbound`);
  assertEquals(
    isSignedWithSha256({ ...request, signers: [{ authToken: "", baseUrl }], signature: empty }),
    false,
  );
});

Deno.test("JSON whose hash is missing or wrong is refused, although its URL is signed with SHA-256", () => {
  const signers = [{ authToken: "key", baseUrl: "https://example.com" }];
  for (const [hash, isAccepted] of [["{}", true], ["[]", false], ["", false]] as const) {
    const path = `/x${hash && `?bodySHA256=${getExpectedBodyHash(hash)}`}`;
    const signature = sha256("key", `https://example.com${path}`);
    assertEquals(isSignedWithSha256({ signature, signers, path, body: "{}" }), isAccepted);
  }
});

for (
  const [settings, algorithm] of [
    ["key=HK1", "SHA-1"],
    ["key=HK1,algorithm=HMAC_SHA1", "SHA-1"],
    ["key=HK1,algorithm=HMAC_SHA256", "SHA-256"],
    ["algorithm=HMAC_SHA256,key=HK1", "SHA-256"],
    ["key=HK1, algorithm = hmac_sha256 ", "SHA-256"],
    ["key=HK1,algorithm=HMAC_SHA512", undefined],
    ["key=HK1,algorithm=", undefined],
    ["my_algorithm=HMAC_SHA256", "SHA-1"],
    ["key=HK1,algorithm=none", undefined],
  ]
) {
  Deno.test(`the settings ${settings} ask for ${algorithm ?? "an algorithm that is not known"}`, () => {
    const check = signatureCheckOf(settings!);
    assertEquals(check && (check === isSignedWithSha256 ? "SHA-256" : "SHA-1"), algorithm);
  });
}

/** The deadline of a process that reads two long settings, in ms: most of it is for a loaded machine to start it. */
const READ_WITHIN_MS = 60_000;

Deno.test("a stranger's settings of any length cost no more than reading them", async () => {
  const functions = new URL("../../supabase/functions/", import.meta.url);
  const code = `
    const { signatureCheckOf } = await import("${new URL(
    "_shared/webhook/signature_settings.ts",
    functions,
  )}");
    for (const settings of ["algorithm=a" + " ".repeat(1e6) + "b", ", ".repeat(5e5) + "algorithm"]) {
      console.log(signatureCheckOf(settings)?.name);
    }`;
  // In a process of its own, because the square of the length would take hours.
  const { code: exitCode, stdout } = await new Deno.Command(Deno.execPath(), {
    args: ["eval", `--config=${fileURLToPath(new URL("deno.json", functions))}`, code],
    signal: AbortSignal.timeout(READ_WITHIN_MS),
  }).output();
  assertEquals(exitCode, 0, `The settings were not read within ${READ_WITHIN_MS} ms`);
  assertEquals(new TextDecoder().decode(stdout).split("\n"), [
    "undefined",
    isSignedByTwilio.name,
    "",
  ]);
});

for (
  const [name, form] of [
    ["sms-inbound", inboundForm()],
    ["sms-status", statusForm(newSid(), "sent")],
    ["twilio-events", { RoomSid: newSid("RM") }],
  ] as [FunctionName, TwilioForm][]
) {
  Deno.test(`${name} takes a request that is signed with SHA-256 and says so, and no other`, async () => {
    const url = `${API_URL}/functions/v1/${name}`;
    const text = signedText(url, form);
    const sha1 = getExpectedTwilioSignature(AUTH_TOKEN, url, form);
    const send = async (signature: string, settings?: string) => {
      const response = await fetch(url, {
        method: "POST",
        headers: {
          "Content-Type": "application/x-www-form-urlencoded",
          "X-Twilio-Signature": signature,
          ...(settings ? { "X-Twilio-Webhooks-Signature-Settings": settings } : {}),
        },
        body: encode(form),
      });
      await response.body?.cancel();
      return response.status;
    };
    const settings = "key=HK00000000000000000000000000000000,algorithm=HMAC_SHA256";
    assertEquals(await send(sha256(AUTH_TOKEN, text), settings), 200);
    assertEquals(await send(sha256("other", text), settings), 401);
    assertEquals(await send(sha1, settings), 401);
    assertEquals(await send(sha256(AUTH_TOKEN, text)), 401);
    assertEquals(await send(sha1, settings.replace("256", "512")), 401);
    assertEquals(await send(sha1), 200);
  });
}
