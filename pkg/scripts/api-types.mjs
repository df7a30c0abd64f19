// Writes src/generated/api.ts, the types of the schemas and problem codes in openapi.json; with --check, fails when the file is out of date.
import { readFileSync, writeFileSync } from "node:fs";

const document = JSON.parse(readFileSync(new URL("../../openapi.json", import.meta.url), "utf8"));
const target = new URL("../src/generated/api.ts", import.meta.url);

const refName = (ref) => ref.split("/").at(-1);
const quoted = (values) => values.map((value) => JSON.stringify(value)).join(" | ");

function type(schema) {
  if (schema.$ref) return refName(schema.$ref);
  const alternatives = schema.oneOf ?? schema.anyOf;
  if (alternatives) return alternatives.map(type).join(" | ");
  if (schema.allOf) return schema.allOf.map(type).join(" & ");
  if (schema.enum) return quoted(schema.enum);
  if (Array.isArray(schema.type)) return schema.type.map((one) => type({ ...schema, type: one })).join(" | ");
  if (schema.type === "array") return `${parenthesise(type(schema.items ?? {}))}[]`;
  if (schema.type === "object" && schema.properties) return object(schema);
  if (schema.type === "object") return "Readonly<Record<string, unknown>>";
  return { string: "string", integer: "number", number: "number", boolean: "boolean", null: "null" }[schema.type] ?? "unknown";
}

const parenthesise = (text) => (/[ |&]/.test(text) ? `(${text})` : text);
const comment = (schema, indent) => (schema.description ? `${indent}/** ${schema.description.replaceAll("*/", "* /").replace(/\s+/g, " ")} */\n` : "");

function object(schema, indent = "  ") {
  const required = new Set(schema.required ?? []);
  const members = Object.entries(schema.properties).map(
    ([name, of]) => `${comment(of, indent)}${indent}readonly ${name}${required.has(name) ? "" : "?"}: ${type(of)};`,
  );
  return `{\n${members.join("\n")}\n}`;
}

const schemas = Object.entries(document.components.schemas).map(([name, schema]) => {
  const body = type(schema);
  return `${comment(schema, "")}export ${schema.properties && !schema.allOf ? `interface ${name} ${body}` : `type ${name} = ${body};`}`;
});
const codes = document.components.schemas.ProblemDocument.properties.code.enum ?? [];
const text = `// Generated from openapi.json by \`npm run generate -w pkg\`; do not edit.

/** The stable code of a problem document. */
export type ProblemCode = ${codes.length ? quoted(codes) : "string"};

${schemas.join("\n\n")}
`;

if (!process.argv.includes("--check")) {
  writeFileSync(target, text);
} else if (readFileSync(target, "utf8") !== text) {
  console.error("pkg/src/generated/api.ts is out of date with openapi.json; run `npm run generate -w pkg`.");
  process.exitCode = 1;
}
