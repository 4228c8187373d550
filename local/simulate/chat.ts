/**
 * `deno task simulate chat`: a conversation in the terminal, as a recruit.
 *
 * @module
 */
import process from "node:process";
import { createInterface } from "node:readline";
import { CHANNELS, onChannel } from "../stand_ins/twilio/address.ts";
import { oneOf, parseOptions, required } from "./options.ts";
import { textFromPhone } from "./stand_in.ts";
import { PhoneScreen } from "./phone_screen.ts";

export const CHAT_HELP = `A conversation in the terminal, as a recruit.

Usage: deno task simulate chat --from +15550100001 --to +15550100000

  --from ADDRESS     The recruit's phone, E.164 (required)
  --to ADDRESS       The platform's number (required)
  --channel NAME     sms, whatsapp, rcs or messenger (default sms)
  --help             This text

Each line is one text; Ctrl-D ends. Replies are printed as they arrive, with their delivery state.
From a pipe, the task waits after the last line up to 30 s for the delivery or failure of a reply:

  echo "Hi" | deno task simulate chat --from +15550100001 --to +15550100000
`;

/** The longest wait for a reply when the input is a pipe, in ms. */
const MAX_WAIT_MS = 30_000;

/**
 * Runs the command.
 *
 * @param args The command line.
 * @returns Whether the webhook answered 200 to every text and, from a pipe, a reply arrived in
 *   time.
 * @throws {Error} If the stand-in or the webhook does not answer.
 */
export async function chat(args: string[]): Promise<boolean> {
  const options = parseOptions(args, {
    channel: { type: "string", default: "sms" },
    from: { type: "string" },
    to: { type: "string" },
  });
  const channel = oneOf(options.channel, CHANNELS, "channel");
  const from = onChannel(required(options.from, "from"), channel);
  const to = onChannel(required(options.to, "to"), channel);
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
