/**
 * Outages of Twilio's API, over HTTP. During one every call of the API fails, while the phone,
 * deliveries and webhooks still work.
 *
 * `POST /outage` {status: 429 | 500 | 503 | "dropped"} begins an outage; "dropped" drops
 * connections. `DELETE /outage` ends it.
 *
 * @module
 */
import { parseJson } from "../../parse_json.ts";
import { z } from "zod/v3";
import { type Refusal, TwilioError } from "./errors.ts";
import { type Answer, type Call, DROP, isJson } from "./http.ts";
import { SERVER_ERROR, TOO_MANY_REQUESTS } from "./magic_numbers.ts";

const REFUSALS: Record<429 | 500 | 503, Refusal> = {
  429: TOO_MANY_REQUESTS,
  500: SERVER_ERROR,
  503: { code: 20503, status: 503, message: "Service unavailable" },
};

const Order = z.object({
  status: z.union([z.literal(429), z.literal(500), z.literal(503), z.literal("dropped")]),
}).strict();

/** The present outage, if there is one. */
export class Outage {
  #status: z.infer<typeof Order>["status"] | undefined;

  /** Answers a call of /outage. */
  answer(call: Call): Answer {
    switch (call.method) {
      case "POST": {
        if (!isJson(call)) return { status: 415, body: { message: "It must be application/json" } };
        const order = Order.safeParse(parseJson(call.body));
        if (!order.success) {
          return { status: 400, body: { message: 'status must be 429, 500, 503 or "dropped"' } };
        }
        this.#status = order.data.status;
        return { status: 204 };
      }
      case "DELETE":
        this.#status = undefined;
        return { status: 204 };
      default:
        return { status: 405, body: { message: `${call.method} is not allowed here` } };
    }
  }

  /** The refusal of a call of the API; undefined without an outage. */
  get refusal(): TwilioError | typeof DROP | undefined {
    if (this.#status === undefined) return undefined;
    return this.#status === "dropped" ? DROP : new TwilioError(REFUSALS[this.#status]);
  }
}
