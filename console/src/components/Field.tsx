// Labelled form fields with hint and error, associated for screen readers by the component library.
import { Field as Base } from "@base-ui/react/field";
import { type ComponentProps, type ReactNode, useState } from "react";
import { messages } from "../messages";
import { IconButton } from "./Button";
import styles from "./Field.module.css";
import { cx } from "./cx";

interface FieldProps {
  label: string;
  hint?: ReactNode;
  error?: string | undefined;
  optional?: boolean | undefined;
}

interface FieldFrameProps extends FieldProps {
  children: ReactNode;
  /** Renders the hint as a `div`, for hints with lists or paragraphs. */
  blockHint?: boolean;
}

function FieldFrame({ label, hint, error, optional, blockHint, children }: FieldFrameProps) {
  return (
    <Base.Root className={styles.field} invalid={error !== undefined}>
      <Base.Label className={styles.label}>
        {label}
        {optional && <span className="faint"> ({messages.common.optional})</span>}
      </Base.Label>
      {children}
      {hint && (
        <Base.Description {...(blockHint ? { render: <div /> } : {})} className={styles.hint}>
          {hint}
        </Base.Description>
      )}
      {error !== undefined && (
        <Base.Error match className={styles.error}>
          {error}
        </Base.Error>
      )}
    </Base.Root>
  );
}

export function TextField({ label, hint, error, optional, className, ...input }: FieldProps & ComponentProps<"input">) {
  return (
    <FieldFrame {...{ label, hint, error, optional }}>
      <Base.Control className={cx(styles.input, className)} {...(input as ComponentProps<typeof Base.Control>)} />
    </FieldFrame>
  );
}

/** A password field with a show/hide button. */
export function PasswordField({ label, hint, error, optional, ...input }: FieldProps & ComponentProps<"input">) {
  const [visible, setVisible] = useState(false);
  return (
    <FieldFrame {...{ label, hint, error, optional }} blockHint>
      <div className={styles.inputWithButton}>
        <Base.Control
          className={styles.input}
          type={visible ? "text" : "password"}
          spellCheck={false}
          autoCapitalize="none"
          {...(input as ComponentProps<typeof Base.Control>)}
        />
        <IconButton
          className={styles.inputButton}
          icon={visible ? "eyeOff" : "eye"}
          label={visible ? messages.common.hidePassword : messages.common.showPassword}
          onClick={() => setVisible(!visible)}
        />
      </div>
    </FieldFrame>
  );
}

export function TextAreaField({ label, hint, error, optional, className, ...area }: FieldProps & ComponentProps<"textarea">) {
  return (
    <FieldFrame {...{ label, hint, error, optional }}>
      <Base.Control
        render={(props) => <textarea {...(props as ComponentProps<"textarea">)} {...area} className={cx(styles.input, styles.area, className)} />}
      />
    </FieldFrame>
  );
}

/** A native select. */
export function SelectField({ label, hint, hideLabel = false, children, ...select }: FieldProps & { hideLabel?: boolean } & ComponentProps<"select">) {
  return (
    <Base.Root className={styles.field}>
      <Base.Label className={hideLabel ? "hidden" : styles.label}>{label}</Base.Label>
      <Base.Control
        render={(props) => (
          <select {...(props as ComponentProps<"select">)} {...select} className={cx(styles.input, styles.select)}>
            {children}
          </select>
        )}
      />
      {hint && <Base.Description className={styles.hint}>{hint}</Base.Description>}
    </Base.Root>
  );
}
