// What shows that a verification link is opened in the browser that signed up. Anybody can sign up with anybody's email
// and a password of their own, so where this key differs, the server asks for the password to be chosen anew.
const STORED = "rolecall.browser";
let here: string | undefined;

/** A random secret of this browser: kept for good where there is storage, for this page where there is none. */
export function browserKey(): string {
  try {
    here ??= localStorage.getItem(STORED) ?? undefined;
  } catch {
    // Without storage every page is a browser of its own.
  }
  if (here) return here;
  here = [...crypto.getRandomValues(new Uint8Array(24))].map((byte) => byte.toString(16).padStart(2, "0")).join("");
  try {
    localStorage.setItem(STORED, here);
  } catch {
    // As above.
  }
  return here;
}
