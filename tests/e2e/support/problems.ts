// What a failure looks like: RFC 9457 documents, complete and without anything of the inside.

import assert from "node:assert/strict";
import type { Answer } from "./http.ts";

/** Every code of the contract with its statuses; `invitation-used` has two. */
export const PROBLEMS: Record<string, readonly number[]> = {
  "body-malformed": [400],
  "request-malformed": [400],
  "access-request-malformed": [400],
  "session-missing": [401],
  "session-expired": [401],
  "credentials-invalid": [401],
  "password-reset-advised": [401],
  "code-invalid": [401],
  "reauthentication-required": [401],
  "second-factor-required": [401],
  "second-factor-expired": [401],
  "totp-not-found": [404],
  "totp-exists": [409],
  "passkey-invalid": [401],
  "issuer-token-invalid": [401],
  "token-invalid": [401],
  "api-key-invalid": [401],
  "permission-missing": [403],
  "permission-escalation": [403],
  "invitation-email-mismatch": [403],
  "owner-only": [403],
  "sign-in-method-disabled": [403],
  "origin-forbidden": [403],
  "not-found": [404],
  "account-not-found": [404],
  "member-not-found": [404],
  "invitation-not-found": [404],
  "role-not-found": [404],
  "session-not-found": [404],
  "api-key-not-found": [404],
  "passkey-not-found": [404],
  "sign-in-method-not-found": [404],
  "provider-link-not-found": [404],
  "attribute-policy-not-found": [404],
  "verification-not-found": [404],
  "method-not-allowed": [405],
  "owner-must-stay": [409],
  "verification-elsewhere": [409],
  "already-member": [409],
  "invitation-pending": [409],
  "account-not-team": [409],
  "passkey-exists": [409],
  "identity-taken": [409],
  "identity-unconnected": [409],
  "last-sign-in-method": [409],
  conflict: [409],
  "role-in-use": [409],
  "role-code-taken": [409],
  "role-built-in": [409],
  "transfer-needs-admin": [409],
  "inviter-lacks-permission": [409],
  "limit-reached": [409],
  "invitation-expired": [410],
  "invitation-revoked": [410],
  "invitation-used": [410, 409],
  "verification-over": [410],
  "reset-over": [410],
  "precondition-failed": [412],
  "body-too-large": [413],
  "media-type-unsupported": [415],
  "fields-invalid": [422],
  "idempotency-key-reused": [422],
  "rate-limited": [429],
  "too-many-mails": [429],
  "too-many-changes": [429],
  "too-many-sign-ins": [429],
  internal: [500],
  "upstream-failed": [502],
  "store-unavailable": [503],
  "issuer-unavailable": [503],
  "upstream-unavailable": [503],
  "upstream-timeout": [504],
};

