/**
 * The paths of the function: `/profile-alerts/<secret>`, and `/resolve` below it.
 *
 * @module
 */

/** What a path asks for. */
export type AlertPath =
  | { kind: "alert" }
  /** With the query of the URL. */
  | { kind: "resolve"; query: URLSearchParams };

/** The gateway removes `/functions/v1`; a server that runs the function alone may not. */
const PATH = /^(?:\/functions\/v1)?\/profile-alerts\/([^/]+)(\/resolve)?$/;

/**
 * Reads the path of a request.
 *
 * @param url The request's URL.
 * @param isSecret Whether a text is a valid secret.
 * @returns Undefined for any other path, and where the secret is wrong.
 */
export function readAlertPath(
  url: string,
  isSecret: (text: string) => boolean,
): AlertPath | undefined {
  const { pathname, searchParams } = new URL(url);
  const [, secret = "", resolve] = PATH.exec(pathname) ?? [];
  if (!isSecret(decoded(secret))) return undefined;
  return resolve ? { kind: "resolve", query: searchParams } : { kind: "alert" };
}

/** A part of a path without percent-encoding; empty where that is malformed. */
function decoded(part: string): string {
  try {
    return decodeURIComponent(part);
  } catch {
    return "";
  }
}
