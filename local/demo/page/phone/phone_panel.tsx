/**
 * The recruit's phone.
 *
 * @module
 */
import { useEffect, useMemo, useState } from "preact/hooks";
import type { DemoSettings, Recruit } from "../../settings.ts";
import type { LogLines } from "../log/log_lines.ts";
import { Composer } from "../thread/composer.tsx";
import { Thread } from "../thread/thread.tsx";
import { phoneBubble } from "./phone_bubbles.ts";
import { NotTaken, openPhoneLine } from "./phone_line.ts";
import { mediaOf, PictureField } from "./picture_field.tsx";
import { useMessages } from "./use_messages.ts";

/** What to write, for whoever does not know. */
const SUGGESTIONS = [
  "Hi, is the job still open?",
  "What is the pay?",
  "Can I talk to a person?",
  "STOP",
];

/** In the list of recruits. */
const ANOTHER = "another";

/** What is being written on a phone. */
interface Draft {
  text: string;
  picture: string | undefined;
}

const NOTHING: Draft = { text: "", picture: undefined };

/** The recruit's phone: whose it is, the messages, and what is being written. */
export function PhonePanel({ settings, log }: { settings: DemoSettings; log: LogLines }) {
  const { recruits, twilioUrl } = settings;
  const line = useMemo(() => openPhoneLine(twilioUrl), [twilioUrl]);
  const [chosen, setChosen] = useState(recruits[0].phone);
  const [typedNumber, setTypedNumber] = useState("");
  const [drafts, setDrafts] = useState<Record<string, Draft>>({});
  const [problem, setProblem] = useState<string>();

  const recruit = recruitOf(chosen, typedNumber, recruits);
  const phone = recruit?.phone;
  const messages = useMessages(line, phone);
  useEffect(() => {
    if (messages.isReachable) setProblem(undefined);
  }, [messages.isReachable]);
  const draft = drafts[phone ?? ""] ?? NOTHING;
  const setDraft = (changed: Partial<Draft>) =>
    setDrafts((all) => ({
      ...all,
      [phone ?? ""]: { ...NOTHING, ...all[phone ?? ""], ...changed },
    }));

  const send = async (unsent: Draft) => {
    if (!recruit) {
      setProblem("Whose phone is it? Type a number with its country code, such as +15550100050.");
      return;
    }
    const { text, picture } = unsent;
    setProblem(undefined);
    try {
      await line.send({
        from: recruit.phone,
        to: recruit.to,
        body: text,
        media: picture ? [mediaOf(picture)] : [],
      });
    } catch (error) {
      if (!(error instanceof NotTaken)) throw error;
      setProblem(`“${text || picture}” was not sent. ${error.message}`);
      setDrafts((all) => isEmpty(all[recruit.phone]) ? { ...all, [recruit.phone]: unsent } : all);
    }
    messages.ask();
  };
  const sendDraft = () => {
    if (recruit) setDraft(NOTHING);
    send(draft);
  };

  return (
    <section class="panel phone" aria-labelledby="phone-title">
      <header class="panel-header">
        <h2 id="phone-title">The recruit’s phone</h2>
        <div class="who">
          <select
            aria-label="Whose phone"
            value={chosen}
            onChange={(event) => {
              setChosen(event.currentTarget.value);
              setProblem(undefined);
            }}
          >
            {recruits.map(({ name, phone }) => (
              <option key={phone} value={phone}>
                {name} · {phone.replace("whatsapp:", "WhatsApp ")}
              </option>
            ))}
            <option value={ANOTHER}>Another number …</option>
          </select>
          {chosen === ANOTHER
            ? (
              <input
                type="tel"
                aria-label="The recruit’s number"
                placeholder="+15550100050"
                value={typedNumber}
                onInput={(event) => setTypedNumber(event.currentTarget.value)}
              />
            )
            : null}
        </div>
      </header>
      <Thread
        key={phone}
        label="Messages on the phone"
        bubbles={(messages.list ?? []).map((message) => phoneBubble(message, log.value))}
        empty={phone
          ? messages.list ? emptyWords(recruit) : "Loading …"
          : "Type a number with its country code, such as +15550100050. With a number that your platform does not know yet you see what happens to a stranger’s text."}
      />
      {problem || !messages.isReachable
        ? <p class="problem" role="alert">{problem ?? "The stack does not answer."}</p>
        : null}
      <div class="suggestions" role="group" aria-label="Texts to try">
        {SUGGESTIONS.map((text) => (
          <button
            key={text}
            type="button"
            onClick={() => send({ text, picture: undefined })}
          >
            {text}
          </button>
        ))}
      </div>
      <Composer
        label="Text message"
        placeholder="Text message"
        maxLength={1600}
        text={draft.text}
        onText={(text) => setDraft({ text })}
        onSend={sendDraft}
        canSend={isComplete(draft)}
      >
        <PictureField url={draft.picture} onUrl={(picture) => setDraft({ picture })} />
      </Composer>
    </section>
  );
}

/** Whose phone it is; nobody's while a number is not complete. */
function recruitOf(
  chosen: string,
  typedNumber: string,
  recruits: Recruit[],
): Recruit | undefined {
  if (chosen !== ANOTHER) return recruits.find(({ phone }) => phone === chosen);
  const phone = typedNumber.replaceAll(/[\s().-]/g, "");
  if (!/^\+[1-9]\d{6,14}$/.test(phone)) return undefined;
  return { name: phone, phone, to: recruits[0].to };
}

function emptyWords(recruit: Recruit | undefined): string {
  return [recruit?.about, "No messages yet. Write one, or pick one below."].filter(Boolean).join(
    " ",
  );
}

function isEmpty(draft: Draft | undefined): boolean {
  return !draft?.text && !draft?.picture;
}

function isComplete({ text, picture }: Draft): boolean {
  return picture ? URL.canParse(picture) : text.trim() !== "";
}
