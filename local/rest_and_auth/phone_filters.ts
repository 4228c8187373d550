/**
 * Filters for phones, such as `eq.+15550100001`. Lite parses the value as a number, which equals no
 * text. A quoted value is a text for both lite and PostgREST.
 *
 * @see https://docs.postgrest.org/en/stable/references/api/tables_views.html#operators
 * @module
 */

const PHONE = /^((?:not\.)?(?:eq|neq|gt|gte|lt|lte))\.(\+[0-9]+)$/;
const LIST = /^(?:not\.)?in\.\(/;
const LISTED_PHONE = /(?<=[(,])\+[0-9]+(?=[,)])/g;

/** Quotes the phones in the filters of a request's URL. */
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
