// The table and the sentences under it.

const OURS = "rolecall/core";

const number = (value) => value.toLocaleString("en", { maximumFractionDigits: value < 10 ? 1 : 0 });
const both = (row, what) => `${number(row.node[what])} · ${number(row.chromium[what])}`;
const times = (a, b) => (a / b).toFixed(a / b < 10 ? 2 : 1);
const ms = (nanoseconds) => (nanoseconds / 1e6).toFixed(1);

export function table(rows) {
  const lines = rows.map((row) => {
    const cells = [
      row.name === OURS ? `**${row.name}**` : row.name,
      both(row, "check"),
      both(row, "all"),
      row.start.toFixed(1),
      `${number(row.size.gzip)} · ${number(row.size.brotli)}`,
    ];
    return `| ${cells.join(" | ")} |`;
  });
  return [
    "| | one check, ns | all 14 permissions of a member, ns | load and first check, ms | shipped, bytes (gzip · brotli) |",
    "|---|--:|--:|--:|--:|",
    ...lines,
  ];
}

export function sentences(rows, visited) {
  const find = (name) => rows.find((row) => row.name === name);
  const [ours, object, bits, casl] = [find(OURS), find("plain object"), find("plain bits over a Map"), find("@casl/ability")];
  const to = (other, what, own = what) => `${times(other.node[what], ours.node[own])} · ${times(other.chromium[what], ours.chromium[own])}`;
  const of = (other, what) => `${times(ours.node[what], other.node[what])} · ${times(ours.chromium[what], other.chromium[what])}`;
  return [
    `One check takes ${of(object, "check")} × the plain object's time and ${of(bits, "check")} × that of bits over a Map; CASL takes ${to(casl, "check")} × ours.`,
    `All 14 asked one by one: CASL takes ${to(casl, "all")} × our time. All 14 at once, \`list()\`: ${both(ours, "list")} ns the first time (CASL's 14 checks: ${to(casl, "all", "list")} ×), ${both(ours, "listAgain")} ns after that.`,
    `\`explain()\` takes ${both(ours, "explain")} ns; a policy of 256 permissions × 64 roles is read in ${ms(ours.node.parse)} · ${ms(ours.chromium.parse)} ms.`,
    `From the start of a page to its first check: ${visited.inlined.toFixed(0)} ms with the WebAssembly in the JavaScript, as \`rolecall/core\` has it, ${visited.fetched.toFixed(0)} ms with a file that is fetched.`,
  ];
}
