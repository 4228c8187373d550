/** Which addresses are called for an attachment: those of Twilio, and no other that a form can name. */
import {
  mediaAddressOf,
  redirectAddressOf,
} from "../../supabase/functions/_shared/media/media_address.ts";
import { assertEquals } from "../support/assert.ts";

const PATH = `/2010-04-01/Accounts/AC${"0".repeat(32)}/Messages/MM${"1".repeat(32)}/Media/ME${
  "2".repeat(32)
}`;

const LOOPBACK = "http://127.0.0.1:54332";

for (
  const [label, url, called] of [
    ["Twilio's API", `https://api.twilio.com${PATH}`, true],
    ["an edge and a region", `https://api.dublin.ie1.twilio.com${PATH}`, true],
    ["a message with SM", `https://api.twilio.com${PATH.replace("/MM", "/SM")}`, true],
    ["http", `http://api.twilio.com${PATH}`, false],
    ["a port", `https://api.twilio.com:443${PATH}`, false],
    ["another port", `https://api.twilio.com:8443${PATH}`, false],
    ["a user", `https://a:b@api.twilio.com${PATH}`, false],
    ["Twilio as the user of another host", `https://api.twilio.com@169.254.169.254${PATH}`, false],
    ["Twilio as a label", `https://api.twilio.com.example.com${PATH}`, false],
    ["a host that ends alike", `https://evilapi.twilio.com${PATH}`, false],
    ["one label of a region", `https://api.ie1.twilio.com${PATH}`, false],
    ["a dot at the end", `https://api.twilio.com.${PATH}`, false],
    ["a backslash", `https://api.twilio.com\\@127.0.0.1${PATH}`, false],
    ["a query", `https://api.twilio.com${PATH}?a=b`, false],
    ["a fragment", `https://api.twilio.com${PATH}#a`, false],
    ["a line end", `https://api.twilio.com${PATH}\n`, false],
    ["a space", ` https://api.twilio.com${PATH}`, false],
    ["JSON", `https://api.twilio.com${PATH}.json`, false],
    [
      "another resource",
      `https://api.twilio.com${PATH.replace("/Media/ME", "/Feedback/ME")}`,
      false,
    ],
    ["a path that goes up", `https://api.twilio.com${PATH}/../../Calls`, false],
    ["a path that goes up, encoded", `https://api.twilio.com${PATH}%2f..`, false],
    ["loopback", `http://127.0.0.1${PATH}`, false],
    ["localhost", `http://localhost:8080${PATH}`, false],
    ["IPv6 loopback", `http://[::1]${PATH}`, false],
    ["loopback as a number", `http://2130706433${PATH}`, false],
    ["loopback in octal", `http://0177.0.0.1${PATH}`, false],
    ["loopback in IPv6", `http://[::ffff:127.0.0.1]${PATH}`, false],
    ["a private network", `https://10.0.0.1${PATH}`, false],
    ["another private network", `https://192.168.1.1${PATH}`, false],
    ["the cloud's metadata", `http://169.254.169.254/latest/meta-data`, false],
    ["the cloud's metadata by name", `http://metadata.google.internal${PATH}`, false],
    ["a name that resolves to loopback", `https://localtest.me${PATH}`, false],
    ["a name that holds an address", `https://127.0.0.1.nip.io${PATH}`, false],
    ["a file", "file:///etc/passwd", false],
    ["data", "data:text/html,<script>", false],
    ["an empty text", "", false],
  ] as const
) {
  Deno.test(`an address is ${called ? "" : "never "}called for an attachment: ${label}`, () => {
    assertEquals(mediaAddressOf(url, undefined)?.href, called ? url : undefined);
    const atStandIn = mediaAddressOf(url, LOOPBACK)?.href;
    assertEquals(atStandIn, called ? `${LOOPBACK}${new URL(url).pathname}` : undefined);
  });
}

Deno.test("a resource at TWILIO_API_BASE_URL itself is called there, and nothing else of that host", () => {
  assertEquals(mediaAddressOf(LOOPBACK + PATH, LOOPBACK)?.href, LOOPBACK + PATH);
  assertEquals(mediaAddressOf(`${LOOPBACK}/outage`, LOOPBACK), undefined);
  assertEquals(mediaAddressOf(`http://127.0.0.1:5433${PATH}`, LOOPBACK), undefined);
});

Deno.test("the stand-in as Docker's containers see it redirects to another port of its host", () => {
  const base = "http://host.docker.internal:54332";
  const redirect = (location: string) => redirectAddressOf(location, new URL(base), base)?.href;
  assertEquals(redirect("http://host.docker.internal:9/1"), "http://host.docker.internal:9/1");
  assertEquals(redirect("http://127.0.0.1:9/1"), undefined);
});

for (
  const [location, whenHosted, locally] of [
    ["https://mms.twiliocdn.com/AC/1?token=a", true, true],
    ["https://media.us1.twilio.com/1", true, true],
    ["https://s3-external-1.amazonaws.com/media.twiliocdn.com/1", true, true],
    ["https://s3.amazonaws.com/1", false, false],
    ["https://evil.s3-external-1.amazonaws.com/1", false, false],
    ["https://twiliocdn.com.example.com/1", false, false],
    ["https://eviltwiliocdn.com/1", false, false],
    ["http://mms.twiliocdn.com/1", false, false],
    ["https://mms.twiliocdn.com:8443/1", false, false],
    ["https://a@mms.twiliocdn.com/1", false, false],
    ["https://mms.twiliocdn.com@127.0.0.1/1", false, false],
    ["http://127.0.0.1:9/1", false, true],
    ["http://a@127.0.0.1:9/1", false, false],
    ["https://127.0.0.1/1", false, false],
    ["http://localhost:9/1", false, false],
    ["http://127.0.0.2/1", false, false],
    ["http://10.0.0.1/1", false, false],
    ["http://169.254.169.254/latest/meta-data", false, false],
    ["http://[::1]/1", false, false],
    ["ftp://mms.twiliocdn.com/1", false, false],
    ["file:///etc/passwd", false, false],
    ["javascript:alert(1)", false, false],
    ["http://", false, false],
    ["", true, true],
    ["/2010-04-01/other", true, true],
  ] as const
) {
  Deno.test(`a redirect to "${location}" is ${whenHosted ? "" : "not "}followed`, () => {
    const from = new URL(`https://api.twilio.com${PATH}`);
    assertEquals(redirectAddressOf(location, from, undefined) !== undefined, whenHosted);
    const proxy = "https://proxy.example.com";
    const isRelative = location === "" || location.startsWith("/");
    assertEquals(
      redirectAddressOf(location, new URL(proxy + PATH), proxy) !== undefined,
      whenHosted && !isRelative,
    );
    assertEquals(
      redirectAddressOf(location, new URL(LOOPBACK + PATH), LOOPBACK) !== undefined,
      locally,
    );
  });
}
