// What a browser must allow for a sign-in to last: cookies, and those are kept from a secure page alone.
import { text } from "../text";

const onLocalhost = () => ["localhost", "127.0.0.1", "[::1]"].includes(location.hostname) || location.hostname.endsWith(".localhost");

/** Why nobody can stay signed in on this page, as far as the browser tells beforehand; undefined where nothing speaks against it. */
export function hindrance(): string | undefined {
  if (!isSecureContext || (location.protocol === "http:" && !onLocalhost())) return text.cookies.plainHttp;
  return navigator.cookieEnabled ? undefined : text.cookies.off;
}

/** What to do where a sign-in did not last. */
export function cookieAdvice(): string {
  return hindrance() ?? (location.protocol === "http:" ? text.cookies.localhost : text.cookies.notKept);
}
