/**
 * One database call, by plain fetch.
 *
 * @module
 */

const url = `${Deno.env.get("SUPABASE_URL")}/rest/v1/rpc/`;
const { default: key } = JSON.parse(Deno.env.get("SUPABASE_SECRET_KEYS") ?? "{}");
const headers = {
  "apikey": key,
  "Content-Type": "application/json",
};

/**
 * Calls a function of schema public.
 *
 * @throws {Error} If the database answers with an error.
 */
export async function callDatabase(name: string, args: Record<string, unknown>): Promise<unknown> {
  const response = await fetch(url + name, { method: "POST", headers, body: JSON.stringify(args) });
  if (!response.ok) throw new Error(`${name} answered ${response.status}`);
  return await response.json();
}
