/**
 * Pages of Twilio's lists. A page token names the place after which a page begins, or before which
 * it ends, so that a page stays the same while items are added and removed.
 *
 * @see https://www.twilio.com/docs/usage/twilios-response#response-formats-list-paging-information
 * @module
 */
import { TwilioError } from "./errors.ts";

const DEFAULT_PAGE_SIZE = 50;

const AFTER = "PA";
const BEFORE = "PB";

/** The parameters of every list. */
export interface PageParameters {
  PageSize?: number;
  Page?: number;
  PageToken?: string;
}

/** The items of a list, by their places. */
export interface Source<Item, Place> {
  /** The items after a place, or all of them, in the list's order. */
  after(place?: Place): Iterable<Item>;
  /** The items before a place, the nearest first. */
  before(place: Place): Iterable<Item>;
  placeOf(item: Item): Place;
  /** Formats a place as text. */
  write(place: Place): string;
  /** Parses a place; undefined for another text. */
  read(text: string): Place | undefined;
}

/** Makes the source of a list that never changes. */
export function fixedSource<Item>(items: readonly Item[]): Source<Item, number> {
  return {
    after: (place = -1) => items.slice(place + 1),
    before: (place) => items.slice(0, place).reverse(),
    placeOf: (item) => items.indexOf(item),
    write: String,
    read: (text) => /^\d+$/.test(text) ? Number(text) : undefined,
  };
}

/** One page: Twilio's paging fields, and the items. */
export interface Page<Item> {
  paging: {
    first_page_uri: string;
    next_page_uri: string | null;
    previous_page_uri: string | null;
    uri: string;
    page: number;
    page_size: number;
    start: number;
    end: number;
  };
  items: Item[];
}

/** The paging fields of the products with a host of their own: whole URLs, below `meta`. */
export interface PageMeta {
  page: number;
  page_size: number;
  first_page_url: string;
  previous_page_url: string | null;
  url: string;
  next_page_url: string | null;
  key: string;
}

/**
 * Rewrites the paging fields as the products with a host of their own have them.
 *
 * @param key The name of the field that holds the items.
 */
export function metaOf(paging: Page<unknown>["paging"], key: string): PageMeta {
  return {
    page: paging.page,
    page_size: paging.page_size,
    first_page_url: paging.first_page_uri,
    previous_page_url: paging.previous_page_uri,
    url: paging.uri,
    next_page_url: paging.next_page_uri,
    key,
  };
}

/**
 * Makes one page.
 *
 * @param parameters The call's parameters. The URIs of other pages repeat its filters.
 * @param path The path of the list.
 * @throws {TwilioError} If the page token is invalid.
 */
export function pageOf<Item, Place>(
  source: Source<Item, Place>,
  parameters: PageParameters,
  path: string,
): Page<Item> {
  const {
    PageSize: size = DEFAULT_PAGE_SIZE,
    Page: page = 0,
    PageToken: token,
    ...filters
  } = parameters;
  const withNext = itemsOf(source, { size, page, token });
  const items = withNext.slice(0, size);
  const write = (item: Item) => source.write(source.placeOf(item));

  const uri = (number: number, pageToken?: string) => {
    const query = new URLSearchParams(filters);
    query.set("PageSize", String(size));
    query.set("Page", String(number));
    if (pageToken !== undefined) query.set("PageToken", pageToken);
    return `${path}?${query}`;
  };
  const isLast = withNext.length <= size;
  const isFirst = page === 0 || items.length === 0;
  return {
    paging: {
      first_page_uri: uri(0),
      next_page_uri: isLast ? null : uri(page + 1, AFTER + write(items[size - 1])),
      previous_page_uri: isFirst ? null : uri(page - 1, BEFORE + write(items[0])),
      uri: uri(page, token),
      page,
      page_size: size,
      start: page * size,
      end: page * size + Math.max(items.length - 1, 0),
    },
    items,
  };
}

/** The page's items, and one more if the list has a next page. */
function itemsOf<Item, Place>(
  source: Source<Item, Place>,
  { size, page, token }: { size: number; page: number; token?: string },
): Item[] {
  if (token === undefined) {
    return Iterator.from(source.after()).drop(page * size).take(size + 1).toArray();
  }
  const place = source.read(token.slice(AFTER.length));
  if (place !== undefined && token.startsWith(AFTER)) {
    return Iterator.from(source.after(place)).take(size + 1).toArray();
  }
  if (place !== undefined && token.startsWith(BEFORE)) {
    const items = Iterator.from(source.before(place)).take(size).toArray().reverse();
    if (items.length < size) return Iterator.from(source.after()).take(size + 1).toArray();
    const next = Iterator.from(source.after(source.placeOf(items[size - 1]))).take(1);
    return [...items, ...next];
  }
  throw new TwilioError({ code: 20001, message: `PageToken "${token}" is not known` });
}
