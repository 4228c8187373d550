/**
 * The recruit's phone.
 *
 * @module
 */
import { useEffect, useMemo, useState } from "preact/hooks";
import type { PhoneMessage } from "../../../../local/stand_ins/twilio/phone.ts";
import type { PhoneText } from "../../../../local/stand_ins/twilio/phone_text.ts";
import type { DemoSettings, Recruit } from "../../settings.ts";
import type { LogLines } from "../log/log_lines.ts";
import type { Bubble } from "../thread/bubble.ts";
import { Composer } from "../thread/composer.tsx";
import { Thread } from "../thread/thread.tsx";
import { type Attachment, AttachmentFields } from "./attachment_fields.tsx";
import { isOwn, phoneBubble } from "./phone_bubbles.ts";
import { channelOf, type Choice, phoneInHand } from "./phone_in_hand.ts";
import { NotDelivered, openPhoneLine } from "./phone_line.ts";
import { mediaOf } from "./picture_field.tsx";
import { QuickReplies } from "./quick_replies.tsx";
import { ReactionMenu } from "./reaction_menu.tsx";
import { useMessages } from "./use_messages.ts";
import { WhosePhone } from "./whose_phone.tsx";

/** Example texts to send with one click. */
const SUGGESTIONS = [
  "Hi, is the job still open?",
  "What is the pay?",
  "Can I talk to a person?",
  "STOP",
];

/** The draft on a phone. */
interface Draft extends Attachment {
  text: string;
}

const EMPTY_DRAFT: Draft = { text: "", picture: undefined, isLocating: false };

/** The content of one text: words and a picture, a reaction, a location or a pressed button. */
type Content = Pick<PhoneText, "body" | "media" | "reaction" | "location" | "button">;

/** The recruit's phone: its owner, the messages and the draft. */
export function PhonePanel({ settings, log }: { settings: DemoSettings; log: LogLines }) {
  const { recruits, twilioUrl } = settings;
  const line = useMemo(() => openPhoneLine(twilioUrl), [twilioUrl]);
  const [choice, setChoice] = useState<Choice>({
    chosen: recruits[0].phone,
    typedNumber: "",
    channel: channelOf(recruits[0].phone),
  });
  const [profileNames, setProfileNames] = useState<Record<string, string>>({});
  const [drafts, setDrafts] = useState<Record<string, Draft>>({});
  const [problem, setProblem] = useState<string>();

  const recruit = phoneInHand(choice, settings);
  const phone = recruit?.phone;
  const isOnWhatsApp = choice.channel === "whatsapp";
  const profileName = profileNames[phone ?? ""] ?? recruit?.name ?? "";
  const messages = useMessages(line, phone);
  useEffect(() => {
    if (messages.isReachable) setProblem(undefined);
  }, [messages.isReachable]);
  const draft = drafts[phone ?? ""] ?? EMPTY_DRAFT;
  const setDraft = (changed: Partial<Draft>) =>
    setDrafts((all) => ({
      ...all,
      [phone ?? ""]: { ...EMPTY_DRAFT, ...all[phone ?? ""], ...changed },
    }));

  /**
   * Sends a text. If that fails, `words` name it in the problem, and `unsent` is the draft again.
   */
  const send = async (content: Content, words: string, unsent: Draft = EMPTY_DRAFT) => {
    if (!recruit) {
      setProblem("Whose phone is it? Type a number with its country code, such as +15550100050.");
      return;
    }
    setProblem(undefined);
    try {
      await line.send({
        from: recruit.phone,
        to: recruit.to,
        ...content,
        profile_name: isOnWhatsApp && profileName.trim() || undefined,
      });
    } catch (error) {
      if (!(error instanceof NotDelivered)) throw error;
      setProblem(`“${words}” was not sent. ${error.message}`);
      setDrafts((all) => isEmpty(all[recruit.phone]) ? { ...all, [recruit.phone]: unsent } : all);
    }
    messages.read();
  };
  const sendDraft = () => {
    if (recruit) setDraft(EMPTY_DRAFT);
    const { text, picture } = draft;
    send({ body: text, media: picture ? [mediaOf(picture)] : [] }, text || picture || "", draft);
  };

  const newestReceived = messages.list?.findLast((message) => !isOwn(message));
  const bubbleOf = (message: PhoneMessage): Bubble => ({
    ...phoneBubble(message, log.value),
    beside: isOwn(message) || isOnWhatsApp || !message.body ? undefined : (
      <ReactionMenu
        onReact={(kind) => send({ reaction: { kind, quoted: message.body } }, `${kind} …`)}
      />
    ),
    below: isOnWhatsApp && message === newestReceived
      ? (
        <QuickReplies
          onPress={(reply) => send({ button: { ...reply, replies_to: message.sid } }, reply.text)}
        />
      )
      : undefined,
  });

  return (
    <section class="panel phone" aria-labelledby="phone-title">
      <WhosePhone
        choice={choice}
        recruits={recruits}
        profileName={profileName}
        onChoice={(changed) => {
          setChoice({ ...choice, ...changed });
          setProblem(undefined);
        }}
        onProfileName={(name) => setProfileNames((all) => ({ ...all, [phone ?? ""]: name }))}
      />
      <Thread
        key={phone}
        label="Messages on the phone"
        bubbles={(messages.list ?? []).map(bubbleOf)}
        empty={phone
          ? messages.list ? emptyWords(recruit) : "Loading …"
          : "Type a number with its country code, such as +15550100050. A text from a number that your platform does not know yet is kept as unmatched."}
      />
      {problem || !messages.isReachable
        ? <p class="problem" role="alert">{problem ?? "The stack does not answer."}</p>
        : null}
      <div class="suggestions" role="group" aria-label="Texts to try">
        {SUGGESTIONS.map((text) => (
          <button
            key={text}
            type="button"
            onClick={() => send({ body: text }, text)}
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
        <AttachmentFields
          attachment={draft}
          canShareLocation={isOnWhatsApp}
          onAttachment={setDraft}
          onShare={(location) => {
            setDraft({ isLocating: false });
            send({ location }, location.label ?? "Your location");
          }}
        />
      </Composer>
    </section>
  );
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
