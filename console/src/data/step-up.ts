// Step-up: a change that the server refuses with `reauthentication-required` waits until the user has confirmed who they
// are, and is then sent again. The topmost open dialog, or the page, shows the question.
import { createContext, type ComponentType, useSyncExternalStore } from "react";
import { asRolecallError } from "./client";

/** The user closed the question, so that the change was not made: no failure to report. */
export class StepUpCancelled extends Error {}

/** A question that is open. */
export interface StepUp {
  /** The ways in which the user can authenticate: `password`, `email`, `passkey`, `provider`, `totp`, `recovery`. */
  readonly methods: readonly string[];
  /** The host that shows it. */
  readonly host: string;
  readonly answer: Promise<boolean>;
  readonly finish: (confirmed: boolean) => void;
}

let current: StepUp | undefined;
const hosts: string[] = [];
const listeners = new Set<() => void>();

function set(next: StepUp | undefined): void {
  current = next;
  for (const listener of listeners) listener();
}

function ask(methods: readonly string[]): Promise<boolean> {
  const host = hosts.at(-1);
  if (current) return current.answer;
  if (host === undefined) return Promise.resolve(false);
  let resolve!: (confirmed: boolean) => void;
  const answer = new Promise<boolean>((resolveAnswer) => (resolve = resolveAnswer));
  const finish = (confirmed: boolean) => {
    resolve(confirmed);
    if (current?.answer === answer) set(undefined);
  };
  set({ methods, host, answer, finish });
  return answer;
}

/** Runs a change, and once more after the user has confirmed who they are. Rejects with {@link StepUpCancelled} where they do not. */
export async function withStepUp<T>(run: () => Promise<T>): Promise<T> {
  try {
    return await run();
  } catch (error) {
    const failure = asRolecallError(error);
    if (failure?.code !== "reauthentication-required") throw error;
    if (!(await ask(failure.problem.methods))) throw new StepUpCancelled();
    return await run();
  }
}

/** Registers a place where questions can be shown, above those registered before. Returns what removes it. */
export function registerStepUpHost(host: string): () => void {
  hosts.push(host);
  return () => {
    hosts.splice(hosts.indexOf(host), 1);
    if (current?.host === host) current.finish(false);
  };
}

function subscribe(listener: () => void): () => void {
  listeners.add(listener);
  return () => listeners.delete(listener);
}

/** The open question that a host shows. */
export function useStepUp(host: string): StepUp | undefined {
  return useSyncExternalStore(subscribe, () => (current?.host === host ? current : undefined));
}

/** What an open dialog renders inside, so that a question is a dialog of its own above it. Undefined on pages without a session. */
export const StepUpHostContext = createContext<ComponentType | undefined>(undefined);
