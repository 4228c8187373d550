/**
 * A fault at each step of a text's and a callback's way: whatever fails, is lost or is killed there,
 * reconciliation brings the tables to what Twilio's log has, and the recruit is answered once.
 */
import {
  beginUntilReached,
  FAULTS,
  isKill,
  isOnce,
  kill,
  type Rig,
  type SetFault,
  setFault,
  type Side,
  untilGivenUp,
  untilOver,
  untilReached,
  withRigs,
} from "../support/faults.ts";
import {
  assertEndsWell,
  reconcileAll,
  type Scenario,
  sendAndRecord,
  startScenario,
  untilDelivered,
} from "../support/scenario.ts";
import { newSender } from "../support/talk.ts";
import { TWILIO_URL } from "../support/stack.ts";
import { inboundForm, newPhone, signedRequest, statusForm } from "../support/twilio.ts";
import { loseText } from "../support/twilio_stand_in.ts";

/** How a turn ends. */
const REPLY = { status: "bot", texts: 1 } as const;
const HAND_OFF = { status: "escalated", texts: 0 } as const;
const HAND_OFF_WITH_TEXT = { status: "escalated", texts: 1 } as const;

/** A step of a turn: whom the worker calls, how the turn ends, and, if its fault lets it go on, how then. */
type Step = [words: string, side: Side, ends: Scenario["ends"], endsWithout?: Scenario["ends"]];

const STEPS: Step[] = [
  ["recruiting_receive_message", "database", REPLY],
  ["recruiting_claim_turn", "database", REPLY],
  ["/chat/completions", "model", REPLY, HAND_OFF],
  ["recruiting_begin_reply", "database", REPLY],
  ["Messages.json POST", "twilio", REPLY],
  ["recruiting_record_send", "database", REPLY],
  ["recruiting_escalate_turn", "database", HAND_OFF],
  ["recruiting_escalate_turn", "database", HAND_OFF_WITH_TEXT],
  ["Messages.json POST", "twilio", HAND_OFF_WITH_TEXT],
  ["recruiting_record_send", "database", HAND_OFF_WITH_TEXT],
];

/** The calls that a worker gives up, and says so in its log, in 3 s. */
const GIVEN_UP = ["recruiting_claim_turn", "recruiting_begin_reply", "recruiting_escalate_turn"];

/** Texts as the recruit. Twilio's log has the text, whatever becomes of the webhook. */
async function text(
  { worker }: Rig,
  { recruit_phone: from, twilio_phone: to, ends }: Scenario,
  wants = ends.status,
): Promise<void> {
  const body = wants === "bot" ? `Hello, I am ${from}` : `I am ${from}, model: escalate`;
  const { message_sid: MessageSid } = await loseText({ url: TWILIO_URL }, { from, to, body });
  const form = inboundForm({ MessageSid, From: from, To: to, Body: body });
  const response = await worker.fetch(signedRequest("sms-inbound", form), "/sms-inbound");
  await response.body?.cancel();
}

Deno.test("a text, its turn and its reply survive a fault at any step", (t) =>
  withRigs("sms-inbound", 2, async ([going, doomed], sql, schedule) => {
    const senders = {
      silent: await newSender(sql),
      talking: await newSender(sql, { handover_text: "A person will text you soon." }),
    };
    // Both have loaded everything before the first fault.
    const warm = await Promise.all([going, doomed].map(async (rig) => {
      const scenario = await startScenario("no fault", REPLY, { twilio_phone: senders.silent });
      await text(rig, scenario);
      await rig.database.requests("recruiting_record_send", 1);
      return scenario;
    }));

    const faults = await Promise.all(
      STEPS.flatMap(([words, side, ends, endsWithout]) =>
        FAULTS.map(async (fault) => {
          const rig = isKill(fault) ? doomed : going;
          const goesOn = endsWithout && !isKill(fault) && !isOnce(fault);
          const scenario = await startScenario(
            `${words} ${fault}, and the turn ends in ${JSON.stringify(ends)}`,
            goesOn ? endsWithout : ends,
            { twilio_phone: ends === HAND_OFF_WITH_TEXT ? senders.talking : senders.silent },
          );
          const set = setFault(
            rig[side],
            (seen) => scenario.owns(seen) && seen.line.includes(words),
            fault,
          );
          return { scenario, rig, set, words, goesOn, fault, wants: ends.status };
        })
      ),
    );
    const texting = await beginUntilReached(
      faults,
      ({ rig, scenario, wants }) => text(rig, scenario, wants),
    );
    await kill(doomed);
    for (const { scenario, fault, words, goesOn } of faults) {
      if (isKill(fault)) continue;
      if (goesOn || isOnce(fault)) await untilOver(sql, going, scenario);
      else if (GIVEN_UP.includes(words)) await untilGivenUp(going, scenario);
    }
    await Promise.all(texting);
    lift(faults.map(({ set }) => set));

    const scenarios = [...warm, ...faults.map(({ scenario }) => scenario)];
    await reconcileAll(sql, schedule, scenarios);
    for (const scenario of scenarios) {
      await t.step(scenario.label, () => assertEndsWell(sql, scenario));
    }
  }));

function lift(faults: SetFault[]): void {
  for (const fault of faults) fault.lift();
}

Deno.test("a callback survives a fault where it is recorded", (t) =>
  withRigs("sms-status", 2, async ([going, doomed], sql, schedule) => {
    await Promise.all([going, doomed].map(({ worker }) => worker.ready()));
    const faults = await Promise.all(FAULTS.map(async (fault) => {
      const rig = isKill(fault) ? doomed : going;
      const scenario = await startScenario(fault, REPLY, { recruit_phone: newPhone() });
      const sid = await sendAndRecord(sql, scenario);
      const set = setFault(
        rig.database,
        ({ line, body }) => line.includes("recruiting_record_message_status") && body.includes(sid),
        fault,
      );
      return { rig, scenario, sid, set };
    }));
    await untilDelivered(faults.map(({ scenario }) => scenario));
    const posting = faults.map(async ({ rig: { worker }, sid }) => {
      const request = signedRequest("sms-status", statusForm(sid, "delivered"));
      await (await worker.fetch(request, "/sms-status")).body?.cancel();
    });
    await Promise.all(faults.map(({ set, scenario }) => untilReached(set, scenario)));
    await kill(doomed);
    await Promise.all(posting);
    lift(faults.map(({ set }) => set));
    const scenarios = faults.map(({ scenario }) => scenario);
    await reconcileAll(sql, schedule, scenarios);
    for (const scenario of scenarios) {
      await t.step(scenario.label, () => assertEndsWell(sql, scenario));
    }
  }));
