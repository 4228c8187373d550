/**
 * What Twilio posts to twilio-events: its documented shapes, and a function that receives it.
 *
 * @module
 */
import { Ajv } from "ajv";
import addFormats from "ajv-formats";
import { validateRequest, validateRequestWithBody } from "twilio/lib/webhooks/webhooks.js";
import type { CloudEvent } from "../../local/stand_ins/twilio/cloud_event.ts";
import { startTwilio, type TwilioOptions } from "../../local/stand_ins/twilio/twilio.ts";
import shapes from "../data/twilio-events.json" with { type: "json" };
import { assertEquals } from "./assert.ts";
import { AUTH_TOKEN } from "./twilio.ts";
import { ACCOUNT_SID, clientFor, type StandIn } from "./twilio_stand_in.ts";

const ajv = new Ajv({ strict: false, allErrors: true });
addFormats.default(ajv);
const isEnvelope = ajv.compile(shapes.envelope);
const isPayload = ajv.compile(shapes.debugger.payload);
const dataChecks = new Map(
  Object.entries(shapes.data).map(([name, schema]) => [
    `https://events-schemas.twilio.com/${name}`,
    ajv.compile({ ...schema, additionalProperties: false }),
  ]),
);

/** Checks an event: its envelope, and its data by the schema that it names, with no other field. */
export function assertEvent(event: CloudEvent): void {
  isEnvelope(event);
  assertEquals(isEnvelope.errors ?? [], []);
  const isData = dataChecks.get(event.dataschema);
  if (!isData) throw new Error(`There is no schema ${event.dataschema}`);
  isData(event.data);
  assertEquals(isData.errors ?? [], []);
}

/** Checks the form of the debugger's webhook, and returns its payload. */
export function debuggerPayload(form: Record<string, string>) {
  assertEquals(Object.keys(form).sort(), [...shapes.debugger.form_fields].sort());
  const payload = JSON.parse(form.Payload);
  isPayload(payload);
  assertEquals(isPayload.errors ?? [], []);
  return payload;
}

/** A post that twilio-events got. */
export interface EventsPost {
  /** The form; empty for JSON. */
  form: Record<string, string>;
  /** The events; empty for a form. */
  events: CloudEvent[];
  /** The body as it came. */
  body: string;
  /** Whether Twilio's SDK finds the signature, and of JSON the hash, right. */
  isSigned: boolean;
}

/** The answer to a post; "hang" for none. */
export type Scripted = Response | "hang";

/** A function that receives what Twilio posts. */
export interface Receiver {
  /** The base URL. Every path below it is received. */
  url: string;
  /** The posts, oldest first. */
  posts: EventsPost[];
}

/**
 * Runs a test with a receiver.
 *
 * @param answer Answers each post; 200 without a body by default.
 */
export async function withReceiver(
  use: (receiver: Receiver) => Promise<void>,
  answer: (post: EventsPost, path: string) => Scripted = () => new Response(),
): Promise<void> {
  const posts: EventsPost[] = [];
  const closing = new AbortController();
  const server = Deno.serve(
    { hostname: "127.0.0.1", port: 0, onListen: () => {} },
    async (request) => {
      // A task that shows the stored rows asks for them here.
      if (request.method !== "POST") return Response.json([]);
      const body = await request.text();
      const signature = request.headers.get("x-twilio-signature") ?? "";
      const isJson = request.headers.get("content-type") === "application/json";
      const form = isJson ? {} : Object.fromEntries(new URLSearchParams(body));
      const post = {
        form,
        events: isJson ? JSON.parse(body) : [],
        body,
        isSigned: isJson
          ? validateRequestWithBody(AUTH_TOKEN, signature, request.url, body)
          : validateRequest(AUTH_TOKEN, signature, request.url, form),
      };
      posts.push(post);
      const answered = answer(post, new URL(request.url).pathname);
      if (answered !== "hang") return answered;
      await new Promise((resolve) => closing.signal.addEventListener("abort", resolve));
      return new Response();
    },
  );
  try {
    await use({ url: `http://127.0.0.1:${server.addr.port}`, posts });
  } finally {
    closing.abort();
    await server.shutdown();
  }
}

/** Dependencies of a test of the stand-in's posts to twilio-events. */
export interface EventsStandIn extends Pick<StandIn, "url" | "client"> {
  receiver: Receiver;
}

/**
 * Runs a test with a stand-in for Twilio whose webhooks are all received in one place.
 *
 * @param answer Answers each post.
 * @param options Options of the stand-in.
 */
export async function withEvents(
  use: (standIn: EventsStandIn) => Promise<void>,
  answer?: (post: EventsPost, path: string) => Scripted,
  options: Partial<TwilioOptions> = {},
): Promise<void> {
  await withReceiver(async (receiver) => {
    const twilio = await startTwilio({
      accountSid: ACCOUNT_SID,
      authToken: AUTH_TOKEN,
      signingToken: AUTH_TOKEN,
      port: 0,
      webhookUrl: `${receiver.url}/sms-inbound`,
      eventsUrl: `${receiver.url}/twilio-events`,
      pace: 0.001,
      ...options,
    });
    try {
      await use({
        url: twilio.url,
        get client() {
          return clientFor(twilio.url);
        },
        receiver,
      });
    } finally {
      await twilio.stop();
    }
  }, answer);
}

/** Calls the stand-in's control of Event Streams. */
export async function eventStreams(url: string, method: string, body?: unknown) {
  const response = await fetch(`${url}/event-streams`, {
    method,
    headers: { "Content-Type": "application/json" },
    body: body === undefined ? undefined : JSON.stringify(body),
  });
  const text = await response.text();
  return { status: response.status, state: text === "" ? undefined : JSON.parse(text) };
}
