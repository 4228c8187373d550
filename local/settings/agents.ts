/**
 * The two local agents. They are created as a platform creates its agents: they sign up, and the
 * platform's server adds them to recruiting_agents.
 *
 * @module
 */
import { createClient } from "@supabase/supabase-js";
import type { Database } from "../../supabase/functions/_shared/database/database.types.ts";
import { PUBLISHABLE_KEY, SECRET_KEY } from "./keys.ts";

/** The local agents; their passwords are as public as the local keys. */
export const LOCAL_AGENTS = [
  {
    display_name: "Alex Agent",
    email: "alex@example.com",
    password: "local-agent-alex",
  },
  {
    display_name: "Robin Agent",
    email: "robin@example.com",
    password: "local-agent-robin",
  },
];

/**
 * Signs the local agents up.
 *
 * @param supabaseUrl The gateway's address.
 * @throws {Error} If Auth or the database refuses.
 */
export async function signUpLocalAgents(supabaseUrl: string): Promise<void> {
  const options = { auth: { persistSession: false, autoRefreshToken: false } };
  const platform = createClient<Database>(supabaseUrl, SECRET_KEY, options);
  for (const { display_name, email, password } of LOCAL_AGENTS) {
    const visitor = createClient(supabaseUrl, PUBLISHABLE_KEY, options);
    const { data, error } = await visitor.auth.signUp({ email, password });
    if (error || !data.user) {
      throw new Error(`Signing up ${email} failed: ${error?.message ?? "Auth returned no user"}`);
    }
    const agent = { user_id: data.user.id, display_name };
    const { error: refused } = await platform.from("recruiting_agents").insert(
      agent,
    );
    if (refused) {
      throw new Error(
        `Adding ${email} to recruiting_agents failed: ${refused.message}`,
      );
    }
  }
}
