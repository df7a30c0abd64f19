// A labelled control with its hint and its error, tied together for screen readers by the component library.
import { Field as Base } from "@base-ui/react/field";
import { type ComponentProps, type ReactNode, useState } from "react";
import { text } from "../text";
import { IconButton } from "./Button";

interface FieldProps {
  label: string;
  hint?: ReactNode;
  error?: string | undefined;
  optional?: boolean | undefined;
}

interface FrameProps extends FieldProps {
  children: ReactNode;
  /** The hint holds lists or paragraphs, which no paragraph may. */
  blocks?: boolean;
}

/** What every field has around its control. */
function Frame({ label, hint, error, optional, blocks, children }: FrameProps) {
  return (
    <Base.Root className="field" invalid={error !== undefined}>
      <Base.Label className="label">
        {label}
        {optional && <span className="faint"> ({text.optional})</span>}
      </Base.Label>
      {children}
      {hint && <Base.Description {...(blocks ? { render: <div /> } : {})} className="hint">{hint}</Base.Description>}
      {error !== undefined && (
        <Base.Error match className="field-error">
          {error}
        </Base.Error>
      )}
    </Base.Root>
  );
}

export function TextField({ label, hint, error, optional, className = "", ...input }: FieldProps & ComponentProps<"input">) {
  return (
    <Frame {...{ label, hint, error, optional }}>
      <Base.Control className={`input ${className}`} {...(input as ComponentProps<typeof Base.Control>)} />
    </Frame>
  );
}

/** A password that can be looked at while typing; pasting and password managers work. */
export function PasswordField({ label, hint, error, optional, ...input }: FieldProps & ComponentProps<"input">) {
  const [shown, setShown] = useState(false);
  return (
    <Frame {...{ label, hint, error, optional }} blocks>
      <div className="input-with-button">
        <Base.Control className="input" type={shown ? "text" : "password"} spellCheck={false} autoCapitalize="none" {...(input as ComponentProps<typeof Base.Control>)} />
        <IconButton icon={shown ? "eyeOff" : "eye"} label={shown ? text.hidePassword : text.showPassword} onClick={() => setShown(!shown)} />
      </div>
    </Frame>
  );
}

/** Text of several lines. */
export function TextAreaField({ label, hint, error, optional, className = "", ...area }: FieldProps & ComponentProps<"textarea">) {
  return (
    <Frame {...{ label, hint, error, optional }}>
      <Base.Control render={(props) => <textarea {...(props as ComponentProps<"textarea">)} {...area} className={`input area ${className}`} />} />
    </Frame>
  );
}

/** A choice from a short list: the browser's own control, which phones and screen readers know best. */
export function SelectField({ label, hint, hideLabel = false, children, ...select }: FieldProps & { hideLabel?: boolean } & ComponentProps<"select">) {
  return (
    <Base.Root className="field">
      <Base.Label className={hideLabel ? "hidden" : "label"}>{label}</Base.Label>
      <Base.Control
        render={(props) => (
          <select {...(props as ComponentProps<"select">)} {...select} className="input select">
            {children}
          </select>
        )}
      />
      {hint && <Base.Description className="hint">{hint}</Base.Description>}
    </Base.Root>
  );
}
