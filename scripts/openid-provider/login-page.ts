// The login page of the development provider.
import { escapeHtml } from "./provider.ts";

const STYLE = `
  :root { color-scheme: light dark; font: 16px/1.5 system-ui, sans-serif; }
  body { margin: 0; display: grid; min-height: 100vh; place-items: center; }
  main { width: min(24rem, 100% - 2rem); }
  p.note { border-inline-start: 4px solid #b45309; padding-inline-start: .75rem; }
  p.error { color: #dc2626; }
  label { display: block; margin-block: .75rem; }
  input { display: block; box-sizing: border-box; width: 100%; font: inherit; padding: .5rem; }
  button { font: inherit; padding: .5rem 1rem; margin-inline-end: .5rem; }`;

/** HTML of the page. `domains` are those for whose addresses the application takes the provider's word. */
export function loginPage(origin: string, domains: readonly string[], failed: boolean): string {
  const listed = escapeHtml(domains.join(", "));
  return `<!doctype html>
<html lang="en">
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>Sign in: development provider</title>
<style>${STYLE}
</style>
<main>
<h1>Sign in as</h1>
<p class="note">This OpenID provider is for development. It checks no password: you can sign in to ${escapeHtml(origin)} as any person.</p>
${failed ? '<p class="error" role="alert">Enter an email address.</p>' : ""}
<form method="post">
<label>Email <input name="email" type="email" autocomplete="off" value="ann@${escapeHtml(domains[0] ?? "example.com")}" required autofocus></label>
<label>Name <input name="name" autocomplete="off" maxlength="100" placeholder="optional"></label>
<button name="action" value="sign-in">Sign in</button>
<button name="action" value="cancel" formnovalidate>Cancel</button>
</form>
<p>Addresses at ${listed} count as proven. With any other address the application asks for another proof, as with a provider that is not
authoritative for it.</p>
</main>
</html>`;
}
