// The results as tables: everything for the terminal, ten lines for docs/BENCHMARKS.md, the goals, and two builds side by side.
import { CONNECTIONS, median, percentile } from "./load.mjs";

const number = (value) => value.toLocaleString("en", { maximumFractionDigits: value < 10 ? 1 : 0 });
const ms = (value) => value.toFixed(value < 10 ? 2 : 1);
const times = (value) => `${value.toFixed(value < 10 ? 2 : 1)} ×`;
const by = (rows, key) => rows.find((row) => row.key === key);

/** What each of our operations is held against: the floor that does the same I/O, and the peer's like. */
const AGAINST = {
  ok: ["notfound"],
  health: ["first"],
  token: ["gate", "permission"],
  refused: ["change", "permission"],
  key: ["firstgate", "permission"],
  session: ["firstgate", "permission"],
  checks: ["batch", "permission"],
  authzen: ["batch", "permission"],
  me: ["batch", "session"],
  invite: ["change", "invite"],
  accept: ["change", "accept"],
};

function ratios(found, row) {
  const [floor, peer] = (AGAINST[row.key] ?? []).map((key, place) => by((place === 0 ? found.floor : found.peer) ?? [], key));
  return { floor: floor && row.rate / floor.rate, peer: peer && row.rate / peer.rate };
}

/** The bounds of each row: throughput and p50 against its floor, throughput against better-auth. */
const BOUNDS = {
  ok: { floor: 0.8 },
  token: { floor: 0.7, p50: 1.25, peer: 9 },
  key: { floor: 0.68, p50: 1.35 },
  session: { floor: 0.68, p50: 1.35 },
  checks: { floor: 0.72, p50: 1.3, peer: 3.5 },
  authzen: { floor: 0.72, p50: 1.3, peer: 3.5 },
  me: { floor: 0.8 },
  invite: { floor: 0.75, peer: 3.2 },
  accept: { floor: 0.78, peer: 3.5 },
};

/** Our goals, each with what was measured and whether it is met. */
export function judge(found) {
  const goal = (text, value, met) => ({ text, value, met });
  const atLeast = (text, value, bound) => goal(`${text}: ≥ ${bound} ×`, times(value), value >= bound);
  const atMost = (text, value, bound, show = times) => goal(`${text}: ≤ ${show(bound)}`, show(value), value <= bound);
  const rows = found.rolecall.flatMap((row) => {
    const { floor: share, p50, peer: lead } = BOUNDS[row.key] ?? {};
    const floor = by(found.floor, AGAINST[row.key]?.[0]);
    const peer = by(found.peer, AGAINST[row.key]?.[1]);
    return [
      share && atLeast(`${row.name}, throughput against “${floor.name}”`, row.rate / floor.rate, share),
      p50 && atMost(`${row.name}, p50 against “${floor.name}”`, row.p50 / floor.p50, p50),
      lead && atLeast(`${row.name}, throughput against better-auth: ${peer.name}`, row.rate / peer.rate, lead),
    ].filter(Boolean);
  });
  const { tries, answers } = by(found.rolecall, "accept");
  const trips = Math.max(...found.rolecall.map((row) => row.trips));
  const growth = ({ weights }) => weights.at(-1) - weights[0];
  const [ours, floors] = [growth(found.memory.rolecall), growth(found.memory.floor)];
  const whole = (unit) => (value) => `${value.toFixed(0)} ${unit}`;
  return [
    ...rows,
    goal(`accepting, ${CONNECTIONS} of one account at once: no false conflict`, `${tries - answers} of ${answers} tried again`, tries === answers),
    goal("round trips to D1 before an answer: ≤ 2", String(trips), trips <= 2),
    atMost("start of the process to the first answer", found.start.rolecall, 100, whole("ms")),
    atMost("upload, gzip", found.size.rolecall / 1_000, 900, whole("kB")),
    goal("memory from the first to the last round: no more growth than the floors'", `${ours.toFixed(0)} MB against ${floors.toFixed(0)} MB`, ours <= floors),
  ];
}

const HEAD = [
  "| | p50 · p99 of one at a time, ms | answers a second, 32 at once | D1 round trips (statements) | × floor | × better-auth |",
  "|---|--:|--:|--:|--:|--:|",
];

function line(found, row, strong) {
  const { floor, peer } = ratios(found, row);
  const cells = [
    strong ? `**${row.name}**` : row.name,
    `${ms(row.p50)} · ${ms(row.p99)}`,
    number(row.rate),
    row.trips === 0 ? "0" : `${row.trips} (${row.statements})`,
    floor ? floor.toFixed(2) : "",
    peer ? peer.toFixed(1) : "",
  ];
  return `| ${cells.join(" | ")} |`;
}

const megabytes = ({ before, weights }) => `${before.toFixed(0)} MB before, ${weights.map((weight) => weight.toFixed(0)).join(", ")} MB after each round`;

const NAMES = { floor: "hello", rolecall: "Rolecall", before: "Rolecall, before", peer: "better-auth" };
const each = (values, show) =>
  Object.entries(values)
    .map(([name, value]) => `${NAMES[name]} ${show(value)}`)
    .join(", ");

