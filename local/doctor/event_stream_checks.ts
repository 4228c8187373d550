/**
 * The doctor's subject Event Streams: whether events of the account come here, once.
 *
 * @see https://www.twilio.com/docs/events
 * @module
 */
import {
  isOurs,
  type Sink,
  subscribedTypes,
  type Subscription,
  subscriptionsOf,
  webhookSinks,
} from "../configure/event_resources.ts";
import { EVENT_TYPES } from "../configure/event_types.ts";
import type { Project } from "../project/project.ts";
import { sinkUrl } from "../project/webhook_urls.ts";
import type { Check, Examined, Outcome } from "./check.ts";
import { configureCommand } from "./configure_command.ts";
import { type Fault, outcomeOf } from "./sender_faults.ts";
import { acceptedBaseUrls } from "./our_webhooks.ts";
import { twilioCheck } from "./twilio_check.ts";

const CONSOLE = "Twilio's console, Event Streams, Manage";

/** The webhook sinks that concern this project. */
interface Sinks {
  /** Those that post here, also of other owners. */
  here: Sink[];
  /** Those that `twilio configure` has made and that post to another project. */
  elsewhere: Sink[];
  /** The subscriptions of `here`. */
  subscriptions: Subscription[];
}

/** Lists the checks of Event Streams. */
export function eventStreamChecks(examined: Examined): Check[] {
  let sinks: Promise<Sinks> | undefined;
  const check = (
    id: string,
    run: (examined: Examined, sinks: Sinks) => Outcome | Promise<Outcome>,
    notSetUp: Outcome = { ok: null, detail: "Event Streams is not set up" },
  ) =>
    twilioCheck(`event_streams.${id}`, async () => {
      const found = await (sinks ??= readSinks(examined));
      return found.here.length + found.elsewhere.length === 0
        ? notSetUp
        : await run(examined, found);
    });
  return [
    check("sink", checkSink, {
      ok: null,
      detail: "Event Streams is not set up. Webhooks post the same; a high volume needs it",
      mend: `To set it up, run ${configureCommand(examined.project, "--events")}`,
    }),
    check("subscription", checkSubscription),
    check("old_sinks", checkOldSinks),
  ];
}

async function readSinks(examined: Examined): Promise<Sinks> {
  const twilio = examined.twilio();
  const destinations = acceptedBaseUrls(examined.project).map(sinkUrl);
  const isHere = ({ destination }: Sink) => destinations.includes(destination);
  const all = await webhookSinks(twilio);
  const here = all.filter(isHere);
  return {
    here,
    elsewhere: all.filter((sink) => isOurs(sink) && !isHere(sink)),
    subscriptions: await subscriptionsOf(twilio, here),
  };
}

/** Checks that one sink posts here, and that it is active. */
function checkSink({ project }: Examined, { here, elsewhere }: Sinks): Outcome {
  const mend = `Run ${configureCommand(project, "--events")}`;
  if (here.length === 0) {
    return {
      ok: false,
      detail: `The sink posts to ${elsewhere.map((sink) => placeOf(sink, project)).join(", ")}`,
      mend,
    };
  }
  const faults = here.flatMap((sink): Fault[] => {
    const wrong = [
      ...sink.isUsable ? [] : [`its status is ${sink.status}`],
      ...sink.method === "POST" ? [] : [`its method is ${sink.method || "not set"}`],
      ...sink.batchEvents === "true" ? [] : ["it does not batch events"],
    ];
    return wrong.length === 0
      ? []
      : [{ detail: `Sink ${sink.sid}: ${wrong.join(", ")}`, mend: mendOf(sink, mend) }];
  });
  if (here.length > 1) {
    const detail = `${here.length} sinks post here (${here.map(({ sid }) => sid).join(", ")}), ` +
      "so each event comes more than once";
    const foreign = here.filter((sink) => !isOurs(sink));
    faults.push({ detail, mend: foreign.length === 0 ? mend : mendOf(foreign[0], mend) });
  }
  return outcomeOf(faults, "One sink posts here, and is active");
}

/** `twilio configure` leaves alone what it has not made. */
function mendOf(sink: Sink, mend: string): string {
  return isOurs(sink)
    ? mend
    : `Delete the sink ${sink.sid}, which another owner has made (${CONSOLE}), then: ${mend}`;
}

/** Checks that the sink has one subscription, with every type in the version that the functions read. */
async function checkSubscription(
  examined: Examined,
  { here, subscriptions }: Sinks,
): Promise<Outcome> {
  if (here.length === 0) return { ok: null, detail: "No sink posts here: see event_streams.sink" };
  const mend = `Run ${configureCommand(examined.project, "--events")}`;
  const faults: Fault[] = [];
  for (const sink of here) {
    const own = subscriptions.filter(({ sinkSid }) => sinkSid === sink.sid);
    const fault = (detail: string) => faults.push({ detail, mend: mendOf(sink, mend) });
    if (own.length === 0) fault(`Sink ${sink.sid} has no subscription, so no event comes`);
    if (own.length > 1) fault(`Sink ${sink.sid} has ${own.length} subscriptions`);
    if (own.length !== 1) continue;
    const types = await subscribedTypes(examined.twilio(), own[0].sid);
    const missing = Object.keys(EVENT_TYPES).filter((type) => !types.has(type));
    if (missing.length > 0) {
      fault(`The subscription lacks ${missing.map(shortType).join(", ")}`);
    }
    const otherVersions = Object.entries(EVENT_TYPES).flatMap(([type, version]) => {
      const found = types.get(type);
      return found === undefined || found === version
        ? []
        : [`${shortType(type)} has schema version ${found}, not ${version}`];
    });
    if (otherVersions.length > 0) fault(otherVersions.join(", "));
  }
  return outcomeOf(faults, `The subscription has all ${Object.keys(EVENT_TYPES).length} types`);
}

/** Checks that no sink of ours posts to another project while one posts here. */
function checkOldSinks({ project }: Examined, { here, elsewhere }: Sinks): Outcome {
  if (here.length === 0) return { ok: null, detail: "No sink posts here: see event_streams.sink" };
  return outcomeOf(
    elsewhere.map((sink) => ({
      detail: `Sink ${sink.sid} still posts the account's events to ${placeOf(sink, project)}`,
      mend: `If that project is no longer used, run ${
        configureCommand(project, "--events")
      }, which deletes it`,
    })),
    "No other project gets the account's events",
  );
}

function shortType(type: string): string {
  return type.replace(/^com\.twilio\.(messaging\.)?/, "");
}

/** The host alone: a path or a password of another project is not for this terminal. */
function placeOf({ destination }: Sink, { functionsUrl }: Project): string {
  const host = URL.canParse(destination) ? new URL(destination).host : "no URL";
  return host === new URL(functionsUrl).host
    ? `another address of this host (${host}): path, user or password differ`
    : `another project (${host})`;
}
