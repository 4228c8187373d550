/**
 * What PostgREST's schema cache holds of the functions of schema public.
 *
 * @see https://docs.postgrest.org/en/stable/references/schema_cache.html
 * @module
 */
import type postgres from "postgres";

/** A function of schema public. */
export interface DatabaseFunction {
  /** The type of each argument, by its name. */
  types: Map<string, string>;
  /** The arguments that have no default. */
  required: string[];
  /** Whether it returns a set of rows or values. */
  returnsSet: boolean;
  returns: "row" | "value" | "void";
}

/** The functions of a database. */
export interface DatabaseFunctions {
  /**
   * Finds the functions that can be called with arguments of these names.
   *
   * @returns One function; none if there is none of this name and these arguments; several where the
   *   names do not tell them apart.
   */
  find(name: string, argumentNames: string[]): Promise<DatabaseFunction[]>;
  /** Reads the functions again at the next call. */
  forget(): void;
}

/** Opens the cache, which is read at the first call. */
export function openDatabaseFunctions(sql: postgres.Sql): DatabaseFunctions {
  let read: Promise<Map<string, DatabaseFunction[]>> | undefined;
  const fitting = async (name: string, given: string[]) => {
    read ??= readFunctions(sql);
    const functions = await read.catch((error) => {
      read = undefined;
      throw error;
    });
    return (functions.get(name) ?? []).filter(({ types, required }) =>
      given.every((argument) => types.has(argument)) &&
      required.every((argument) => given.includes(argument))
    );
  };
  const forget = () => read = undefined;
  return {
    async find(name, argumentNames) {
      const found = await fitting(name, argumentNames);
      if (found.length > 0) return found;
      // On hosted Supabase a migration renews the cache. Here it is renewed when a function is missing.
      forget();
      return await fitting(name, argumentNames);
    },
    forget,
  };
}

/** A row of the catalog. */
interface CatalogRow {
  name: string;
  argument_names: string[];
  argument_types: string[];
  defaults: number;
  returns_set: boolean;
  returns: DatabaseFunction["returns"];
}

async function readFunctions(sql: postgres.Sql): Promise<Map<string, DatabaseFunction[]>> {
  // Functions with an unnamed or a variadic argument are left out: lite answers their calls.
  const rows = await sql<CatalogRow[]>`
    select p.proname as name, i.names as argument_names, i.types as argument_types,
      p.pronargdefaults::int as defaults, p.proretset as returns_set,
      case when p.prorettype = 'void'::regtype then 'void'
        when t.typtype = 'c' or p.proargmodes && '{t,b,o}' then 'row' else 'value' end as returns
    from pg_proc p join pg_type t on t.oid = p.prorettype,
      lateral (
        select coalesce(array_agg(coalesce(a.name, '') order by a.position), '{}') as names,
          coalesce(array_agg(format_type(a.type, null) order by a.position), '{}') as types
        from unnest(p.proargnames, coalesce(p.proallargtypes, p.proargtypes::oid[]), p.proargmodes)
          with ordinality as a (name, type, mode, position)
        where coalesce(a.mode, 'i') in ('i', 'b')
      ) i
    where p.pronamespace = 'public'::regnamespace and p.prokind = 'f' and p.provariadic = 0
      and '' <> all (i.names)`;
  const functions = rows.map(({ name, argument_names, argument_types, defaults, ...rest }) => ({
    name,
    types: new Map(argument_names.map((argument, index) => [argument, argument_types[index]])),
    required: argument_names.slice(0, argument_names.length - defaults),
    returnsSet: rest.returns_set,
    returns: rest.returns,
  }));
  return Map.groupBy(functions, ({ name }) => name);
}
