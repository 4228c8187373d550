/**
 * The API gateway: one address for REST, Auth and Edge Functions, as on Supabase.
 *
 * @module
 */

/** Answers the requests below one path. */
export type Service = (request: Request) => Promise<Response>;

/** A running gateway. */
export interface Gateway {
  /** Makes GET /health answer 200, and no longer 503. */
  announceHealth(): void;
  stop(): Promise<void>;
}

/**
 * Starts the gateway on 127.0.0.1.
 *
 * @param port The port.
 * @param services The services, by the beginning of their paths.
 * @throws {Error} If the port is in use.
 */
export function startGateway(
  port: number,
  services: Map<string, Service>,
): Gateway {
  let healthy = false;
  const server = Deno.serve(
    { hostname: "127.0.0.1", port, onListen: () => {}, onError: answerError },
    async (request) => {
      const { pathname } = new URL(request.url);
      if (pathname === "/health") {
        return Response.json({ status: healthy ? "ok" : "starting" }, {
          status: healthy ? 200 : 503,
        });
      }
      for (const [prefix, service] of services) {
        if (pathname.startsWith(prefix)) return await service(request);
      }
      return Response.json({ message: `Nothing is served at ${pathname}` }, {
        status: 404,
      });
    },
  );
  return {
    announceHealth: () => void (healthy = true),
    stop: () => Promise.race([server.shutdown(), untilDrained()]),
  };
}

/** A client that has closed the connection before it sent its whole request is no error of the stack's. */
function answerError(error: unknown): Response {
  const isClosed = error instanceof Deno.errors.BadResource &&
    error.message.startsWith("Cannot read body");
  if (!isClosed) console.error(error);
  return new Response(null, { status: 500 });
}

/** The longest time that open connections get to finish, in ms. */
const DRAIN_MS = 1_000;

function untilDrained(): Promise<void> {
  return new Promise((resolve) => Deno.unrefTimer(setTimeout(resolve, DRAIN_MS)));
}
