/**
 * What the checks look at, each asked for once.
 *
 * @module
 */
import { z } from "zod/v3";
import type { Project } from "../project/project.ts";
import { openTwilio } from "../project/twilio_client.ts";
import { CannotAsk, type Examined } from "./check.ts";
import { Health } from "./health.ts";
import { variableMend } from "./mends.ts";
import { readRest } from "./read_rest.ts";

const Senders = z.array(z.object({
  channel: z.enum(["sms", "whatsapp", "rcs", "messenger"]),
  address: z.string(),
}));

/** Prepares what the checks of one run share. */
export function examine(project: Project, isRoundTrip = false): Examined {
  return {
    project,
    isRoundTrip,
    twilio: once(() => {
      try {
        return openTwilio(project.env);
      } catch (error) {
        const reason = error instanceof Error ? error.message : "Twilio's client does not start";
        throw new CannotAsk(reason, variableMend(project, "Set it"));
      }
    }),
    senders: once(() =>
      readRest(project, "recruiting_senders?select=channel,address&order=channel,address", Senders)
    ),
    health: once(() => readRest(project, "rpc/recruiting_health", Health)),
  };
}

/** Calls a function at most once. Every caller gets the same result, or the same error. */
function once<Result>(call: () => Result): () => Result {
  let called: { result: Result } | { error: unknown } | undefined;
  return () => {
    if (!called) {
      try {
        called = { result: call() };
      } catch (error) {
        called = { error };
      }
    }
    if ("error" in called) throw called.error;
    return called.result;
  };
}
