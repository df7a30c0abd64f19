// better-auth with its plugins for codes by mail, passkeys and OpenID providers on D1, set up as its documentation has it.
import { passkey } from "@better-auth/passkey";
import { betterAuth } from "better-auth";
import { emailOTP } from "better-auth/plugins/email-otp";
import { genericOAuth } from "better-auth/plugins/generic-oauth";

const codes = new Map();

export function options(env) {
  const provider = { providerId: "idp", discoveryUrl: `${env.ISSUER}/.well-known/openid-configuration`, clientId: env.CLIENT, clientSecret: env.CLIENT_SECRET };
  return {
    database: env.DB,
    baseURL: env.ORIGIN,
    secret: env.SECRET,
    emailAndPassword: { enabled: true },
    rateLimit: { enabled: false },
    telemetry: { enabled: false },
    logger: { disabled: true },
    advanced: { database: { validateSchema: false } },
    plugins: [
      emailOTP({ sendVerificationOTP: async ({ email, otp }) => void codes.set(email, otp) }),
      passkey({ rpID: new URL(env.ORIGIN).hostname, rpName: "Bench", origin: env.ORIGIN }),
      genericOAuth({ config: [{ ...provider, scopes: ["openid", "email"], pkce: true }] }),
    ],
  };
}

let auth;

export default {
  async fetch(request, env) {
    const { pathname, searchParams } = new URL(request.url);
    if (pathname === "/code") return new Response(codes.get(searchParams.get("email")));
    auth ??= betterAuth(options(env));
    return auth.handler(new Request(env.ORIGIN + request.url.slice(new URL(request.url).origin.length), request));
  },
};
