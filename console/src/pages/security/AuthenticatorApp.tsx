// The user's authenticator app: set up with a QR code, confirmed with its first code, and removed.
import { useQueryClient } from "@tanstack/react-query";
import { useId, useRef, useState } from "react";
import { useRolecall } from "rolecall/react";
import { mySignInMethodsQuery, sessionsQuery } from "../../data/queries";
import { withStepUp } from "../../data/step-up";
import type { SignInMethod, TotpSetup } from "../../data/types";
import { Button, ButtonAnchor } from "../../components/Button";
import { CopyButton } from "../../components/CopyButton";
import { ConfirmDialog, Dialog, DialogActions } from "../../components/Dialog";
import { QrCode } from "../../components/QrCode";
import { SecondFactorForm } from "../../components/SecondFactorForm";
import { toast, toastProblem } from "../../components/toast";
import { formatDate } from "../../format-time";
import { messages } from "../../messages";
import { NewRecoveryCodes } from "./NewRecoveryCodes";
import cardStyles from "../../components/Card.module.css";
import fieldStyles from "../../components/Field.module.css";

const t = messages.authenticatorApp;
const title = messages.security.methodNames.totp;

/** Reads again what a change of second factors changes. */
export function useReloadSecondFactors(): () => Promise<unknown> {
  const queries = useQueryClient();
  return () => Promise.all([mySignInMethodsQuery, sessionsQuery].map(({ queryKey }) => queries.invalidateQueries({ queryKey })));
}

/** `app` is the confirmed one; undefined where there is none. */
export function AuthenticatorApp({ app }: { app: SignInMethod | undefined }) {
  return (
    <section className={cardStyles.card} aria-labelledby="authenticator-app-title">
      <div className={cardStyles.setting}>
        <div className="grow">
          <h2 id="authenticator-app-title">{title}</h2>
          <p className="soft">{t.lead}</p>
          {app && <p className="small soft">{t.on(formatDate(app.created_at))}</p>}
        </div>
        {/* The dialog stays while it shows the recovery codes, when the app is set up. */}
        <SetUp hidden={app !== undefined} />
        {app && <Remove />}
      </div>
    </section>
  );
}

function SetUp({ hidden }: { hidden: boolean }) {
  const rolecall = useRolecall();
  const reload = useReloadSecondFactors();
  const [busy, setBusy] = useState(false);
  const [open, setOpen] = useState(false);
  const [setup, setSetup] = useState<TotpSetup>();
  const [codes, setCodes] = useState<readonly string[]>();
  const [kept, setKept] = useState(false);
  const begin = async () => {
    setBusy(true);
    try {
      setSetup(await withStepUp(() => rolecall.totp.begin()));
      setOpen(true);
    } catch (error) {
      toastProblem(error);
      await reload();
    } finally {
      setBusy(false);
    }
  };
  // Drops the secrets from memory.
  const reset = () => {
    setSetup(undefined);
    setCodes(undefined);
    setKept(false);
  };
  const close = () => setOpen(false);
  return (
    <>
      {!hidden && (
        <Button busy={busy} aria-label={t.setUpOf} onClick={() => void begin()}>
          {t.setUp}
        </Button>
      )}
      <Dialog
        open={open}
        onClose={close}
        onClosed={reset}
        title={codes ? messages.recoveryCodes.title : t.setUpOf}
        lead={codes && t.confirmed}
        closeOn={codes && !kept ? "buttons" : "escape"}
      >
        {codes ? (
          <NewRecoveryCodes codes={codes} onKept={() => setKept(true)} onClose={close} />
        ) : (
          setup && <Confirm setup={setup} onCodes={setCodes} onClose={close} />
        )}
      </Dialog>
    </>
  );
}

interface ConfirmProps {
  setup: TotpSetup;
  onCodes: (codes: readonly string[]) => void;
  onClose: () => void;
}

function Confirm({ setup: { secret, url }, onCodes, onClose }: ConfirmProps) {
  const rolecall = useRolecall();
  const reload = useReloadSecondFactors();
  const id = useId();
  /** Set once the app counts, so that a repeated press only makes the codes. */
  const confirmed = useRef(false);
  const confirm = async (code: string) => {
    if (!confirmed.current) {
      await withStepUp(() => rolecall.totp.confirm(code));
      confirmed.current = true;
      await reload();
    }
    onCodes((await withStepUp(() => rolecall.recoveryCodes.create())).codes);
    await reload();
  };
  return (
    <div className="stack">
      <p className="soft">{t.scan}</p>
      <QrCode text={url} label={t.qrCode} />
      <ButtonAnchor href={url} fullWidth>
        {t.openApp}
      </ButtonAnchor>
      <div className={fieldStyles.field}>
        <label className={fieldStyles.label} htmlFor={id}>
          {t.secret}
        </label>
        <span className={fieldStyles.copyLine}>
          <input id={id} className={fieldStyles.input} readOnly value={inGroups(secret)} onFocus={(event) => event.target.select()} />
          <CopyButton value={secret} label={`${messages.common.copy}: ${t.secret}`} copiedMessage={t.secretCopied} />
        </span>
      </div>
      <SecondFactorForm factor="totp" onCode={confirm}>
        {(busy) => (
          <DialogActions>
            <Button onClick={onClose}>{messages.common.cancel}</Button>
            <Button type="submit" variant="primary" busy={busy}>
              {t.confirm}
            </Button>
          </DialogActions>
        )}
      </SecondFactorForm>
    </div>
  );
}

/** Groups of four characters, for who types them. */
const inGroups = (secret: string): string => secret.replace(/.{4}(?=.)/g, "$& ");

function Remove() {
  const rolecall = useRolecall();
  const reload = useReloadSecondFactors();
  const [open, setOpen] = useState(false);
  return (
    <>
      <Button aria-label={t.removeOf} onClick={() => setOpen(true)}>
        {t.remove}
      </Button>
      <ConfirmDialog
        open={open}
        onClose={() => setOpen(false)}
        title={t.removeTitle}
        body={t.removeBody}
        submit={t.remove}
        onConfirm={async () => {
          await withStepUp(() => rolecall.totp.remove());
          toast(t.removed);
          await reload();
        }}
      />
    </>
  );
}
