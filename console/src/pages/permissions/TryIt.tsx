// Try it: one check, run in the browser and on the server, with the request and the answer as they went over the wire.
import { useState } from "react";
import { api } from "../../data/client";
import { useRights } from "../../data/rights";
import { useActive } from "../../data/session";
import type { PolicyPermission, PolicyRoute } from "../../data/types";
import { problemText } from "../../data/problems";
import { Button } from "../../parts/Button";
import { SelectField } from "../../parts/Field";
import { Icon } from "../../parts/Icon";
import { Notice } from "../../parts/States";
import { CopyButton } from "../../parts/Words";
import { text } from "../../text";

const words = text.permissions;

interface Exchange {
  permission: string;
  allowed: boolean;
  request: string;
  response: string;
  code: string;
}

export function TryIt({ permissions, routes }: { permissions: PolicyPermission[]; routes: PolicyRoute[] }) {
  const { account } = useActive();
  const { can } = useRights();
  const [kind, setKind] = useState<"permission" | "route">("permission");
  const [permission, setPermission] = useState(permissions[1]?.code ?? permissions[0]?.code ?? "");
  const [route, setRoute] = useState(0);
  const [busy, setBusy] = useState(false);
  const [shown, setShown] = useState<Exchange>();
  const [problem, setProblem] = useState<unknown>();

  const call = routes[route];
  const asked = kind === "permission" ? permission : (call?.permission ?? "");
  const run = async () => {
    setBusy(true);
    setProblem(undefined);
    try {
      const client = await api();
      const { request, status, body } = await client.check(account.id, [asked]);
      const code = kind === "permission" ? `rolecall.can("${permission}"); // ${can(permission)}` : `await rolecall.fetch("${call?.path}", { method: "${call?.method}" });`;
      setShown({ permission: asked, allowed: can(asked), request, response: `HTTP ${status}\n\n${JSON.stringify(body, null, 2)}`, code });
    } catch (error) {
      setProblem(error);
    } finally {
      setBusy(false);
    }
  };
  return (
    <section className="card try-it" aria-labelledby="try-title">
      <form
        className="card-body stack"
        onSubmit={(event) => {
          event.preventDefault();
          void run();
        }}
      >
        <div>
          <h2 id="try-title">{words.tryTitle}</h2>
          <p className="small soft">{words.tryLead}</p>
        </div>
        <SelectField label={words.tryKind} value={kind} onChange={(event) => setKind(event.target.value as typeof kind)}>
          <option value="permission">{words.tryPermission}</option>
          <option value="route">{words.tryRoute}</option>
        </SelectField>
        {kind === "permission" ? (
          <SelectField label={words.permission} value={permission} onChange={(event) => setPermission(event.target.value)}>
            {permissions.map((one) => (
              <option key={one.code} value={one.code}>
                {one.code}
              </option>
            ))}
          </SelectField>
        ) : (
          <SelectField label={words.route} value={String(route)} hint={call && words.needs(call.permission)} onChange={(event) => setRoute(Number(event.target.value))}>
            {routes.map((one, index) => (
              <option key={`${one.method} ${one.path}`} value={index}>
                {one.method} {one.path}
              </option>
            ))}
          </SelectField>
        )}
        <div className="row wrap">
          <Button type="submit" look="primary" icon="play" busy={busy}>
            {words.run}
          </Button>
          <span className="small soft row">
            {words.local}:
            <span className={`badge ${can(asked) ? "good" : "bad"}`}>
              <Icon name={can(asked) ? "check" : "cross"} size={14} />
              {can(asked) ? words.localAllowed : words.localDenied}
            </span>
          </span>
        </div>
        {problem !== undefined && <Notice kind="bad">{problemText(problem)}</Notice>}
        <div className="stack" aria-live="polite">
          {shown ? (
            <>
              <Block title={words.request} value={shown.request} />
              <Block title={words.response} value={shown.response} />
              <Block title={words.code} value={shown.code} />
            </>
          ) : (
            <p className="small faint">{words.first}</p>
          )}
        </div>
      </form>
    </section>
  );
}

function Block({ title, value }: { title: string; value: string }) {
  return (
    <div className="stack tight">
      <div className="row">
        <h3 className="grow">{title}</h3>
        <CopyButton small value={value} label={`${text.copy}: ${title}`} done={text.copied} />
      </div>
      <pre className="code-block" tabIndex={0} aria-label={title}>
        {value}
      </pre>
    </div>
  );
}
