/**
 * Reads what the command line names.
 *
 * @module
 */
import type { Twilio } from "twilio";
import { eventsTarget } from "./events_target.ts";
import { messagingServices } from "./messaging_services.ts";
import { numberTarget } from "./number_target.ts";
import type { Named } from "./options.ts";
import { serviceTarget } from "./service_target.ts";
import type { Target } from "./settings.ts";
import { whatsappTarget } from "./whatsapp_target.ts";

/** Reads a target, again if it is called again. */
export type Reader = () => Promise<Target>;

/**
 * Makes a reader for each resource that the command line names.
 *
 * @param functionsUrl The functions' public base URL, without a slash at the end.
 */
export function readersOf(twilio: Twilio, named: Named, functionsUrl: string): Reader[] {
  const services = named.numbers.length > 0 ? messagingServices(twilio) : undefined;
  // The numbers' readers report the failure.
  services?.catch(() => {});
  return [
    ...named.numbers.map((number) => () => numberTarget(twilio, number, functionsUrl, services)),
    ...named.services.map((sid) => () => serviceTarget(twilio, sid, functionsUrl)),
    ...named.whatsapp.map((number) => () => whatsappTarget(twilio, number, functionsUrl)),
    ...(named.events ? [() => eventsTarget(twilio, functionsUrl)] : []),
  ];
}

/**
 * Reads all targets. A number's warning that its service decides is left out where that service is among the
 * targets.
 */
export async function readAll(readers: Reader[]): Promise<Target[]> {
  const targets: Target[] = [];
  for (const read of readers) targets.push(await read());
  const labels = new Set(targets.map(({ label }) => label));
  return targets.map((target) => ({
    ...target,
    warnings: target.warnings.filter(({ kind, serviceSid }) =>
      kind !== "number_in_service" || !labels.has(`service ${serviceSid}`)
    ),
  }));
}
