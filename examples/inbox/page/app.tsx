/**
 * The page with its three panels: the recruit's phone, the agents' inbox, and the webhooks' log.
 *
 * @module
 */
import { useEffect, useMemo, useState } from "preact/hooks";
import type { DemoSettings } from "../settings.ts";
import { InboxPanel } from "./inbox/inbox_panel.tsx";
import { listenToLog } from "./log/log_lines.ts";
import { LogPanel } from "./log/log_panel.tsx";
import { PhonePanel } from "./phone/phone_panel.tsx";

/** The panels by name. A narrow screen shows one of them at a time. */
const VIEWS = { phone: "Phone", inbox: "Inbox", log: "Webhooks" };

/** The document's title. */
const TITLE = "Recruiting SMS on Supabase";

/** The page. */
export function App({ settings }: { settings: DemoSettings }) {
  const [view, setView] = useState("phone");
  const [unread, setUnread] = useState<string>();
  useEffect(() => {
    document.title = unread ? `(${unread}) ${TITLE}` : TITLE;
  }, [unread]);
  const log = useMemo(listenToLog, []);
  return (
    <>
      <header class="page-header">
        <div>
          <h1>{TITLE}</h1>
          <p>
            Text as the recruit: a bot answers, until you ask for a person. Then the conversation
            comes up in an agent’s inbox, live, and the agent answers.
          </p>
        </div>
        <a href={settings.studioUrl} target="_blank" rel="noreferrer">Tables</a>
      </header>
      <nav class="views" aria-label="Panels of this page">
        {Object.entries(VIEWS).map(([name, title]) => (
          <button
            key={name}
            type="button"
            aria-current={view === name ? "true" : undefined}
            aria-describedby={name === "inbox" && unread ? "unread" : undefined}
            onClick={() => setView(name)}
          >
            {title}
            {name === "inbox" && unread
              ? <span class="unread" aria-hidden="true">{unread}</span>
              : null}
          </button>
        ))}
        {unread ? <span id="unread" class="hidden">Unread conversations: {unread}</span> : null}
      </nav>
      <main data-view={view}>
        <PhonePanel settings={settings} log={log} />
        <InboxPanel settings={settings} onUnread={setUnread} />
        <LogPanel log={log} />
      </main>
    </>
  );
}
