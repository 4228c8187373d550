import { assertEquals } from "../support/assert.ts";
import { API_URL } from "../support/stack.ts";
import {
  encode,
  type FunctionName,
  inboundForm,
  newSid,
  post,
  postJson,
  signedRequest,
  statusForm,
} from "../support/twilio.ts";

const FUNCTIONS: FunctionName[] = ["sms-inbound", "sms-status"];
const FORM_TYPE = "application/x-www-form-urlencoded";

function bodyOf(bytes: number): string {
  return `Body=${"a".repeat(bytes - 5)}`;
}

/** A body that goes on for ever; the sender learns that it is read no further. */
function endlessBody(): ReadableStream<Uint8Array<ArrayBuffer>> {
  const chunk = new TextEncoder().encode("a".repeat(1024));
  return new ReadableStream({ pull: (controller) => controller.enqueue(chunk) });
}

interface Case {
  label: string;
  method?: string;
  headers?: Record<string, string>;
  body?: BodyInit;
  status: number;
  code: string;
}

const CASES: Case[] = [
  { label: "GET", method: "GET", status: 405, code: "METHOD_NOT_ALLOWED" },
  { label: "PUT", method: "PUT", body: "a", status: 405, code: "METHOD_NOT_ALLOWED" },
  { label: "DELETE", method: "DELETE", status: 405, code: "METHOD_NOT_ALLOWED" },
  {
    label: "plain text",
    headers: { "Content-Type": "text/plain" },
    body: "a=b",
    status: 415,
    code: "UNSUPPORTED_MEDIA_TYPE",
  },
  { label: "multipart", body: new FormData(), status: 415, code: "UNSUPPORTED_MEDIA_TYPE" },
  {
    label: "no content type",
    body: new Uint8Array([1]),
    status: 415,
    code: "UNSUPPORTED_MEDIA_TYPE",
  },
  {
    label: "a declared length over 64 KiB, even without a signature",
    headers: { "Content-Type": FORM_TYPE },
    body: bodyOf(65_537),
    status: 413,
    code: "PAYLOAD_TOO_LARGE",
  },
  {
    label: "no signature",
    headers: { "Content-Type": FORM_TYPE },
    body: "a=b",
    status: 401,
    code: "UNAUTHORIZED",
  },
  {
    label: "no signature and an endless body, which is not read",
    headers: { "Content-Type": FORM_TYPE },
    body: endlessBody(),
    status: 401,
    code: "UNAUTHORIZED",
  },
  {
    label: "an empty signature",
    headers: { "Content-Type": FORM_TYPE, "X-Twilio-Signature": "" },
    body: "a=b",
    status: 401,
    code: "UNAUTHORIZED",
  },
  {
    label: "an endless body",
    headers: { "Content-Type": FORM_TYPE, "X-Twilio-Signature": "x" },
    body: endlessBody(),
    status: 413,
    code: "PAYLOAD_TOO_LARGE",
  },
  {
    label: "exactly 64 KiB with a wrong signature",
    headers: { "Content-Type": FORM_TYPE, "X-Twilio-Signature": "x" },
    body: bodyOf(65_536),
    status: 401,
    code: "UNAUTHORIZED",
  },
  {
    label: "JSON without bodySHA256",
    headers: { "Content-Type": "application/json", "X-Twilio-Signature": "x" },
    body: "{}",
    status: 401,
    code: "UNAUTHORIZED",
  },
];

for (const name of FUNCTIONS) {
  for (const { label, method = "POST", headers, body, status, code } of CASES) {
    if (body instanceof ReadableStream && name === "sms-status") continue; // A stream is read once.
    Deno.test(`${name} answers ${status} to ${label}`, async () => {
      const response = await postUntilAnswered(`${API_URL}/functions/v1/${name}`, {
        method,
        headers,
        body,
      });
      const { error } = await response.json();
      assertEquals({ status: response.status, code: error.code }, { status, code });
      assertEquals(response.headers.get("allow"), status === 405 ? "POST" : null);
    });
  }
}

/** `fetch`, but over a raw connection where the body has no end: fetch would send it all first. */
async function postUntilAnswered(url: string, init: RequestInit): Promise<Response> {
  if (!(init.body instanceof ReadableStream)) return await fetch(url, init);
  const { hostname, port, pathname } = new URL(url);
  const connection = await Deno.connect({ hostname, port: Number(port) });
  const headers = Object.entries(init.headers ?? {}).map(([name, value]) =>
    `${name}: ${value}\r\n`
  );
  const head = `POST ${pathname} HTTP/1.1\r\nHost: ${hostname}\r\n${
    headers.join("")
  }Transfer-Encoding: chunked\r\n\r\n`;
  let answered = false;
  const encoder = new TextEncoder();
  const sending = (async () => {
    await connection.write(encoder.encode(head));
    for await (const chunk of init.body as ReadableStream<Uint8Array>) {
      if (answered) return;
      await connection.write(
        encoder.encode(`${chunk.length.toString(16)}\r\n${new TextDecoder().decode(chunk)}\r\n`),
      );
    }
  })().catch(() => {});
  let text = "";
  const buffer = new Uint8Array(4096);
  while (!/\r\n\r\n.+\}$/s.test(text)) {
    const length = await connection.read(buffer);
    if (length === null) break;
    text += new TextDecoder().decode(buffer.subarray(0, length));
  }
  answered = true;
  connection.close();
  await sending;
  const [top, body] = text.split("\r\n\r\n");
  return new Response(body, { status: Number(top.split(" ")[1]) });
}

