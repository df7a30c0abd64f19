// Guards for Hono, Express and Next.js. Their types are structural, so that none of these is imported.
import type { PermissionCode } from "../engine/register.js";
import type { VerifiedToken } from "./access.js";
import { TokenError } from "./errors.js";
import { bearerOf } from "./request.js";
import type { Verifier } from "./verifier.js";

/** Verifies the token of an `Authorization` header and requires the permission. */
async function authorize<P extends string>(verifier: Verifier<P>, permission: P, authorization: string | null | undefined): Promise<VerifiedToken<P>> {
  const access = await verifier.verifyToken(bearerOf(authorization ?? undefined));
  access.require(permission);
  return access;
}

/** The part of Hono's `Context` that {@link honoGuard} uses. */
export interface HonoContext {
  readonly req: { header(name: string): string | undefined };
  set(key: never, value: never): void;
}

/**
 * Hono middleware that requires a permission. Handlers read the token by `c.get("rolecall")`; declare it as
 * `new Hono<{ Variables: { rolecall: VerifiedToken } }>()`. A refusal is the response; other errors are thrown.
 */
export function honoGuard<P extends string = PermissionCode>(
  verifier: Verifier<P>,
  permission: NoInfer<P>,
): (c: HonoContext, next: () => Promise<void>) => Promise<Response | void> {
  return async (c, next) => {
    try {
      c.set("rolecall" as never, (await authorize(verifier, permission, c.req.header("authorization"))) as never);
    } catch (error) {
      if (error instanceof TokenError) return error.toResponse();
      throw error;
    }
    await next();
  };
}

/** The part of a request of Express, or of Node, that {@link expressGuard} uses. */
export interface ExpressRequest {
  readonly headers: { readonly authorization?: string | undefined };
}

/** The part of a response of Express, or of Node, that {@link expressGuard} uses. */
export interface ExpressResponse {
  statusCode: number;
  setHeader(name: string, value: string): unknown;
  end(body: string): unknown;
  locals?: Record<string, unknown>;
}

/**
 * Express middleware that requires a permission. Handlers read the token from `res.locals.rolecall`. A refusal is the
 * response; other errors are passed to `next`.
 */
export function expressGuard<P extends string = PermissionCode>(
  verifier: Verifier<P>,
  permission: NoInfer<P>,
): (req: ExpressRequest, res: ExpressResponse, next: (error?: unknown) => void) => Promise<void> {
  return async (req, res, next) => {
    try {
      (res.locals ??= {})["rolecall"] = await authorize(verifier, permission, req.headers.authorization);
    } catch (error) {
      if (!(error instanceof TokenError)) return next(error);
      res.statusCode = error.status;
      for (const [name, value] of Object.entries(error.headers)) res.setHeader(name, value);
      res.end(JSON.stringify(error.problem));
      return;
    }
    next();
  };
}

/**
 * Wraps a Next.js route handler, or any handler of the Fetch API: it is called with the request, the verified token and
 * the handler's context, and only if the token has the permission. A refusal is the response; other errors are thrown.
 */
export function withRolecall<P extends string, R extends Request, C>(
  verifier: Verifier<P>,
  permission: NoInfer<P>,
  handler: (request: R, access: VerifiedToken<P>, context: C) => Response | Promise<Response>,
): (request: R, context: C) => Promise<Response> {
  return async (request, context) => {
    let access: VerifiedToken<P>;
    try {
      access = await authorize(verifier, permission, request.headers.get("authorization"));
    } catch (error) {
      if (error instanceof TokenError) return error.toResponse();
      throw error;
    }
    return handler(request, access, context);
  };
}
