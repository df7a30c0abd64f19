// Signing up and in, email verification, and password resets.
export const auth = {
  email: "Email",
  password: "Password",
  newPassword: "New password",
  name: "Your name",
  nameHint: "Shown to your colleagues. You can change it later.",
  rules: "Password requirements",
  ruleLength: (length: number, min: number) => `At least ${min} characters (${length} so far)`,
  ruleMaxBytes: (max: number) => `At most ${max} bytes`,
  ruleRepetition: "Not just repeated characters",
  ruleContext: "More than your name or email",
  ruleMet: "met",
  ruleNotMet: "not met yet",
  passwordTip: "A sentence that only you would write works well. Capitals, digits and symbols are not required.",
  devOutbox: "This development server does not send emails.",
  devOutboxLink: "Open its outbox",
};

export const signUp = {
  title: "Create your account",
  lead: "Start on your own and convert to a team when you are ready.",
  submit: "Create account",
  haveAccount: "Already have an account?",
  signIn: "Sign in",
  sentTitle: "Check your email",
  sent: (email: string) => `We sent an email to ${email}. Open the link in it to continue.`,
  sentHint: "Not there after a minute or two? Look in your spam folder, or check the address.",
  changeEmail: "Use another email",
};

export const signIn = {
  title: "Sign in",
  lead: "Welcome back.",
  submit: "Sign in",
  forgotPassword: "Forgot your password?",
  noAccount: "New here?",
  signUp: "Create an account",
  sessionExpired: "Your session has expired. Sign in again to continue.",
};

export const verifyEmail = {
  title: "Confirm your email",
  lead: "One click, and your account is ready.",
  submit: "Confirm and sign in",
  otherBrowserTitle: "Choose your password",
  otherBrowser: "This sign-up was started in another browser. Choose the password you will sign in with, so that only you know it.",
  nameHint: "Shown to your colleagues. If you leave it empty, we use the part of your email before the @. You can change it later.",
  expiredTitle: "This link is no longer valid",
  expired: "It was already used, replaced by a newer one, or has expired. If you have confirmed your email before, sign in.",
  signUp: "Sign up again",
  welcome: (name: string) => `Welcome, ${name}`,
};

export const resetPassword = {
  requestTitle: "Reset your password",
  requestLead: "Enter your email, and we will send you a link to choose a new password.",
  requestSubmit: "Send the link",
  sentTitle: "Check your email",
  sent: (email: string) => `If ${email} has an account here, a link to choose a new password is on its way.`,
  title: "Choose a new password",
  lead: "This signs you out on every device.",
  submit: "Set the new password",
  doneTitle: "Your password has been changed",
  done: "You have been signed out everywhere. Sign in with the new password.",
  expiredTitle: "This link is no longer valid",
  expired: "It was already used or has expired. Request a new one.",
  incomplete: "Open the link in the email again, or copy all of it into the address bar. You can also request a new one here.",
  requestAgain: "Request a new link",
  backToSignIn: "Back to sign in",
};
