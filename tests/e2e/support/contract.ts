// Holds every answer against the published OpenAPI document: the status is declared, the body fits its schema,
// and no route takes more round trips to the database than it declares.

import assert from "node:assert/strict";
import { existsSync, readFileSync } from "node:fs";
import path from "node:path";
import { Ajv2020, type ValidateFunction } from "ajv/dist/2020.js";
import formats from "ajv-formats";
import type { Answer } from "./http.ts";
import { ROOT } from "./worker.ts";

const METHODS = ["get", "post", "put", "patch", "delete"] as const;

export interface Operation {
  method: string;
  template: string;
  id: string;
  /** What it takes to call it: `public`, `session`, `member`, `owner` or a permission. */
  access: string;
  roundTrips: number;
  /** Whether it asks for an authentication of the last five minutes. */
  fresh: boolean;
  body: any | undefined;
  parameters: any[];
  definition: any;
  pattern: RegExp;
}

const FILE = path.join(ROOT, "openapi.json");
export const document: any = existsSync(FILE) ? JSON.parse(readFileSync(FILE, "utf8")) : { paths: {} };

function pattern(template: string): RegExp {
  const escaped = template.replace(/[.*+?^$()|[\]\\]/g, "\\$&");
  return new RegExp(`^${escaped.replace(/\{\w+\}/g, "[^/]+")}$`);
}

/** Every operation; fixed paths before those with parameters, as routers read them. */
export const operations: Operation[] = Object.entries<any>(document.paths)
  .flatMap(([template, item]) =>
    METHODS.filter((method) => item[method]).map((method) => ({
      method: method.toUpperCase(),
      template,
      id: item[method].operationId,
      access: item[method]["x-access"],
      roundTrips: item[method]["x-d1-round-trips"],
      fresh: item[method]["x-fresh"],
      body: item[method].requestBody,
      parameters: item[method].parameters ?? [],
      definition: item[method],
      pattern: pattern(template),
    })),
  )
  .sort((a, b) => a.template.split("{").length - b.template.split("{").length);

const ajv = new Ajv2020({ strict: false, allErrors: true, validateFormats: true });
(formats as unknown as (ajv: Ajv2020) => void)(ajv);
ajv.addSchema(document, "openapi.json");
const validators = new Map<string, ValidateFunction>();

function escapeRegExp(part: string): string {
  return part.replaceAll("~", "~0").replaceAll("/", "~1").replaceAll("%", "%25").replaceAll("{", "%7B").replaceAll("}", "%7D");
}

function resolve(reference: string): { node: any; pointer: string } {
  const parts = reference
    .slice(2)
    .split("/")
    .map((part) => decodeURIComponent(part).replaceAll("~1", "/").replaceAll("~0", "~"));
  return { node: parts.reduce((node, part) => node[part], document), pointer: reference };
}

function validator(pointer: string): ValidateFunction {
  const known = validators.get(pointer);
  if (known) return known;
  const made = ajv.compile({ $ref: `openapi.json${pointer}` });
  validators.set(pointer, made);
  return made;
}

export function operationOf(method: string, target: string): Operation | undefined {
  const bare = target.split("?")[0];
  return operations.find((operation) => operation.method === method && operation.pattern.test(bare));
}

/** Most round trips of one try. Who races takes the limit off: whoever comes too late loads again. */
export const rules = { roundTrips: 2 };

/** Fails where an answer is not what the document says that the route can answer. */
export function holdToContract(answer: Answer): void {
  const operation = operationOf(answer.asked.method, answer.asked.path);
  if (!operation) return;
  const name = `${operation.method} ${operation.template}`;
  let response = operation.definition.responses[answer.status];
  let pointer = `#/paths/${escapeRegExp(operation.template)}/${operation.method.toLowerCase()}/responses/${answer.status}`;
  assert.ok(response, `${name} answered ${answer.status}, which it does not declare: ${answer.text.slice(0, 400)}`);
  if (response.$ref) ({ node: response, pointer } = resolve(response.$ref));
  const kind = (answer.headers["content-type"] ?? "").split(";")[0].trim();
  if (response.content) {
    assert.ok(response.content[kind], `${name} answered ${answer.status} as \`${kind}\`, declared: ${Object.keys(response.content)}`);
    if (answer.body !== undefined && response.content[kind].schema) {
      const validate = validator(`${pointer}/content/${escapeRegExp(kind)}/schema`);
      assert.ok(validate(answer.body), `${name} ${answer.status}: ${ajv.errorsText(validate.errors)}\n${answer.text.slice(0, 600)}`);
    }
  }
  const trips = Number(answer.headers["rolecall-d1-round-trips"] ?? 0);
  const tries = Number(answer.headers["rolecall-tries"] ?? 0);
  // Two for each try; who tried and lost a fact looks once more, and may find that the answer is no by now.
  const last = tries > 0 && answer.status >= 400 ? 1 : 0;
  assert.ok(trips <= rules.roundTrips * Math.max(1, tries) + last, `${name} took ${trips} round trips in ${tries} tries`);
}
