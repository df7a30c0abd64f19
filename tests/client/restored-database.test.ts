// After a database restore, every refused sign-in has the code `password-reset-advised`.
import assert from "node:assert/strict";
import { test } from "node:test";
import { RolecallError } from "rolecall";
import { openGateway } from "../e2e/support/gateway.ts";
import { arrive, rightsOf } from "./support/browser.ts";

test("after a restore, a refused sign-in restores the rights, too", async () => {
  const world = await openGateway({ vars: { RESTORE_EPOCH: "1" } });
  const ann = await world.signUp("ann@example.com");
  const team = await ann.convert("Acme");
  const { client } = await arrive(world);
  await client.signIn({ email: ann.email, password: ann.password });
  await client.switchAccount(team);
  await assert.rejects(
    client.signIn({ email: ann.email, password: "not the password at all" }),
    (error: unknown) => error instanceof RolecallError && error.code === "password-reset-advised",
  );
  assert.deepEqual([rightsOf(client)?.account, client.can("pods.manage")], [team, true]);
});
