//! Mails in the outbox. A stored mail holds no secret: its link is derived when the mail is rendered.

use crate::domain::email::Email;
use crate::domain::id::{EmailCodeId, InvitationId, MailId, ResetId, SignupId};
use crate::domain::time::Timestamp;

/// Template of a mail and its parameters.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum MailKind {
    /// Verification of the email address of a sign-up.
    VerifyEmail {
        /// Sign-up that the link completes.
        signup: SignupId,
    },
    /// Notice of a sign-up with an address that already belongs to a user.
    EmailTaken,
    /// Invitation, with its link and the proof of control of the mailbox.
    Invitation {
        /// Invitation that the link opens.
        invitation: InvitationId,
        /// Version of the link.
        link_version: u32,
        /// Name of the team at the time of the invitation.
        team: String,
        /// Title of the role at the time of the invitation.
        role: String,
        /// Name of the inviter at the time of the invitation.
        inviter: String,
    },
    /// Password reset.
    ResetPassword {
        /// Reset that the link completes.
        reset: ResetId,
    },
    /// One-time code to sign in with, or to confirm who is signed in.
    SignInCode {
        /// Code that the mail contains.
        code: EmailCodeId,
    },
    /// Notice of a changed password.
    PasswordChanged,
    /// Notice of an authenticator app that was added.
    TotpAdded,
    /// Notice of an authenticator app that was removed.
    TotpRemoved,
    /// Notice of new recovery codes.
    RecoveryCodesCreated,
    /// Notice of a recovery code that was used.
    RecoveryCodeUsed {
        /// Number of codes that are left.
        remaining: u32,
    },
}

/// Mail in the outbox, written in the same transaction as the change that causes it.
#[derive(Clone, PartialEq, Eq, Debug)]
#[expect(missing_docs, reason = "id and creation time say no more than their names")]
pub struct Mail {
    pub id: MailId,
    /// Recipient.
    pub to: Email,
    /// Template and parameters.
    pub kind: MailKind,
    pub created_at: Timestamp,
}
