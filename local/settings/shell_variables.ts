/**
 * Variables of the developer's shell that must not reach the local stack.
 *
 * @module
 */

/** Addresses that no proxy stands before. */
const LOOPBACK = ["localhost", "127.0.0.0/8", "::1"];

/**
 * Makes this process, and every process that it starts, connect to loopback as its code says:
 * Postgres clients would read PGHOST, PGOPTIONS and their kind, and `fetch` would go through
 * HTTP_PROXY. Calling it again changes nothing.
 */
export function shieldFromShellVariables(): void {
  for (const name of Object.keys(Deno.env.toObject())) {
    if (name.startsWith("PG") || name === "DENO_SERVE_ADDRESS") Deno.env.delete(name);
  }
  const { NO_PROXY = "", no_proxy = "" } = Deno.env.toObject();
  const hosts = new Set([...NO_PROXY.split(","), ...no_proxy.split(","), ...LOOPBACK]);
  hosts.delete("");
  for (const name of ["NO_PROXY", "no_proxy"]) Deno.env.set(name, [...hosts].join(","));
}
