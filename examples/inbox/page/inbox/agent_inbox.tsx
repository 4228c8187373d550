/**
 * The inbox of the agent who is signed in.
 *
 * @module
 */
import { useEffect, useMemo, useRef } from "preact/hooks";
import { AttentionList } from "./attention_list.tsx";
import type { Supabase } from "./conversations.ts";
import { ConversationList } from "./conversation_list.tsx";
import { ConversationView } from "./conversation_view.tsx";
import { Inbox } from "./inbox.ts";
import { Replies } from "./replies.ts";

interface AgentInboxProps {
  supabase: Supabase;
  agentId: string;
  /** Whether they have just signed in here, rather than come back. */
  hasSignedIn: boolean;
  /** Called when whoever is signed in is not among the agents. */
  onStranger(): void;
}

/** The inbox: the list beside the open conversation. */
export function AgentInbox({ supabase, agentId, hasSignedIn, onStranger }: AgentInboxProps) {
  const inbox = useMemo(
    () => new Inbox(supabase, agentId, onStranger),
    [supabase, agentId],
  );
  const replies = useMemo(() => new Replies(supabase, inbox.refresh), [supabase, inbox]);
  const title = useRef<HTMLHeadingElement>(null);

  useEffect(() => {
    const watching = inbox.watch();
    // The button that was pressed to sign in has gone.
    if (hasSignedIn && document.activeElement === document.body) title.current?.focus();
    return () => void watching.stop();
  }, [inbox]);

  const open = inbox.conversations.value?.find(({ id }) => id === inbox.openId.value);
  return (
    <>
      <header class="panel-header">
        <h2 id="inbox-title" ref={title} tabIndex={-1}>
          {inbox.agentNames.value[agentId] ?? "An agent"}’s inbox
        </h2>
        <button
          type="button"
          onClick={() => {
            inbox.end();
            supabase.auth.signOut({ scope: "local" });
          }}
        >
          Sign out
        </button>
      </header>
      <Banner inbox={inbox} />
      <div class={open ? "columns has-open" : "columns"}>
        <div class="side">
          <AttentionList inbox={inbox} />
          <ConversationList inbox={inbox} agentId={agentId} />
        </div>
        {open
          ? (
            <ConversationView
              key={open.id}
              conversation={open}
              inbox={inbox}
              replies={replies}
              supabase={supabase}
              agentId={agentId}
            />
          )
          : (
            <div class={inbox.notice.value ? "no-conversation notice" : "no-conversation"}>
              <p role="status">{inbox.notice.value ?? "Choose a conversation."}</p>
            </div>
          )}
      </div>
    </>
  );
}

/** Tells while what is shown may be old. */
function Banner({ inbox }: { inbox: Inbox }) {
  const isLost = inbox.connection.value === "reconnecting";
  return (
    <div role="status">
      {isLost ? <p class="banner">Reconnecting … What you see may be old.</p> : null}
      {inbox.problem.value && !isLost
        ? <p class="banner">The conversations could not be read: {inbox.problem.value}</p>
        : null}
    </div>
  );
}
