/**
 * A round trip through a project: a text, two statuses and an event go in, signed as Twilio signs them, are seen in the
 * tables, and are erased.
 *
 * The conversation is closed and its numbers are of no sender: no bot answers, no agent gets it, and Twilio is
 * not called.
 *
 * @module
 */
import { setTimeout } from "node:timers/promises";
import { errorName } from "../../../supabase/functions/_shared/log/log.ts";
import type { Project } from "../../project/project.ts";
import type { WebhookName } from "../../project/webhook_urls.ts";
import type { Outcome } from "../check.ts";
import { deployMend } from "../mends.ts";
import { ErrorWithMend } from "./error_with_mend.ts";
import {
  CONVERSATION_NAME,
  newParties,
  NUMBER_DIGITS,
  NUMBER_PREFIX,
  type Parties,
} from "./parties.ts";
import { signedPosts, type Webhooks } from "./signed_posts.ts";
import {
  broadcastsOf,
  type Client,
  erase,
  eventsOf,
  hasEvent,
  hasMessage,
  openDatabase,
  Refused,
  startConversation,
  storedRows,
} from "./stored_rows.ts";

/** The steps, in their order. */
export const STEPS = [
  "conversation",
  "text",
  "broadcast",
  "statuses",
  "event",
  "erasure",
] as const;

export type Step = typeof STEPS[number];

/** What each step found. */
export type RoundTrip = Record<Step, Outcome>;

/** How often the erasure is tried. */
const ERASE_ATTEMPTS = 3;

/** The wait before its second attempt, in ms; twice that before the third. */
const ERASE_WAIT_MS = 500;

/**
 * Makes a round trip. What it has stored is erased at the end, also after a failure.
 *
 * @param project The project.
 * @param stop Ends the round trip early: no further step begins, and what is stored is erased.
 */
export async function roundTrip(project: Project, stop: AbortSignal): Promise<RoundTrip> {
  const found: Partial<RoundTrip> = {};
  const step = async (name: Step, take: () => Promise<Outcome>): Promise<void> => {
    if (!stop.aborted) found[name] = await take().catch(outcomeOf);
    if (stop.aborted) found[name] = STOPPED;
  };
  let client: Client;
  let webhooks: Webhooks;
  try {
    client = openDatabase(project);
    webhooks = signedPosts(project);
  } catch (error) {
    return completed({ conversation: outcomeOf(error), erasure: NOTHING_BEGUN });
  }

  const parties = newParties();
  const trip: Trip = { project, client, webhooks, parties };
  let conversationId: string | undefined;
  let mayBeStored = true;
  await step("conversation", async () => {
    try {
      conversationId = await startConversation(client, parties);
    } catch (error) {
      mayBeStored = !(error instanceof Refused);
      throw error;
    }
    return { ok: true, detail: `A closed conversation named ${CONVERSATION_NAME} has begun` };
  });
  if (conversationId !== undefined) {
    const id = conversationId;
    await step("text", () => sendText(trip, id));
    await step(
      "broadcast",
      () => found.text?.ok ? seeBroadcast(trip, id) : Promise.resolve(NOT_ASKED),
    );
    await step("statuses", () => sendStatuses(trip));
    await step("event", () => sendEvent(trip));
  }
  found.erasure = mayBeStored
    ? await eraseAll(trip, found.broadcast?.ok ? conversationId : undefined).catch(outcomeOf)
    : NOTHING_BEGUN;
  return completed(found);
}

/** What the steps share. */
interface Trip {
  project: Project;
  client: Client;
  webhooks: Webhooks;
  parties: Parties;
}

async function sendText(trip: Trip, conversationId: string): Promise<Outcome> {
  const { webhooks, parties: { recruitPhone, twilioPhone, textSid }, project } = trip;
  const status = await webhooks.postForm("sms-inbound", {
    ...sharedFields(project, textSid),
    From: recruitPhone,
    To: twilioPhone,
    Body: "A text of doctor --round-trip",
    NumMedia: "0",
    NumSegments: "1",
  });
  requireStatus(trip, "sms-inbound", status, "received");
  if (!await hasMessage(trip.client, conversationId, textSid)) {
    throw new ErrorWithMend(
      "sms-inbound answers received, and recruiting_messages has no such row",
      OTHER_DATABASE,
    );
  }
  return { ok: true, detail: "A signed text is a row of recruiting_messages" };
}

async function seeBroadcast({ client }: Trip, conversationId: string): Promise<Outcome> {
  if (await broadcastsOf(client, conversationId) === 0) {
    throw new ErrorWithMend(
      "The text was not broadcast: realtime.messages has no row of it",
      "Open Realtime, Inspector in the dashboard and join a channel: the server then makes the partition of today. Agents' screens read the rows every 30 s meanwhile",
    );
  }
  return { ok: true, detail: "The text's broadcast is a row of realtime.messages" };
}

