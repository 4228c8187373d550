/** The gateway of the local stack, and clients that do not wait for an answer. */
import { type Service, startGateway } from "../../local/stack/gateway.ts";
import { freePorts } from "../../local/settings/addresses.ts";
import { assertEquals } from "../support/assert.ts";

/** Runs something with a gateway, and returns what it printed as errors. */
async function errorsOf(service: Service, use: (port: number) => Promise<void>): Promise<string[]> {
  const errors: string[] = [];
  const { api } = freePorts();
  const gateway = startGateway(api, new Map([["/", service]]));
  const print = console.error;
  console.error = (error) => void errors.push(String(error));
  try {
    await use(api);
  } finally {
    // What is printed for the last request may come after its answer.
    await gateway.stop();
    console.error = print;
  }
  return errors;
}

Deno.test("a client that closes the connection within its request is no error", async () => {
  const failed = Promise.withResolvers<unknown>();
  const errors = await errorsOf(async (request) => {
    await request.text().catch((error) => {
      failed.resolve(error);
      throw error;
    });
    return new Response();
  }, async (port) => {
    const connection = await Deno.connect({ hostname: "127.0.0.1", port });
    const request = "POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 100\r\n\r\nthe beginning";
    await connection.write(new TextEncoder().encode(request));
    connection.close();
    await failed.promise;
  });
  assertEquals(errors, []);
});

Deno.test("an error of a service is printed, and answered 500", async () => {
  const errors = await errorsOf(
    () => Promise.reject(new Error("a fault")),
    async (port) => {
      const response = await fetch(`http://127.0.0.1:${port}/`);
      assertEquals([response.status, await response.text()], [500, ""]);
    },
  );
  assertEquals(errors, ["Error: a fault"]);
});
