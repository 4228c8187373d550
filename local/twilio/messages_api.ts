/**
 * The Messages resource of Twilio's REST API.
 *
 * @see https://www.twilio.com/docs/messaging/api/message-resource
 * @module
 */
import { splitAddress } from "../../supabase/functions/_shared/channel_address.ts";
import { parseForm } from "../../supabase/functions/_shared/twilio_form.ts";
import { isAuthorized, type TwilioAccount } from "./account.ts";
import { acceptMessage } from "./create_message.ts";
import type { Delivery } from "./delivery.ts";
import { notFound, TwilioError } from "./errors.ts";
import { type Answer, type Call, DROP } from "./http.ts";
import { listMessages } from "./list_messages.ts";
import { type Behaviour, behaviourOf, LATE_MS, SERVER_ERROR } from "./magic_numbers.ts";
import type { Message, MessageLog } from "./message_log.ts";
import { API_VERSION, messageResource } from "./message_resource.ts";
import { checkCreate, checkList, checkUpdate } from "./openapi.ts";
import type { OptOuts } from "./opt_outs.ts";

const PATH = new RegExp(`^/${API_VERSION}/Accounts/([^/]+)/Messages(?:/([^/]+))?\\.json$`);

/** What the resource works on. */
export interface MessagesApiOptions {
  account: TwilioAccount;
  log: MessageLog;
  optOuts: OptOuts;
  delivery: Delivery;
}

/** Answers calls of the API. */
export class MessagesApi {
  #options: MessagesApiOptions;
  /** How often each recipient has been refused by its magic number. */
  #refusals = new Map<string, number>();

  constructor(options: MessagesApiOptions) {
    this.#options = options;
  }

  /**
   * Answers a call.
   *
   * @throws {TwilioError} What Twilio refuses.
   */
  answer(call: Call): Answer | typeof DROP {
    const { account, log } = this.#options;
    if (!isAuthorized(account, call.headers.authorization)) {
      throw new TwilioError({
        code: 20003,
        status: 401,
        message: "Authenticate",
        headers: { "WWW-Authenticate": 'Basic realm="Twilio API"' },
      });
    }
    const [, accountSid, sid] = PATH.exec(call.path) ?? [];
    if (accountSid !== account.accountSid) throw notFound(call.path);
    const form = () => ({ ...parseForm(call.body) });
    if (sid === undefined) {
      if (call.method === "POST") return this.#create(form());
      if (call.method !== "GET") throw notAllowed(call.method);
      const parameters = checkList({ ...parseForm(call.query.toString()) });
      return { status: 200, body: listMessages(log, accountSid, parameters) };
    }
    const message = log.find(sid);
    if (!message) throw notFound(call.path);
    if (call.method === "POST") this.#update(message, form());
    else if (call.method !== "GET") throw notAllowed(call.method);
    return { status: 200, body: messageResource(message, accountSid) };
  }

  #create(form: Record<string, unknown>): Answer | typeof DROP {
    const { account, log, delivery } = this.#options;
    const parameters = checkCreate(form);
    const { message: fields, sendAt } = acceptMessage(parameters, this.#options);
    const behaviour = behaviourOf(splitAddress(fields.to).address);
    this.#refuseIfMagic(fields.to, behaviour);
    if (behaviour.isLost) return DROP;

    const message = log.add(fields);
    const answer = { status: 201, body: messageResource(message, account.accountSid) };
    delivery.begin(message, behaviour.failure, sendAt);
    switch (behaviour.answer) {
      case "dropped":
        return DROP;
      case "error":
        throw new TwilioError(SERVER_ERROR);
      case "late":
        return { ...answer, delayMs: LATE_MS };
      default:
        return answer;
    }
  }

  #refuseIfMagic(to: string, { refusal, refusals = Infinity }: Behaviour): void {
    const count = this.#refusals.get(to) ?? 0;
    if (!refusal || count >= refusals) return;
    this.#refusals.set(to, count + 1);
    throw new TwilioError(refusal);
  }

  /** Cancels a message that is scheduled, or empties its text. */
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
    delivery.tell(message);
  }
}

function notAllowed(method: string): TwilioError {
  return new TwilioError({
    code: 20004,
    status: 405,
    message: `Method ${method} is not allowed here`,
  });
}
