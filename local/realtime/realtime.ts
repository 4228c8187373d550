/**
 * /realtime/v1: a stand-in for Supabase Realtime, which needs Docker. It serves private and public
 * broadcasts from the database over protocol 2.0.0, and refuses every other feature by name.
 *
 * @see https://supabase.com/docs/guides/realtime/protocol
 * @module
 */
import { errorMessage } from "../error_message.ts";
import { legacyKey, PUBLISHABLE_KEY, SECRET_KEY } from "../settings/keys.ts";
import { openAuthorization } from "./authorization.ts";
import { Channel } from "./channel.ts";
import { broadcastFrame } from "./frames.ts";
import { notBuilt } from "./refusals.ts";
import { serveSocket } from "./socket.ts";
import { type CommittedMessage, streamMessages } from "./stream.ts";
import { TokenError, verifyToken } from "./token.ts";

/** The longest payload that is delivered, in characters of its JSON. */
const MAX_PAYLOAD_LENGTH = 3_000_000;

/**
 * The interval at which partitions are created, in ms, for clients that stay connected for days.
 */
const PARTITIONS_EVERY_MS = 3_600_000;

/** A Realtime server. */
export interface Realtime {
  /** Resolves when the replication stream runs. */
  ready(): Promise<void>;
  fetch(request: Request): Promise<Response>;
  stop(): Promise<void>;
}

/** The options of the server. */
export interface RealtimeOptions {
  /** The database's address as a superuser. */
  url: string;
  /**
   * Creates the partitions of realtime.messages. It is called for each connecting client, as on the
   * hosted server, and every hour.
   */
  makePartitions(): Promise<void>;
  onLog(line: string): void;
}

/** Starts the server. It answers requests through `fetch`, and opens no port. */
export function startRealtime({ url, makePartitions, onLog }: RealtimeOptions): Realtime {
  const listeners = new Map<string, Set<Channel>>();
  const sockets = new Set<WebSocket>();
  const authorization = openAuthorization(url);
  const stream = streamMessages(url, (message) => deliver(message, listeners));
  const partitions = setInterval(() => ensurePartitions(), PARTITIONS_EVERY_MS);
  let making: Promise<void> | undefined;
  // Clients that connect at the same time share one call, because each call opens a connection.
  const ensurePartitions = () =>
    making ??= makePartitions().catch(() => {}).finally(() => making = undefined);

  const upgrade = async (request: Request): Promise<Response> => {
    const { searchParams } = new URL(request.url);
    const version = searchParams.get("vsn") ?? "1.0.0";
    if (version === "1.0.0") {
      return Response.json({ error: notBuilt("protocol 1.0.0 (use vsn=2.0.0)", onLog) }, {
        status: 400,
      });
    }
    if (version !== "2.0.0") return new Response(null, { status: 403 });
    const apiKey = await asJwt(request.headers.get("x-api-key") ?? searchParams.get("apikey"));
    try {
      if (apiKey === null) throw new TokenError("", "API key is missing");
      await verifyToken(apiKey);
    } catch (error) {
      const message = errorMessage(error);
      return Response.json({ error: message.replace(/ \d+ seconds ago$/, "") }, { status: 401 });
    }
    await ensurePartitions();
    const { socket, response } = Deno.upgradeWebSocket(request, { idleTimeout: 0 });
    sockets.add(socket);
    socket.addEventListener("close", () => sockets.delete(socket));
    serveSocket(socket, apiKey, { authorization, stream, listeners, onLog });
    return response;
  };

  return {
    ready: () => stream.streaming(),
    async fetch(request) {
      const { pathname } = new URL(request.url);
      if (pathname.startsWith("/realtime/v1/api/")) {
        return Response.json({ error: notBuilt("REST broadcast", onLog) }, { status: 501 });
      }
      if (pathname !== "/realtime/v1/websocket") return new Response(null, { status: 404 });
      if (request.headers.get("upgrade")?.toLowerCase() !== "websocket") {
        return Response.json({ error: "Expected a websocket" }, { status: 426 });
      }
      return await upgrade(request);
    },
    async stop() {
      clearInterval(partitions);
      for (const socket of sockets) socket.close(1012);
      await stream.stop();
      await authorization.close();
    },
  };
}

function deliver(message: CommittedMessage, listeners: Map<string, Set<Channel>>): void {
  const { id, topic, event, payload } = message;
  const group = listeners.get(Channel.key(topic, message.private === true));
  if (!group?.size || event === null || payload === null) return;
  if (payload.length > MAX_PAYLOAD_LENGTH) return;
  const frame = broadcastFrame(`realtime:${topic}`, event, id, payload);
  if (frame) { for (const channel of group) channel.deliver(frame); }
}

/** Exchanges a publishable or secret key for the JWT of its role, as the hosted gateway does. */
async function asJwt(key: string | null): Promise<string | null> {
  if (key === PUBLISHABLE_KEY) return await legacyKey("anon");
  if (key === SECRET_KEY) return await legacyKey("service_role");
  return key;
}
