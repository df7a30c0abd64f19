//! Templates of mails, as text and as HTML.
//!
//! Links have the configured origin, and their secret is in the fragment, which browsers do not send to servers. Names chosen by
//! users are escaped.

use rolecall_core::credential::link::{LinkToken, Purpose};
use rolecall_core::credential::one_time_code::OneTimeCode;
use rolecall_core::credential::percent_encoding::encode;
use rolecall_core::credential::secret::Keyring;
use rolecall_core::domain::email::Email;
use rolecall_core::domain::mail::{Mail, MailKind};

/// Rendered mail.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct RenderedMail {
    /// Subject, a single line.
    pub subject: String,
    /// Plain text body.
    pub text: String,
    /// HTML body.
    pub html: String,
    /// Links in the body.
    pub links: Vec<String>,
}

/// Content of a mail before rendering: paragraphs before and after an optional link with its label.
struct Draft {
    subject: String,
    before: Vec<String>,
    link: Option<(&'static str, String)>,
    after: Vec<String>,
}

/// Issuer of links.
#[derive(Copy, Clone, Debug)]
pub struct LinkIssuer<'a> {
    /// Configured origin, never taken from a request.
    pub origin: &'a str,
    /// Keys that authenticate the tokens.
    pub keys: &'a Keyring,
}

/// Version of verification and reset links. Each link has its own id, so there are no further versions.
const ONLY_VERSION: u32 = 1;

impl LinkIssuer<'_> {
    /// Link of an invitation as shown to inviters, without proof of the mailbox.
    pub fn invitation(&self, id: u128, version: u32) -> String {
        format!("{}/join#token={}", self.origin, LinkToken::issue(self.keys, Purpose::Invitation, id, version))
    }

    /// Link of an invitation for the mail, with the proof that its user can read the mailbox.
    fn invitation_mail(&self, id: u128, version: u32) -> String {
        format!("{}&proof={}", self.invitation(id, version), LinkToken::issue(self.keys, Purpose::InvitationProof, id, version))
    }

    fn verification(&self, id: u128) -> String {
        format!("{}/verify-email#token={}", self.origin, LinkToken::issue(self.keys, Purpose::VerifyEmail, id, ONLY_VERSION))
    }

    /// Page that fills in a code. Opening it changes nothing.
    fn sign_in(&self, email: &Email, digits: &str) -> String {
        format!("{}/sign-in#email={}&code={}", self.origin, encode(email.as_str()), digits.replace(' ', ""))
    }

    fn reset(&self, id: u128) -> String {
        format!("{}/reset-password#token={}", self.origin, LinkToken::issue(self.keys, Purpose::ResetPassword, id, ONLY_VERSION))
    }
}

/// Renders a mail.
pub fn compose(mail: &Mail, product: &str, links: LinkIssuer<'_>) -> RenderedMail {
    render(draft(mail, product, links), product)
}

