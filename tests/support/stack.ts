/**
 * The stack that `deno task test` has started for the tests.
 *
 * @module
 */
import { taskCommand } from "../../local/command_line/task_command.ts";
import { createClient, type SupabaseClient } from "@supabase/supabase-js";
import { SignJWT } from "jose";
import postgres from "postgres";
import { portsFrom } from "../../local/settings/addresses.ts";
import { JWT_SECRET, PUBLISHABLE_KEY, SECRET_KEY } from "../../local/settings/keys.ts";
import { type Keepable, withKept } from "./kept.ts";
import type { Database } from "../../supabase/functions/_shared/database/database.types.ts";

function address(name: string): string {
  const value = Deno.env.get(name);
  if (!value) throw new Error(`Tests need a stack: ${taskCommand("test [file]")}`);
  return value;
}

export const API_URL = address("TEST_API_URL");
export const DATABASE_URL = address("TEST_DATABASE_URL");
export const ADMIN_DATABASE_URL = address("TEST_ADMIN_DATABASE_URL");
export const TWILIO_URL = address("TEST_TWILIO_URL");
/** Ends with /v1. */
export const MODEL_URL = address("TEST_MODEL_URL");
export const LOG_FILE = address("TEST_LOG_FILE");

/** The running stack's ports. */
export const PORTS = portsFrom(String(Number(new URL(API_URL).port) - 1));

/**
 * Runs a test with connections that the next test of the file may use again: Postgres needs as much CPU
 * for a new connection as for fifty simple statements. So a test must not change its session.
 *
 * @param url The database's address; that of the stack as `postgres`, the role of migrations, by default.
 */
export async function withSql(
  use: (sql: postgres.Sql) => Promise<void>,
  url = DATABASE_URL,
): Promise<void> {
  await withKept(url, () => openSql(url), ({ sql }) => use(sql));
}

/** Runs a test with connections of its own, which are closed at its end. */
export async function withOwnSql(
  url: string,
  use: (sql: postgres.Sql) => Promise<void>,
): Promise<void> {
  const { sql, stop } = openSql(url);
  try {
    await use(sql);
  } finally {
    await stop();
  }
}

function openSql(url: string): Keepable & { sql: postgres.Sql } {
  const sql = postgres(url, { onnotice: () => {} });
  return {
    sql,
    reset: () => true,
    // A test that failed may have left a transaction open: it must not hang for it.
    stop: () => sql.end({ timeout: 5 }),
  };
}

const OPTIONS = { auth: { persistSession: false, autoRefreshToken: false } };

/** The platform's server. */
export function asServiceRole(): SupabaseClient<Database> {
  return createClient<Database>(API_URL, SECRET_KEY, OPTIONS);
}

/** A visitor who has not signed in. */
export function asAnon(): SupabaseClient<Database> {
  return createClient<Database>(API_URL, PUBLISHABLE_KEY, OPTIONS);
}

/** A user with a session. */
export interface SignedInUser {
  client: SupabaseClient<Database>;
  id: string;
  /** The session's token. */
  token: string;
}

/** A new user. Auth is not asked: hashing a password takes longer than most tests. */
export async function asNewUser(): Promise<SignedInUser> {
  const id = crypto.randomUUID();
  await withSql(async (sql) => {
    await sql`insert into auth.users (id, aud, role, email)
      values (${id}, 'authenticated', 'authenticated', ${`${id}@example.com`})`;
  });
  const token = await tokenOf(id);
  const client = createClient<Database>(API_URL, PUBLISHABLE_KEY, {
    accessToken: () => Promise.resolve(token),
  });
  return { client, id, token };
}

/** A user whom the platform lists as an agent. */
export async function asNewAgent(): Promise<SignedInUser> {
  const user = await asNewUser();
  const { error } = await asServiceRole().from("recruiting_agents")
    .insert({ user_id: user.id, display_name: "A. Gent" });
  if (error) throw new Error(error.message);
  return user;
}

/** A user's token, as Auth would sign it. */
export function tokenOf(userId: string, expiresInSeconds = 3600): Promise<string> {
  return new SignJWT({ role: "authenticated", sub: userId, jti: crypto.randomUUID() })
    .setProtectedHeader({ alg: "HS256" })
    .setExpirationTime(Math.floor(Date.now() / 1000) + expiresInSeconds)
    .sign(new TextEncoder().encode(JWT_SECRET));
}

/** The lines that the functions have logged and that hold a text. */
export async function logLines(text: string): Promise<string[]> {
  return (await Deno.readTextFile(LOG_FILE)).split("\n").filter((line) => line.includes(text));
}
