// Runs a permission check in the browser and on the server, and shows request and response.
import { useState } from "react";
import { useRolecall } from "rolecall/react";
import { useCheckPermission } from "../../data/permissions";
import { useSession } from "../../data/session";
import type { PolicyPermission, PolicyRoute } from "../../data/types";
import { problemText } from "../../data/problems";
import { Button } from "../../components/Button";
import { SelectField } from "../../components/Field";
import { Icon } from "../../components/Icon";
import { Notice } from "../../components/Feedback";
import { CopyButton } from "../../components/CopyButton";
import { messages } from "../../messages";
import badgeStyles from "../../components/Badge.module.css";
import cardStyles from "../../components/Card.module.css";
import codeBlockStyles from "../../components/CodeBlock.module.css";
import styles from "./PermissionCheck.module.css";
import { cx } from "../../components/cx";

const t = messages.permissions;

interface CheckResult {
  permission: string;
  allowed: boolean;
  request: string;
  response: string;
  code: string;
}

export function PermissionCheck({ permissions, routes }: { permissions: PolicyPermission[]; routes: PolicyRoute[] }) {
  const rolecall = useRolecall();
  const { account } = useSession();
  const can = useCheckPermission();
  const [kind, setKind] = useState<"permission" | "route">("permission");
  const [permission, setPermission] = useState(permissions[1]?.code ?? permissions[0]?.code ?? "");
  const [routeIndex, setRouteIndex] = useState(0);
  const [busy, setBusy] = useState(false);
  const [result, setResult] = useState<CheckResult>();
  const [problem, setProblem] = useState<unknown>();

  const selectedRoute = routes[routeIndex];
  const checkedPermission = kind === "permission" ? permission : (selectedRoute?.permission ?? "");
  const run = async () => {
    setBusy(true);
    setProblem(undefined);
    try {
      const body = { permissions: [checkedPermission], explain: true };
      const response = await rolecall.checks.run({ account: account.id, ...body });
      const code =
        kind === "permission"
          ? `rolecall.can("${permission}"); // ${can(permission)}`
          : `await rolecall.fetch("${selectedRoute?.path}", { method: "${selectedRoute?.method}" });`;
      setResult({
        permission: checkedPermission,
        allowed: can(checkedPermission),
        request: `POST /v1/accounts/${account.id}/checks\n\n${JSON.stringify(body, null, 2)}`,
        response: `HTTP 200\n\n${JSON.stringify(response, null, 2)}`,
        code,
      });
    } catch (error) {
      setProblem(error);
    } finally {
      setBusy(false);
    }
  };
  return (
    <section className={cx(cardStyles.card, styles.panel)} aria-labelledby="try-title">
      <form
        className={cx(cardStyles.body, "stack")}
        onSubmit={(event) => {
          event.preventDefault();
          void run();
        }}
      >
        <div>
          <h2 id="try-title">{t.check.title}</h2>
          <p className="small soft">{t.check.lead}</p>
        </div>
        <SelectField label={t.check.kind} value={kind} onChange={(event) => setKind(event.target.value as typeof kind)}>
          <option value="permission">{t.check.kindPermission}</option>
          <option value="route">{t.check.kindRoute}</option>
        </SelectField>
        {kind === "permission" ? (
          <SelectField label={t.check.permission} value={permission} onChange={(event) => setPermission(event.target.value)}>
            {permissions.map(({ code }) => (
              <option key={code} value={code}>
                {code}
              </option>
            ))}
          </SelectField>
        ) : (
          <SelectField
            label={t.check.route}
            value={String(routeIndex)}
            hint={selectedRoute && t.check.requires(selectedRoute.permission)}
            onChange={(event) => setRouteIndex(Number(event.target.value))}
          >
            {routes.map(({ method, path }, index) => (
              <option key={`${method} ${path}`} value={index}>
                {method} {path}
              </option>
            ))}
          </SelectField>
        )}
        <div className="row wrap">
          <Button type="submit" variant="primary" icon="play" busy={busy}>
            {t.check.run}
          </Button>
          <span className="small soft row">
            {t.check.inBrowser}:
            <span className={cx(badgeStyles.badge, can(checkedPermission) ? badgeStyles.good : badgeStyles.bad)}>
              <Icon name={can(checkedPermission) ? "check" : "cross"} size={14} />
              {can(checkedPermission) ? t.check.allowed : t.check.notAllowed}
            </span>
          </span>
        </div>
        {problem !== undefined && <Notice kind="error">{problemText(problem)}</Notice>}
        <div className="stack" aria-live="polite">
          {result ? (
            <>
              <CodeBlock title={t.check.request} value={result.request} />
              <CodeBlock title={t.check.response} value={result.response} />
              <CodeBlock title={t.check.code} value={result.code} />
            </>
          ) : (
            <p className="small faint">{t.check.empty}</p>
          )}
        </div>
      </form>
    </section>
  );
}

function CodeBlock({ title, value }: { title: string; value: string }) {
  return (
    <div className="stack tight">
      <div className="row">
        <h3 className="grow">{title}</h3>
        <CopyButton small value={value} label={`${messages.common.copy}: ${title}`} copiedMessage={messages.common.copied} />
      </div>
      <pre className={codeBlockStyles.codeBlock} tabIndex={0} aria-label={title}>
        {value}
      </pre>
    </div>
  );
}
