// Drives one candidate: one request after the other, then 32 connections at once. Every answer's status is looked at.
import { Pool } from "undici";

export const CONNECTIONS = 32;

const middle = (values) => values.toSorted((a, b) => a - b)[Math.floor(values.length / 2)];
export const median = (values) => (values.length === 0 ? Number.NaN : middle(values));
export const percentile = (values, part) => values.toSorted((a, b) => a - b)[Math.min(values.length - 1, Math.floor(values.length * part))];

/** Connections to one Worker, kept open. */
export class Load {
  #pool;

  constructor(url) {
    this.#pool = new Pool(url.origin, { connections: CONNECTIONS, pipelining: 1 });
  }

  close() {
    return this.#pool.close();
  }

  /** Sends one request, and demands its status. */
  async send(operation, headers = {}) {
    const { status = operation.status ?? 200, taken, ...request } = operation.next();
    const answer = await this.#pool.request({ method: "GET", ...request, headers: { ...request.headers, ...headers } });
    const text = await answer.body.text();
    if (answer.statusCode !== status)
      throw new Error(`${operation.name}: ${request.method ?? "GET"} ${request.path} answered ${answer.statusCode}: ${text.slice(0, 400)}`);
    taken?.(text, answer.headers);
    return { text, headers: answer.headers };
  }

  /** Milliseconds of each answer, one request after the other. */
  async sequential(operation, { time, most }) {
    const found = [];
    const end = performance.now() + time;
    while (found.length < most && performance.now() < end) {
      const start = performance.now();
      await this.send(operation);
      found.push(performance.now() - start);
    }
    return found;
  }

  /** Answers a second with all connections busy. */
  async parallel(operation, bounds) {
    const { answered, milliseconds } = await this.burst(operation, bounds);
    return (answered * 1_000) / milliseconds;
  }

  /** Keeps all connections busy; returns the number of answers and the milliseconds that they took. */
  async burst(operation, { time, most }) {
    let [begun, answered] = [0, 0];
    const start = performance.now();
    const end = start + time;
    const one = async () => {
      while (begun < most && performance.now() < end) {
        begun += 1;
        await this.send(operation);
        answered += 1;
      }
    };
    await Promise.all(Array.from({ length: CONNECTIONS }, one));
    return { answered, milliseconds: performance.now() - start };
  }
}
