/**
 * Addresses of recruits and senders in what a tool prints.
 *
 * @module
 */

/** Returns an address without all but its last four characters, such as `…0000`. */
export function shownAddress(address: string): string {
  return `…${address.slice(-4)}`;
}
