// What is measured, in Node and in a page alike: every candidate must answer the cells of the policy's table rightly
// first, then all are asked the same questions in the same mixed order, taking turns for some rounds.
import { Bench } from "tinybench";

/** Questions of one sample: enough that the clock's grain does not show. */
const QUESTIONS = { fast: 65_536, slow: 224 };
const ROUNDS = 9;
const ROUND = { time: 60, warmupTime: 15, warmupIterations: 1, iterations: 3 };

/** The same mixed order in every run and for every candidate. */
function mixed(values, count) {
  let state = 1;
  const next = () => (state = (state * 48_271) % 2_147_483_647);
  return Array.from({ length: count }, () => values[next() % values.length]);
}

/** Keeps the answers, so that no compiler may leave the questions out. */
const kept = { sum: 0 };

/** A loop of the candidate's own: a shared one would have the compiler give up on inlining anybody. */
const loop = (name, ...body) => new Function("subject", "asked", "codes", `// ${name}\nlet sum = 0;\n${body.join("\n")}\nreturn sum;`);

const CHECK = "for (let at = 0; at < asked.length; at += 1) if (subject.can(asked[at].role, asked[at].permission)) sum += 1;";
const ALL =
  "for (let at = 0; at < asked.length; at += 14) for (let place = 0; place < 14; place += 1) if (subject.can(asked[at].role, codes[place])) sum += 1;";
const EXPLAIN = "for (let at = 0; at < asked.length; at += 1) sum += subject.explain(asked[at].role, asked[at].permission);";
const LIST = "for (let at = 0; at < asked.length; at += 1) sum += subject.list(asked[at]);";

function tasks({ name, subject, asked, codes, wide }) {
  const timed = (what, source, questions, given = asked, before) => {
    const body = loop(`${name} ${what}`, source);
    return { name, what, questions, before, run: () => (kept.sum += body(subject, given, codes)) };
  };
  const own = [timed("check", CHECK, asked.length), timed("all", ALL, Math.ceil(asked.length / 14))];
  if (!subject.explain) return own;
  const people = asked.slice(0, 8_192);
  const known = people.map(({ role }) => subject.fresh(role));
  const fresh = [...known];
  return [
    ...own,
    timed("explain", EXPLAIN, asked.length),
    timed("list", LIST, people.length, fresh, () => people.forEach(({ role }, at) => void (fresh[at] = subject.fresh(role)))),
    timed("listAgain", LIST, people.length, known),
    { name, what: "parse", questions: 1, run: () => (kept.sum += subject.parse(wide)) },
  ];
}

const middle = (values) => values.toSorted((a, b) => a - b)[Math.floor(values.length / 2)];

/** Answers, for each candidate, nanoseconds by what was asked: the median of its rounds' medians. */
export async function measure(modules, policy, cells) {
  const wide = widest();
  const codes = policy.permissions.map(({ code }) => code);
  const all = [];
  for (const { name, default: make } of modules) {
    const subject = await make(policy);
    const wrong = cells.filter(({ role, permission, allowed }) => subject.can(role, permission) !== allowed);
    if (cells.length !== 56 || wrong.length > 0)
      throw new Error(`${name} answers ${wrong.length} of ${cells.length} cells wrongly: ${JSON.stringify(wrong[0])}`);
    const start = performance.now();
    for (let turn = 0; turn < 4; turn += 1) for (const { role, permission } of cells) subject.can(role, permission);
    const asked = mixed(cells, performance.now() - start > 3 ? QUESTIONS.slow : QUESTIONS.fast);
    all.push(...tasks({ name, subject, asked, codes, wide }));
  }
  const times = new Map(all.map((task) => [task, []]));
  for (let round = 0; round < ROUNDS; round += 1) {
    for (let turn = 0; turn < all.length; turn += 1) {
      const task = all[(turn + round * 5) % all.length];
      const bench = new Bench({ ...ROUND, throws: true });
      bench.add(task.what, task.run, task.before && { beforeEach: task.before });
      const [{ result }] = bench.runSync();
      times.get(task).push((result.latency.p50 * 1e6) / task.questions);
      // Lets the collector's own work happen between the tasks, not within one.
      await new Promise((resolve) => setTimeout(resolve, 0));
    }
  }
  const rows = modules.map(({ name }) => ({ name }));
  for (const [task, found] of times) rows.find(({ name }) => name === task.name)[task.what] = middle(found);
  return rows;
}

/** A policy of 256 permissions and 64 roles. */
function widest() {
  const permissions = Array.from({ length: 256 }, (_, place) => ({
    code: `resource${place}.act`,
    title: `Permission ${place}`,
    description: "",
    resource: `resource${place}`,
    actions: ["act"],
  }));
  const roles = Array.from({ length: 64 }, (_, role) => ({
    code: `role${role}`,
    title: `Role ${role}`,
    permissions: permissions.filter((_, place) => (place * 7 + role) % 3 > 0).map(({ code }) => code),
  }));
  return JSON.stringify({ version: 1, permissions, roles, routes: [] });
}
