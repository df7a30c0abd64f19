// The software bill of materials, in CycloneDX 1.6. The same contents give the same bytes: no time, no serial number.
import { Enums, Models, Serialize, Spec, Validation } from "@cyclonedx/cyclonedx-library";

function component({ name, version, licence, purl, hash }) {
  const licences = new Models.LicenseRepository([new Models.LicenseExpression(licence)]);
  const hashes = new Models.HashDictionary(hash?.[1] ? [hash] : []);
  return new Models.Component(Enums.ComponentType.Library, name, { version, purl, bomRef: purl, licenses: licences, hashes });
}

/**
 * The bill as JSON. `packages` are ours, each with the components that it contains or needs at run time; one that another depends on
 * comes before it.
 *
 * @throws where it is not valid by the standard's schema.
 */
export async function bill(packages) {
  const bom = new Models.Bom();
  const root = new Models.Component(Enums.ComponentType.Application, "rolecall", { version: packages[0].version, bomRef: "rolecall" });
  bom.metadata.component = root;
  const all = new Map();
  const ours = new Map();
  for (const { name, version, licence, dependencies = {}, components } of packages) {
    const own = component({ name, version, licence, purl: `pkg:npm/${name}@${version}` });
    bom.components.add(own);
    root.dependencies.add(own.bomRef);
    ours.set(name, own.bomRef);
    for (const other of Object.keys(dependencies)) if (ours.has(other)) own.dependencies.add(ours.get(other));
    for (const each of components) {
      if (!all.has(each.purl)) all.set(each.purl, component(each));
      own.dependencies.add(all.get(each.purl).bomRef);
    }
  }
  for (const each of all.values()) bom.components.add(each);
  const serializer = new Serialize.JsonSerializer(new Serialize.JSON.Normalize.Factory(Spec.Spec1dot6));
  const text = serializer.serialize(bom, { sortLists: true, space: 2 });
  const problem = await new Validation.JsonStrictValidator(Spec.Version.v1dot6).validate(text);
  if (problem) throw new Error(`the SBOM is not valid: ${JSON.stringify(problem).slice(0, 600)}`);
  return `${text}\n`;
}
