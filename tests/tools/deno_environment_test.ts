/** Which environment variables a function's process inherits, so that Deno can load its packages. */
import { denoEnvironment } from "../../local/functions/deno_environment.ts";
import { assertEquals } from "../support/assert.ts";

Deno.test("a function's process inherits where Deno keeps its cache and how it downloads, and nothing else", () => {
  const needed = {
    HOME: "/home/dev",
    DENO_DIR: "/cache",
    XDG_CACHE_HOME: "/home/dev/.cache",
    NPM_CONFIG_REGISTRY: "https://registry.example",
    DENO_CERT: "/company.pem",
    DENO_TLS_CA_STORE: "system",
    NODE_EXTRA_CA_CERTS: "/other.pem",
  };
  assertEquals(denoEnvironment({ ...needed, PATH: "/bin", TWILIO_AUTH_TOKEN: "secret" }), needed);
});

Deno.test("Deno 2.1 trusts the certificates that are set for Node and newer versions of Deno", () => {
  assertEquals(denoEnvironment({ NODE_EXTRA_CA_CERTS: "/company.pem" }), {
    NODE_EXTRA_CA_CERTS: "/company.pem",
    DENO_CERT: "/company.pem",
  });
});
