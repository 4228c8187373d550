/**
 * `deno task simulate chat`: a conversation in the terminal, as a recruit.
 *
 * @module
 */
import type { Command } from "@commander-js/extra-typings";
import process from "node:process";
import { createInterface } from "node:readline";
import { required } from "../command_line/option_values.ts";
import { examples, taskCommand } from "../command_line/task_command.ts";
import { onChannel, type TwilioChannel } from "../stand_ins/twilio/address.ts";
import { apiUrl, portsFrom } from "../settings/addresses.ts";
import { handBack, statusOf } from "./conversation.ts";
import { fateOfText, noteOnFate, noteOnPerson } from "./fate_of_text.ts";
import { channelOption } from "./options.ts";
import { textFromPhone } from "./stand_in.ts";
import { noteOnFailure } from "./report.ts";
import { PhoneScreen } from "./phone_screen.ts";

/** The options of the command. */
interface ChatOptions {
  from?: string;
  to?: string;
  channel: TwilioChannel;
  handBack?: boolean;
}

/** Adds the command `chat`. */
export function addChat(simulate: Command): void {
  const chatExample = "simulate chat --from +15550100001 --to +15550100000";
  simulate.command("chat")
    .description("A conversation in the terminal, as a recruit.")
    .option("--from <address>", "The recruit's phone, E.164 (required)")
    .option("--to <address>", "The platform's number (required)")
    .addOption(channelOption())
    .option("--hand-back", "First hand the conversation back to the bot, if a person has it")
    .addHelpText(
      "after",
      `
Each line is one text; Ctrl-D ends. Replies are printed as they arrive, with their delivery state.
From a pipe, the task waits after the last line up to 30 s for the delivery or failure of a reply.
${examples(chatExample)}
  echo "Hi" | ${taskCommand(chatExample)}`,
    )
    .action(async (options) => {
      Deno.exitCode = await chat(options) ? 0 : 1;
    });
}

/** The longest wait for a reply when the input is a pipe, in ms. */
const MAX_WAIT_MS = 30_000;

/**
 * Chats.
 *
 * @returns Whether the webhook answered 200 to every text and, from a pipe, a reply arrived in
 *   time.
 * @throws {Error} If the stand-in or the webhook does not answer.
 */
async function chat(options: ChatOptions): Promise<boolean> {
  const { channel } = options;
  const from = onChannel(required(options.from, "--from"), channel);
  const to = onChannel(required(options.to, "--to"), channel);
  const isTerminal = Deno.stdin.isTerminal();

  const screen = new PhoneScreen(from, to);
  await screen.skipEarlierMessages();
  const url = apiUrl(portsFrom(Deno.env.get("PORT_BASE")));
  const tell = notesOnce();
  const tellFailure = notesOnce();
  if (options.handBack) await handBack({ from, to, channel });
  const status = await statusOf({ from, to, channel });
  if (status && status !== "bot") tell(noteOnPerson(status, { from, to, channel }));
  if (isTerminal) console.log(`Texting ${to} as ${from}. Ctrl-D ends.\n`);

  const talk = async (): Promise<boolean> => {
    let areAccepted = true;
    let lastSid: string | undefined;
    let note: string | undefined;
    let mayBeAnswered = true;
    for await (const line of createInterface({ input: process.stdin })) {
      const body = line.trim();
      if (body === "") continue;
      // A terminal shows the typed line by itself.
      if (!isTerminal) console.log(`> ${body}`);
      const delivery = await textFromPhone({ from, to, body });
      lastSid = delivery.message_sid;
      if (delivery.is_lost) continue;
      const failure = noteOnFailure(delivery);
      if (failure) {
        areAccepted = false;
        tellFailure(failure);
      }
      if (delivery.status === 200) {
        const text = { messageSid: delivery.message_sid, from, to, channel };
        const fate = await fateOfText(url, text);
        // Why a text is not stored is said already where its function has failed.
        const isLost = failure !== undefined && fate.kind === "not_stored";
        note = isLost ? undefined : noteOnFate(fate, text);
        // From a pipe a reply may come from elsewhere than a conversation: it is waited for.
        mayBeAnswered = !isLost &&
          (note === undefined || fate.kind === "unmatched" && !isTerminal);
        if (!mayBeAnswered || isTerminal) tell(note);
        continue;
      }
      areAccepted = false;
      console.log(`  The webhook answered ${delivery.status}`);
    }
    if (isTerminal || lastSid === undefined) return areAccepted;
    if (!mayBeAnswered) return false;
    const isAnswered = await screen.untilAnswered(lastSid, MAX_WAIT_MS);
    if (!isAnswered) {
      tell(note);
      console.error(`error: No reply within ${MAX_WAIT_MS / 1000} s`);
    }
    return areAccepted && isAnswered;
  };
  return await Promise.race([talk(), screen.watch()]);
}

/** Makes a printer of notes that leaves out a note that was printed last. */
function notesOnce(): (note: string | undefined) => void {
  let last: string | undefined;
  return (note) => {
    if (note !== undefined && note !== last) console.error(`  ${note.replaceAll("\n", "\n  ")}\n`);
    last = note;
  };
}
