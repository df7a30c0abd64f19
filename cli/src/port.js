// Ports of this machine. JavaScript, since scripts/start.mjs imports it under Node 20, before anything is installed.
import { createServer } from "node:net";

/**
 * Whether nothing listens at a port of 127.0.0.1.
 *
 * @param {number} port
 * @returns {Promise<boolean>}
 */
export function isFree(port) {
  return new Promise((done) => {
    const probe = createServer();
    probe.once("error", () => done(false));
    probe.listen(port, "127.0.0.1", () => probe.close(() => done(true)));
  });
}
