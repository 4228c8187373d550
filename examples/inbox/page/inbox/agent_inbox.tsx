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
import { SendAgain } from "./send_again.ts";
import { SignedUrls } from "./signed_urls.ts";

interface AgentInboxProps {
  supabase: Supabase;
  agentId: string;
  /** Whether the agent has pressed the sign-in button, so that the focus must move. */
  hasSignedIn: boolean;
  /** Called with the number of conversations with unread texts; undefined for none. */
  onUnread(count: string | undefined): void;
  /** Called when the signed-in user is not in recruiting_agents. */
  onNotAnAgent(): void;
}

/** The inbox: the list beside the open conversation. */
export function AgentInbox(
  { supabase, agentId, hasSignedIn, onUnread, onNotAnAgent }: AgentInboxProps,
) {
  const inbox = useMemo(
    () => new Inbox(supabase, agentId, onNotAnAgent),
    [supabase, agentId],
  );
  const replies = useMemo(() => new Replies(supabase, inbox.refresh), [supabase, inbox]);
  const again = useMemo(() => new SendAgain(supabase, inbox), [supabase, inbox]);
  const signedUrls = useMemo(() => new SignedUrls(supabase), [supabase, agentId]);
  const title = useRef<HTMLHeadingElement>(null);

  useEffect(() => {
    const watching = inbox.watch();
    // The focus was on the sign-in button, which is no longer on the page.
    if (hasSignedIn && document.activeElement === document.body) title.current?.focus();
    return () => void watching.stop();
  }, [inbox]);

  const unread = inbox.unread.value;
  useEffect(() => {
    onUnread(unread);
    return () => onUnread(undefined);
  }, [unread]);

  const open = inbox.find(inbox.openId.value);
  return (
    <>
      <header class="panel-header">
        <h2 id="inbox-title" ref={title} tabIndex={-1}>
          {inbox.agentNames.value[agentId] ?? "An agent"}’s inbox
        </h2>
        <button
          type="button"
          onClick={() => {
            inbox.stopReading();
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
          <ConversationList inbox={inbox} again={again} agentId={agentId} />
        </div>
        {open
          ? (
            <ConversationView
              key={open.id}
              conversation={open}
              inbox={inbox}
              replies={replies}
              again={again}
              signedUrls={signedUrls}
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

/** A warning while the rows on the screen may be old. */
function Banner({ inbox }: { inbox: Inbox }) {
  const isReconnecting = inbox.connection.value === "reconnecting";
  return (
    <div role="status">
      {isReconnecting ? <p class="banner">Reconnecting … What you see may be old.</p> : null}
      {inbox.problem.value && !isReconnecting
        ? <p class="banner">The conversations could not be read: {inbox.problem.value}</p>
        : null}
    </div>
  );
}
