/**
 * The person of the open conversation, below its head.
 *
 * @module
 */
import { CHANNEL_LABELS } from "../inbox/channel_labels.ts";
import { Status } from "../inbox/conversation_list.tsx";
import type { Inbox } from "../inbox/inbox.ts";
import { shortTime } from "../thread/time.ts";
import type { OtherConversation, ProfileAlert } from "./person.ts";

/** A block with the contact; nothing for a conversation without one. */
export function PersonView(
  { conversationId, inbox }: { conversationId: string; inbox: Inbox },
) {
  const person = inbox.person.value;
  // Until the first read, the person is that of the conversation that was open before.
  if (person?.conversationId !== conversationId) return null;
  const { name, linkedinUrl, others, alerts } = person;
  return (
    // The block scrolls, and may have nothing in it that takes the focus.
    <section class="person" aria-label="Person" tabIndex={0}>
      <p>
        <b>{name}</b>
        {linkedinUrl
          ? <a href={linkedinUrl} target="_blank" rel="noopener noreferrer">LinkedIn profile</a>
          : null}
      </p>
      {others.length > 0
        ? (
          <>
            <h4>Other conversations</h4>
            <ul aria-label="Other conversations">
              {others.map((other) => <Other key={other.id} other={other} inbox={inbox} />)}
            </ul>
          </>
        )
        : null}
      {alerts.length > 0
        ? (
          <>
            <h4>What changed</h4>
            <ul aria-label="What changed">
              {alerts.map((alert) => <Alert key={alert.id} alert={alert} />)}
            </ul>
          </>
        )
        : null}
    </section>
  );
}

function Other({ other, inbox }: { other: OtherConversation; inbox: Inbox }) {
  const { id, channel, recruitPhone, status, lastWords } = other;
  return (
    <li>
      <button type="button" onClick={() => inbox.open(id)}>
        <span>{CHANNEL_LABELS[channel]} …{recruitPhone.slice(-4)}</span> <Status status={status} />
        {" "}
        <span class="last">{lastWords ?? "No messages yet"}</span>
      </button>
    </li>
  );
}

function Alert({ alert: { at, lines } }: { alert: ProfileAlert }) {
  return (
    <li>
      <time dateTime={at.toISOString()} title={at.toLocaleString()}>{shortTime(at)}</time>
      {lines.map((line) => <p key={line} title={line}>{line}</p>)}
    </li>
  );
}
