/**
 * A stack for one task: its own ports, its own data, and nothing of it left afterwards.
 *
 * @module
 */
import { freePorts, type Ports } from "../settings/addresses.ts";
import { removePostgresData } from "../postgres/binaries.ts";
import { exampleSettings } from "../settings/environment.ts";
import { type Stack, type StackOptions, startStack } from "./stack.ts";

/** Messages go out and are delivered this much faster than usual. */
const TWILIO_PACE = 0.1;

/** The stack's own functions leave texts unanswered: what is tested must not change meanwhile. */
const TURN_WAIT_SECONDS = "3600";

/** The cheapest hash of a password that lite makes: the passwords of a temporary stack are public. */
const PASSWORD_COST = "4";

/** Where the stack is. */
export interface TemporaryStack {
  ports: Ports;
  stack: Stack;
  /** Its data folder. */
  folder: string;
  /** What its functions see. */
  settings: Record<string, string>;
}

/**
 * Runs something against a fresh stack.
 *
 * @param use What to run.
 * @param onLog Gets each line that a function prints.
 * @param settings What the functions see beside the example's settings, or instead of them.
 * @param options How the stack differs from that of the tests.
 * @returns What `use` returned.
 */
export async function withTemporaryStack<Result>(
  use: (stack: TemporaryStack) => Promise<Result>,
  onLog: (line: string, folder: string) => void = () => {},
  settings: Record<string, string> = {},
  options: Partial<Pick<StackOptions, "reconcileEverySeconds" | "twilioPace">> = {},
): Promise<Result> {
  const folder = await Deno.makeTempDir({ prefix: "recruiting-sms-" });
  const ports = freePorts();
  Deno.env.set("LITE_AUTH_BCRYPT_COST", PASSWORD_COST);
  const allSettings = { ...await exampleSettings(), TURN_WAIT_SECONDS, ...settings };
  try {
    const stack = await startStack({
      folder,
      ports,
      settings: allSettings,
      watch: false,
      reconcileEverySeconds: 0,
      twilioPace: TWILIO_PACE,
      withExamples: true,
      onLog: (line) => onLog(line, folder),
      onProgress: () => {},
      ...options,
    });
    try {
      return await use({ ports, stack, folder, settings: allSettings });
    } finally {
      await stack.stop();
    }
  } finally {
    await removePostgresData(folder);
    await Deno.remove(folder, { recursive: true });
  }
}
