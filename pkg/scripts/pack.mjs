// `npm run pack:npm`: builds the package where its sources have changed, and packs it as pkg/rolecall-<version>.tgz.
import { buildPackage } from "../../scripts/build.mjs";
import { at, main, run } from "../../scripts/lib.mjs";
import { setup } from "../../scripts/setup.mjs";

main(async () => {
  await setup();
  await buildPackage();
  await run("npm", ["pack", "--silent", "-w", "pkg", "--pack-destination", at("pkg")]);
});
