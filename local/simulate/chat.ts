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
import { channelOption } from "./options.ts";
import { textFromPhone } from "./stand_in.ts";
import { PhoneScreen } from "./phone_screen.ts";

/** The options of the command. */
interface ChatOptions {
  from?: string;
  to?: string;
  channel: TwilioChannel;
}

/** Adds the command `chat`. */
export function addChat(simulate: Command): void {
  const chatExample = "simulate chat --from +15550100001 --to +15550100000";
  simulate.command("chat")
    .description("A conversation in the terminal, as a recruit.")
    .option("--from <address>", "The recruit's phone, E.164 (required)")
    .option("--to <address>", "The platform's number (required)")
    .addOption(channelOption())
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
  if (isTerminal) console.log(`Texting ${to} as ${from}. Ctrl-D ends.\n`);

  const talk = async (): Promise<boolean> => {
    let areAccepted = true;
    let lastSid: string | undefined;
    for await (const line of createInterface({ input: process.stdin })) {
      const body = line.trim();
      if (body === "") continue;
      // A terminal shows the typed line by itself.
      if (!isTerminal) console.log(`> ${body}`);
      const delivery = await textFromPhone({ from, to, body });
      lastSid = delivery.message_sid;
      if (delivery.is_lost || delivery.status === 200) continue;
      areAccepted = false;
      console.log(`  The webhook answered ${delivery.status}`);
    }
    if (isTerminal || lastSid === undefined) return areAccepted;
    const isAnswered = await screen.untilAnswered(lastSid, MAX_WAIT_MS);
    if (!isAnswered) console.error(`error: No reply within ${MAX_WAIT_MS / 1000} s`);
    return areAccepted && isAnswered;
  };
  return await Promise.race([talk(), screen.watch()]);
}
