/**
 * The resources of one kind that an account has, in memory.
 *
 * @module
 */
import { notFound } from "../errors.ts";
import { metaOf, type Page, pageOf, type PageParameters, type Source } from "../paging.ts";

/** A resource of an account. */
export interface Resource {
  sid: string;
  dateCreated: Date;
  dateUpdated: Date;
}

/** Resources by their SIDs. Lists are newest first. */
export class ResourceList<Item extends Resource> {
  /** The numbers that order the resources. A page begins after a number, also if its item is gone. */
  #numbers = new Map<Item, number>();
  #lastNumber = 0;
  #limit: number;

  /** @param limit The most resources. One more removes the oldest. */
  constructor(limit = Infinity) {
    this.#limit = limit;
  }

  /** The resources, newest first. */
  get all(): Item[] {
    return [...this.#numbers.keys()].reverse();
  }

  /** Adds a resource. */
  add(item: Item): Item {
    this.#numbers.set(item, ++this.#lastNumber);
    if (this.#numbers.size > this.#limit) this.remove([...this.#numbers.keys()][0]);
    return item;
  }

  /** Finds a resource; undefined for an unknown SID. */
  find(sid: string): Item | undefined {
    return this.all.find((item) => item.sid === sid);
  }

  /** Finds a resource. @throws {TwilioError} 20404 for an unknown SID. */
  get(sid: string, path: string): Item {
    const item = this.find(sid);
    if (!item) throw notFound(path);
    return item;
  }

  /** Removes a resource. */
  remove(item: Item): void {
    this.#numbers.delete(item);
  }

  /** Makes a page of the list, with the paging fields of the API of 2010. */
  page(
    parameters: PageParameters,
    path: string,
    where: (item: Item) => boolean = () => true,
  ): Page<Item> {
    return pageOf(this.#sourceOf(where), parameters, path);
  }

  /**
   * Makes a page of the list, with the paging fields of the products with a host of their own.
   *
   * @param key The name of the field that holds the items.
   * @param show Makes the JSON of one item.
   */
  metaPage(
    key: string,
    parameters: PageParameters,
    url: string,
    show: (item: Item) => object,
    where?: (item: Item) => boolean,
  ): object {
    const { paging, items } = this.page(parameters, url, where);
    return { [key]: items.map(show), meta: metaOf(paging, key) };
  }

  #sourceOf(where: (item: Item) => boolean): Source<Item, number> {
    const items = this.all.filter(where);
    const placeOf = (item: Item) => this.#numbers.get(item) ?? 0;
    return {
      after: (place = Infinity) => items.filter((item) => placeOf(item) < place),
      before: (place) => items.filter((item) => placeOf(item) > place).reverse(),
      placeOf,
      write: String,
      read: (text) => /^\d+$/.test(text) ? Number(text) : undefined,
    };
  }
}

/** The dates of a new resource, in whole seconds. */
export function createdNow(): Pick<Resource, "dateCreated" | "dateUpdated"> {
  return { dateCreated: new Date(), dateUpdated: new Date() };
}

/** Formats a time as in `2026-11-24T17:44:46Z`, in whole seconds. */
export function asIsoSeconds(date: Date): string {
  return date.toISOString().replace(/\.\d+Z$/, "Z");
}
