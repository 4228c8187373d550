/**
 * The one call of Auth's admin API that a platform needs to try agents out: making a user. Lite has no
 * admin API, so the user signs up.
 *
 * @see https://supabase.com/docs/reference/javascript/auth-admin-createuser
 * @module
 */
import { z } from "zod/v3";
import { PUBLISHABLE_KEY } from "../settings/keys.ts";
import { callerOf } from "./caller.ts";

const ADMIN = "/auth/v1/admin/";

const NewUser = z.object({
  email: z.string(),
  password: z.string().optional(),
  user_metadata: z.record(z.unknown()).optional(),
});

/** What lite answers to a user who signs up: the user, and their session. */
const SignedUp = z.object({ user: z.object({ id: z.string() }).passthrough() });

/** What lite answers when the email address is in use. */
const Refused = z.object({ error_code: z.string() });

/**
 * Answers a call of Auth's admin API.
 *
 * @param signUp Passes a request on to Auth's public part.
 * @returns Undefined for every other request.
 */
export async function answerAdminCall(
  request: Request,
  signUp: (request: Request) => Promise<Response>,
): Promise<Response | undefined> {
  const { pathname, origin } = new URL(request.url);
  if (!pathname.startsWith(ADMIN)) return undefined;
  if ((await callerOf(request))?.role !== "service_role") {
    return refusal(403, "not_admin", "User not allowed");
  }
  if (request.method !== "POST" || pathname !== `${ADMIN}users`) {
    return refusal(404, "not_implemented", "Of the admin API, the local Auth has createUser alone");
  }
  const { success, data: user } = NewUser.safeParse(await request.json().catch(() => undefined));
  if (!success) return refusal(400, "validation_failed", "A new user needs an email address");
  const answer = await signUp(
    new Request(`${origin}/auth/v1/signup`, {
      method: "POST",
      headers: { apikey: PUBLISHABLE_KEY, "content-type": "application/json" },
      body: JSON.stringify({
        email: user.email,
        password: user.password ?? crypto.randomUUID(),
        data: user.user_metadata,
      }),
    }),
  );
  const body: unknown = await answer.json();
  const signedUp = SignedUp.safeParse(body);
  if (signedUp.success) return Response.json(signedUp.data.user);
  const refused = Refused.safeParse(body);
  return refused.data?.error_code === "user_already_exists"
    ? refusal(422, "email_exists", "A user with this email address has already been registered")
    : Response.json(body, { status: answer.status });
}

function refusal(code: number, error_code: string, msg: string): Response {
  return Response.json({ code, error_code, msg }, { status: code });
}
