// docs/AUTHZEN.md: its ten lines and its worked example, as they stand there
import assert from "node:assert/strict";
import { pepOf } from "../e2e/support/authzen.ts";
import { expectStatus } from "../e2e/support/problems.ts";
import { documented } from "./support/block-tests.ts";
import { openHosted } from "../browser/support/hosted-server.ts";

const { origin, world } = await openHosted();
const owner = await world.signUp("owner@example.com");
const team = await owner.convert("Acme");
const ann = await world.hire(owner, team, "ann@example.com", "dev");
await world.hire(owner, team, "ben@example.com", "dev");
const { secret } = await pepOf(world, owner, team);

documented("docs/AUTHZEN.md", {
  async "ten lines"({ text }) {
    process.env["ROLECALL_KEY"] = secret;
    assert.ok(text.trim().split("\n").length <= 10, "ten lines are more than ten");
    assert.ok(text.includes("https://team.example.com"));
    // A comment makes each a module of its own, which runs anew.
    const run = async (time: number): Promise<boolean> => {
      const source = `${text.replaceAll("https://team.example.com", origin)}\nexport { decision }; // ${time}`;
      return (await import(`data:text/javascript,${encodeURIComponent(source)}`)).decision;
    };
    assert.equal(await run(1), true);
    expectStatus(await owner.setRole(team, ann.id, "basic"), 200);
    assert.equal(await run(2), false);
    expectStatus(await owner.setRole(team, ann.id, "dev"), 200);
  },

  async "attribute policy"({ text }) {
    const policy = JSON.parse(text);
    assert.deepEqual(expectStatus(await owner.put(`/v1/accounts/${team}/attribute-policy`, policy), 201).body, policy);
    const may = async (id: string, name: string, properties?: object): Promise<boolean> => {
      const question = { subject: { type: "user", id }, action: { name }, resource: { type: "report", id: "q3", ...(properties ? { properties } : {}) } };
      const answer = await world.visitor().post("/access/v1/evaluation", question, { headers: { authorization: `Bearer ${secret}` } });
      return expectStatus(answer, 200).body.decision;
    };
    // What the page says below the example.
    assert.deepEqual([await may("ann@example.com", "write"), await may(ann.id, "write")], [true, true], "Ann owns it, by email or by id");
    assert.equal(await may("ben@example.com", "read"), false, "the policy knows no clearance of another developer");
    policy.subjects.push({ type: "user", id: "ben@example.com", attributes: { clearance: 3 } });
    expectStatus(await owner.put(`/v1/accounts/${team}/attribute-policy`, policy), 200);
    assert.deepEqual([await may("ben@example.com", "read"), await may("ben@example.com", "write")], [true, false]);
    assert.equal(await may("ann@example.com", "write", { status: "published" }), false, "published stays, whoever asks");
  },
});
