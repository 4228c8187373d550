/**
 * A TCP proxy that can break its connections.
 *
 * @module
 */
import type { Outage } from "./fault_plan.ts";

/** A running proxy on 127.0.0.1. */
export interface BreakableProxy {
  port: number;
  /** Sets the port on 127.0.0.1 to which new connections lead. */
  connectTo(port: number): void;
  /** Closes every connection, and fails new ones until repair(). */
  break(outage: Outage): void;
  /** Closes every connection, and forwards new ones again. */
  repair(): void;
  stop(): void;
}

/** Starts a proxy. Call connectTo() before the first connection. */
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
      // The connection was closed before.
    }
  };

  /** Copies bytes from one connection to the other, unless an outage prevents it. */
  const pump = async (from: Deno.Conn, to: Deno.Conn, isAnswer: boolean) => {
    const buffer = new Uint8Array(16_384);
    try {
      for (let size; (size = await from.read(buffer)) !== null;) {
        if (outage === "silent") continue;
        if (outage === "cut" && isAnswer) break;
        for (let start = 0; start < size;) start += await to.write(buffer.subarray(start, size));
      }
    } catch {
      // One end has closed, so the other end is closed below.
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
    repair: () => change(undefined),
    stop: () => change("refused"),
  };
}

function listen(port: number): Deno.TcpListener {
  return Deno.listen({ hostname: "127.0.0.1", port });
}
