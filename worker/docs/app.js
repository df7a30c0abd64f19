// Shows openapi.json as a page. Builds DOM nodes only, so that no text of the document can become markup.
"use strict";

const METHODS = ["get", "post", "put", "patch", "delete"];

/** An element with attributes and children; children are nodes or texts. */
function el(name, attributes = {}, ...children) {
  const node = document.createElement(name);
  for (const [key, value] of Object.entries(attributes)) {
    if (value !== undefined && value !== false) node.setAttribute(key, value === true ? "" : value);
  }
  node.append(...children.flat().filter((child) => child !== undefined && child !== null));
  return node;
}

/** Text with `code` and blank lines between paragraphs, which is all the Markdown that the document uses. */
function prose(text, className) {
  const paragraphs = (text ?? "").split("\n\n").filter(Boolean);
  return paragraphs.map((paragraph) => el("p", { class: className }, inline(paragraph)));
}

function inline(text) {
  return (text ?? "").split(/(`[^`]+`)/).filter(Boolean).map((part) => (part.startsWith("`") ? el("code", {}, part.slice(1, -1)) : part));
}

class Contract {
  constructor(document) {
    this.document = document;
  }

  resolve(node) {
    if (!node?.$ref) return node;
    return node.$ref.slice(2).split("/").reduce((at, key) => at?.[key], this.document);
  }

  /** Every operation in the order of the route table, each with a title of its own. */
  operations() {
    const all = Object.entries(this.document.paths).flatMap(([path, item]) =>
      METHODS.filter((method) => item[method]).map((method) => ({ method, path, ...item[method] })));
    const isShared = (summary) => all.filter((operation) => operation.summary === summary).length > 1;
    const title = ({ path, summary }) => (isShared(summary) && path.includes("{account}") ? `${summary} (named account)` : summary);
    return all.map((operation) => ({ ...operation, title: title(operation) })).sort((one, other) => one["x-order"] - other["x-order"]);
  }

  /** Name of a schema's type. */
  type(schema) {
    if (schema.$ref) return [link(schema.$ref)];
    if (schema.anyOf) return schema.anyOf.flatMap((one, index) => [index ? " or " : "", ...this.type(one)]);
    if (schema.enum) return [schema.enum.map((word) => `"${word}"`).join(" | ")];
    const types = [schema.type ?? "any"].flat();
    const words = types.flatMap((type, index) => [index ? " or " : "", ...(type === "array" ? ["list of ", ...this.type(schema.items ?? {})] : [type])]);
    if (schema.format) words.push(` (${schema.format})`);
    return words;
  }

  /** A value that fits a schema. */
  example(schema, depth = 0) {
    const known = schema.example ?? schema.default;
    if (known !== undefined) return known;
    if (depth > 6) return null;
    if (schema.$ref) return this.example(this.resolve(schema), depth + 1);
    if (schema.allOf) return Object.assign({}, ...schema.allOf.map((part) => this.example(part, depth + 1)));
    if (schema.anyOf) return this.example(schema.anyOf[0], depth + 1);
    if (schema.enum) return schema.enum[0];
    switch ([schema.type].flat()[0]) {
      case "object":
        return Object.fromEntries(Object.entries(schema.properties ?? {}).map(([name, property]) => [name, this.example(property, depth + 1)]));
      case "array":
        return [this.example(schema.items ?? {}, depth + 1)];
      case "integer":
      case "number":
        return schema.minimum ?? 1;
      case "boolean":
        return true;
      case "string":
        return { "date-time": "2026-11-24T10:00:00.000Z", email: "ada@example.com", uri: "https://team.example/join#token=…" }[schema.format] ?? "…";
      default:
        return null;
    }
  }
}

function link(reference) {
  const name = reference.split("/").pop();
  return el("a", { href: `#schema-${name}` }, name);
}

function badge(method) {
  return el("span", { class: `method ${method}` }, method.toUpperCase());
}

function table(head, rows) {
  const header = el("thead", {}, el("tr", {}, head.map((word) => el("th", { scope: "col" }, word))));
  return el("div", { class: "scroll", tabindex: "0", role: "region", "aria-label": head.join(", ") }, el("table", {}, header, el("tbody", {}, rows)));
}

/** Rows for fields or parameters `{name, required, type, description}`, the required ones first. */
function rowsOf(fields) {
  const ordered = [...fields.filter(({ required }) => required), ...fields.filter(({ required }) => !required)];
  return ordered.map(({ name, required, type, description }) =>
    el("tr", {}, el("td", {}, el("code", {}, name), required ? "" : el("span", { class: "optional" }, " optional")), el("td", { class: "type" }, type), el("td", {}, inline(description))));
}

function properties(contract, schema) {
  const parts = schema.allOf ? schema.allOf.map((part) => contract.resolve(part)) : [schema];
  const fields = parts.flatMap((part) => Object.entries(part.properties ?? {}).map(([name, property]) =>
    ({ name, required: part.required?.includes(name), type: contract.type(property), description: property.description })));
  return fields.length ? table(["Field", "Type", "Meaning"], rowsOf(fields)) : undefined;
}

function parameters(contract, operation) {
  const all = (operation.parameters ?? []).map((parameter) => contract.resolve(parameter));
  const fields = all.map(({ name, required, in: where, schema, description }) => ({ name, required, type: [`${where}, `, ...contract.type(schema)], description }));
  return fields.length ? [el("h4", {}, "Parameters"), table(["Name", "Where, type", "Meaning"], rowsOf(fields))] : [];
}

function body(contract, operation) {
  const schema = operation.requestBody?.content?.["application/json"]?.schema;
  if (!schema) return [];
  const example = JSON.stringify(contract.example(schema), null, 2);
  return [el("h4", {}, "Body ", link(schema.$ref), operation.requestBody.required ? "" : el("span", { class: "optional" }, " optional")), properties(contract, contract.resolve(schema)), el("pre", { tabindex: "0" }, el("code", {}, example))];
}

function responses(contract, operation) {
  const entries = Object.entries(operation.responses).map(([status, response]) => [status, contract.resolve(response)]);
  const [good, bad] = [entries.filter(([status]) => status < "400"), entries.filter(([status]) => status >= "400")];
  const successes = good.map(([status, response]) => {
    const schema = response.content?.["application/json"]?.schema;
    return el("li", {}, el("span", { class: "status ok" }, status), " ", inline(response.description), schema ? [" ", ...contract.type(schema)] : "");
  });
  const codes = bad.flatMap(([status, response]) => {
    const words = [...response.description.matchAll(/`([a-z-]+)`: (.*)/g)];
    return words.map(([, code, title]) => el("li", {}, el("span", { class: "status" }, status), " ", el("a", { href: `/problems/${code}` }, el("code", {}, code)), ` ${title}`));
  });
  const title = codes.length === 1 ? "1 possible error" : `${codes.length} possible errors`;
  const errors = codes.length ? [el("details", {}, el("summary", {}, title), el("ul", { class: "responses" }, codes))] : [];
  return [el("h4", {}, "Responses"), el("ul", { class: "responses" }, successes), ...errors];
}

/** What a route requires, as the legend under "Authentication" explains it. */
function accessBadge(text) {
  return el("span", { class: "access" }, text);
}

function accessOf(operation) {
  const byKey = operation.security?.some((schemes) => "apiKey" in schemes);
  return operation["x-access"] + (byKey ? " · API key" : "");
}

function card(contract, operation) {
  return el("article", { id: operation.operationId, class: "operation" },
    el("h3", {}, el("a", { href: `#${operation.operationId}`, class: "anchor" }, operation.title)),
    el("p", { class: "line" }, badge(operation.method), " ", el("code", { class: "path" }, operation.path), " ", accessBadge(accessOf(operation))),
    prose(operation.description),
    parameters(contract, operation), body(contract, operation), responses(contract, operation));
}

/** The credentials, the badges of the routes, and a first request. */
function authentication(contract) {
  const { session, apiKey } = contract.document.components.securitySchemes;
  const credentials = [
    ["Session", `Cookie \`${session.name}\``, session.description],
    ["API key", `\`Authorization: Bearer ${apiKey.bearerFormat}\``, apiKey.description],
    ["Permission token", "`Authorization: Bearer <token>`", "A JWT of a member, from `POST /v1/accounts/{account}/tokens`. Accepted under `/api` only."],
  ];
  const badges = [
    ["public", "No credential is required."],
    ["session", "A signed-in user."],
    ["member", "A member of the account in the path."],
    ["owner", "The owner of the account in the path."],
    ["team.access", "A member of the account who holds this permission. Other permissions are shown in the same way."],
    ["team.access · API key", "The same, or an API key that has the permission."],
  ];
  const origin = location.origin;
  const example = [
    `curl -c cookies.txt ${origin}/v1/sessions -H 'content-type: application/json' -d '{"email":"ada@example.com","password":"…"}'`,
    `curl -b cookies.txt ${origin}/v1/me`,
  ];
  return el("section", { id: "authentication" }, el("h2", {}, "Authentication"),
    table(["Credential", "Sent as", "Meaning"], credentials.map(([name, sent, meaning]) => el("tr", {}, el("td", {}, name), el("td", {}, inline(sent)), el("td", {}, inline(meaning))))),
    el("p", {}, inline("`/api` is the gateway to the API of the deployment; its routes are those of the policy (`GET /v1/policy`) and not listed here.")),
    el("h3", {}, "Badges of the routes"),
    table(["Badge", "Who can call the route"], badges.map(([text, meaning]) => el("tr", {}, el("td", {}, accessBadge(text)), el("td", {}, meaning)))),
    el("h3", {}, "Example: sign in, and retrieve the current user"),
    el("pre", { tabindex: "0" }, el("code", {}, example.join("\n"))));
}

function schemas(contract) {
  const all = Object.entries(contract.document.components.schemas);
  return el("section", { id: "schemas" }, el("h2", {}, "Schemas"), all.map(([name, schema]) =>
    el("article", { id: `schema-${name}`, class: "schema" }, el("h3", {}, name), prose(schema.description), properties(contract, schema), el("details", {}, el("summary", {}, "Example"), el("pre", { tabindex: "0" }, el("code", {}, JSON.stringify(contract.example(schema), null, 2)))))));
}

function show(contract) {
  const { info, tags } = contract.document;
  const operations = contract.operations();
  const main = document.getElementById("content");
  const index = document.getElementById("index");
  main.replaceChildren(el("header", {}, el("h1", {}, `${info.title} `, el("small", {}, info.version)), el("p", { class: "lead" }, info.summary), prose(info.description)), authentication(contract));
  index.append(el("section", {}, el("h2", {}, el("a", { href: "#authentication" }, "Authentication"))));
  for (const tag of tags) {
    const own = operations.filter((operation) => operation.tags.includes(tag.name));
    const id = `tag-${tag.name.toLowerCase().replace(/\W+/g, "-")}`;
    main.append(el("section", { id }, el("h2", {}, tag.name), prose(tag.description, "lead"), own.map((operation) => card(contract, operation))));
    const entries = own.map((operation) => el("li", { "data-words": words(operation) }, el("a", { href: `#${operation.operationId}` }, badge(operation.method), " ", operation.title)));
    index.append(el("section", {}, el("h2", {}, el("a", { href: `#${id}` }, tag.name)), el("ul", {}, entries)));
  }
  main.append(schemas(contract));
  index.append(el("section", {}, el("h2", {}, el("a", { href: "#schemas" }, "Schemas"))));
}

function words(operation) {
  return [operation.method, operation.path, operation.title, operation.operationId, accessOf(operation)].join(" ").toLowerCase();
}

function filter(text) {
  const wanted = text.toLowerCase().split(/\s+/).filter(Boolean);
  for (const entry of document.querySelectorAll("[data-words]")) {
    entry.hidden = !wanted.every((word) => entry.dataset.words.includes(word));
  }
  for (const group of document.querySelectorAll("#index section")) {
    const entries = [...group.querySelectorAll("[data-words]")];
    group.hidden = wanted.length > 0 && entries.every((entry) => entry.hidden);
  }
}

async function start() {
  const state = document.getElementById("state");
  try {
    const response = await fetch("/openapi.json");
    if (!response.ok) throw new Error(`the server responded with ${response.status}`);
    show(new Contract(await response.json()));
    document.getElementById("search").addEventListener("input", (event) => filter(event.target.value));
    if (location.hash) document.getElementById(decodeURIComponent(location.hash.slice(1)))?.scrollIntoView();
  } catch (error) {
    state.textContent = `The OpenAPI document could not be loaded: ${error.message}. Reload the page to try again.`;
  }
}

start();