/** Everything that was measured; `goals` only where floors and better-auth ran too. */
export function printedReport(found, goals) {
  const { start, size, memory } = found;
  return [
    "",
    ...HEAD,
    ...(found.floor ?? []).map((row) => line(found, row)),
    ...found.rolecall.map((row) => line(found, row, true)),
    ...(found.before ?? []).map((row) => line(found, { ...row, name: `before: ${row.name}` })),
    ...(found.peer ?? []).map((row) => line(found, { ...row, key: "", name: `better-auth: ${row.name}` })),
    "",
    `- Process start to first answer: ${each(start, (value) => `${value.toFixed(0)} ms`)}.`,
    `- Upload, gzip: ${each(size, (value) => `${number(value)} bytes`)}.`,
    ...Object.entries(memory).map(([name, weights]) => `- workerd with ${NAMES[name]}: ${megabytes(weights)}.`),
    ...(goals
      ? ["", "| goal | measured | |", "|---|--:|---|", ...goals.map(({ text, value, met }) => `| ${text} | ${value} | ${met ? "met" : "NOT met"} |`)]
      : []),
    "",
    found.where,
  ];
}

/** Below this share of the earlier build's throughput a row counts as slower. */
export const SLOWER = 0.97;

/** Half the width of the range in which the median of these ratios lies nearly certainly (twice its standard error, by the quartiles). */
function spread(ratios) {
  const quartiles = percentile(ratios, 0.75) - percentile(ratios, 0.25);
  return (2 * 1.253 * (quartiles / 1.349)) / Math.sqrt(ratios.length);
}

/** One row of both builds: the median over slices of after / before, each slice beside its neighbour in time. */
function pair(after, before) {
  const rate = ({ answered, milliseconds }) => answered / milliseconds;
  const ratios = after.slices.map((slice, place) => rate(slice) / rate(before.slices[place]));
  const total = (slices, what) => slices.reduce((sum, slice) => sum + slice[what], 0);
  const processor = ({ slices }) => total(slices, "processor") / total(slices, "answered");
  return { after, before, ratio: median(ratios), spread: spread(ratios), processor: processor(after) / processor(before) };
}

/** Our rows beside those of an earlier build. */
export function comparedReport(found) {
  const rows = found.rolecall.map((after, place) => pair(after, found.before[place]));
  const cost = ({ trips, statements }) => (trips === 0 ? "0" : `${trips} (${statements})`);
  const lines = rows.map(({ after, before, ratio, spread, processor }) => {
    const dearer = after.trips > before.trips || after.statements > before.statements;
    const slower = ratio < SLOWER && `below ${SLOWER}${ratio + spread < SLOWER ? "" : ", within the noise"}`;
    const figures = [
      number(before.rate),
      number(after.rate),
      `${ratio.toFixed(2)} ± ${spread.toFixed(2)}`,
      (after.p50 / before.p50).toFixed(2),
      Number.isFinite(processor) ? processor.toFixed(2) : "",
      cost(before),
      cost(after),
    ];
    return `| ${[after.name, ...figures, [slower, dearer && "more of D1"].filter(Boolean).join("; ")].join(" | ")} |`;
  });
  const slower = rows.filter(({ ratio }) => ratio < SLOWER).map(({ after }) => after.name);
  const plain = [
    ["process start", found.start],
    ["upload", found.size],
  ].map(([what, { rolecall, before }]) => `${what} ${(rolecall / before).toFixed(2)}`);
  return [
    "",
    "| after / before | answers a second, before | after | ratio | p50 ratio | processor time ratio | D1 before | after | |",
    "|---|--:|--:|--:|--:|--:|--:|--:|---|",
    ...lines,
    "",
    `- ${slower.length === 0 ? `No row is below ${SLOWER}.` : `Below ${SLOWER}: ${slower.join(", ")}.`} Ratio of ${plain.join(", of ")}.`,
    "- Processor time is that of the Worker's process for each answer, D1 and upstream included; other work on the machine hardly moves it.",
  ];
}

const SHORT = ["ok", "token", "key", "session", "checks", "authzen", "me", "invite", "accept"];

export function shortReport(found, goals) {
  const [floor, peer] = [(key) => by(found.floor, key), (key) => by(found.peer, key)];
  const missed = goals.filter(({ met }) => !met);
  const rates = (rows) => rows.map(([name, row]) => `${name} ${number(row.rate)}`).join(", ");
  return [
    ...HEAD,
    ...SHORT.map((key) => line(found, by(found.rolecall, key))),
    "",
    `- × floor: relative to a plain JavaScript Worker with the same I/O. Floors, answers a second: ${rates([
      ["hello", floor("hello")],
      ["a 404 with the security headers", floor("notfound")],
      ["forwarding", floor("forward")],
      ["a gateway without a decision", floor("gate")],
      ["the same after one D1 `first`", floor("firstgate")],
      ["one D1 `first`", floor("first")],
      ["a batch of five", floor("batch")],
      ["a batch of reads and one of inserts", floor("change")],
      ["a KV get", floor("kv")],
    ])}.`,
    `- × better-auth: relative to better-auth ${found.version} with its organization plugin on the same D1: ${rates([
      ["get session", peer("session")],
      ["has-permission", peer("permission")],
      ["create invitation", peer("invite")],
      ["accept invitation", peer("accept")],
    ])}; ${peer("session").trips}, ${peer("permission").trips}, ${peer("invite").trips} and ${peer("accept").trips} queries. Theirs are spread over 16 teams, ours are all of one team.`,
    `- Process start to first answer: ${found.start.rolecall.toFixed(0)} ms (hello ${found.start.floor.toFixed(0)}, better-auth ${found.start.peer.toFixed(0)}). Upload: ${number(found.size.rolecall / 1_000)} kB gzip (${number(found.size.peer / 1_000)}). Memory: ${megabytes(found.memory.rolecall)}.`,
    "",
    `${goals.length - missed.length} of ${goals.length} goals met.${missed.length === 0 ? "" : " Not met:"}`,
    ...(missed.length === 0 ? [] : ["", "| goal | measured |", "|---|--:|", ...missed.map(({ text, value }) => `| ${text} | ${value} |`)]),
    "",
    `Medians; ${found.where}`,
  ];
}