const MEMBERS = new Set(["type", "title", "status", "detail", "instance", "code", "errors", "denial", "methods"]);
const INSIDE = /sqlite|\bD1\b|D1_|\bSELECT\b|\bINSERT\b|constraint|rolecall: |panick|\.rs\b|wasm|stack|unwrap|serde|line \d+ column|argon2|undefined|\[object/i;
const UUID = /^urn:uuid:[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$/;

/** The first title seen of each code: it never varies. */
const titles = new Map<string, string>();

function said(answer: Answer): string {
  return `${answer.asked.method} ${answer.asked.path} answered ${answer.status}: ${answer.text.slice(0, 600)}`;
}

/** Demands that an answer is this problem, whole and clean; returns its document. */
export function expectProblem(answer: Answer, code: string, status: number = PROBLEMS[code]?.[0]): any {
  assert.ok(PROBLEMS[code]?.includes(status), `\`${code}\` with ${status} is not in the contract`);
  assert.equal(answer.body?.code, code, said(answer));
  assert.equal(answer.status, status, said(answer));
  expectProblemDocument(answer);
  return answer.body;
}

/** Demands that a failure, whichever, is reported as failures are. */
export function expectProblemDocument(answer: Answer): void {
  const { body, headers } = answer;
  assert.match(headers["content-type"] ?? "", /^application\/problem\+json\b/, said(answer));
  assert.equal(headers["cache-control"], "no-store", said(answer));
  assert.equal(headers["x-content-type-options"], "nosniff", said(answer));
  for (const member of Object.keys(body)) assert.ok(MEMBERS.has(member), `a problem has no \`${member}\`: ${said(answer)}`);
  assert.equal(body.status, answer.status, said(answer));
  assert.ok(PROBLEMS[body.code]?.includes(answer.status), `unknown code or status: ${said(answer)}`);
  assert.match(body.type, new RegExp(`^https?://[^/]+/problems/${body.code}$`), said(answer));
  assert.ok(typeof body.title === "string" && body.title.length > 3, said(answer));
  assert.equal(body.title, titles.get(body.code) ?? body.title, `the title of \`${body.code}\` varies`);
  titles.set(body.code, body.title);
  assert.ok(typeof body.detail === "string" && body.detail.length > 3, said(answer));
  assert.match(body.instance, UUID, said(answer));
  assert.doesNotMatch(JSON.stringify({ ...body, type: "", instance: "" }), INSIDE, said(answer));
  if (answer.status === 401) assert.ok(headers["www-authenticate"], `401 without WWW-Authenticate: ${said(answer)}`);
  if (answer.status === 405) assert.ok(headers.allow, `405 without Allow: ${said(answer)}`);
  if (answer.status === 429 || answer.status === 503 || body.code === "conflict")
    assert.match(headers["retry-after"] ?? "", /^[1-9]\d*$/, `no Retry-After: ${said(answer)}`);
  if (answer.status === 422 && body.code === "fields-invalid") expectFieldErrors(body.errors, said(answer));
  assert.equal("methods" in body, ["reauthentication-required", "second-factor-required"].includes(body.code), said(answer));
  if (body.code === "reauthentication-required") expectStepUp(answer);
  if (body.code === "permission-missing" || body.code === "permission-escalation") expectDenial(body.denial, said(answer));
}

/** How the caller can authenticate again, and the challenge of RFC 9470. */
function expectStepUp({ body, headers }: Answer): void {
  assert.ok(Array.isArray(body.methods) && body.methods.length > 0, JSON.stringify(body));
  for (const method of body.methods) assert.ok(["password", "email", "passkey", "provider", "totp", "recovery"].includes(method), method);
  assert.match(headers["www-authenticate"] ?? "", /error="insufficient_user_authentication"/);
  assert.match(headers["www-authenticate"] ?? "", /max_age="?300\b/);
}

function expectFieldErrors(errors: unknown, message: string): void {
  assert.ok(Array.isArray(errors) && errors.length > 0, message);
  for (const error of errors) {
    assert.deepEqual(Object.keys(error).sort(), ["code", "detail", "pointer"], message);
    for (const value of Object.values(error)) assert.equal(typeof value, "string", message);
  }
}

function expectDenial(denial: any, message: string): void {
  assert.deepEqual(Object.keys(denial ?? {}).sort(), ["granted_by", "permission", "role"], message);
  assert.equal(typeof denial.permission, "string", message);
  assert.equal(typeof denial.role, "string", message);
  assert.ok(Array.isArray(denial.granted_by), message);
}

/** Demands 422 with exactly these faults: `{ "/email": "email-malformed" }`. */
export function expectInvalid(answer: Answer, faults: Record<string, string>): void {
  const problem = expectProblem(answer, "fields-invalid");
  const told = Object.fromEntries(problem.errors.map((error: any) => [error.pointer, error.code]));
  assert.deepEqual(told, faults, said(answer));
}

/** Demands a status, and shows the answer where it is another one. */
export function expectStatus(answer: Answer, status: number): Answer {
  assert.equal(answer.status, status, said(answer));
  return answer;
}
