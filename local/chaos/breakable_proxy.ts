/**
 * A TCP proxy whose connections can be broken.
 *
 * @module
 */
import type { Outage } from "./plan.ts";

/** A running proxy on 127.0.0.1. */
export interface BreakableProxy {
  port: number;
  /** Where connections go from now on. */
  connectTo(port: number): void;
  /** Ends every connection, and lets the next ones fail. */
  break(outage: Outage): void;
  /** Ends what hangs; all is well from now on. */
  mend(): void;
  stop(): void;
}

/** Starts a proxy that leads nowhere yet. */
export function startBreakableProxy(): BreakableProxy {
  let upstream = 0;
  let outage: Outage | undefined;
  let listener = listen(0);
  const { port } = listener.addr;
  const connections = new Set<Deno.Conn>();

  const close = (connection: Deno.Conn) => {
    connections.delete(connection);
    try {
      connection.close();
    } catch {
      // It is closed already.
    }
  };

  /** Hands bytes on as long as nothing is broken. */
  const pump = async (from: Deno.Conn, to: Deno.Conn, isAnswer: boolean) => {
    const buffer = new Uint8Array(16_384);
    try {
      for (let size; (size = await from.read(buffer)) !== null;) {
        if (outage === "silent") continue;
        if (outage === "cut" && isAnswer) break;
        for (let start = 0; start < size;) start += await to.write(buffer.subarray(start, size));
      }
    } catch {
      // One of the two ends has gone, so the other one goes.
    }
    close(from);
    close(to);
  };

  const accept = async (from: Deno.Listener) => {
    for await (const caller of from) {
      connections.add(caller);
      Deno.connect({ hostname: "127.0.0.1", port: upstream }).then((called) => {
        connections.add(called);
        pump(caller, called, false);
        pump(called, caller, true);
      }, () => close(caller));
    }
  };
  accept(listener);

  const change = (next: Outage | undefined) => {
    if (outage === "refused" && next !== "refused") accept(listener = listen(port));
    if (outage !== "refused" && next === "refused") listener.close();
    outage = next;
    for (const connection of [...connections]) close(connection);
  };
  return {
    port,
    connectTo: (port) => void (upstream = port),
    break: (next) => change(next),
    mend: () => change(undefined),
    stop: () => change("refused"),
  };
}

function listen(port: number): Deno.TcpListener {
  return Deno.listen({ hostname: "127.0.0.1", port });
}
