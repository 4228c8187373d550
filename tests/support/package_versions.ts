/**
 * The packages that this repository uses, and their versions.
 *
 * @module
 */

/** The versions that the import map of a deno.json names, by package. */
export function versions(json: string): Map<string, string> {
  const { imports } = JSON.parse(json) as { imports: Record<string, string> };
  return new Map(
    Object.values(imports).flatMap((specifier): [string, string][] => {
      const [, name, version] = /^npm:\/?((?:@[^/]+\/)?[^@/]+)@([^/]+)/.exec(specifier) ?? [];
      return name ? [[name, version]] : [];
    }),
  );
}
