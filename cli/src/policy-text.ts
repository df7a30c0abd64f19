// Places in the text of a policy file, and the engine's reading of it.
import { type Policy, PolicyError, loadEngine } from "rolecall/core";
import { UserError } from "./output.ts";
import { policyFaults } from "./worker-rules.ts";

/** A policy whose codes are not those that TypeScript knows. */
export type AnyPolicy = Policy<string, string>;

/** One fault of a policy, with the place that the Worker named. */
export interface PolicyFault {
  /** Sentence of the Worker. */
  message: string;
  /** JSON pointer (RFC 6901) to the invalid value. */
  pointer?: string;
  /** Line in the file, from 1. */
  line?: number;
  /** Column in that line, from 1. */
  column?: number;
}

/** The faults that the Worker finds in a policy, each with its line where it has a place. */
export function locatedFaults(text: string): PolicyFault[] {
  return policyFaults(text).map((message) => {
    const place = / in line (\d+), column (\d+)$/.exec(message);
    if (place) return { message: message.slice(0, place.index), line: Number(place[1]), column: Number(place[2]) };
    const at = message.lastIndexOf(" at /");
    if (at < 0) return { message };
    const pointer = message.slice(at + " at ".length);
    return { message, pointer, line: lineOf(text, pointer) };
  });
}

/** A fault as compilers write it: `file:line:column: message`. */
export function faultLine(file: string, { line, column, message }: PolicyFault): string {
  return `${[file, line, column].filter((part) => part !== undefined).join(":")}: ${message}`;
}

/** Each fault of a policy as a line. */
export const faultLines = (name: string, text: string): string[] => locatedFaults(text).map((fault) => faultLine(name, fault));

/** Refuses a policy with which the Worker would answer nothing. @throws UserError with its faults. */
export function requireValidPolicy(name: string, text: string): void {
  const faults = faultLines(name, text);
  if (faults.length > 0) throw new UserError(faults.join("\n  "));
}

const TOKEN = /"(?:[^"\\]|\\.)*"|[{}[\],:]|[^\s{}[\],:"]+/g;

/** Line of the value at a pointer, from 1: that of its name in an object. Undefined where the text has no such value. */
export function lineOf(json: string, pointer: string): number | undefined {
  // The open lists and objects, each by its current index or name: null before a name.
  const steps: (number | string | null)[] = [];
  const target = pointer.split("/").slice(1).map(unescaped);
  for (const { 0: token, index } of json.matchAll(TOKEN)) {
    const top = steps.length - 1;
    if (token === "," && top >= 0) steps[top] = typeof steps[top] === "number" ? steps[top] + 1 : null;
    else if (token === "}" || token === "]") steps.pop();
    else if (token !== ":" && token !== ",") {
      const isName = steps[top] === null;
      if (isName) steps[top] = JSON.parse(token) as string;
      // An item of a list is at its first token; a member of an object was found at its name.
      const found = steps.length === target.length && (isName || typeof steps[top] === "number");
      if (found && steps.every((step, depth) => String(step) === target[depth])) return json.slice(0, index).split("\n").length;
      if (token === "{") steps.push(null);
      if (token === "[") steps.push(0);
    }
  }
  return undefined;
}

const unescaped = (step: string): string => step.replaceAll("~1", "/").replaceAll("~0", "~");

/** Runs work on the text of a policy. @throws UserError with name, line and fault where the engine refuses it. */
export async function withPlace<T>(name: string, text: string, work: () => Promise<T>): Promise<T> {
  try {
    return await work();
  } catch (error) {
    if (!(error instanceof PolicyError)) throw error;
    // The Worker has the same parser, and names line and column of a text that is not JSON.
    const [fault = { message: error.message }] = locatedFaults(text);
    throw new UserError(faultLine(name, fault));
  }
}

/** A policy as the engine reads it. @throws UserError like `withPlace`. */
export function parsePolicy(name: string, text: string): Promise<AnyPolicy> {
  return withPlace(name, text, async () => (await loadEngine()).policy<string, string>(text));
}
