// Shows a new API key's secret, which cannot be shown again, and a command that tries it.
import { useQuery } from "@tanstack/react-query";
import { useId } from "react";
import { policyQuery } from "../../data/queries";
import { Button } from "../../components/Button";
import { DialogActions } from "../../components/Dialog";
import { Notice } from "../../components/Feedback";
import { CopyButton } from "../../components/CopyButton";
import { messages } from "../../messages";
import { curlCommand } from "./curl-command";
import codeBlockStyles from "../../components/CodeBlock.module.css";
import fieldStyles from "../../components/Field.module.css";
import { cx } from "../../components/cx";

const t = messages.apiKeys;

export interface NewApiKey {
  name: string;
  permissions: string[];
  resources: string[];
  /** Null where the response was replayed: only the hash is stored. */
  secret: string | null;
}

interface Props {
  apiKey: NewApiKey;
  /** The secret was copied, so the dialog may be dismissed. */
  onCopied: () => void;
  onClose: () => void;
}

export function CreatedApiKey({ apiKey, onCopied, onClose }: Props) {
  return (
    <div className="stack">
      {apiKey.secret === null ? (
        <Notice kind="error" title={t.secretUnavailableTitle}>
          {t.secretUnavailable}
        </Notice>
      ) : (
        <Secret apiKey={apiKey} secret={apiKey.secret} onCopied={onCopied} />
      )}
      <DialogActions>
        <Button variant="primary" onClick={onClose}>
          {messages.common.done}
        </Button>
      </DialogActions>
    </div>
  );
}

/** Selects the whole secret and keeps its beginning visible. */
function selectFromStart(field: HTMLInputElement): void {
  field.select();
  requestAnimationFrame(() => (field.scrollLeft = 0));
}

function Secret({ apiKey, secret, onCopied }: { apiKey: NewApiKey; secret: string; onCopied: () => void }) {
  const policy = useQuery(policyQuery);
  const id = useId();
  const command = policy.data && curlCommand(apiKey, secret, policy.data, location.origin);
  return (
    <>
      <Notice kind="warning" title={t.copyNow}>
        {t.copyNowHint}
      </Notice>
      <div className={fieldStyles.field}>
        <label className={fieldStyles.label} htmlFor={id}>
          {t.secret}
        </label>
        <span className={fieldStyles.copyLine}>
          <input id={id} className={fieldStyles.input} readOnly autoFocus value={secret} onFocus={(event) => selectFromStart(event.target)} onCopy={onCopied} />
          <CopyButton value={secret} label={`${messages.common.copy}: ${t.secret}`} copiedMessage={t.secretCopied} onCopied={onCopied} />
        </span>
      </div>
      {command !== undefined && (
        <div className={fieldStyles.field}>
          <div className="row">
            <h3 className={cx(fieldStyles.label, "grow")}>{t.tryIt}</h3>
            <CopyButton small value={command} label={t.copyCommand} copiedMessage={t.commandCopied} onCopied={onCopied} />
          </div>
          <pre className={codeBlockStyles.codeBlock} tabIndex={0} aria-label={t.tryIt}>
            {command}
          </pre>
        </div>
      )}
    </>
  );
}
