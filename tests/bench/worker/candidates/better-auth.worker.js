// better-auth with its organization plugin on D1, set up as its documentation has it; counting its queries where told to.
import { betterAuth } from "better-auth";
import { organization } from "better-auth/plugins/organization";

let trips = 0;

/** The database with every call to it counted. */
function counted(target) {
  return new Proxy(target, {
    get(object, name) {
      const value = object[name];
      if (typeof value !== "function") return value;
      return (...given) => {
        if (["all", "first", "run", "raw", "batch", "exec"].includes(name)) trips += 1;
        const answer = value.apply(object, given);
        return ["prepare", "bind"].includes(name) ? counted(answer) : answer;
      };
    },
  });
}

export function options(env) {
  return {
    database: env.COUNT ? counted(env.DB) : env.DB,
    baseURL: "http://localhost:3000",
    secret: env.SECRET,
    emailAndPassword: { enabled: true },
    rateLimit: { enabled: false },
    telemetry: { enabled: false },
    logger: { disabled: true },
    // Its look at the schema when an isolate starts is spared it.
    advanced: { database: { validateSchema: false } },
    plugins: [organization({ sendInvitationEmail: async () => {}, invitationLimit: 100_000, membershipLimit: 100_000 })],
  };
}

let auth;

export default {
  async fetch(request, env) {
    auth ??= betterAuth(options(env));
    trips = 0;
    const answer = await auth.handler(request);
    if (!env.COUNT) return answer;
    const headers = new Headers(answer.headers);
    headers.set("d1-queries", String(trips));
    return new Response(answer.body, { status: answer.status, headers });
  },
};
