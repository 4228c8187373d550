/**
 * Where the parts of the local stack listen: one block of ports on loopback.
 *
 * @module
 */

/** The ports of one stack, all on 127.0.0.1. */
export interface Ports {
  /** The API gateway: REST, Auth and Edge Functions. */
  api: number;
  /** Postgres. */
  database: number;
}

/** The block that Supabase's own local stack uses, too. */
const DEFAULT_PORT_BASE = 54320;

/**
 * Reads the ports from `PORT_BASE`.
 *
 * @param portBase The first number of the block, as text; absent or empty for 54320.
 * @returns The ports: API = base + 1, Postgres = base + 2.
 * @throws {RangeError} If the base is no whole number from 1024 to 65500.
 */
export function portsFrom(portBase: string | undefined): Ports {
  const base = portBase ? Number(portBase) : DEFAULT_PORT_BASE;
  if (!Number.isInteger(base) || base < 1024 || base > 65_500) {
    throw new RangeError(
      `PORT_BASE must be a whole number from 1024 to 65500, not "${portBase}"`,
    );
  }
  return { api: base + 1, database: base + 2 };
}

/** The gateway's address, which hosted projects know as SUPABASE_URL. */
export function apiUrl(ports: Ports): string {
  return `http://127.0.0.1:${ports.api}`;
}

/** The database's address for a role; every local role has the password "postgres". */
export function databaseUrl(
  ports: Ports,
  role = "postgres",
  database = "postgres",
): string {
  return `postgres://${role}:postgres@127.0.0.1:${ports.database}/${database}`;
}

/**
 * Makes sure that nobody listens on the ports yet.
 *
 * @throws {Error} That names the port, what it is for and what to do.
 */
export function assertPortsAreFree(ports: Ports): void {
  const purposes = { api: "the API gateway", database: "Postgres" };
  for (const [name, port] of Object.entries(ports)) {
    try {
      Deno.listen({ hostname: "127.0.0.1", port }).close();
    } catch (error) {
      if (!(error instanceof Deno.errors.AddrInUse)) throw error;
      throw new Error(
        `Port ${port}, meant for ${
          purposes[name as keyof Ports]
        }, is in use. Stop what listens there, or set PORT_BASE to move the whole block (API = PORT_BASE + 1)`,
      );
    }
  }
}

/** Finds ports that are free right now, for a stack that must not collide with another. */
export function freePorts(): Ports {
  const listeners = [0, 0].map((port) => Deno.listen({ hostname: "127.0.0.1", port }));
  const [api, database] = listeners.map((listener) => (listener.addr as Deno.NetAddr).port);
  for (const listener of listeners) listener.close();
  return { api, database };
}
