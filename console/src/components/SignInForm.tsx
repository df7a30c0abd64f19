// Signs in, in one step or two: a second one follows for a user with an authenticator app.
import { useState } from "react";
import { ANY_SECOND_FACTOR } from "../data/second-factor";
import { messages } from "../messages";
import { Notice } from "./Feedback";
import { FirstStep, type FirstStepProps } from "./FirstStep";
import { SecondStep } from "./SecondStep";

interface Props extends Omit<FirstStepProps, "onSecondStep"> {
  /** Whether the first step was done at a sign-in provider, which does not tell the page what the second may be. */
  secondStep?: boolean;
}

export function SignInForm({ secondStep = false, children, ...first }: Props) {
  const [methods, setMethods] = useState<readonly string[] | undefined>(secondStep ? ANY_SECOND_FACTOR : undefined);
  /** What the first step begins with when it is asked for again. A mailed code has been used by then. */
  const [again, setAgain] = useState<{ email?: string; code?: undefined }>({});
  const [expired, setExpired] = useState(false);
  if (methods) {
    const goBack = (isExpired: boolean) => {
      setExpired(isExpired);
      setMethods(undefined);
    };
    return (
      <SecondStep methods={methods} submit={first.submit} onSignedIn={first.onSignedIn} onExpired={() => goBack(true)} onStartOver={() => goBack(false)} />
    );
  }
  const goOn = (next: readonly string[], email: string) => {
    setAgain({ email, code: undefined });
    setMethods(next);
  };
  return (
    <FirstStep {...first} {...again} onSecondStep={goOn}>
      {expired ? <Notice kind="warning">{messages.secondFactor.expired}</Notice> : children}
    </FirstStep>
  );
}
