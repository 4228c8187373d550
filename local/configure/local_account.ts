/**
 * The local stack's account, which exists at the stand-in for Twilio alone.
 *
 * @module
 */
import { isLoopback } from "../../supabase/functions/_shared/webhook/webhook_signers.ts";
import type { Project } from "../project/project.ts";
import { portsFrom, twilioUrl } from "../settings/addresses.ts";
import { LOCAL_ACCOUNT_SID } from "../settings/keys.ts";

/** Whether the variables are those of the local stack's account. */
export function isLocalAccount({ env }: Project): boolean {
  return env.TWILIO_ACCOUNT_SID?.trim() === LOCAL_ACCOUNT_SID;
}

/** The address of the stand-in that is called in place of Twilio's API; undefined if it is Twilio's own. */
export function standInUrl({ env }: Project): string | undefined {
  const url = env.TWILIO_API_BASE_URL;
  return url && isLoopback(url) ? url : undefined;
}

/**
 * Completes a project's variables: an empty TWILIO_API_BASE_URL means the stand-in for the local account, also where
 * another project's functions are to be called.
 */
export function withStandIn(project: Project): Project {
  if (!isLocalAccount(project) || project.env.TWILIO_API_BASE_URL) return project;
  const ports = portsFrom(Deno.env.get("PORT_BASE"));
  return { ...project, env: { ...project.env, TWILIO_API_BASE_URL: twilioUrl(ports) } };
}
