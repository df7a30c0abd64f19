// A small upstream, a Worker of its own behind the gateway: verifies the identity with an ordinary JOSE library as
// any upstream would, remembers what it saw, and answers as `?do=` says.

import { createRemoteJWKSet, customFetch, jwtVerify } from "jose";

interface Env {
  ROLECALL: { fetch: typeof fetch };
  ISSUER: string;
}

export interface Seen {
  method: string;
  path: string;
  query: string;
  headers: Record<string, string>;
  /** The claims of a verified identity, or why there is none. */
  identity: Record<string, any> | { refused: string };
  body: { bytes: number; text: string } | null;
}

const seen: Seen[] = [];

async function identify(request: Request, env: Env): Promise<Seen["identity"]> {
  const keys = createRemoteJWKSet(new URL("/.well-known/jwks.json", env.ISSUER), { [customFetch]: env.ROLECALL.fetch.bind(env.ROLECALL) as any });
  try {
    const { payload } = await jwtVerify(request.headers.get("rolecall-identity") ?? "", keys, {
      issuer: env.ISSUER,
      audience: "upstream",
      typ: "rolecall-identity+jwt",
      algorithms: ["EdDSA"],
      requiredClaims: ["sub", "account", "role", "permission", "htm", "htu", "rid", "iat", "exp", "jti"],
    });
    if (payload.htm !== request.method) return { refused: "htm" };
    if (payload.htu !== new URL(request.url).pathname) return { refused: "htu" };
    return payload;
  } catch (error) {
    return { refused: String(error) };
  }
}

/** Reads a body piece by piece, keeping its beginning only. */
async function measure(body: ReadableStream<Uint8Array> | null): Promise<Seen["body"]> {
  if (!body) return null;
  let bytes = 0;
  let text = "";
  for await (const chunk of body as any) {
    bytes += chunk.length;
    if (text.length < 1000) text += new TextDecoder().decode(chunk.slice(0, 1000));
  }
  return { bytes, text };
}

function socket(request: Request): Response {
  if (request.headers.get("upgrade") !== "websocket") return new Response("no upgrade", { status: 426 });
  const [client, server] = Object.values(new (globalThis as any).WebSocketPair()) as any[];
  server.binaryType = "arraybuffer";
  server.accept();
  server.addEventListener("message", (event: any) => server.send(typeof event.data === "string" ? `echo ${event.data}` : event.data));
  const protocol = request.headers.get("sec-websocket-protocol");
  return new Response(null, { status: 101, webSocket: client, headers: protocol ? { "sec-websocket-protocol": protocol } : {} } as any);
}

const HOSTILE = {
  "set-cookie": "__Host-rolecall_session=stolen; Path=/; Secure",
  "access-control-allow-origin": "*",
  "access-control-allow-credentials": "true",
  "clear-site-data": '"cookies"',
  "service-worker-allowed": "/",
  "cache-control": "public, max-age=3600",
  "cdn-cache-control": "public, max-age=3600",
  "content-security-policy": "default-src *",
  "content-type": "text/html",
  "rolecall-d1-round-trips": "77",
  "x-kept": "yes",
};

async function act(request: Request, url: URL): Promise<Response | null> {
  switch (url.searchParams.get("do")) {
    case "echo":
      return new Response(request.body, { headers: { "content-type": request.headers.get("content-type") ?? "application/octet-stream" } });
    case "socket":
      return socket(request);
    case "throw":
      throw new Error("secret cause");
    case "late":
      await new Promise((resolve) => setTimeout(resolve, 3_000));
      return null;
    case "status":
      return new Response([101, 204, 205, 304].includes(Number(url.searchParams.get("code"))) ? null : "as told", {
        status: Number(url.searchParams.get("code")),
      });
    case "redirect":
      return new Response(null, { status: 302, headers: { location: "/api/pods/elsewhere" } });
    case "hostile":
      return new Response("<script>alert(1)</script>", { headers: HOSTILE });
    case "gzip":
      return new Response("compress me ".repeat(1000), { headers: { "content-encoding": "gzip", "content-type": "text/plain" } });
    case "early":
      return new Response("before the body was read");
    default:
      return null;
  }
}

export default {
  async fetch(request: Request, env: Env): Promise<Response> {
    const url = new URL(request.url);
    if (url.pathname === "/seen") return Response.json(seen.splice(0));
    const identity = await identify(request, env);
    const entry: Seen = {
      method: request.method,
      path: url.pathname,
      query: request.url.replace(/^[^?]*\??/, ""),
      headers: Object.fromEntries(request.headers),
      identity,
      body: null,
    };
    seen.push(entry);
    if ("refused" in identity) return Response.json({ title: `the upstream refuses: ${identity.refused}` }, { status: 403 });
    const acted = await act(request, url);
    if (acted) return acted;
    entry.body = await measure(request.body);
    return Response.json(entry, { headers: { "x-kept": "yes" } });
  },
};
