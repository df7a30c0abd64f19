// A dialog that creates an API key with an expiry, permissions and optional resource limits, and shows its secret once.
import { useQuery } from "@tanstack/react-query";
import { useId, useState } from "react";
import { useAccountMutation } from "../../data/account-mutation";
import { policyQuery } from "../../data/queries";
import { useCheckPermission } from "../../data/permissions";
import { useSession } from "../../data/session";
import type { Policy, PolicyPermission } from "../../data/types";
import { Button } from "../../components/Button";
import { Dialog, DialogActions } from "../../components/Dialog";
import { SelectField, TextAreaField, TextField } from "../../components/Field";
import { ErrorState, Notice, Skeleton } from "../../components/Feedback";
import { Checkbox } from "../../components/Checkbox";
import { useForm } from "../../components/useForm";
import { useNow } from "../../components/FormattedText";
import { messages } from "../../messages";
import { formatDate } from "../../format-time";
import { CreatedApiKey, type NewApiKey } from "./CreatedApiKey";
import badgeStyles from "../../components/Badge.module.css";
import fieldStyles from "../../components/Field.module.css";
import styles from "./CreateApiKeyDialog.module.css";
import { cx } from "../../components/cx";

const t = messages.apiKeys;
const NINETY_DAYS = "7776000";
/** As the server validates it. */
const RESOURCE_PATTERN = /^[a-z_-]+:[!-~]+$/;

export function CreateApiKeyDialog({ open, onClose }: { open: boolean; onClose: () => void }) {
  const [createdKey, setCreatedKey] = useState<NewApiKey>();
  const [copied, setCopied] = useState(false);
  // Drops the secret from memory.
  const reset = () => {
    setCreatedKey(undefined);
    setCopied(false);
  };
  return (
    <Dialog
      open={open}
      onClose={onClose}
      onClosed={reset}
      title={createdKey ? t.createdTitle(createdKey.name) : t.createTitle}
      wide
      closeOn={createdKey?.secret && !copied ? "buttons" : "escape"}
    >
      {createdKey ? (
        <CreatedApiKey apiKey={createdKey} onCopied={() => setCopied(true)} onClose={onClose} />
      ) : (
        <KeyForm onCreated={setCreatedKey} onClose={onClose} />
      )}
    </Dialog>
  );
}

function KeyForm({ onCreated, onClose }: { onCreated: (key: NewApiKey) => void; onClose: () => void }) {
  const { account } = useSession();
  const policy = useQuery(policyQuery);
  const mutate = useAccountMutation(account.id);
  const now = useNow();
  const [name, setName] = useState("");
  const [selected, setSelected] = useState<string[]>([]);
  const [resourceText, setResourceText] = useState("");
  const [expiry, setExpiry] = useState(NINETY_DAYS);
  const seconds = expiry === "none" ? null : Number(expiry);
  const { form, busy, errors, problem, showFieldErrors } = useForm(async () => {
    const resources = [...new Set(resourceText.split(/[\s,]+/).filter(Boolean))];
    const error = resourceError(resources, policy.data?.permissions.filter(({ code }) => selected.includes(code)) ?? []);
    if (error !== undefined) return showFieldErrors({ resources: error });
    onCreated(
      await mutate((rolecall) => rolecall.apiKeys.create({ account: account.id, name: name.trim(), permissions: selected, resources, expires_in: seconds })),
    );
  });
  return (
    <form {...form}>
      <div className={fieldStyles.fieldPair}>
        <TextField
          label={t.name}
          name="name"
          required
          maxLength={100}
          autoComplete="off"
          placeholder={t.namePlaceholder}
          value={name}
          error={errors["name"]}
          hint={t.nameHint}
          onChange={(event) => setName(event.target.value)}
        />
        <SelectField
          label={t.expiry}
          name="expires_in"
          value={expiry}
          hint={seconds === null ? t.expiresNever : t.expiresOn(formatDate(new Date(now + seconds * 1000).toISOString()))}
          onChange={(event) => setExpiry(event.target.value)}
        >
          {Object.entries(t.expiries).map(([value, title]) => (
            <option key={value} value={value}>
              {title}
            </option>
          ))}
        </SelectField>
      </div>
      <fieldset>
        <legend className={fieldStyles.label}>
          {t.permissions} <span className={cx(badgeStyles.badge, badgeStyles.inline, "nums")}>{t.selectedCount(selected.length)}</span>
        </legend>
        {policy.isPending && <Skeleton lines={6} height="row" />}
        {policy.error && !policy.data && <ErrorState error={policy.error} onRetry={() => void policy.refetch()} />}
        {policy.data && <PermissionCheckboxes policy={policy.data} selected={selected} onChange={setSelected} />}
      </fieldset>
      <TextAreaField
        label={t.resourceLimits}
        optional
        name="resources"
        className="mono"
        rows={2}
        spellCheck={false}
        autoCapitalize="none"
        autoComplete="off"
        value={resourceText}
        error={errors["resources"]}
        hint={t.resourceLimitsHint}
        onChange={(event) => setResourceText(event.target.value)}
      />
      {problem && <Notice kind="error">{problem}</Notice>}
      <DialogActions>
        <Button onClick={onClose}>{messages.common.cancel}</Button>
        <Button type="submit" variant="primary" busy={busy} disabledReason={selected.length === 0 ? t.selectPermission : undefined}>
          {t.create}
        </Button>
      </DialogActions>
    </form>
  );
}

