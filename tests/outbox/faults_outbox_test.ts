/**
 * A fault at each step of an agent's message: the caller repeats the call that was not answered with its
 * key, reconciliation does the rest, and the recruit gets the message once.
 */
import { assert, assertEquals } from "../support/assert.ts";
import {
  beginUntilReached,
  FAULTS,
  isKill,
  isOnce,
  kill,
  type Rig,
  setFault,
  type Side,
  untilGivenUp,
  withRigs,
} from "../support/faults.ts";
import { callAsPlatform } from "../support/function_worker.ts";
import { assertEndsWell, reconcileAll, startScenario } from "../support/scenario.ts";
import { asNewAgent } from "../support/stack.ts";
import { magicPhone, newPhone } from "../support/twilio.ts";

const SENT = { status: "escalated", texts: 1 } as const;

/** Twilio answers 429 twice, and accepts then. */
const BUSY = "+15005560429";

/** A step of a send: whom the worker calls, and how the recruit's number begins. */
const STEPS: [words: string, side: Side, isBusy?: "busy"][] = [
  ["recruiting_agent_access", "database"],
  ["recruiting_begin_message", "database"],
  ["Messages.json POST", "twilio"],
  ["recruiting_begin_retry", "database", "busy"],
  ["recruiting_record_send", "database"],
];

/** The caller's request, the same each time. */
interface Input {
  conversation_id: string;
  agent_id: string;
  body: string;
  idempotency_key: string;
}

/** Calls as the platform's server for an agent. Returns the HTTP status. */
async function send({ worker }: Rig, input: Input): Promise<number> {
  const response = await callAsPlatform(worker, "sms-send", input);
  await response.body?.cancel();
  return response.status;
}

Deno.test("an agent's message survives a fault at any step", (t) =>
  withRigs("sms-send", 2, async ([going, doomed], sql, schedule) => {
    const { id: agent_id } = await asNewAgent();
    const begin = async (label: string, recruit_phone = newPhone()) => {
      const scenario = await startScenario(label, SENT, {
        recruit_phone,
        status: "escalated",
        assigned_agent_id: agent_id,
      });
      const idempotency_key = crypto.randomUUID();
      return {
        scenario,
        input: { conversation_id: scenario.id, agent_id, body: "A person here", idempotency_key },
      };
    };
    // Both have loaded everything before the first fault.
    const warm = await Promise.all([going, doomed].map(async (rig) => {
      const { scenario, input } = await begin("no fault");
      assertEquals(await send(rig, input), 200);
      return scenario;
    }));

    const faults = await Promise.all(
      STEPS.flatMap(([words, side, isBusy]) =>
        FAULTS.map(async (fault) => {
          const rig = isKill(fault) ? doomed : going;
          const { scenario, input } = await begin(
            `${words} ${fault}`,
            isBusy ? magicPhone(BUSY) : undefined,
          );
          const set = setFault(
            rig[side],
            (seen) => scenario.owns(seen) && seen.line.includes(words),
            fault,
          );
          return { rig, scenario, input, set, words, fault };
        })
      ),
    );
    const sending = await beginUntilReached(faults, async (fault) => ({
      ...fault,
      status: await send(fault.rig, fault.input),
    }));
    await kill(doomed);
    for (const { fault, scenario, words } of faults) {
      const isGivenUp = !isKill(fault) && !isOnce(fault) && words !== "Messages.json POST" &&
        words !== "recruiting_record_send";
      if (isGivenUp) await untilGivenUp(going, scenario);
    }
    for (const { set } of faults) set.lift();
    for (const { status, rig, input } of await Promise.all(sending)) {
      if (status < 500) continue;
      const again = await send(rig, input);
      assert(again < 300, `status ${again}`);
    }

    const scenarios = [...warm, ...faults.map(({ scenario }) => scenario)];
    await reconcileAll(sql, schedule, scenarios);
    for (const scenario of scenarios) {
      await t.step(scenario.label, () => assertEndsWell(sql, scenario));
    }
  }));