async function sendStatuses(trip: Trip): Promise<Outcome> {
  const { project, client, webhooks, parties } = trip;
  const { recruitPhone, twilioPhone, statusSid } = parties;
  for (const status of ["sent", "delivered"]) {
    const word = await webhooks.postForm("sms-status", {
      ...sharedFields(project, statusSid),
      MessageStatus: status,
      SmsStatus: status,
      From: twilioPhone,
      To: recruitPhone,
    });
    // No message has the SID.
    requireStatus(trip, "sms-status", word, "ignored");
  }
  const events = await eventsOf(client, statusSid);
  if (events.join() !== "sms_delivered,sms_sent") {
    throw new ErrorWithMend(
      `sms-status answers, and recruiting_message_events has ${events.length} of 2 rows`,
      OTHER_DATABASE,
    );
  }
  return { ok: true, detail: "sent and delivered are rows of recruiting_message_events" };
}

/** @see https://www.twilio.com/docs/events/event-types */
async function sendEvent(trip: Trip): Promise<Outcome> {
  const { project, client, webhooks, parties } = trip;
  const { recruitPhone, twilioPhone, textSid, eventId } = parties;
  const status = await webhooks.postEvents([{
    specversion: "1.0",
    type: "com.twilio.engagement.link-clicked",
    source: "doctor",
    id: eventId,
    datacontenttype: "application/json",
    data: {
      account_sid: project.env.TWILIO_ACCOUNT_SID ?? "",
      sms_sid: textSid,
      from: twilioPhone,
      to: recruitPhone,
    },
  }]);
  requireStatus(trip, "twilio-events", status, "received");
  if (!await hasEvent(client, eventId)) {
    throw new ErrorWithMend(
      "twilio-events answers received, and recruiting_twilio_events has no such row",
      OTHER_DATABASE,
    );
  }
  return { ok: true, detail: "A batch of one event is a row of recruiting_twilio_events" };
}

/** Erases, and looks whether rows are left; among the broadcasts, if the conversation of one is given. */
async function eraseAll(trip: Trip, conversationId: string | undefined): Promise<Outcome> {
  const { client, parties, webhooks } = trip;
  for (let attempt = 1;; attempt++) {
    try {
      await erase(client, parties);
      const left = Object.entries(await storedRows(client, parties, conversationId))
        .flatMap(([table, rows]) => rows > 0 ? [table] : []);
      if (left.length === 0) {
        const late = webhooks.unanswered().join(" and ");
        return {
          ok: true,
          detail: "recruiting_forget has erased all of it" +
            (late && `. What ${late} may store later is not erased. ${ERASE}`),
        };
      }
      throw new ErrorWithMend(`After recruiting_forget rows are left in ${left.join(", ")}`, ERASE);
    } catch (error) {
      if (attempt < ERASE_ATTEMPTS) {
        await setTimeout(ERASE_WAIT_MS * attempt);
        continue;
      }
      const { message } = error instanceof ErrorWithMend
        ? error
        : new ErrorWithMend("It failed", "");
      throw new ErrorWithMend(`What was stored may not be erased. ${message}`, ERASE, {
        cause: error,
      });
    }
  }
}

/**
 * Erases what every round trip has left, also a text that came after the erasure. No phone has as many digits with this
 * prefix. Without the `+`, because the output hides what looks like a phone.
 */
export const ERASE =
  "Run in the SQL Editor: select f.* from (select recruit_phone from recruiting_conversations union select recruit_phone from recruiting_unmatched_messages union select unnest(phones) from recruiting_twilio_events) p, recruiting_forget(recruit_phone) f " +
  `where recruit_phone like '_${NUMBER_PREFIX.slice(1)}${"_".repeat(NUMBER_DIGITS)}'`;

const OTHER_DATABASE =
  "The functions and the secret key are of different projects: check --url and SUPABASE_SECRET_KEY";

function sharedFields({ env }: Project, sid: string) {
  return {
    MessageSid: sid,
    SmsSid: sid,
    AccountSid: env.TWILIO_ACCOUNT_SID ?? "",
    ApiVersion: "2010-04-01",
  };
}

function requireStatus(
  { project }: Trip,
  name: WebhookName,
  status: string,
  expected: string,
): void {
  if (status === expected) return;
  throw new ErrorWithMend(
    `${name} answers ${status} in place of ${expected}`,
    status === "deferred"
      ? `${name} does not reach its database: read its log`
      : status === "no_conversation"
      ? OTHER_DATABASE
      : deployMend(project, [name]),
  );
}

const NOT_ASKED: Outcome = { ok: null, detail: "Not asked: an earlier step failed" };
const STOPPED: Outcome = { ok: null, detail: "Not asked: the round trip was stopped" };
const NOTHING_BEGUN: Outcome = { ok: null, detail: "Nothing was stored" };

/** The outcome of a step that has thrown. No error may keep the erasure from running. */
function outcomeOf(error: unknown): Outcome {
  if (error instanceof ErrorWithMend) return { ok: false, detail: error.message, mend: error.mend };
  return { ok: null, detail: `It failed: ${errorName(error)}` };
}

function completed(found: Partial<RoundTrip>): RoundTrip {
  const { conversation, text, broadcast, statuses, event, erasure } = found;
  return {
    conversation: conversation ?? NOT_ASKED,
    text: text ?? NOT_ASKED,
    broadcast: broadcast ?? NOT_ASKED,
    statuses: statuses ?? NOT_ASKED,
    event: event ?? NOT_ASKED,
    erasure: erasure ?? NOT_ASKED,
  };
}
