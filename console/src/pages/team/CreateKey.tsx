// Making an API key: a name, how long it lasts, the permissions and, if wanted, the only resources that it reaches;
// afterwards the key itself, for the only time.
import { useQuery } from "@tanstack/react-query";
import { useState } from "react";
import { useAct } from "../../data/act";
import { policyQuery } from "../../data/queries";
import { useRights } from "../../data/rights";
import { useActive } from "../../data/session";
import type { PolicyPermission } from "../../data/types";
import { Button } from "../../parts/Button";
import { Dialog, DialogActions } from "../../parts/Dialog";
import { SelectField, TextAreaField, TextField } from "../../parts/Field";
import { ErrorState, Notice, Skeleton } from "../../parts/States";
import { TickBox } from "../../parts/TickBox";
import { useForm } from "../../parts/useForm";
import { useNow } from "../../parts/Words";
import { text } from "../../text";
import { onDay } from "../../time";
import { NewKey, type MadeKey } from "./NewKey";

const words = text.keys;
const QUARTER = "7776000";
/** What the server takes, too. */
const RESOURCE = /^[a-z_-]+:[!-~]+$/;

export function CreateKey({ open, onClose }: { open: boolean; onClose: () => void }) {
  const [made, setMade] = useState<MadeKey>();
  const [kept, setKept] = useState(false);
  // The key stays nowhere, not even here.
  const forget = () => {
    setMade(undefined);
    setKept(false);
  };
  return (
    <Dialog open={open} onClose={onClose} onClosed={forget} title={made ? words.createdTitle(made.name) : words.createTitle} wide firm={made?.secret && !kept ? "keys" : true}>
      {made ? <NewKey made={made} onKept={() => setKept(true)} onClose={onClose} /> : <KeyForm onMade={setMade} onClose={onClose} />}
    </Dialog>
  );
}

function KeyForm({ onMade, onClose }: { onMade: (made: MadeKey) => void; onClose: () => void }) {
  const { account } = useActive();
  const policy = useQuery(policyQuery);
  const act = useAct(account.id);
  const now = useNow();
  const [name, setName] = useState("");
  const [ticked, setTicked] = useState<string[]>([]);
  const [only, setOnly] = useState("");
  const [expiry, setExpiry] = useState(QUARTER);
  const seconds = expiry === "none" ? null : Number(expiry);
  const { form, busy, errors, problem, fail } = useForm(async () => {
    const resources = [...new Set(only.split(/[\s,]+/).filter(Boolean))];
    const fault = resourceFault(resources, policy.data?.permissions.filter(({ code }) => ticked.includes(code)) ?? []);
    if (fault !== undefined) return fail({ resources: fault });
    onMade(await act((client) => client.createApiKey(account.id, { name: name.trim(), permissions: ticked, resources, expires_in: seconds })));
  });
  return (
    <form {...form}>
      <div className="invite-line">
        <TextField label={words.name} name="name" required maxLength={100} autoComplete="off" placeholder={words.namePlaceholder} value={name} error={errors["name"]} hint={words.nameHint} onChange={(event) => setName(event.target.value)} />
        <SelectField label={words.expiry} name="expires_in" value={expiry} hint={seconds === null ? words.endsNever : words.ends(onDay(new Date(now + seconds * 1000).toISOString()))} onChange={(event) => setExpiry(event.target.value)}>
          {Object.entries(words.expiries).map(([value, title]) => (
            <option key={value} value={value}>
              {title}
            </option>
          ))}
        </SelectField>
      </div>
      <fieldset>
        <legend className="label">
          {words.permissions} <span className="badge nums inline">{words.ticked(ticked.length)}</span>
        </legend>
        {policy.isPending && <Skeleton lines={6} height="row" />}
        {policy.error && !policy.data && <ErrorState error={policy.error} onRetry={() => void policy.refetch()} />}
        {policy.data && <Permissions all={policy.data.permissions} ticked={ticked} onChange={setTicked} />}
      </fieldset>
      <TextAreaField label={words.resources} optional name="resources" className="mono" rows={2} spellCheck={false} autoCapitalize="none" autoComplete="off" value={only} error={errors["resources"]} hint={words.resourcesHint} onChange={(event) => setOnly(event.target.value)} />
      {problem && <Notice kind="bad">{problem}</Notice>}
      <DialogActions>
        <Button onClick={onClose}>{text.cancel}</Button>
        <Button type="submit" look="primary" busy={busy} reason={ticked.length === 0 ? words.choose : undefined}>
          {words.create}
        </Button>
      </DialogActions>
    </form>
  );
}

/** The permissions by what they are about, in the policy's order. What one does not hold cannot be given. */
function Permissions({ all, ticked, onChange }: { all: PolicyPermission[]; ticked: string[]; onChange: (ticked: string[]) => void }) {
  const { can } = useRights();
  const tick = (code: string) => onChange(all.map((one) => one.code).filter((one) => (one === code) !== ticked.includes(one)));
  return (
    <div className="tick-groups">
      {[...new Set(all.map((one) => one.resource))].map((resource) => (
        <fieldset key={resource}>
          <legend>
            {words.about(resource)} <code className="faint">{resource}</code>
          </legend>
          {all
            .filter((one) => one.resource === resource)
            .map(({ code, title }) => (
              <label key={code} className={`tick-line ${can(code) ? "" : "soft"}`}>
                <TickBox label={title} checked={ticked.includes(code)} reason={can(code) ? undefined : text.roles.why.notHeld(title)} onChange={() => tick(code)} />
                <span aria-hidden="true">{title}</span>
              </label>
            ))}
        </fieldset>
      ))}
    </div>
  );
}

/** Why a key limited to these would be of no use; undefined when it is. */
function resourceFault(resources: string[], permissions: PolicyPermission[]): string | undefined {
  const malformed = resources.find((one) => !RESOURCE.test(one));
  if (malformed !== undefined) return words.resourceMalformed(malformed);
  const types = [...new Set(permissions.map((one) => one.resource))];
  const stranger = resources.map((one) => one.slice(0, one.indexOf(":"))).find((type) => !types.includes(type));
  return stranger === undefined ? undefined : words.resourceUnknown(stranger, new Intl.ListFormat(undefined).format(types));
}
