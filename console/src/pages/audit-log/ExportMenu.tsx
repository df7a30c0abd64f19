// Downloads the filtered log.
import { useState } from "react";
import { useRolecall } from "rolecall/react";
import { download } from "../../data/download";
import { useSession } from "../../data/session";
import type { AuditFilter } from "../../data/types";
import { Button } from "../../components/Button";
import { Menu, MenuItem } from "../../components/Menu";
import { toast, toastProblem } from "../../components/toast";
import { messages } from "../../messages";

const t = messages.auditLog;
const types = { ndjson: "application/x-ndjson", csv: "text/csv" } as const;

export function ExportMenu({ filter }: { filter: AuditFilter }) {
  const rolecall = useRolecall();
  const { account } = useSession();
  const [busy, setBusy] = useState(false);
  const save = async (kind: keyof typeof types) => {
    setBusy(true);
    try {
      const content = await rolecall.auditLog.export(kind, { account: account.id, ...filter });
      download(new Blob([content], { type: types[kind] }), `audit-log-${account.id}.${kind}`);
      toast(t.exported);
    } catch (error) {
      toastProblem(error);
    } finally {
      setBusy(false);
    }
  };
  return (
    <Menu
      trigger={
        <Button icon="download" busy={busy}>
          {t.export}
        </Button>
      }
    >
      <MenuItem onSelect={() => void save("ndjson")}>{t.exportNdjson}</MenuItem>
      <MenuItem onSelect={() => void save("csv")}>{t.exportCsv}</MenuItem>
    </Menu>
  );
}
