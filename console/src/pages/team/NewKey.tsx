// A key that was just made: the only time that it can be seen, and a command that tries it.
import { useQuery } from "@tanstack/react-query";
import { useId } from "react";
import { policyQuery } from "../../data/queries";
import { Button } from "../../parts/Button";
import { DialogActions } from "../../parts/Dialog";
import { Notice } from "../../parts/States";
import { CopyButton } from "../../parts/Words";
import { text } from "../../text";
import { curlFor } from "./curl";

const words = text.keys;

export interface MadeKey {
  name: string;
  permissions: string[];
  resources: string[];
  /** Null where the answer had to be asked for again: only its hash is kept. */
  secret: string | null;
}

interface Props {
  made: MadeKey;
  /** It was copied: nothing is lost any more. */
  onKept: () => void;
  onClose: () => void;
}

export function NewKey({ made, onKept, onClose }: Props) {
  return (
    <div className="stack">
      {made.secret === null ? (
        <Notice kind="bad" title={words.lostTitle}>
          {words.lostLead}
        </Notice>
      ) : (
        <Secret made={made} secret={made.secret} onKept={onKept} />
      )}
      <DialogActions>
        <Button look="primary" onClick={onClose}>
          {text.invite.done}
        </Button>
      </DialogActions>
    </div>
  );
}

/** All of it, with its beginning in view where it is longer than the field. */
function selectFromStart(field: HTMLInputElement): void {
  field.select();
  requestAnimationFrame(() => (field.scrollLeft = 0));
}

function Secret({ made, secret, onKept }: { made: MadeKey; secret: string; onKept: () => void }) {
  const policy = useQuery(policyQuery);
  const id = useId();
  const line = policy.data && curlFor(made, secret, policy.data, location.origin);
  return (
    <>
      <Notice kind="warn" title={words.createdOnce}>
        {words.createdLead}
      </Notice>
      <div className="field">
        <label className="label" htmlFor={id}>
          {words.secret}
        </label>
        <span className="copy-line">
          <input id={id} className="input" readOnly autoFocus value={secret} onFocus={(event) => selectFromStart(event.target)} onCopy={onKept} />
          <CopyButton value={secret} label={`${text.copy}: ${words.secret}`} done={words.secretCopied} onCopied={onKept} />
        </span>
      </div>
      {line !== undefined && (
        <div className="field">
          <div className="row">
            <h3 className="label grow">{words.tryIt}</h3>
            <CopyButton small value={line} label={words.tryCopy} done={words.tryCopied} onCopied={onKept} />
          </div>
          <pre className="code-block" tabIndex={0} aria-label={words.tryIt}>
            {line}
          </pre>
        </div>
      )}
    </>
  );
}
