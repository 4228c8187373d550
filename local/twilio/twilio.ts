/**
 * A stand-in for Twilio's Messages API, because texts of the real one cost money and reach people.
 * It is as strict as the real one: calls are checked against Twilio's own description of the API,
 * webhooks are signed, callbacks come late, twice or in the wrong order, and opt-outs hold. Magic
 * numbers (magic_numbers.ts) and outages (outage.ts) make it fail. Its log may outlive the process,
 * as Twilio's does.
 *
 * With node:http, because it has to be able to drop a connection.
 *
 * @module
 */
import { createServer, type IncomingMessage, type ServerResponse } from "node:http";
import { setTimeout as delay } from "node:timers/promises";
import { withoutChannel } from "./address.ts";
import type { TwilioAccount } from "./account.ts";
import { isOnItsWay, startDelivery } from "./delivery.ts";
import { TwilioError } from "./errors.ts";
import { type Answer, type Call, DROP, readCall, send } from "./http.ts";
import { behaviourOf, SERVER_ERROR } from "./magic_numbers.ts";
import { MessageLog } from "./message_log.ts";
import { MessagesApi } from "./messages_api.ts";
import { OptOuts } from "./opt_outs.ts";
import { Outage } from "./outage.ts";
import { Phone } from "./phone.ts";

/** What the stand-in is started with. */
export interface TwilioOptions extends TwilioAccount {
  /** 0 for any that is free. */
  port: number;
  /** Where it listens; 127.0.0.1 unless said otherwise. */
  hostname?: string;
  /** Where inbound texts are posted, such as …/functions/v1/sms-inbound. */
  webhookUrl: string;
  /** Multiplies the time that messages take to go out and to be delivered; 1, if absent. */
  pace?: number;
  /** The file that keeps the log; without one it ends with the process. */
  logFile?: string;
}

/** A running stand-in. */
export interface Twilio {
  /** Its address, for `client.api.baseUrl`. */
  url: string;
  /** Ends it, and all deliveries. */
  stop(): Promise<void>;
}

/**
 * Starts the stand-in.
 *
 * @throws {Error} If the port is in use.
 */
export async function startTwilio(options: TwilioOptions): Promise<Twilio> {
  const { port, hostname = "127.0.0.1", webhookUrl, pace = 1, logFile, ...account } = options;
  const log = new MessageLog(logFile);
  const optOuts = new OptOuts();
  const stopping = new AbortController();
  const { signal } = stopping;
  const delivery = startDelivery({ account, log, pace });
  for (const message of log.byCreation.oldestFirst()) {
    if (message.direction === "inbound") {
      optOuts.hear(message, message.dateCreated);
      continue;
    }
    if (message.messagingServiceSid) optOuts.noteService(message.from, message.messagingServiceSid);
    if (isOnItsWay(message)) {
      delivery.begin(message, behaviourOf(withoutChannel(message.to)).failure);
    }
  }
  const api = new MessagesApi({ account, log, optOuts, delivery });
  const outage = new Outage();
  const phone = new Phone({ account, log, optOuts, delivery, webhookUrl, signal });

  const answer = async (call: Call): Promise<Answer | typeof DROP> => {
    try {
      if (call.path.startsWith("/phone/")) return await phone.answer(call);
      if (call.path === "/outage") return outage.answer(call);
      return outage.refusal ?? api.answer(call);
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
    // What fails here is the connection: the caller has gone, or the stand-in stops.
    serve(request, response).catch(() => response.destroy());
  });
  await new Promise<void>((resolve, reject) => {
    server.once("error", reject);
    server.listen(port, hostname, resolve);
  });
  const address = server.address();
  const listening = typeof address === "object" && address ? address.port : port;
  return {
    url: `http://${hostname}:${listening}`,
    async stop() {
      stopping.abort();
      await delivery.stop();
      const closed = new Promise((resolve) => server.close(resolve));
      server.closeAllConnections();
      await closed;
    },
  };
}