fn draft(mail: &Mail, product: &str, links: LinkIssuer<'_>) -> Draft {
    match &mail.kind {
        MailKind::VerifyEmail { signup } => Draft {
            subject: format!("Confirm your email for {product}"),
            before: vec![
                format!("Somebody, hopefully you, is signing up for {product} with this email address."),
                "Open this link to confirm it and to finish signing up:".to_owned(),
            ],
            link: Some(("Confirm email", links.verification(signup.bits()))),
            after: vec![
                "The link works once, for one day.".to_owned(),
                "If this was not you, ignore this mail: without the link nothing happens.".to_owned(),
            ],
        },
        MailKind::EmailTaken => Draft {
            subject: format!("You already have an account at {product}"),
            before: vec![
                format!("Somebody, hopefully you, tried to sign up for {product} with this email address. It has an account already."),
                "You can sign in here; if you forgot your password, you can choose a new one there:".to_owned(),
            ],
            link: Some(("Sign in", format!("{}/sign-in", links.origin))),
            after: vec!["If this was not you, ignore this mail: nothing has changed.".to_owned()],
        },
        MailKind::Invitation { invitation, link_version, team, role, inviter } => {
            let [inviter, team, role] = [inviter, team, role].map(|name| prevent_autolink(name));
            Draft {
                subject: format!("{inviter} invites you to {team} on {product}"),
                before: vec![
                    format!("{inviter} invites you to join the team {team} on {product} as {role}."),
                    "Open this link to look at the invitation and to accept or decline it:".to_owned(),
                ],
                link: Some(("See the invitation", links.invitation_mail(invitation.bits(), *link_version))),
                after: vec![
                    format!(
                        "The invitation is for {} alone. The link proves that you read this mailbox, so do not forward this mail.",
                        mail.to.as_str()
                    ),
                    "If you do not know what this is about, ignore this mail: nothing happens until you accept.".to_owned(),
                ],
            }
        }
        MailKind::ResetPassword { reset } => Draft {
            subject: format!("Choose a new password for {product}"),
            before: vec![
                format!("Somebody, hopefully you, asked for a new password for {product}."),
                "Open this link to choose it:".to_owned(),
            ],
            link: Some(("Choose a new password", links.reset(reset.bits()))),
            after: vec![
                "The link works once, for half an hour. Choosing a new password signs you out everywhere.".to_owned(),
                "If this was not you, ignore this mail: your password stays as it is.".to_owned(),
            ],
        },
        MailKind::SignInCode { code } => {
            let digits = OneTimeCode::derive(links.keys, code.bits(), &mail.to).reveal();
            Draft {
                subject: format!("{digits} is your code for {product}"),
                before: vec![
                    format!("Somebody, hopefully you, asked for a code to sign in to {product}. It is:"),
                    digits.clone(),
                    "Type it where you asked for it, or open this link in the same browser:".to_owned(),
                ],
                link: Some(("Go on", links.sign_in(&mail.to, &digits))),
                after: vec![
                    "The code works once, for ten minutes, and only in the browser in which it was asked for.".to_owned(),
                    "If this was not you, ignore this mail. Nobody from our side will ever ask you for the code.".to_owned(),
                ],
            }
        }
        MailKind::TotpAdded => security_notice(
            format!("An authenticator app was added to your account at {product}"),
            vec![format!("An authenticator app was added to your account at {product}. From now on signing in asks for its code too.")],
            links,
        ),
        MailKind::TotpRemoved => security_notice(
            format!("The authenticator app of your account at {product} was removed"),
            vec![format!(
                "The authenticator app of your account at {product} was removed, with its recovery codes. Signing in no longer asks for a code of it."
            )],
            links,
        ),
        MailKind::RecoveryCodesCreated => security_notice(
            format!("New recovery codes for your account at {product}"),
            vec![format!("New recovery codes were made for your account at {product}. Those of before are void.")],
            links,
        ),
        MailKind::RecoveryCodeUsed { remaining } => security_notice(
            format!("A recovery code of your account at {product} was used"),
            vec![
                format!(
                    "A recovery code was used in place of the second factor of your account at {product}. Codes that are left: {remaining}."
                ),
                "If it was you and you lost your authenticator app, remove it and add a new one.".to_owned(),
            ],
            links,
        ),
        MailKind::PasswordChanged => Draft {
            subject: format!("Your password for {product} was changed"),
            before: vec![format!("The password of your account at {product} was changed, and you were signed out everywhere.")],
            link: Some(("Choose another password", format!("{}/reset-password", links.origin))),
            after: vec![
                "If this was not you, choose another password at once with this link, and check who can read this mailbox.".to_owned(),
            ],
        },
    }
}

/// A mail that tells of a change of the second factor, with the page that changes it again.
fn security_notice(subject: String, before: Vec<String>, links: LinkIssuer<'_>) -> Draft {
    Draft {
        subject,
        before,
        link: Some(("Look at your security settings", format!("{}/settings/security", links.origin))),
        after: vec!["If this was not you, choose another password at once, and check who can read this mailbox.".to_owned()],
    }
}

/// Prevents mail clients from turning a name chosen by a user into a link, for example a team named `http://evil.example`.
/// Inserts an invisible word joiner after characters that join the parts of an address.
fn prevent_autolink(name: &str) -> String {
    const WORD_JOINER: char = '\u{2060}';
    let mut text = String::with_capacity(name.len() + 8);
    let mut chars = name.chars().peekable();
    while let Some(c) = chars.next() {
        text.push(c);
        let joins = matches!(c, '.' | ':' | '/' | '@' | '\\') && chars.peek().is_some_and(|next| !next.is_whitespace());
        if joins {
            text.push(WORD_JOINER);
        }
    }
    text
}

fn render(draft: Draft, product: &str) -> RenderedMail {
    let paragraphs = |texts: &[String]| texts.iter().map(|text| format!("<p>{}</p>", escape(text))).collect::<String>();
    let button = draft.link.as_ref().map(|(label, link)| button(label, &escape(link))).unwrap_or_default();
    let html = format!(
        "<!doctype html><html lang=\"en\"><head><meta charset=\"utf-8\"><title>{}</title></head><body style=\"{BODY}\"><div style=\"{CARD}\">{}{button}{}<p style=\"{SMALL}\">{}</p></div></body></html>",
        escape(&draft.subject),
        paragraphs(&draft.before),
        paragraphs(&draft.after),
        escape(product),
    );
    let links: Vec<String> = draft.link.into_iter().map(|(_, link)| link).collect();
    let text = format!("{}\n\n-- \n{product}\n", [draft.before, links.clone(), draft.after].concat().join("\n\n"));
    RenderedMail { subject: draft.subject, text, html, links }
}

const BODY: &str = "margin:0;padding:24px;background:#f4f5f7;font:16px/1.5 system-ui,sans-serif;color:#1c2330";
const CARD: &str = "max-width:34em;margin:auto;padding:32px;background:#fff;border-radius:12px";
const BUTTON: &str = "display:inline-block;padding:12px 20px;border-radius:8px;background:#2f4bd8;color:#fff;text-decoration:none";
const SMALL: &str = "font-size:13px;color:#5b6475;word-break:break-all";

