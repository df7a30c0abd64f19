// docs/SIGN_IN.md: each of its files is one with which the compiled Worker would run.
import assert from "node:assert/strict";
import { faultsOf } from "../../cli/src/worker-rules.ts";
import { documented } from "./support/block-tests.ts";
import { ROOT } from "./support/blocks.ts";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";

/** What the Worker says of a file with the ways to sign in, in a deployment with every client secret. */
const faults = (sign_in: string) => {
  const vars = Object.fromEntries(["GOOGLE", "GITHUB", "MICROSOFT", "ACME"].map((id) => [`PROVIDER_${id}_SECRET`, "secret"]));
  return faultsOf({ vars, bindings: [], policy: "{}", sign_in }).filter(({ name }) => name === "sign-in" || name.startsWith("PROVIDER_"));
};

documented("docs/SIGN_IN.md", {
  "a file"({ text }) {
    assert.deepEqual(faults(text), []);
  },
});

test("the file of this repository is the document's first one, and a fault is told", () => {
  assert.deepEqual(faults(readFileSync(join(ROOT, "policy/sign-in.json"), "utf8")), []);
  assert.match(
    faults('{"password": true}')
      .map(({ message }) => message)
      .join(),
    /email_code/,
  );
});
