/**
 * The Messages resource of Twilio's REST API, and its Media.
 *
 * @see https://www.twilio.com/docs/messaging/api/message-resource
 * @module
 */
import { withoutChannel } from "./address.ts";
import type { TwilioAccount } from "./account.ts";
import { acceptMessage } from "./create_message.ts";
import type { ContentHost } from "./content_host.ts";
import { type Delivery, isInDelivery } from "./delivery.ts";
import { notAllowed, notFound, TwilioError } from "./errors.ts";
import { type Answer, type Call, DROP, formOf, queryOf } from "./http.ts";
import { listMessages } from "./list_messages.ts";
import { type Behaviour, behaviourOf, failureOf, LATE_MS, SERVER_ERROR } from "./magic_numbers.ts";
import { fetchMedia, findMedia, listMedia } from "./media.ts";
import type { Message, MessageLog } from "./message_log.ts";
import { API_VERSION, messageResource } from "./message_resource.ts";
import { checkCreate, checkList, checkListMedia, checkUpdate } from "./messages_parameters.ts";
import type { OptOuts } from "./opt_outs.ts";

const PATH = new RegExp(
  `^/${API_VERSION}/Accounts/(?<accountSid>[^/]+)/Messages` +
    `(?:/(?<sid>[^/]+)(?<media>/Media(?:/(?<mediaSid>[^/]+))?)?)?\\.json$`,
);

/** The content of a medium. */
const CONTENT_PATH = new RegExp(
  `^/${API_VERSION}/Accounts/(?<accountSid>[^/]+)/Messages/(?<sid>[^/]+)/Media/(?<mediaSid>ME[^/.]+)$`,
);

/** The options of the API. */
export interface MessagesApiOptions {
  account: TwilioAccount;
  log: MessageLog;
  optOuts: OptOuts;
  delivery: Delivery;
  contentHost: ContentHost;
}

/** Answers calls of the API. */
export class MessagesApi {
  #options: MessagesApiOptions;
  /** The number of refusals so far of each magic number. */
  #refusals = new Map<string, number>();

  constructor(options: MessagesApiOptions) {
    this.#options = options;
  }

  /**
   * Answers a call.
   *
   * @throws {TwilioError} If Twilio would refuse the call.
   */
  answer(call: Call): Answer | typeof DROP {
    const { account, log } = this.#options;
    const content = CONTENT_PATH.exec(call.path)?.groups;
    if (content) {
      return this.#answerForContent(call, content.accountSid, content.sid, content.mediaSid);
    }
    const { accountSid, sid, media, mediaSid } = PATH.exec(call.path)?.groups ?? {};
    if (accountSid !== account.accountSid) throw notFound(call.path);
    if (sid === undefined) return this.#answerForAll(call);
    const message = log.find(sid);
    if (!message) throw notFound(call.path);
    return media ? this.#answerForMedia(call, message, mediaSid) : this.#answerFor(call, message);
  }

  #answerForAll(call: Call): Answer | typeof DROP {
    const { account, log } = this.#options;
    switch (call.method) {
      case "GET":
        return {
          status: 200,
          body: listMessages(log, account.accountSid, checkList(queryOf(call))),
        };
      case "POST":
        return this.#create(formOf(call));
      default:
        throw notAllowed(call.method);
    }
  }

  #answerFor(call: Call, message: Message): Answer {
    switch (call.method) {
      case "DELETE":
        this.#delete(message);
        return { status: 204 };
      case "POST":
        this.#update(message, formOf(call));
        // Falls through: the answer is the updated message.
      case "GET":
        return { status: 200, body: messageResource(message, this.#options.account.accountSid) };
      default:
        throw notAllowed(call.method);
    }
  }

  #answerForMedia(call: Call, message: Message, mediaSid: string | undefined): Answer {
    const { account: { accountSid }, log } = this.#options;
    if (call.method === "DELETE" && mediaSid !== undefined) {
      const media = findMedia(message, mediaSid);
      if (!media) throw notFound(call.path);
      log.deleteMedia(message, media);
      return { status: 204 };
    }
    if (call.method !== "GET") throw notAllowed(call.method);
    if (mediaSid === undefined) {
      return {
        status: 200,
        body: listMedia(message, accountSid, checkListMedia(queryOf(call))),
      };
    }
    const media = fetchMedia(message, mediaSid, accountSid);
    if (!media) throw notFound(call.path);
    return { status: 200, body: media };
  }

  /** Redirects to the content, as Twilio does. The link bears a token, and gets no credentials. */
  #answerForContent(call: Call, accountSid: string, sid: string, mediaSid: string): Answer {
    const { account, log, contentHost } = this.#options;
    const message = accountSid === account.accountSid ? log.find(sid) : undefined;
    const media = message && findMedia(message, mediaSid);
    if (!media) throw notFound(call.path);
    if (call.method !== "GET") throw notAllowed(call.method);
    const { hostname } = new URL(`http://${call.headers.host ?? "127.0.0.1"}`);
    return { status: 307, headers: { Location: contentHost.linkTo(media, hostname) } };
  }

  #create(form: Record<string, unknown>): Answer | typeof DROP {
    const { account, log, delivery } = this.#options;
    const parameters = checkCreate(form);
    const { message: fields, sendAt } = acceptMessage(parameters, this.#options);
    const behaviour = behaviourOf(withoutChannel(fields.to));
    this.#refuseIfMagic(fields.to, behaviour);
    if (behaviour.kind === "call_dropped") return DROP;

    const message = log.add(
      behaviour.kind === "webhooks_lost" ? { ...fields, statusCallback: null } : fields,
    );
    const answer = { status: 201, body: messageResource(message, account.accountSid) };
    delivery.begin(message, failureOf(behaviour), sendAt);
    switch (behaviour.kind) {
      case "answer_dropped":
        return DROP;
      case "answer_error":
        throw new TwilioError(SERVER_ERROR);
      case "answer_late":
        return { ...answer, delayMs: LATE_MS };
      default:
        return answer;
    }
  }

  #refuseIfMagic(to: string, behaviour: Behaviour): void {
    if (behaviour.kind !== "refused") return;
    const { refusal, times = Infinity } = behaviour;
    const count = this.#refusals.get(to) ?? 0;
    if (count >= times) return;
    this.#refusals.set(to, count + 1);
    throw new TwilioError(refusal);
  }

  /** Removes a message from the log. Twilio refuses that before a final state. */
  #delete(message: Message): void {
    if (isInDelivery(message) || message.status === "scheduled") {
      throw new TwilioError({
        code: 20009,
        status: 409,
        message: "Cannot delete message because delivery has not been completed",
      });
    }
    this.#options.log.remove(message);
  }

  /** Cancels a scheduled message, or empties a message's body. */
  #update(message: Message, form: Record<string, unknown>): void {
    const { log, delivery } = this.#options;
    const { Body: body, Status: status } = checkUpdate(form);
    if ((body === undefined) === (status === undefined) || body) {
      throw new TwilioError({
        code: 30400,
        message: "Give either Status=canceled, or an empty Body to redact the text",
      });
    }
    if (status === undefined) return log.redact(message);
    if (message.status !== "scheduled") {
      throw new TwilioError({
        code: 30409,
        status: 409,
        message: `This message cannot be canceled: it is ${message.status}, not scheduled`,
      });
    }
    log.move(message, "canceled");
    delivery.report(message);
  }
}
