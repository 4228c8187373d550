import { freePorts } from "../../local/settings/addresses.ts";
import { SECRET_KEY } from "../../local/settings/keys.ts";
import { readReconcileEverySeconds, startSchedule } from "../../local/stack/schedule.ts";
import { assert, assertEquals } from "../support/assert.ts";
import { until } from "../support/wait.ts";

Deno.test("the local schedule calls sms-reconcile with the secret key until it is stopped, whatever is answered", async () => {
  const ports = freePorts();
  const calls: string[] = [];
  const server = Deno.serve(
    { hostname: "127.0.0.1", port: ports.api, onListen: () => {} },
    ({ method, url, headers }) => {
      calls.push(`${method} ${new URL(url).pathname} ${headers.get("apikey")}`);
      return new Response(null, { status: calls.length === 1 ? 503 : 202 });
    },
  );
  const stop = startSchedule(ports, 0.01);
  await until(() => calls.length >= 3, "three calls");
  await stop();
  const count = calls.length;
  assertEquals(new Set(calls), new Set([`POST /functions/v1/sms-reconcile ${SECRET_KEY}`]));
  await server.shutdown();
  assertEquals(calls.length, count);
});

Deno.test("RECONCILE_EVERY_SECONDS is 0 or a number from 1 on; 10 where it is not set", () => {
  assertEquals(["", undefined, "0", "2.5"].map(readReconcileEverySeconds), [10, 10, 0, 2.5]);
  for (const wrong of ["-1", "0.001", "2592000", "soon", "Infinity"]) {
    let message = "";
    try {
      readReconcileEverySeconds(wrong);
    } catch (error) {
      message = String(error);
    }
    assert(
      message.includes(
        `RECONCILE_EVERY_SECONDS must be 0 or a number from 1 to 2147483, not "${wrong}"`,
      ),
      message,
    );
  }
});
