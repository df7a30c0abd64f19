// The programs on this machine.
import { type Finding, fail, faultsOr, ok, warn } from "./finding.ts";

export interface Tools {
  /** Version of Node, such as `22.12.0`. */
  node: string;
  /** Version of wrangler that the package names. */
  pinned: string;
  /** Version of wrangler that this command runs. */
  wrangler: string;
  /** Version of wrangler that `npx wrangler` runs in the project, where there is one. */
  ofProject?: string;
}

/** The oldest Node on which the command is tested. */
const NODE_MIN = [22, 12] as const;

function isOldNode(version: string): boolean {
  const [major = 0, minor = 0] = version.split(".").map(Number);
  return major < NODE_MIN[0] || (major === NODE_MIN[0] && minor < NODE_MIN[1]);
}

export function toolFindings({ node, pinned, wrangler, ofProject }: Tools): Finding[] {
  const faults: Finding[] = [];
  const oldest = NODE_MIN.join(".");
  if (isOldNode(node)) faults.push(fail("tools", `Node ${node} is older than ${oldest}`, `Install Node ${oldest} or later from https://nodejs.org.`));
  if (wrangler !== pinned) {
    const action = "Install the package's own version: `npm install rolecall-worker`.";
    faults.push(warn("tools", `wrangler ${wrangler} is installed, and ${pinned} is the tested version`, action));
  } else if (ofProject !== undefined && ofProject !== pinned) {
    const action = `Install the tested version: \`npm install --save-dev wrangler@${pinned}\`.`;
    faults.push(warn("tools", `\`npx wrangler\` is version ${ofProject} in this project, and \`rolecall\` runs ${pinned}`, action));
  }
  return faultsOr(faults, ok("tools", `Node ${node}, wrangler ${wrangler}`));
}
