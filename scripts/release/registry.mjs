// The fields of a published package that name its repository. They come from the git remote; nothing is invented.
import { UserError, capture, root } from "../lib.mjs";

/** The https URL of a remote: of an https one, or of one by SSH. Undefined where the remote is on this machine, or has no host. */
export function repositoryUrl(remote) {
  const [, host, path] =
    /^(?:https:\/\/(?:[^@/]+@)?|ssh:\/\/(?:[^@/]+@)?|[^@/:]+@)([a-z0-9.-]+\.[a-z]{2,})(?::\d+)?[/:](.+?)(?:\.git)?\/?$/i.exec(remote) ?? [];
  return host && `https://${host}/${path}`;
}

/**
 * The fields for the package of a folder.
 *
 * @throws UserError where the repository has no remote `origin` that others can reach.
 */
export function registryFields() {
  const { ok, out } = capture("git", ["remote", "get-url", "origin"], { cwd: root });
  const url = ok ? repositoryUrl(out) : undefined;
  if (!url) throw new UserError("A package for the registry names its repository: add the git remote `origin` with its https or SSH address, and try again.");
  return (directory) => ({
    repository: { type: "git", url: `git+${url}.git`, directory },
    homepage: `${url}#readme`,
    bugs: { url: `${url}/issues` },
    publishConfig: { access: "public", provenance: true },
  });
}
