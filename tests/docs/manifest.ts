// What is done with each fenced code block of the documentation. A block is `run` (by the runner of that name in the
// test file of its document) or it says `because` of what it is not. A block without an entry fails the lane `docs`.

export type Entry = { /** How the block's first line begins. */ begins: string } & ({ run: string } | { because: string });

export interface Document {
  /** The test file that runs its blocks. */
  tests: string;
  /** In the order of the document. */
  blocks: Entry[];
}

const NEW_PROJECT = "tests/packaging/without-rust.test.ts does this with the packages of a release, without Rust";
const CLOUD = "needs a Cloudflare account, a browser to sign in by, and changes what is deployed there";
const PICTURE = "a picture in characters";

export const manifest: Record<string, Document> = {
  "README.md": {
    tests: "overview.test.ts",
    blocks: [
      { begins: "npm create rolecall", because: NEW_PROJECT },
      { begins: "R=http://localhost:8787", run: "the first walk" },
      { begins: "git clone <this repository>", because: "what brings up a checkout; the other blocks run against what it starts" },
    ],
  },
  "ARCHITECTURE.md": {
    tests: "overview.test.ts",
    blocks: [
      { begins: "flowchart LR", because: "a Mermaid diagram, which GitHub renders" },
      { begins: "policy/default.json", run: "paths exist" },
    ],
  },
  "CONTRIBUTING.md": {
    tests: "overview.test.ts",
    blocks: [
      { begins: "npm start", because: "what brings up a checkout, as in README.md" },
      { begins: "cargo test -p rolecall-core", because: "runs two test files by themselves, which the lanes native and e2e run among others" },
      { begins: "cargo install cargo-mutants", because: "builds a tool and takes an hour; what it finds is tested in the lane native" },
    ],
  },
  "cli/README.md": { tests: "overview.test.ts", blocks: [{ begins: "import policy from", because: NEW_PROJECT }] },
  "cli/template/README.md": {
    tests: "overview.test.ts",
    blocks: [
      { begins: "npm start", because: NEW_PROJECT },
      { begins: "npx wrangler login", because: CLOUD },
    ],
  },
  "create/README.md": { tests: "overview.test.ts", blocks: [{ begins: "npm create rolecall", because: NEW_PROJECT }] },
  "console/README.md": { tests: "overview.test.ts", blocks: [{ begins: "index.html, public/", run: "paths exist" }] },
  "docs/DEPLOY.md": {
    tests: "overview.test.ts",
    blocks: [
      { begins: "npx wrangler login", because: CLOUD },
      { begins: "npx rolecall policy diff", because: "needs a deployment on Cloudflare; tests/cli/policy.test.ts compares with a Worker on this machine" },
      { begins: "npx rolecall doctor", because: "needs a deployment on Cloudflare; tests/cli/doctor.test.ts provokes each fault on this machine" },
      { begins: "[[env.production.send_email]]", run: "mail binding" },
    ],
  },
  "docs/GATEWAY.md": {
    tests: "gateway.test.ts",
    blocks: [
      { begins: "browser, CLI, machine", because: PICTURE },
      { begins: '{"method": "POST", "path": "/api/reports', run: "routes" },
      { begins: '{"code": "reports.run"', run: "permissions" },
      { begins: "UPSTREAM_URL =", run: "settings for this machine" },
      { begins: "[[env.production.services]]", run: "service binding" },
      { begins: "import { createRemoteJWKSet", run: "JavaScript" },
      { begins: "import jwt", run: "Python" },
      { begins: "use jsonwebtoken", run: "Rust" },
      { begins: "curl https://accounts.example.com", run: "a machine's call" },
      { begins: "UPSTREAM_HEADERS =", run: "headers of one's own" },
    ],
  },
  "docs/SIGN_IN.md": {
    tests: "sign-in.test.ts",
    blocks: [
      { begins: "{", run: "a file" },
      { begins: "npx wrangler secret put", because: CLOUD },
      ...["{", "{", "{", "{", "{"].map((begins) => ({ begins, run: "a file" })),
      {
        begins: "curl https://accounts.example.com/v1/sessions/exchange",
        because: "needs an issuer that signs tokens; tests/e2e/providers/exchange.test.ts has one",
      },
    ],
  },
  "docs/TOKENS.md": {
    tests: "../client/server/documented.test.ts",
    blocks: [
      { begins: "{", run: "a token's parts" },
      { begins: 'import { createVerifier } from "rolecall/server"', run: "a verifier" },
      { begins: 'import { verifier } from "./verifier.js"', run: "a permission token" },
      { begins: 'import { verifier } from "./verifier.js"', run: "an identity" },
      { begins: 'import { Hono } from "hono"', run: "Hono" },
      { begins: "import express", because: "Express is not among the packages here; tests/client/server/guards.test.ts asks its guard through Node's server" },
      { begins: "import { withRolecall }", run: "a route handler" },
      { begins: "import { createRemoteJWKSet", run: "any language" },
    ],
  },
  "docs/SERVICE_BINDING.md": {
    tests: "service-binding.test.ts",
    blocks: [
      { begins: "const worker =", run: "entrypoint" },
      { begins: "[[services]]", run: "binding" },
      { begins: "import type", run: "types" },
      { begins: "export default", run: "check" },
      { begins: "const result = await env.ROLECALL.evaluate", run: "evaluate" },
      { begins: "const result = await env.ROLECALL.verify", run: "verify" },
    ],
  },
  "docs/AUTHZEN.md": {
    tests: "authzen.test.ts",
    blocks: [
      { begins: "const ask =", run: "ten lines" },
      { begins: "{", run: "attribute policy" },
    ],
  },
  "docs/AUDIT_LOG.md": {
    tests: "audit-log.test.ts",
    blocks: [
      { begins: "{", run: "an event" },
      { begins: "import base64", run: "Python" },
      { begins: 'import { createHash } from "node:crypto"', run: "Node" },
    ],
  },
  "pkg/README.md": {
    tests: "package.test.ts",
    blocks: [
      {
        begins: "npm install rolecall",
        because: "not on npm before the first release, as the next sentence says; each block below runs on the tarball that it names instead",
      },
      { begins: 'import { defineConfig } from "vite"', run: "Vite's settings" },
      { begins: 'import { createClient } from "rolecall"', run: "the client" },
      { begins: 'import { useState } from "react"', run: "the guarded button" },
      { begins: 'import { rolecall } from "./rolecall"', run: "answers" },
      { begins: 'import { RolecallError } from "rolecall"', run: "a refusal" },
      { begins: 'import { toResult } from "rolecall"', run: "lists and results" },
      ...['import { createProxy } from "rolecall/next"', '"use client"', 'import { withSession } from "rolecall/next"', '<Can permission="pods.manage">'].map(
        (begins) => ({
          begins,
          because: "tests/packaging/frameworks.test.ts builds and clicks the example that has it, and compares",
        }),
      ),
      { begins: 'import { createVerifier } from "rolecall/server"', run: "a server" },
      ...["import { act, cleanup", "import type { ReactNode }", "import type { Page }"].map((begins) => ({
        begins,
        because: "tests/packaging/testing.test.ts runs it as a file of tests/packaging/testing-app, and compares",
      })),
      {
        begins: 'import { createClient } from "rolecall"',
        because: "tests/packaging/workerd.test.ts runs it as it stands, in workerd and at two compatibility dates",
      },
      { begins: 'import { loadEngine } from "rolecall/core"', run: "the engine" },
      { begins: "npx rolecall types", run: "own types" },
    ],
  },
  "examples/gpu-cloud/README.md": {
    tests: "examples.test.ts",
    blocks: [
      { begins: "browser, curl", because: PICTURE },
      { begins: "R=http://localhost:8787", run: "five minutes" },
      { begins: "npx wrangler dev", run: "asked directly" },
      { begins: "[[env.production.services]]", run: "service binding" },
    ],
  },
  "examples/react-app/README.md": { tests: "examples.test.ts", blocks: [{ begins: "npm run dev -w", run: "development server" }] },
};
