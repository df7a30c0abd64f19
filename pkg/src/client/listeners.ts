// Listeners of a change.
import { reportUncaught } from "./snapshot.js";

export class Listeners {
  readonly #listeners = new Set<() => void>();

  get size(): number {
    return this.#listeners.size;
  }

  /** Adds a listener, and returns a function that removes it. */
  add(listener: () => void): () => void {
    // A function of its own, so that one listener can be registered twice.
    const own = () => listener();
    this.#listeners.add(own);
    return () => void this.#listeners.delete(own);
  }

  /** Calls each listener. An error of one is reported, and keeps no other from being called. */
  notify(): void {
    for (const listener of [...this.#listeners]) {
      try {
        if (this.#listeners.has(listener)) listener();
      } catch (error) {
        reportUncaught(error);
      }
    }
  }

  clear(): void {
    this.#listeners.clear();
  }
}
