// Policies and their differences as text.
import { count, table } from "./output.ts";
import type { Change, PolicyContent, PolicyDiff } from "./policy-diff.ts";

/** Permissions by roles, grouped by resource type, then the routes. */
export function renderPolicy({ permissions, roles, routes }: PolicyContent): string {
  const resources = [...new Set(permissions.map(({ resource }) => resource))];
  const rows = resources.flatMap((resource) =>
    permissions
      .filter((permission) => permission.resource === resource)
      .map(({ code }, index) => [index === 0 ? resource || "-" : "", code, ...roles.map((role) => (role.permissions.includes(code) ? "✓" : "·"))]),
  );
  const matrix = table([["RESOURCE", "PERMISSION", ...roles.map(({ code }) => code)], ...rows]);
  if (routes.length === 0) return `${matrix}\n\nThere are no routes.`;
  const listed = routes.map(({ method, path, permission, freshness }) => [method, path, permission, freshness]);
  return `${matrix}\n\n${table([["METHOD", "PATH", "PERMISSION", "FRESHNESS"], ...listed])}`;
}

/** A difference of at least one thing: sections, with `+` for what is added, `-` for what is removed, `~` for what is changed. */
export function renderDiff({ permissions, roles, routes, titles }: PolicyDiff): string {
  const sections: [string, string[]][] = [
    [
      "Permissions",
      [
        ...permissions.added.map((code) => `+ ${code}`),
        ...permissions.removed.map((code) => `- ${code}`),
        ...permissions.changed.map(({ code, resource, actions }) =>
          [`~ ${code}`, ...(resource ? [`resource ${arrow(resource)}`] : []), ...(actions ? [`actions ${arrow(actions)}`] : [])].join("  "),
        ),
      ],
    ],
    [
      "Roles",
      [
        ...roles.added.map(({ code, permissions }) => `+ ${code}: ${shown(permissions)}`),
        ...roles.removed.map(({ code, permissions }) => `- ${code}: ${shown(permissions)}`),
        ...roles.changed.flatMap(({ code, gains, loses }) => [
          `~ ${code}`,
          ...gains.map((permission) => `    + ${permission}`),
          ...loses.map((permission) => `    - ${permission}`),
        ]),
      ],
    ],
    [
      "Routes",
      [
        ...routes.added.map(({ method, path, permission, freshness }) => `+ ${method} ${path}  ${permission}, ${freshness}`),
        ...routes.removed.map(({ method, path, permission, freshness }) => `- ${method} ${path}  ${permission}, ${freshness}`),
        ...routes.changed.map(({ method, path, permission, freshness }) =>
          [
            `~ ${method} ${path.from === path.to ? path.to : arrow(path)}`,
            ...[permission, freshness].flatMap((change) => (change ? [arrow(change)] : [])),
          ].join("  "),
        ),
      ],
    ],
    ["Titles and descriptions", titles > 0 ? [`~ ${count(titles, "change")}`] : []],
  ];
  return sections
    .filter(([, lines]) => lines.length > 0)
    .map(([title, lines]) => `${title}\n${lines.map((line) => `  ${line}`).join("\n")}`)
    .join("\n\n");
}

const shown = (value: string | readonly string[]): string => (typeof value === "string" ? value : value.join(", ")) || "none";

const arrow = ({ from, to }: Change<string | readonly string[]>): string => `${shown(from)} → ${shown(to)}`;
