// `rolecall/server`: verifies Rolecall's credentials in a back end (Node, Deno, Bun, Next.js, Workers).
export { type VerifiedIdentity, type Verifier, createVerifier } from "./verifier.js";
export type { Subject, VerifiedClaims, VerifiedToken } from "./access.js";
export type { VerifierFetch, VerifierOptions } from "./options.js";
export type { IncomingRequest, RequestHeaders } from "./request.js";
export { TokenError, type TokenErrorCode, type TokenProblem } from "./errors.js";
export { type ExpressRequest, type ExpressResponse, type HonoContext, expressGuard, honoGuard, withRolecall } from "./guards.js";
export { UnknownCodeError } from "../engine/errors.js";
