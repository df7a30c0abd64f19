//! Mails to be sent. A mail in the outbox holds no secret: its link is derived when it is rendered.

use crate::domain::email::Email;
use crate::domain::id::{InvitationId, MailId, ResetId, SignupId};
use crate::domain::time::Timestamp;

/// What a mail says.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum MailKind {
    /// Prove the email of a sign-up.
    VerifyEmail {
        /// The sign-up whose link it carries.
        signup: SignupId,
    },
    /// Somebody signed up with an email that has an account already.
    EmailTaken,
    /// An invitation with its link and the proof of reading this mailbox.
    Invitation {
        /// The invitation.
        invitation: InvitationId,
        /// The link's version.
        link_version: u32,
        /// The team's name when invited.
        team: String,
        /// The role's title when invited.
        role: String,
        /// The inviter's name.
        inviter: String,
    },
    /// Choose a new password.
    ResetPassword {
        /// The reset whose link it carries.
        reset: ResetId,
    },
    /// The password was changed.
    PasswordChanged,
}

/// A mail in the outbox, written in the same batch as its cause.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Mail {
    /// The mail.
    pub id: MailId,
    /// To whom.
    pub to: Email,
    /// What it says.
    pub kind: MailKind,
    /// When it was caused.
    pub created_at: Timestamp,
}
