// The user's recovery codes: how many are left, and new ones.
import { useState } from "react";
import { useRolecall } from "rolecall/react";
import { withStepUp } from "../../data/step-up";
import { Button } from "../../components/Button";
import { ConfirmDialog, Dialog } from "../../components/Dialog";
import { toastProblem } from "../../components/toast";
import { messages } from "../../messages";
import { useReloadSecondFactors } from "./AuthenticatorApp";
import { NewRecoveryCodes } from "./NewRecoveryCodes";
import cardStyles from "../../components/Card.module.css";

const t = messages.recoveryCodes;

export function RecoveryCodes({ remaining }: { remaining: number }) {
  const rolecall = useRolecall();
  const reload = useReloadSecondFactors();
  const [busy, setBusy] = useState(false);
  const [confirming, setConfirming] = useState(false);
  const [shown, setShown] = useState(false);
  const [codes, setCodes] = useState<readonly string[]>([]);
  const [kept, setKept] = useState(false);
  const make = async () => {
    setCodes((await withStepUp(() => rolecall.recoveryCodes.create())).codes);
    setKept(false);
    setShown(true);
    await reload();
  };
  const makeFirst = async () => {
    setBusy(true);
    await make().catch(toastProblem);
    setBusy(false);
  };
  return (
    <section className={cardStyles.card} aria-labelledby="recovery-codes-title">
      <div className={cardStyles.setting}>
        <div className="grow">
          <h2 id="recovery-codes-title">{messages.security.methodNames.recovery}</h2>
          <p className="soft">{t.lead}</p>
          <p className="small soft">{remaining === 0 ? t.none : t.left(remaining)}</p>
        </div>
        {remaining === 0 ? (
          <Button busy={busy} onClick={() => void makeFirst()}>
            {t.make}
          </Button>
        ) : (
          <Button onClick={() => setConfirming(true)}>{t.renew}</Button>
        )}
      </div>
      <ConfirmDialog open={confirming} onClose={() => setConfirming(false)} title={t.renewTitle} body={t.renewBody} submit={t.renew} onConfirm={make} />
      <Dialog open={shown} onClose={() => setShown(false)} onClosed={() => setCodes([])} title={t.title} closeOn={kept ? "escape" : "buttons"}>
        <NewRecoveryCodes codes={codes} onKept={() => setKept(true)} onClose={() => setShown(false)} />
      </Dialog>
    </section>
  );
}
