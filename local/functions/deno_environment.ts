/**
 * The environment variables by which Deno finds its cache and fills it.
 *
 * @see https://docs.deno.com/runtime/reference/env_variables/
 * @module
 */

/**
 * Folders, the package registry, and the certificates that a company's network adds. Without the latter
 * a process whose packages are not in the cache yet could not start.
 */
const NAMES = [
  "HOME",
  "DENO_DIR",
  "XDG_CACHE_HOME",
  "NPM_CONFIG_REGISTRY",
  "DENO_CERT",
  "DENO_TLS_CA_STORE",
  "NODE_EXTRA_CA_CERTS",
];

/**
 * Selects the variables that a process of Deno needs whose environment is otherwise its own.
 *
 * @param environment The variables of this process.
 * @returns Those that are set. DENO_CERT is NODE_EXTRA_CA_CERTS if it is not set itself, because Deno 2.1,
 * the version of hosted functions, reads only the former.
 */
export function denoEnvironment(
  environment: Record<string, string> = Deno.env.toObject(),
): Record<string, string> {
  const found = Object.fromEntries(
    NAMES.flatMap((name) => name in environment ? [[name, environment[name]]] : []),
  );
  const { NODE_EXTRA_CA_CERTS: certificates } = found;
  return certificates ? { DENO_CERT: certificates, ...found } : found;
}
