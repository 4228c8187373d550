/**
 * Filters for phones. Lite reads `eq.+15550100001` as a number, and then no text equals it; PostgREST reads a
 * text, whatever it looks like. A quoted value is a text for both.
 *
 * @see https://docs.postgrest.org/en/stable/references/api/tables_views.html#operators
 * @module
 */

const PHONE = /^((?:not\.)?(?:eq|neq|gt|gte|lt|lte))\.(\+[0-9]+)$/;
const LIST = /^(?:not\.)?in\.\(/;
const LISTED_PHONE = /(?<=[(,])\+[0-9]+(?=[,)])/g;

/** Quotes the phones in the filters of a request's address. */
export function quotePhones(address: string): string {
  const url = new URL(address);
  let isChanged = false;
  const filters = [...url.searchParams].map(([name, value]): [string, string] => {
    const quoted = LIST.test(value)
      ? value.replace(LISTED_PHONE, '"$&"')
      : value.replace(PHONE, '$1."$2"');
    isChanged ||= quoted !== value;
    return [name, quoted];
  });
  if (!isChanged) return address;
  url.search = new URLSearchParams(filters).toString();
  return url.href;
}
