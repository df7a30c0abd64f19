// A secret that identifies this browser when an email is verified. Anybody can sign up with anybody's email and a password
// of their own, so when the key differs, the server asks for a new password.
const STORAGE_KEY = "rolecall.browser";
let key: string | undefined;

/** Returns the browser's random secret, persisted where storage is available. */
export function browserKey(): string {
  try {
    key ??= localStorage.getItem(STORAGE_KEY) ?? undefined;
  } catch {
    // Without storage, the key lasts for this page.
  }
  if (key) return key;
  key = [...crypto.getRandomValues(new Uint8Array(24))].map((byte) => byte.toString(16).padStart(2, "0")).join("");
  try {
    localStorage.setItem(STORAGE_KEY, key);
  } catch {
    // See above.
  }
  return key;
}
