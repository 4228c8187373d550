/**
 * The rows of a round trip, read and erased through the REST API.
 *
 * @module
 */
import { taskCommand } from "../../command_line/task_command.ts";
import { createClient, type SupabaseClient } from "@supabase/supabase-js";
import type { Database } from "../../../supabase/functions/_shared/database/database.types.ts";
import type { Project } from "../../project/project.ts";
import { ErrorWithMend } from "./error_with_mend.ts";
import { CONVERSATION_NAME, type Parties } from "./parties.ts";

/** The tables of a round trip, and how many rows each has. */
export interface StoredRows {
  recruiting_conversations: number;
  recruiting_messages: number;
  recruiting_unmatched_messages: number;
  recruiting_message_events: number;
  recruiting_twilio_events: number;
  "realtime.messages": number;
}

/** The longest time of a request, in ms. An erasure reads every delivery callback. */
const REQUEST_MS = 20_000;

/** The database of a project, as its server sees it. */
export type Client = SupabaseClient<Database>;

/** Opens the REST API of a project. @throws {ErrorWithMend} If no secret key is known. */
export function openDatabase({ supabaseUrl, secretKey }: Project): Client {
  if (secretKey === undefined) {
    throw new ErrorWithMend(
      "No secret key of the project is known",
      "Set SUPABASE_SECRET_KEY to a secret key of the project: dashboard, Settings, API Keys",
    );
  }
  return createClient<Database>(supabaseUrl, secretKey, {
    auth: { persistSession: false, autoRefreshToken: false },
    global: {
      fetch: (input, init) => fetch(input, { ...init, signal: AbortSignal.timeout(REQUEST_MS) }),
    },
  });
}

/** Begins the closed conversation, and returns its id. @throws {ErrorWithMend} If the database refuses. */
export async function startConversation(client: Client, parties: Parties): Promise<string> {
  return read(
    await client.rpc("recruiting_start_conversation", {
      channel: "sms",
      recruit_phone: parties.recruitPhone,
      twilio_phone: parties.twilioPhone,
      recruit_name: CONVERSATION_NAME,
      status: "closed",
    }),
  );
}

/** Whether the text is a message of the conversation. @throws {ErrorWithMend} If the database refuses. */
export async function hasMessage(client: Client, conversationId: string, sid: string) {
  const rows = read(
    await client.from("recruiting_messages").select("id")
      .eq("conversation_id", conversationId).eq("message_sid", sid),
  );
  return rows.length === 1;
}

/** The events of a message, by their names. @throws {ErrorWithMend} If the database refuses. */
export async function eventsOf(client: Client, sid: string): Promise<string[]> {
  const rows = read(
    await client.from("recruiting_message_events").select("event").eq("message_sid", sid),
  );
  return rows.flatMap(({ event }) => event ?? []).sort();
}

/** Whether an event of Twilio's is kept. @throws {ErrorWithMend} If the database refuses. */
export async function hasEvent(client: Client, id: string): Promise<boolean> {
  const rows = read(await client.from("recruiting_twilio_events").select("id").eq("id", id));
  return rows.length === 1;
}

/** How many broadcasts Realtime has of the conversation. @throws {ErrorWithMend} If the database refuses. */
export async function broadcastsOf(client: Client, conversationId: string): Promise<number> {
  return read(
    await client.rpc("recruiting_count_broadcasts", { conversation_id: conversationId }),
  );
}

/** Erases the recruit. @throws {ErrorWithMend} If the database refuses. */
export async function erase(client: Client, { recruitPhone }: Parties): Promise<void> {
  read(await client.rpc("recruiting_forget", { recruit_phone: recruitPhone }));
}

/**
 * Counts what is stored of a round trip.
 *
 * @param conversationId The conversation whose broadcasts are counted; undefined for none.
 * @throws {ErrorWithMend} If the database refuses.
 */
export async function storedRows(
  client: Client,
  { recruitPhone, textSid, statusSid, eventId }: Parties,
  conversationId: string | undefined,
): Promise<StoredRows> {
  const [conversations, messages, unmatched, events, twilioEvents, broadcasts] = await Promise.all([
    client.from("recruiting_conversations").select("id").eq("recruit_phone", recruitPhone),
    client.from("recruiting_messages").select("id").eq("message_sid", textSid),
    client.from("recruiting_unmatched_messages").select("message_sid").eq("message_sid", textSid),
    client.from("recruiting_message_events").select("message_sid")
      .in("message_sid", [textSid, statusSid]),
    client.from("recruiting_twilio_events").select("id").eq("id", eventId),
    conversationId === undefined ? 0 : broadcastsOf(client, conversationId),
  ]);
  return {
    recruiting_conversations: read(conversations).length,
    recruiting_messages: read(messages).length,
    recruiting_unmatched_messages: read(unmatched).length,
    recruiting_message_events: read(events).length,
    recruiting_twilio_events: read(twilioEvents).length,
    "realtime.messages": broadcasts,
  };
}

/** What a call of the REST API returns. */
type Answer<Data> =
  | { data: Data; error: null }
  | { data: null; error: { code?: string; message: string }; status: number };

/** The data of an answer. The error's message may quote a row, so only its code is shown. */
function read<Data>(answer: Answer<Data>): Data {
  if (answer.error === null) return answer.data;
  const { error: { code }, status } = answer;
  if (status === 401 || status === 403) {
    throw new Refused(
      `The REST API refused the secret key (${status})`,
      "Set SUPABASE_SECRET_KEY to a secret key of this project: dashboard, Settings, API Keys",
    );
  }
  if (code?.startsWith("PGRST2")) {
    throw new Refused(
      `The database lacks what the migrations make (${code})`,
      "Apply the migrations, as the line about them says",
    );
  }
  if (status === 0) {
    throw new ErrorWithMend(
      "The REST API cannot be reached",
      "Check the address, and in the dashboard whether the project is paused",
    );
  }
  const names = code ? `${status}, ${code}` : `${status}`;
  const problem = `The database refused (${names})`;
  const mend = `Read the Postgres log in the dashboard, or the terminal of \`${
    taskCommand("start")
  }\``;
  throw status < 500 ? new Refused(problem, mend) : new ErrorWithMend(problem, mend);
}

/** The database refused the call, so it has stored nothing. */
export class Refused extends ErrorWithMend {}
