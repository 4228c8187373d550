/**
 * Variables of the developer's shell that must not reach the local stack.
 *
 * @module
 */

/** The addresses that must be reached without a proxy. */
const LOOPBACK = ["localhost", "127.0.0.0/8", "::1"];

/**
 * Removes variables from this process, and so from the processes that it starts, that redirect
 * connections: Postgres clients read PGHOST and others, and `fetch` uses HTTP_PROXY. The function
 * is idempotent.
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
