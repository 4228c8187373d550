/**
 * One client's websocket: its channels, and the frames that open and close them.
 *
 * @module
 */
import { errorMessage } from "../error_message.ts";
import type { Authorization } from "./authorization.ts";
import { authorize, Channel } from "./channel.ts";
import { type ClientFrame, parseFrame, textFrame } from "./frames.ts";
import { type JoinConfig, notBuilt, notBuiltIn } from "./refusals.ts";
import type { MessageStream } from "./stream.ts";
import { TokenError } from "./token.ts";

/**
 * A socket without a frame for this long is closed, in ms. supabase-js sends a heartbeat every 25
 * s.
 */
const MAX_SILENCE_MS = 60_000;

/** The state that all sockets share. */
export interface SocketOptions {
  authorization: Authorization;
  stream: MessageStream;
  /** The joined channels, by Channel.key. */
  listeners: Map<string, Set<Channel>>;
  onLog(line: string): void;
}

/**
 * Serves a websocket.
 *
 * @param apiKey The JWT with which the socket was opened.
 */
export function serveSocket(socket: WebSocket, apiKey: string, options: SocketOptions): void {
  const { listeners, onLog } = options;
  const channels = new Map<string, Channel>();
  let lastFrameAt = Date.now();
  const silence = setInterval(() => {
    if (Date.now() - lastFrameAt > MAX_SILENCE_MS) socket.close(1000);
  }, MAX_SILENCE_MS / 10);

  const send = (frame: string | Uint8Array<ArrayBuffer>) => {
    if (socket.readyState === WebSocket.OPEN) socket.send(frame);
  };
  const reply = (
    { joinRef, ref, topic }: Pick<ClientFrame, "joinRef" | "ref" | "topic">,
    status: "ok" | "error",
    response: Record<string, unknown> = {},
  ) => send(textFrame(joinRef, ref, topic, "phx_reply", { status, response }));

  const remove = (topic: string, channel: Channel) => {
    if (channels.get(topic) === channel) channels.delete(topic);
    const group = listeners.get(channel.key);
    group?.delete(channel);
    if (group?.size === 0) listeners.delete(channel.key);
  };
  const add = (topic: string, channel: Channel) => {
    channels.set(topic, channel);
    const group = listeners.get(channel.key) ?? new Set();
    listeners.set(channel.key, group.add(channel));
  };

  const join = async (frame: ClientFrame) => {
    const { topic, joinRef } = frame;
    if (topic === "realtime:") {
      return reply(frame, "error", { reason: "TopicNameRequired: You must provide a topic name" });
    }
    const payload = asObject<{ config?: unknown; access_token?: unknown }>(frame.payload);
    const config = asObject<JoinConfig>(payload.config);
    const { access_token } = payload;
    const missing = notBuiltIn(config);
    if (missing) return reply(frame, "error", { reason: notBuilt(missing, onLog) });
    const channelOptions = {
      topic,
      joinRef,
      isPrivate: config.private === true || config.private === "true",
      token: isToken(access_token) ? access_token : apiKey,
      authorization: options.authorization,
      send,
      onClose: () => remove(topic, channel),
    };
    let channel: Channel;
    try {
      await options.stream.streaming();
      channel = new Channel(channelOptions, await authorize(channelOptions));
    } catch (error) {
      const code = error instanceof TokenError ? `${error.code}: ` : "";
      return reply(frame, "error", {
        reason: `${code}${errorMessage(error)}`,
      });
    }
    if (socket.readyState !== WebSocket.OPEN) return channel.discard();
    const before = channels.get(topic);
    if (before) remove(topic, before);
    add(topic, channel);
    reply(frame, "ok", { postgres_changes: [] });
    before?.close();
    if (config.broadcast?.replication_ready) {
      await options.stream.streaming();
      channel.system("ok", "Replication connection established");
    }
  };

  const leave = (frame: ClientFrame, channel: Channel | undefined) => {
    reply(frame, "ok");
    if (!channel) return;
    remove(frame.topic, channel);
    channel.close();
  };

  const handle = async (frame: ClientFrame) => {
    const { topic, event, payload } = frame;
    if (topic === "phoenix" && event === "heartbeat") {
      return reply({ ...frame, joinRef: null }, "ok");
    }
    const channel = channels.get(topic);
    if (event === "phx_leave") return leave(frame, channel);
    if (event === "phx_join" && topic.startsWith("realtime:")) return await join(frame);
    if (!channel) return reply({ ...frame, joinRef: null }, "error", { reason: "unmatched topic" });
    if (event === "access_token") {
      const { access_token } = asObject<{ access_token?: unknown }>(payload);
      if (isToken(access_token)) await channel.refresh(access_token);
    } else if (event === "broadcast" || event === "presence") {
      const what = event === "broadcast" ? "broadcast from clients" : "presence";
      reply({ ...frame, joinRef: channel.joinRef }, "error", { reason: notBuilt(what, onLog) });
    }
  };

  socket.binaryType = "arraybuffer";
  // Frames are handled in order: a join that waits for the database delays the frames after it.
  let queue = Promise.resolve();
  socket.addEventListener("message", ({ data }) => {
    lastFrameAt = Date.now();
    const frame = parseFrame(data);
    if (!frame) return;
    queue = queue.then(() => handle(frame)).catch((error) => {
      onLog(
        JSON.stringify({
          level: "error",
          event: "failed",
          function: "realtime",
          reason: String(error),
        }),
      );
    });
  });
  socket.addEventListener("close", () => {
    clearInterval(silence);
    for (const [topic, channel] of channels) {
      channel.discard();
      remove(topic, channel);
    }
  });
}

/** Whether a value is a JWT. Publishable and secret keys are not, and count as missing. */
function isToken(token: unknown): token is string {
  return typeof token === "string" && !token.startsWith("sb_");
}

/** A value as an object; any other value counts as an empty object. */
function asObject<Fields extends object>(value: unknown): Partial<Fields> {
  return value !== null && typeof value === "object" ? value as Partial<Fields> : {};
}