/** Checkboxes for all permissions, grouped by resource. Permissions that the user does not hold are disabled. */
function PermissionCheckboxes({ policy, selected, onChange }: { policy: Policy; selected: string[]; onChange: (selected: string[]) => void }) {
  const all = policy.permissions;
  const can = useCheckPermission();
  const id = useId();
  const toggle = (code: string) => onChange(all.map((permission) => permission.code).filter((other) => (other === code) !== selected.includes(other)));
  return (
    <div className={styles.groups}>
      {[...new Set(all.map((permission) => permission.resource))].map((resource) => (
        <fieldset key={resource}>
          <legend>
            {!resource ? (
              t.withoutResource
            ) : (
              <>
                {t.resourceType(resource)} <code className="faint">{resource}</code>
              </>
            )}
          </legend>
          {all
            .filter((permission) => permission.resource === resource)
            .map(({ code, title }) => {
              const hint = keyHint(code, policy);
              return (
                <label key={code} className={cx(styles.option, !can(code) && "soft")}>
                  <Checkbox
                    label={title}
                    checked={selected.includes(code)}
                    disabledReason={can(code) ? undefined : messages.roles.notHeld(title)}
                    describedBy={hint && `${id}-${code}`}
                    onChange={() => toggle(code)}
                  />
                  <span>
                    <span aria-hidden="true">{title}</span>
                    {hint && (
                      <span id={`${id}-${code}`} className="small soft block">
                        {hint}
                      </span>
                    )}
                  </span>
                </label>
              );
            })}
        </fieldset>
      ))}
    </div>
  );
}

/** What a permission is worth to a key, which is accepted by the routes of the policy and by AuthZEN, but not under `/v1`. */
function keyHint(code: string, policy: Policy): string | undefined {
  if (code === "team.access") return t.neededForAuthzen;
  return policy.routes?.some(({ permission }) => permission === code) ? undefined : t.notUsedByKeys;
}

/** Returns why the resource limits are invalid for the selected permissions. */
function resourceError(resources: string[], permissions: PolicyPermission[]): string | undefined {
  const malformed = resources.find((resource) => !RESOURCE_PATTERN.test(resource));
  if (malformed !== undefined) return t.resourceMalformed(malformed);
  const types = [...new Set(permissions.flatMap(({ resource }) => resource || []))];
  const unknownType = resources.map((resource) => resource.slice(0, resource.indexOf(":"))).find((type) => !types.includes(type));
  return unknownType === undefined ? undefined : t.resourceUnknown(unknownType, new Intl.ListFormat(undefined).format(types));
}
