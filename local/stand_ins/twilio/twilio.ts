/**
 * A stand-in for Twilio's APIs, because real texts cost money and reach people: messages, templates,
 * and what an account has and sets (resources/).
 *
 * It is as strict as Twilio: calls are checked against Twilio's OpenAPI document, webhooks are
 * signed, callbacks come late, twice or in another order, and opt-outs block messages. Magic
 * numbers (magic_numbers.ts) and outages (outage.ts) make it fail. A failure of a webhook gets to the
 * debugger (debugger.ts), and events to the sinks that the account has (event_streams.ts).
 *
 * It uses node:http, which can drop a connection.
 *
 * @module
 */
import { createServer, type IncomingMessage, type ServerResponse } from "node:http";
import { setTimeout as delay } from "node:timers/promises";
import { withoutChannel } from "./address.ts";
import type { TwilioAccount } from "./account.ts";
import { startContentHost } from "./content_host.ts";
import { Debugger } from "./debugger.ts";
import { answerContent, isContentPath } from "./content_api.ts";
import { isInDelivery, startDelivery } from "./delivery.ts";
import { TwilioError } from "./errors.ts";
import { EventStreams } from "./event_streams.ts";
import type { LoggedError } from "./cloud_event.ts";
import { type Answer, type Call, DROP, readCall, send } from "./http.ts";
import { behaviourOf, failureOf, SERVER_ERROR } from "./magic_numbers.ts";
import { MessageLog } from "./message_log.ts";
import { MessagesApi } from "./messages_api.ts";
import { OptOuts } from "./opt_outs.ts";
import { Outage } from "./outage.ts";
import { Phone } from "./phone.ts";
import { requireAccess } from "./resources/account.ts";
import { AccountResources, permissionFor } from "./resources/account_resources.ts";
import { answerAccountState } from "./resources/account_state.ts";
import { seedSenders } from "./resources/seed.ts";

/** The options of the stand-in. */
export interface TwilioOptions extends TwilioAccount {
  /** The port; 0 for any free one. */
  port: number;
  /** The address to listen on; 127.0.0.1 by default. */
  hostname?: string;
  /**
   * The webhook for texts to senders that the account does not have, such as
   * …/functions/v1/sms-inbound. A sender of the account has its own.
   */
  webhookUrl: string;
  /**
   * The webhook for everything else, such as …/functions/v1/twilio-events: calls to numbers that the
   * account does not have, the debugger, and `POST /event-streams`. Without it there are none of these.
   */
  eventsUrl?: string;
  /**
   * The functions' base URL, without a slash at the end. With it the account has the senders of
   * supabase/seed.sql, which call these functions.
   */
  functionsUrl?: string;
  /** The time in which it must answer a request of Event Streams, in ms; 5000 by default. */
  eventsTimeoutMs?: number;
  /** The factor for the delays of deliveries; 1 by default. */
  pace?: number;
  /** The file for the message log; without it the log is lost when the process exits. */
  logFile?: string;
}

/** A running stand-in. */
export interface Twilio {
  /** The base URL, for `client.api.baseUrl`. */
  url: string;
  /** Stops the server and all deliveries. */
  stop(): Promise<void>;
}

/**
 * Starts the stand-in.
 *
 * @throws {Error} If the port is in use.
 */
export async function startTwilio(options: TwilioOptions): Promise<Twilio> {
  const {
    port,
    hostname = "127.0.0.1",
    webhookUrl,
    eventsUrl,
    functionsUrl,
    eventsTimeoutMs: timeoutMs,
    pace = 1,
    logFile,
    ...account
  } = options;
  const log = new MessageLog(logFile);
  const optOuts = new OptOuts();
  const stopping = new AbortController();
  const { signal } = stopping;
  const resources = new AccountResources(account);
  if (functionsUrl !== undefined) seedSenders(resources, functionsUrl);
  const events = new EventStreams({ account, resources, url: eventsUrl, pace, timeoutMs });
  const onError = (error: LoggedError) => events.postError(error);
  const debug = new Debugger({
    account,
    url: eventsUrl,
    alerts: resources.alerts,
    onError,
  });
  const delivery = startDelivery({ account, log, debug, events, pace });
  for (const message of log.byCreation.oldestFirst()) {
    if (message.direction === "inbound") {
      optOuts.receive(message, message.dateCreated);
      continue;
    }
    if (message.messagingServiceSid) optOuts.noteService(message.from, message.messagingServiceSid);
    if (isInDelivery(message)) {
      delivery.begin(message, failureOf(behaviourOf(withoutChannel(message.to))));
    }
  }
  const contentHost = await startContentHost(hostname);
  const api = new MessagesApi({ account, log, optOuts, delivery, contentHost });
  const outage = new Outage();
  const phone = new Phone({
    account,
    log,
    optOuts,
    delivery,
    debug,
    events,
    resources,
    webhookUrl,
    callsUrl: eventsUrl,
    signal,
  });

  const answer = async (call: Call): Promise<Answer | typeof DROP> => {
    try {
      if (call.path.startsWith("/phone/")) return await phone.answer(call);
      if (call.path === "/outage") return outage.answer(call);
      if (call.path === "/event-streams") return events.answer(call);
      if (call.path === "/account-state") return answerAccountState(resources, call);
      if (outage.refusal) return outage.refusal;
      requireAccess(account, resources.standing, call, permissionFor(call.path));
      if (isContentPath(call.path)) return answerContent(account, call);
      return resources.answer(call) ?? api.answer(call);
    } catch (error) {
      if (error instanceof TwilioError) return error;
      console.error("The Twilio stand-in failed:", error);
      return new TwilioError(SERVER_ERROR);
    }
  };
  const serve = async (request: IncomingMessage, response: ServerResponse) => {
    const answered = await answer(await readCall(request));
    if (answered === DROP) return void request.socket.destroy();
    if (answered.delayMs) await delay(answered.delayMs, undefined, { ref: false, signal });
    send(response, answered);
  };
  const server = createServer((request, response) => {
    // A failure here is one of the connection: the caller has closed it, or the stand-in stops.
    serve(request, response).catch(() => response.destroy());
  });
  await new Promise<void>((resolve, reject) => {
    server.once("error", reject);
    server.listen(port, hostname, resolve);
  }).catch(async (error) => {
    await contentHost.stop();
    throw error;
  });
  const address = server.address();
  const listening = typeof address === "object" && address ? address.port : port;
  return {
    url: `http://${hostname}:${listening}`,
    async stop() {
      stopping.abort();
      await delivery.stop();
      await contentHost.stop();
      await events.stop();
      await debug.stop();
      const closed = new Promise((resolve) => server.close(resolve));
      server.closeAllConnections();
      await closed;
    },
  };
}