fn button(label: &str, link: &str) -> String {
    format!("<p><a href=\"{link}\" style=\"{BUTTON}\">{label}</a></p><p style=\"{SMALL}\">{link}</p>")
}

/// Escapes a text for use in HTML text or a quoted attribute value.
pub fn escape(text: &str) -> String {
    let mut safe = String::with_capacity(text.len());
    for c in text.chars() {
        match c {
            '&' => safe.push_str("&amp;"),
            '<' => safe.push_str("&lt;"),
            '>' => safe.push_str("&gt;"),
            '"' => safe.push_str("&quot;"),
            '\'' => safe.push_str("&#39;"),
            other => safe.push(other),
        }
    }
    safe
}

#[cfg(test)]
mod tests {
    use super::*;
    use rolecall_core::domain::email::Email;
    use rolecall_core::domain::id::{InvitationId, MailId, ResetId, SignupId};
    use rolecall_core::domain::time::Timestamp;

    const ORIGIN: &str = "https://team.example";

    fn keys() -> Keyring {
        Keyring::parse("k1:AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8", "0").unwrap()
    }

    fn rendered(kind: MailKind) -> RenderedMail {
        let mail =
            Mail { id: MailId::from_bits(1), to: Email::parse("ada@example.com").unwrap(), kind, created_at: Timestamp::from_millis(0) };
        compose(&mail, "Rolecall", LinkIssuer { origin: ORIGIN, keys: &keys() })
    }

    fn invitation(team: &str) -> MailKind {
        MailKind::Invitation {
            invitation: InvitationId::from_bits(7),
            link_version: 2,
            team: team.into(),
            role: "Dev".into(),
            inviter: "Grace <script>".into(),
        }
    }

    fn token<'a>(link: &'a str, name: &str) -> &'a str {
        link.split(['#', '&']).find_map(|part| part.strip_prefix(name)).unwrap()
    }

    #[test]
    fn an_invitation_mail_has_token_and_proof_in_the_fragment() {
        let mail = rendered(invitation("Engines"));
        let link = &mail.links[0];
        assert!(link.starts_with("https://team.example/join#token="));
        assert_eq!(LinkToken::open(&keys(), Purpose::Invitation, token(link, "token=")), Some((7, 2)));
        assert_eq!(LinkToken::open(&keys(), Purpose::InvitationProof, token(link, "proof=")), Some((7, 2)));
        assert!(mail.text.contains(link) && mail.html.contains(&escape(link)));
        let copied = LinkIssuer { origin: ORIGIN, keys: &keys() }.invitation(7, 2);
        assert!(!copied.contains("proof"));
    }

    #[test]
    fn names_chosen_by_users_are_escaped() {
        let mail = rendered(invitation("<img src=x onerror=alert(1)> & \"Co\""));
        assert!(!mail.html.contains("<img") && !mail.html.contains("<script"));
        assert!(mail.html.contains("&lt;img src=x onerror=alert(1)&gt; &amp; &quot;Co&quot;"));
        assert!(mail.text.contains("<img src=x"));
        assert!(!mail.subject.contains('\n'));
    }

    #[test]
    fn names_do_not_become_links() {
        let mail = rendered(invitation("Pay now: https://evil.example/x or www.evil.example, me@evil.example"));
        for text in [&mail.subject, &mail.text, &mail.html] {
            assert!(!["evil.example", "www.evil", "@evil", "https://evil"].iter().any(|part| text.contains(part)), "{text}");
        }
        assert!(mail.subject.replace('\u{2060}', "").contains("https://evil.example/x or www.evil.example, me@evil.example"));
        assert_eq!(prevent_autolink("Dr. Grace & Co."), "Dr. Grace & Co.");
    }

    #[test]
    fn each_link_has_a_token_of_its_purpose() {
        let verify = rendered(MailKind::VerifyEmail { signup: SignupId::from_bits(3) });
        assert_eq!(LinkToken::open(&keys(), Purpose::VerifyEmail, token(&verify.links[0], "token=")), Some((3, 1)));
        let reset = rendered(MailKind::ResetPassword { reset: ResetId::from_bits(4) });
        assert_eq!(LinkToken::open(&keys(), Purpose::ResetPassword, token(&reset.links[0], "token=")), Some((4, 1)));
        for kind in [
            MailKind::EmailTaken,
            MailKind::PasswordChanged,
            MailKind::TotpAdded,
            MailKind::TotpRemoved,
            MailKind::RecoveryCodesCreated,
            MailKind::RecoveryCodeUsed { remaining: 9 },
        ] {
            let mail = rendered(kind);
            assert!(mail.links.iter().all(|link| link.starts_with(ORIGIN) && !link.contains("token")));
        }
    }
}
