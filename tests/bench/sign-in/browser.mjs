// A browser as far as a sign-in needs one: a cookie jar and requests to one Worker, whatever origin they name.
import { request } from "undici";

export class Browser {
  #cookies = new Map();
  #url;
  #origin;

  constructor(url, origin) {
    this.#url = url;
    this.#origin = origin;
  }

  /** Sends a request, and demands its status; returns the body as JSON where it is, and the headers. */
  async send(method, path, status, json) {
    const cookie = [...this.#cookies].map(([name, value]) => `${name}=${value}`).join("; ");
    const headers = { origin: this.#origin, ...(cookie && { cookie }), ...(json && { "content-type": "application/json" }) };
    const answer = await request(new URL(path, this.#url), { method, headers, body: json && JSON.stringify(json) });
    const text = await answer.body.text();
    if (answer.statusCode !== status) throw new Error(`${method} ${path} answered ${answer.statusCode}: ${text.slice(0, 400)}`);
    for (const line of [answer.headers["set-cookie"] ?? []].flat()) {
      const [, name, value] = /^([^=]+)=([^;]*)/.exec(line) ?? [];
      this.#cookies.set(name, value);
    }
    return { body: text.startsWith("{") ? JSON.parse(text) : text, headers: answer.headers };
  }

  post(path, status, json = {}) {
    return this.send("POST", path, status, json);
  }

  get(path, status) {
    return this.send("GET", path, status);
  }

  has(name) {
    return [...this.#cookies].some(([cookie, value]) => cookie.endsWith(name) && value !== "");
  }
}
