/**
 * A receiver of the platform's events, which answers as a test says.
 *
 * @module
 */

/** Makes a secret: `whsec_` and the base64 of 24 random bytes. */
export function newSecret(): string {
  const bytes = crypto.getRandomValues(new Uint8Array(24));
  return `whsec_${btoa(String.fromCharCode(...bytes))}`;
}

/** A post as it came. */
export interface Post {
  id: string;
  headers: Record<string, string>;
  body: string;
  /** The event's `data`. */
  data: Record<string, unknown>;
}

/** A running receiver. */
export interface Receiver {
  url: string;
  secret: string;
  /** Every post, in the order in which they came. */
  posts: Post[];
  /** Answers each post. */
  answer: (post: Post) => Response | Promise<Response>;
  /** Forgets the posts, and answers 204 from now on. */
  reset(): void;
  stop(): Promise<void>;
}

const accept = () => new Response(null, { status: 204 });

/** Starts a receiver on loopback. */
export function startReceiver(): Receiver {
  const closing = new AbortController();
  const server = Deno.serve(
    { hostname: "127.0.0.1", port: 0, onListen: () => {}, signal: closing.signal },
    async (request) => {
      const body = await request.text();
      const headers = Object.fromEntries(request.headers);
      const post = { id: headers["webhook-id"], headers, body, data: JSON.parse(body).data };
      receiver.posts.push(post);
      return await receiver.answer(post);
    },
  );
  const receiver: Receiver = {
    url: `http://127.0.0.1:${server.addr.port}/hooks/`,
    secret: newSecret(),
    posts: [],
    answer: accept,
    reset() {
      receiver.posts.length = 0;
      receiver.answer = accept;
    },
    async stop() {
      closing.abort();
      await server.finished;
    },
  };
  return receiver;
}
