/**
 * `deno task simulate chat`: a conversation in the terminal, as a recruit.
 *
 * @module
 */
import process from "node:process";
import { createInterface } from "node:readline";
import { CHANNELS, onChannel } from "../twilio/address.ts";
import { oneOf, parseOptions, required } from "./options.ts";
import { textFromPhone } from "./phone.ts";
import { PhoneScreen } from "./phone_screen.ts";

export const CHAT_HELP = `A conversation in the terminal, as a recruit.

Usage: deno task simulate chat --from +15550100001 --to +15550100000

  --from ADDRESS     Whose phone this is, E.164 (required)
  --to ADDRESS       Which of our numbers it texts (required)
  --channel NAME     sms, whatsapp, rcs or messenger (default sms)
  --help             This text

Each line is one text; Ctrl-D ends. Replies are shown as they come, with their delivery state. From a
pipe, the last line waits up to 30 s until a reply to it has been delivered, or has failed:

  echo "Hi" | deno task simulate chat --from +15550100001 --to +15550100000
`;

/** How long a reply may take when nobody sits at the terminal, in ms. */
const MAX_WAIT_MS = 30_000;

/**
 * Runs the command.
 *
 * @param args Its command line.
 * @returns Whether every text was taken and, from a pipe, the last one answered in time.
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
  await screen.skipWhatIsThere();
  if (isTerminal) console.log(`Texting ${to} as ${from}. Ctrl-D ends.\n`);

  const talk = async (): Promise<boolean> => {
    let areTaken = true;
    let lastSid: string | undefined;
    for await (const line of createInterface({ input: process.stdin })) {
      const body = line.trim();
      if (body === "") continue;
      // A terminal shows by itself what is typed.
      if (!isTerminal) console.log(`> ${body}`);
      const delivery = await textFromPhone({ from, to, body });
      lastSid = delivery.message_sid;
      if (delivery.is_lost || delivery.status === 200) continue;
      areTaken = false;
      console.log(`  The webhook answered ${delivery.status}`);
    }
    if (isTerminal || lastSid === undefined) return areTaken;
    const isAnswered = await screen.untilAnswered(lastSid, MAX_WAIT_MS);
    if (!isAnswered) console.error(`error: No reply within ${MAX_WAIT_MS / 1000} s`);
    return areTaken && isAnswered;
  };
  return await Promise.race([talk(), screen.watch()]);
}
