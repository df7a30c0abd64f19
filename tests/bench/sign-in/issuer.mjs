// An OpenID provider that asks nobody anything: its work is not measured, so it is as little as the protocol allows.
import { randomUUID } from "node:crypto";
import { createServer } from "node:http";
import { SignJWT, exportJWK, generateKeyPair } from "jose";

export const CLIENT = { id: "bench", secret: "the secret of the benchmark's client" };

/** Starts it. `authorize` answers the URL of the callback that an authorization request leads to. */
export async function startIssuer(person) {
  const { publicKey, privateKey } = await generateKeyPair("ES256");
  const keys = { keys: [{ ...(await exportJWK(publicKey)), kid: "one", alg: "ES256", use: "sig" }] };
  const nonces = new Map();
  const now = () => Math.floor(Date.now() / 1_000);
  const sign = (claims) => new SignJWT({ iat: now(), exp: now() + 120, ...claims }).setProtectedHeader({ alg: "ES256", kid: "one" }).sign(privateKey);
  const server = createServer(async (request, response) => {
    const chunks = [];
    for await (const chunk of request) chunks.push(chunk);
    const send = (body) => response.writeHead(200, { "content-type": "application/json" }).end(JSON.stringify(body));
    const { pathname } = new URL(request.url, issuer);
    if (pathname === "/.well-known/openid-configuration")
      return send({
        issuer,
        authorization_endpoint: `${issuer}/authorize`,
        token_endpoint: `${issuer}/token`,
        jwks_uri: `${issuer}/jwks`,
        userinfo_endpoint: `${issuer}/userinfo`,
        response_types_supported: ["code"],
        subject_types_supported: ["public"],
        id_token_signing_alg_values_supported: ["ES256"],
        authorization_response_iss_parameter_supported: true,
        code_challenge_methods_supported: ["S256"],
      });
    if (pathname === "/jwks") return send(keys);
    if (pathname === "/userinfo") return send(person);
    const code = new URLSearchParams(Buffer.concat(chunks).toString()).get("code");
    const nonce = nonces.get(code);
    send({ access_token: "a", token_type: "Bearer", expires_in: 60, id_token: await sign({ iss: issuer, aud: CLIENT.id, nonce, ...person }) });
  });
  await new Promise((resolve) => server.listen(0, "127.0.0.1", resolve));
  const issuer = `http://127.0.0.1:${server.address().port}`;
  return {
    issuer,
    authorize(request) {
      const { searchParams } = new URL(request);
      const code = randomUUID();
      nonces.set(code, searchParams.get("nonce") ?? undefined);
      const callback = new URL(searchParams.get("redirect_uri"));
      for (const [name, value] of Object.entries({ code, state: searchParams.get("state"), iss: issuer })) callback.searchParams.set(name, value);
      return callback;
    },
    /** A token for a product that has its own sign-in. */
    token: (audience) => sign({ iss: issuer, aud: audience, jti: randomUUID(), ...person }),
    stop: () => server.close(),
  };
}
