/**
 * The agents' panel: the sign-in, then the inbox of the signed-in agent.
 *
 * @module
 */
import { createClient } from "@supabase/supabase-js";
import { useEffect, useMemo, useRef, useState } from "preact/hooks";
import type { Database } from "../../../../supabase/functions/_shared/database/database.types.ts";
import type { DemoSettings } from "../../settings.ts";
import { AgentInbox } from "./agent_inbox.tsx";
import { SignIn } from "./sign_in.tsx";

interface InboxPanelProps {
  settings: DemoSettings;
  /** Called with the number of conversations with unread texts; undefined for none. */
  onUnread(count: string | undefined): void;
}

/** The agents' panel. */
export function InboxPanel({ settings, onUnread }: InboxPanelProps) {
  const { apiUrl, publishableKey, agents } = settings;
  const supabase = useMemo(
    () =>
      createClient<Database>(apiUrl, publishableKey, {
        auth: { storage: sessionStorage, storageKey: tabKey() },
      }),
    [apiUrl, publishableKey],
  );
  const [agentId, setAgentId] = useState<string | null>();
  const [notice, setNotice] = useState<string>();
  const wasSignedOut = useRef(false);

  useEffect(() => {
    const { data } = supabase.auth.onAuthStateChange((_event, session) => {
      if (!session) wasSignedOut.current = true;
      else setNotice(undefined);
      setAgentId(session?.user.id ?? null);
    });
    return () => data.subscription.unsubscribe();
  }, [supabase]);

  return (
    <section class="panel inbox" aria-labelledby="inbox-title">
      {agentId
        ? (
          <AgentInbox
            key={agentId}
            supabase={supabase}
            agentId={agentId}
            hasSignedIn={wasSignedOut.current}
            onUnread={onUnread}
            onNotAnAgent={async () => {
              // The notice is set last, because signing out causes an event that clears it.
              await supabase.auth.signOut({ scope: "local" });
              setNotice("You are no agent here any more: the data is new, or you were removed.");
            }}
          />
        )
        : (
          <SignIn
            supabase={supabase}
            agents={agents}
            isSignedOut={agentId === null}
            notice={notice}
          />
        )}
    </section>
  );
}

/**
 * The key under which this tab keeps its session.
 *
 * supabase-js shares a session among all tabs with the same key. Each tab has a key of its own, so
 * that two agents can be signed in side by side.
 */
function tabKey(): string {
  const known = sessionStorage.getItem("tab");
  const key = known ?? `agent ${crypto.randomUUID()}`;
  if (!known) sessionStorage.setItem("tab", key);
  return key;
}