Deno.test("a body that stalls for 10 s is answered 408", async () => {
  const { hostname, port } = new URL(API_URL);
  const connection = await Deno.connect({ hostname, port: Number(port) });
  await connection.write(new TextEncoder().encode(
    `POST /functions/v1/sms-inbound HTTP/1.1\r\nHost: ${hostname}\r\nContent-Type: ${FORM_TYPE}\r\n` +
      "X-Twilio-Signature: x\r\nContent-Length: 100\r\n\r\nBody=",
  ));
  const buffer = new Uint8Array(4096);
  const length = await connection.read(buffer) ?? 0;
  connection.close();
  assertEquals(new TextDecoder().decode(buffer.subarray(0, length)).split(" ")[1], "408");
});

const WRONG: { label: string; request(): Request }[] = [
  {
    label: "another key",
    request: () => signedRequest("sms-inbound", inboundForm(), { token: "another-token" }),
  },
  {
    label: "another function's URL",
    request: () => {
      const { headers } = signedRequest("sms-status", statusForm(newSid(), "sent"));
      return new Request(`${API_URL}/functions/v1/sms-inbound`, {
        method: "POST",
        headers,
        body: encode(statusForm(newSid(), "sent")),
      });
    },
  },
  {
    label: "two signatures",
    request: () => {
      const request = signedRequest("sms-inbound", inboundForm());
      request.headers.append("X-Twilio-Signature", "another");
      return request;
    },
  },
  {
    label: "another query",
    request: () => {
      const request = signedRequest("sms-inbound", inboundForm());
      return new Request(`${request.url}?a=b`, request);
    },
  },
];

for (const { label, request } of WRONG) {
  Deno.test(`a signature for ${label} is answered 401 and nothing else is told`, async () => {
    const response = await fetch(request());
    assertEquals(response.status, 401);
    assertEquals(await response.json(), {
      error: { code: "UNAUTHORIZED", message: "The request is not signed by Twilio" },
    });
  });
}

for (const name of FUNCTIONS) {
  const complete = name === "sms-inbound" ? inboundForm() : statusForm(newSid(), "sent");
  const required = name === "sms-inbound"
    ? ["MessageSid", "From", "To"]
    : ["MessageSid", "MessageStatus"];
  for (const field of required) {
    for (
      const [label, value] of [
        ["missing", undefined],
        ["empty", ""],
        ["given twice", [String(complete[field]), "SM2"]],
      ] as const
    ) {
      Deno.test(`${name} ignores a form with ${field} ${label}`, async () => {
        const { [field]: _, ...others } = complete;
        const form = value === undefined ? others : { ...others, [field]: value as string };
        const response = await post(name, form);
        assertEquals([response.status, await response.json()], [200, { status: "ignored" }]);
      });
    }
  }
  for (const sid of ["SM", "sm123", "S1abc", "SM12-4", `SM${"a".repeat(33)}`, "SM123\0"]) {
    Deno.test(`${name} ignores the MessageSid ${JSON.stringify(sid)}`, async () => {
      const response = await post(name, { ...complete, MessageSid: sid });
      assertEquals([response.status, await response.json()], [200, { status: "ignored" }]);
    });
  }
}

for (const status of ["Sent", "s".repeat(33), "sent ", "se-nt"]) {
  Deno.test(`sms-status ignores the MessageStatus ${JSON.stringify(status)}`, async () => {
    const response = await post("sms-status", statusForm(newSid(), status));
    assertEquals(await response.json(), { status: "ignored" });
  });
}

Deno.test("Twilio itself gets empty TwiML from sms-inbound, whatever happened", async () => {
  for (const form of [inboundForm(), inboundForm({ MessageSid: "?" })]) {
    const response = await post("sms-inbound", form, {
      headers: { "User-Agent": "TwilioProxy/1.1" },
    });
    assertEquals(response.headers.get("content-type"), "text/xml; charset=utf-8");
    assertEquals(await response.text(), '<?xml version="1.0" encoding="UTF-8"?><Response/>');
  }
});

Deno.test("Twilio itself gets JSON from sms-status", async () => {
  const response = await post("sms-status", statusForm(newSid(), "sent"), {
    headers: { "User-Agent": "TwilioProxy/1.1" },
  });
  assertEquals(await response.json(), { status: "ignored" });
});

const DEEP = `{"a":${"[".repeat(5_000)}${"]".repeat(5_000)}}`;

for (const body of ["[]", "null", '"text"', "not json", "{}", "\uFEFF{}", DEEP]) {
  Deno.test(`signed JSON that is no form, ${JSON.stringify(body).slice(0, 20)}, is ignored`, async () => {
    for (const name of FUNCTIONS) {
      const response = await postJson(name, body);
      assertEquals([response.status, await response.json()], [200, { status: "ignored" }]);
    }
  });
}

Deno.test("a JSON body that is not the one whose hash was signed is answered 401", async () => {
  const signed = JSON.stringify(inboundForm());
  const response = await postJson("sms-inbound", signed);
  assertEquals(response.status, 200);
  await response.body?.cancel();
  const url = response.url;
  const refused = await fetch(url, {
    method: "POST",
    headers: { "Content-Type": "application/json", "X-Twilio-Signature": "x" },
    body: signed.replace("Hello", "Hullo"),
  });
  assertEquals(refused.status, 401);
  await refused.body?.cancel();
});
