// What the platform itself takes: a plain JavaScript Worker that does one thing per path. `gate`, `firstgate` and `notfound` do the
// job of our gateway and of our 404 as simply as JavaScript can.
const FIVE = [
  "SELECT id, name FROM thing WHERE id = ?",
  "SELECT name FROM thing WHERE id = ?",
  "SELECT id FROM thing WHERE id = ?",
  "SELECT count(*) AS n FROM thing WHERE id = ?",
  "SELECT id, name FROM thing WHERE id > ? LIMIT 1",
];

const any = () => 1 + Math.floor(Math.random() * 900);
const first = (db) => db.prepare(FIVE[0]).bind(any()).first();
const batch = (db, sql) => db.batch(sql.map((text) => db.prepare(text).bind(any())));

/** The headers of every response of Rolecall. */
const SECURITY_HEADERS = new Headers({
  "x-content-type-options": "nosniff",
  "x-frame-options": "DENY",
  "referrer-policy": "no-referrer",
  "strict-transport-security": "max-age=63072000; includeSubDomains",
  "permissions-policy": "camera=(), geolocation=(), microphone=()",
  "cross-origin-resource-policy": "same-origin",
  "cache-control": "no-store",
  vary: "Origin",
  "content-security-policy": "default-src 'none'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'",
});
/** Request headers that say nothing about the sender. */
const FORWARDED = new Set(["accept", "accept-encoding", "accept-language", "content-type", "if-match", "if-none-match", "traceparent", "user-agent"]);
/** Response headers that an upstream must not set for the whole origin. */
const REMOVED = new Set(["set-cookie", "clear-site-data", "alt-svc", "report-to", "www-authenticate", "transfer-encoding", "connection"]);

const bytes = (text) => new TextEncoder().encode(text);
const base64url = (data) =>
  btoa(String.fromCharCode(...new Uint8Array(data)))
    .replaceAll("+", "-")
    .replaceAll("/", "_")
    .replaceAll("=", "");

const JOSE_HEADER = base64url(bytes(JSON.stringify({ alg: "EdDSA", typ: "rolecall-identity+jwt", kid: "f1" })));
/** RFC 8410: the prefix of an Ed25519 private key, and 32 bytes of the benchmark alone. */
const PKCS8 = Uint8Array.from([48, 46, 2, 1, 0, 48, 5, 6, 3, 43, 101, 112, 4, 34, 4, 32, ...Array(32).fill(7)]);
let key;

/** Signs who sends this one request, as `Rolecall-Identity` does. */
async function identity(request, path, id) {
  key ??= await crypto.subtle.importKey("pkcs8", PKCS8, { name: "Ed25519" }, false, ["sign"]);
  const now = Math.floor(Date.now() / 1_000);
  const who = { sub: "usr_1", account: "acct_1", role: "dev", permission: "pods.connect" };
  const what = { htm: request.method, htu: path, rid: id, iat: now, exp: now + 60, jti: id };
  const signed = `${JOSE_HEADER}.${base64url(bytes(JSON.stringify({ iss: "https://floor.example", aud: "upstream", ...who, ...what })))}`;
  return `${signed}.${base64url(await crypto.subtle.sign("Ed25519", key, bytes(signed)))}`;
}

/** Forwards a request without the sender's headers, signed, with a time limit, and guards the response. */
async function gate(request, env, { pathname }) {
  const id = crypto.randomUUID();
  const headers = new Headers();
  for (const [name, value] of request.headers) if (FORWARDED.has(name)) headers.append(name, value);
  headers.set("rolecall-identity", await identity(request, pathname, id));
  headers.set("x-request-id", id);
  const init = { method: request.method, headers, body: request.body, redirect: "manual", signal: AbortSignal.timeout(30_000) };
  const response = await env.UPSTREAM.fetch(`http://upstream${pathname}`, init);
  const guarded = new Headers(SECURITY_HEADERS);
  for (const [name, value] of response.headers) if (!REMOVED.has(name) && !SECURITY_HEADERS.has(name)) guarded.append(name, value);
  guarded.set("x-request-id", id);
  return new Response(response.body, { status: response.status, headers: guarded });
}

function notFound() {
  const headers = new Headers(SECURITY_HEADERS);
  const id = crypto.randomUUID();
  headers.set("content-type", "application/problem+json");
  headers.set("x-request-id", id);
  return new Response(JSON.stringify({ title: "Nothing is here", status: 404, code: "not-found", request_id: id }), { status: 404, headers });
}

export default {
  async fetch(request, env) {
    const url = new URL(request.url);
    switch (url.pathname) {
      case "/hello":
        return new Response("ok");
      case "/forward":
        return env.UPSTREAM.fetch("http://upstream/");
      case "/gate":
        return gate(request, env, url);
      case "/firstgate":
        return (await first(env.DB)) ? gate(request, env, url) : notFound();
      case "/first":
        return Response.json(await first(env.DB));
      case "/batch":
        return Response.json((await batch(env.DB, FIVE)).map(({ results }) => results[0]));
      case "/change": {
        const read = await batch(env.DB, FIVE);
        await env.DB.batch(Array.from({ length: 5 }, () => env.DB.prepare("INSERT INTO written (name) VALUES (?)").bind("a thing")));
        return Response.json(read.map(({ results }) => results[0]));
      }
      case "/kv":
        return new Response(await env.KV.get(`thing${any()}`));
      default:
        return notFound();
    }
  },
};
