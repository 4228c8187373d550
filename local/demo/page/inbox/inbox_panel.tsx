/**
 * The agents' side: signing in, and the inbox of whoever is signed in.
 *
 * @module
 */
import { createClient } from "@supabase/supabase-js";
import { useEffect, useMemo, useState } from "preact/hooks";
import type { Database } from "../../../../supabase/functions/_shared/database.types.ts";
import type { DemoSettings } from "../../settings.ts";
import { AgentInbox } from "./agent_inbox.tsx";
import { SignIn } from "./sign_in.tsx";

/** The agents' side. */
export function InboxPanel({ settings }: { settings: DemoSettings }) {
  const { apiUrl, publishableKey, agents } = settings;
  // Each tab is an agent of its own, so that two of them can be tried side by side.
  const supabase = useMemo(
    () => createClient<Database>(apiUrl, publishableKey, { auth: { storage: sessionStorage } }),
    [apiUrl, publishableKey],
  );
  const [agentId, setAgentId] = useState<string | null>();

  useEffect(() => {
    const { data } = supabase.auth.onAuthStateChange((_event, session) =>
      setAgentId(session?.user.id ?? null)
    );
    return () => data.subscription.unsubscribe();
  }, [supabase]);

  return (
    <section class="panel inbox" aria-labelledby="inbox-title">
      {agentId
        ? <AgentInbox key={agentId} supabase={supabase} agentId={agentId} />
        : <SignIn supabase={supabase} agents={agents} isKnown={agentId === null} />}
    </section>
  );
}
