// `npm run pack:npm`: builds the package if need be and leaves it as pkg/rolecall-<version>.tgz.
import { buildPackage } from "../../scripts/build.mjs";
import { at, main, run } from "../../scripts/lib.mjs";
import { setup } from "../../scripts/setup.mjs";

main(async () => {
  await setup();
  await buildPackage();
  await run("npm", ["pack", "--silent", "-w", "pkg", "--pack-destination", at("pkg")]);
});
