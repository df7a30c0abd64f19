// Runs the vectors of tests/vectors against an engine, in JavaScript for Node, Chromium and workerd.

/** Serialises a value with sorted keys, to compare and to print. */
function serialise(value) {
  return JSON.stringify(value, (_, nested) =>
    nested && typeof nested === "object" && !Array.isArray(nested) ? Object.fromEntries(Object.entries(nested).sort(([a], [b]) => (a < b ? -1 : 1))) : nested,
  );
}

/** The result of a call, or its error in the form of the vectors. */
function outcome(call) {
  try {
    return call();
  } catch (error) {
    if (!(error instanceof Error) || !error.code) throw error;
    return { error: { code: error.code, value: error.value }, pointer: error.pointer };
  }
}

export function runVectors(engine, { cells, rights, explain, routes, paths, policies, audit, defaultPolicy, overlapping }) {
  const failures = [];
  let ran = 0;
  const check = (name, actual, expected) => {
    ran += 1;
    if (serialise(actual) !== serialise(expected)) failures.push(`${name}: got ${serialise(actual)}, expected ${serialise(expected)}`);
  };
  const policy = engine.policy(defaultPolicy);
  const source = ({ role, custom_roles, permissions }) => ({ role, ...(custom_roles && { customRoles: custom_roles }), ...(permissions && { permissions }) });
  const strip = (result) => (result.error ? { error: result.error } : result);

  for (const { role, permission, allowed } of cells) {
    const held = policy.rights({ role });
    check(
      `${role} ${permission}`,
      [held.can(permission), held.list().includes(permission), held.explain(permission).allowed, held.canAll([permission]), held.canAny([permission])],
      Array(5).fill(allowed),
    );
  }
  for (const vector of rights)
    check(
      `rights: ${vector.name}`,
      strip(outcome(() => ({ list: policy.rights(source(vector)).list() }))),
      vector.error ? { error: vector.error } : { list: vector.list },
    );
  for (const vector of explain) {
    const actual = outcome(() => policy.rights(source(vector)).explain(vector.permission));
    const expected = vector.error
      ? { error: vector.error }
      : { allowed: vector.allowed, permission: vector.permission, role: vector.role, grantedBy: vector.granted_by };
    check(`explain: ${vector.role} ${vector.permission}`, strip(actual), expected);
  }
  const named = { overlapping: engine.policy(overlapping) };
  for (const { policy: name, method, path, match } of routes) check(`${method} ${path}`, (name ? named[name] : policy).matchRoute(method, path), match);
  for (const { path, why } of paths.refused)
    for (const method of ["GET", "POST", "PATCH", "DELETE"]) check(`${path} (${why})`, policy.matchRoute(method, path), null);
  const any = engine.policy({
    version: 1,
    permissions: [{ code: "a.b", title: "" }],
    roles: [],
    routes: [1, 2, 3].map((count) => ({ method: "GET", path: Array.from({ length: count }, (_, n) => `/{p${n}}`).join(""), permission: "a.b" })),
  });
  for (const path of paths.plain) if (path !== "/") check(`plain ${path}`, Object.values(any.matchRoute("GET", path)?.params ?? {}).join("/"), path.slice(1));
  for (const { name, json, error } of policies) {
    const actual = outcome(() => (engine.policy(json), null));
    const value = error && "value" in error ? { value: error.value } : {};
    check(
      `policy: ${name}`,
      actual && { code: actual.error.code, pointer: actual.pointer, ...("value" in value ? { value: actual.error.value } : {}) },
      error && { code: error.code, pointer: error.pointer, ...value },
    );
  }
  const verified = ({ events, erased = 0, erasures = [], seq, reason }) => (reason ? { ok: false, seq, reason } : { ok: true, events, erased, erasures });
  for (const vector of audit) {
    for (const end of ["\n", "\r\n"]) check(`audit: ${vector.name}`, engine.verifyAuditLog(vector.lines.map((line) => line + end).join("")), verified(vector));
    // Lines so long that every second one begins a chunk of its own.
    const long = vector.lines.map((line) => `${line}${line && " ".repeat(200_000)}\n`).join("");
    check(`audit, in chunks: ${vector.name}`, engine.verifyAuditLog(long), verified(vector));
  }
  check("an empty text", engine.verifyAuditLog(""), verified({ events: 0 }));
  check("no line end at the end", engine.verifyAuditLog(audit.find(({ events }) => events === 5).lines.join("\n")), verified({ events: 5 }));
  return { ran, failures };
}
