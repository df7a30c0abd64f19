// Differences between platforms, and proxies between client and Worker.
import assert from "node:assert/strict";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { test } from "node:test";
import { RolecallClientError, RolecallNetworkError, createClient } from "rolecall";
import { openWorld } from "../e2e/support/world.ts";
import { arrive } from "./support/browser.ts";

const world = await openWorld();
const ann = await world.signUp("ann@example.com");
const team = await ann.convert("Acme");

async function signedIn() {
  const arrived = await arrive(world);
  await arrived.client.signIn({ email: ann.email, password: ann.password });
  return arrived;
}

test("a relative baseUrl outside of a page is refused with the form to use", async () => {
  for (const baseUrl of ["/", "", "team.example.com", "//"]) {
    await assert.rejects(
      createClient({ baseUrl }).start(),
      (error: unknown) => error instanceof RolecallClientError && error.code === "base-url-invalid" && /https:\/\//.test(error.message),
    );
  }
});

test("without crypto.randomUUID, as on pages without TLS, idempotency keys and problem instances are generated", async (t) => {
  t.mock.method(crypto, "randomUUID", () => assert.fail("it is missing there"));
  const { client, browser } = await signedIn();
  const keys = browser.keys.filter((key) => key !== null);
  await client.switchAccount(team);
  await client.me.update({ name: "Ann" });
  for (const key of [...keys, browser.keys.at(-1)!]) assert.match(key, /^[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/);
  assert.equal(new Set(browser.keys.filter((key) => key !== null)).size, browser.keys.filter((key) => key !== null).length);
});

test("the global fetch can be passed as it is", async () => {
  // Browsers and workerd throw when it is called as a method of another object.
  const strict = function (this: unknown, input: string | URL | Request, init?: RequestInit) {
    assert.equal(this, undefined, "Illegal invocation");
    return fetch(input, init);
  };
  const client = createClient({ baseUrl: world.running.base.href, fetch: strict });
  assert.equal((await client.policy.get()).version, 1);
});

test("a redirect is not followed, and rejects with RolecallNetworkError", async () => {
  const requested: string[] = [];
  const server = createServer((request, response) => {
    requested.push(request.url!);
    response.writeHead(302, { location: "/elsewhere" }).end();
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const client = createClient({ baseUrl: `http://127.0.0.1:${(server.address() as AddressInfo).port}/` });
  await assert.rejects(client.policy.get(), (error: unknown) => error instanceof RolecallNetworkError && /302/.test(error.message));
  server.close();
  assert.ok(requested.length > 0 && requested.every((url) => url === "/v1/policy"), String(requested));
});

test("a weak ETag from a compressing proxy is read as the version, and the next conditional change succeeds", async () => {
  const { client, browser } = await signedIn();
  browser.after = async (line, response) => {
    if (!line.endsWith("/attribute-policy") || !response.headers.has("etag")) return;
    return new Response(response.body, {
      status: response.status,
      headers: { ...Object.fromEntries(response.headers), etag: `W/${response.headers.get("etag")}` },
    });
  };
  const { version } = await client.attributePolicy.put({ version: 1 }, { account: team });
  assert.ok(Number.isInteger(version));
  assert.equal((await client.attributePolicy.get({ account: team })).version, version);
  const next = await client.attributePolicy.put({ version: 1, rules: [] }, { account: team, ifVersion: version });
  assert.ok(next.version > version);
});

test("an ETag that is not a version rejects, because a change could not be conditional", async () => {
  const { client, browser } = await signedIn();
  await client.attributePolicy.put({ version: 1 }, { account: team });
  for (const tag of ["", "7", '"x"', '"7x"', '"-7"', '"7.5"', 'w/"7"']) {
    browser.after = async (line, response) => {
      if (!line.endsWith("/attribute-policy")) return;
      const { etag: _, ...headers } = Object.fromEntries(response.headers);
      return new Response(response.body, { status: response.status, headers: tag ? { ...headers, etag: tag } : headers });
    };
    await assert.rejects(
      client.attributePolicy.get({ account: team }),
      (error: unknown) => error instanceof RolecallNetworkError && /ETag/.test(error.message),
      tag,
    );
  }
  delete browser.after;
  const start = browser.log.length;
  await assert.rejects(
    client.attributePolicy.delete({ account: team, ifVersion: Number.NaN }),
    (error: unknown) => error instanceof RolecallClientError && error.code === "version-invalid",
  );
  assert.deepEqual(browser.log.slice(start), []);
});
