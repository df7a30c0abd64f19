// Shows new recovery codes, which cannot be shown again, to copy and to download.
import { download } from "../../data/download";
import { useProductName } from "../../data/product-name";
import { useSession } from "../../data/session";
import { Button } from "../../components/Button";
import { CopyButton } from "../../components/CopyButton";
import { DialogActions } from "../../components/Dialog";
import { Notice } from "../../components/Feedback";
import { formatDate } from "../../format-time";
import { messages } from "../../messages";
import styles from "./NewRecoveryCodes.module.css";

const t = messages.recoveryCodes;

interface Props {
  codes: readonly string[];
  /** The codes were copied or downloaded, so the dialog may be dismissed. */
  onKept: () => void;
  onClose: () => void;
}

export function NewRecoveryCodes({ codes, onKept, onClose }: Props) {
  const product = useProductName();
  const { user } = useSession();
  const save = () => {
    const text = t.file(product, user.email, formatDate(new Date().toISOString()), codes);
    download(new Blob([text], { type: "text/plain" }), t.fileName);
    onKept();
  };
  return (
    <div className="stack">
      <Notice kind="warning" title={t.keepTitle}>
        {t.keep}
      </Notice>
      <ul className={styles.codes} aria-label={t.list}>
        {codes.map((code) => (
          <li key={code}>{code}</li>
        ))}
      </ul>
      <div className="row wrap">
        <CopyButton value={codes.join("\n")} label={`${messages.common.copy}: ${t.list}`} copiedMessage={t.copied} onCopied={onKept} />
        <Button icon="download" onClick={save}>
          {t.download}
        </Button>
      </div>
      <DialogActions>
        <Button variant="primary" onClick={onClose}>
          {messages.common.done}
        </Button>
      </DialogActions>
    </div>
  );
}
