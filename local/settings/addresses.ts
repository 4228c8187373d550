/**
 * The addresses of the local stack's services: one block of ports on loopback.
 *
 * @module
 */

/** The ports of one stack, all on 127.0.0.1. */
export interface Ports {
  /** The API gateway: REST, Auth and Edge Functions. */
  api: number;
  /** Postgres. */
  database: number;
  /** Supabase Studio. */
  studio: number;
  /** The demo page. */
  demo: number;
  /** The stand-in for Twilio's API. */
  twilio: number;
  /** The stand-in for the model. */
  model: number;
}

/** The block of Supabase's own local stack. */
const DEFAULT_PORT_BASE = 54320;

/**
 * Reads the ports from `PORT_BASE`.
 *
 * @param portBase The number before the block, as text; absent or empty for 54320.
 * @returns The ports: API = base + 1, Postgres = base + 2, Studio = base + 3, as in
 *   Supabase's own local stack, and above its ports demo page = base + 11, Twilio = base + 12,
 *   model = base + 13.
 * @throws {RangeError} If the base is no whole number from 1024 to 65500.
 */
export function portsFrom(portBase: string | undefined): Ports {
  const base = portBase ? Number(portBase) : DEFAULT_PORT_BASE;
  if (!Number.isInteger(base) || base < 1024 || base > 65_500) {
    throw new RangeError(
      `PORT_BASE must be a whole number from 1024 to 65500, not "${portBase}"`,
    );
  }
  return {
    api: base + 1,
    database: base + 2,
    studio: base + 3,
    demo: base + 11,
    twilio: base + 12,
    model: base + 13,
  };
}

/** The gateway's address, which the functions get as SUPABASE_URL. */
export function apiUrl(ports: Ports): string {
  return `http://127.0.0.1:${ports.api}`;
}

/** Studio's address. */
export function studioUrl(ports: Ports): string {
  return `http://127.0.0.1:${ports.studio}`;
}

/** The demo page's address. */
export function demoUrl(ports: Ports): string {
  return `http://127.0.0.1:${ports.demo}`;
}

/** The address of the stand-in for Twilio's API, which replaces https://api.twilio.com. */
export function twilioUrl(ports: Ports, hostname = "127.0.0.1"): string {
  return `http://${hostname}:${ports.twilio}`;
}

/** The base URL of the stand-in for the model, as OpenAI's clients take it. */
export function modelUrl(ports: Ports, hostname = "127.0.0.1"): string {
  return `http://${hostname}:${ports.model}/v1`;
}

/** The database's address for a role; every local role has the password "postgres". */
export function databaseUrl(
  ports: Ports,
  role = "postgres",
  database = "postgres",
): string {
  return `postgres://${role}:postgres@127.0.0.1:${ports.database}/${database}`;
}

const PURPOSES: Record<keyof Ports, string> = {
  api: "the API gateway",
  database: "Postgres",
  studio: "Studio",
  demo: "the demo page",
  twilio: "the Twilio stand-in",
  model: "the model stand-in",
};

/**
 * Checks that the ports are free.
 *
 * @param ports The ports of a stack, or some of them.
 * @param hostname The address on which the services will listen.
 * @throws {Error} That names the port in use and its purpose.
 */
export function assertPortsAreFree(ports: Partial<Ports>, hostname = "127.0.0.1"): void {
  for (const [name, port] of Object.entries(ports)) {
    try {
      Deno.listen({ hostname, port }).close();
    } catch (error) {
      if (!(error instanceof Deno.errors.AddrInUse)) throw error;
      throw new Error(
        `Port ${port}, meant for ${
          PURPOSES[name as keyof Ports]
        }, is in use. Stop what listens there, or set PORT_BASE to move the whole block (API = PORT_BASE + 1)`,
      );
    }
  }
}

/** The range of PORT_BASE for freePorts(): below the ports of outgoing connections. */
const FREE_BASES = { first: 10_000, count: 20_000 };

/**
 * Finds a free block of ports, for a stack beside others.
 *
 * @returns The ports of a random PORT_BASE. Another process may still take one before the stack
 *   does.
 * @throws {Error} If a hundred random blocks are in use.
 */
export function freePorts(): Ports {
  let reason: unknown;
  for (let attempt = 0; attempt < 100; attempt++) {
    const base = FREE_BASES.first + Math.floor(Math.random() * FREE_BASES.count);
    const ports = portsFrom(String(base));
    try {
      assertPortsAreFree(ports);
      return ports;
    } catch (error) {
      // A port of the block is in use, so the next attempt takes another block.
      reason = error;
    }
  }
  throw new Error("No block of ports is free", { cause: reason });
}
