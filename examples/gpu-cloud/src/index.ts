// An API behind Rolecall's gateway. The gateway authenticates and authorizes requests. The API verifies the gateway's signature
// (identity.ts) and restricts every query to the account in the identity.
import { Hono } from "hono";
import { bodyLimit } from "hono/body-limit";
import type { App } from "./env";
import { billing } from "./billing";
import { endpoints } from "./endpoints";
import { requireIdentity } from "./identity";
import { machines } from "./machines";
import { Problem } from "./problem";
import { volumes } from "./volumes";

/** Maximum size of a request body in bytes. */
const BODY_MAX = 64 * 1024;
const UUID = /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/;

const app = new Hono<App>();

app.use(requireIdentity);
app.use(
  bodyLimit({
    maxSize: BODY_MAX,
    onError: () => {
      throw new Problem("body-too-large", `A body must have at most ${BODY_MAX} bytes.`);
    },
  }),
);
app.use(async (c, next) => {
  await next();
  c.header("Cache-Control", "no-store");
});

app.route("/api/pods", machines("pod"));
app.route("/api/clusters", machines("cluster"));
app.route("/api/endpoints", endpoints);
app.route("/api/volumes", volumes);
app.route("/api/billing", billing);

app.notFound(() => {
  throw new Problem("not-found", "No route has this method and path.");
});

app.onError((error, c) => {
  const id = c.var.identity?.requestId ?? "";
  const requestId = UUID.test(id) ? id : crypto.randomUUID();
  if (error instanceof Problem) return error.respond(requestId);
  console.error(requestId, error);
  return new Problem("internal", "The failure was logged with the request id.").respond(requestId);
});

export default app;
