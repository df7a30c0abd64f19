//! The words of each mail, as text and as HTML. Links begin with the configured origin and carry their secret
//! in the fragment, which no server ever sees; names that people chose are escaped.

use rolecall_core::credential::link::{LinkToken, Purpose};
use rolecall_core::credential::secret::Keyring;
use rolecall_core::domain::mail::{Mail, MailKind};

/// A mail ready to be sent.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct RenderedMail {
    /// One line.
    pub subject: String,
    /// For readers of plain text.
    pub text: String,
    /// For everybody else.
    pub html: String,
    /// The links in it.
    pub links: Vec<String>,
}

/// What a letter says, before it is laid out.
struct Draft {
    subject: String,
    before: Vec<String>,
    link: Option<(&'static str, String)>,
    after: Vec<String>,
}

/// Links from a deployment's origin and keys.
#[derive(Copy, Clone, Debug)]
pub struct Links<'a> {
    /// Where the links lead, as configured; never what a request claims.
    pub origin: &'a str,
    /// What signs them.
    pub keys: &'a Keyring,
}

/// Links of verifications and resets have one version: a new one is a new id.
const ONLY_VERSION: u32 = 1;

impl Links<'_> {
    /// The link of an invitation, as it is copied from the list.
    pub fn invitation(&self, id: u128, version: u32) -> String {
        format!("{}/join#token={}", self.origin, LinkToken::issue(self.keys, Purpose::Invitation, id, version))
    }

    /// The same in a mail: with the proof that whoever holds it reads the mailbox.
    fn invitation_mail(&self, id: u128, version: u32) -> String {
        format!("{}&proof={}", self.invitation(id, version), LinkToken::issue(self.keys, Purpose::InvitationProof, id, version))
    }

    fn verification(&self, id: u128) -> String {
        format!("{}/verify-email#token={}", self.origin, LinkToken::issue(self.keys, Purpose::VerifyEmail, id, ONLY_VERSION))
    }

    fn reset(&self, id: u128) -> String {
        format!("{}/reset-password#token={}", self.origin, LinkToken::issue(self.keys, Purpose::ResetPassword, id, ONLY_VERSION))
    }
}

/// Writes a mail.
pub fn compose(mail: &Mail, product: &str, links: Links<'_>) -> RenderedMail {
    lay_out(draft(mail, product, links), product)
}

fn draft(mail: &Mail, product: &str, links: Links<'_>) -> Draft {
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
            let [inviter, team, role] = [inviter, team, role].map(|name| unlinked(name));
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

/// A name that people chose, so that no reader of mail makes a link of it: anybody can call a team `http://evil.example`,
/// and the mail comes from us. What would join the parts of an address gets an invisible word joiner behind it.
fn unlinked(name: &str) -> String {
    const WORD_JOINER: char = '\u{2060}';
    let mut text = String::with_capacity(name.len() + 8);
    let mut letters = name.chars().peekable();
    while let Some(template) = letters.next() {
        text.push(template);
        let joins = matches!(template, '.' | ':' | '/' | '@' | '\\') && letters.peek().is_some_and(|next| !next.is_whitespace());
        if joins {
            text.push(WORD_JOINER);
        }
    }
    text
}

fn lay_out(draft: Draft, product: &str) -> RenderedMail {
    let paragraphs = |words: &[String]| words.iter().map(|words| format!("<p>{}</p>", escape(words))).collect::<String>();
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

/// Text as HTML text or attribute value.
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

    fn template(kind: MailKind) -> RenderedMail {
        let mail =
            Mail { id: MailId::from_bits(1), to: Email::parse("ada@example.com").unwrap(), kind, created_at: Timestamp::from_millis(0) };
        compose(&mail, "Rolecall", Links { origin: ORIGIN, keys: &keys() })
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
    fn an_invitation_mail_carries_link_and_proof_in_the_fragment() {
        let template = template(invitation("Engines"));
        let link = &template.links[0];
        assert!(link.starts_with("https://team.example/join#token="));
        assert_eq!(LinkToken::open(&keys(), Purpose::Invitation, token(link, "token=")), Some((7, 2)));
        assert_eq!(LinkToken::open(&keys(), Purpose::InvitationProof, token(link, "proof=")), Some((7, 2)));
        assert!(template.text.contains(link) && template.html.contains(&escape(link)));
        let copied = Links { origin: ORIGIN, keys: &keys() }.invitation(7, 2);
        assert!(!copied.contains("proof"));
    }

    #[test]
    fn names_that_people_chose_stay_text() {
        let template = template(invitation("<img src=x onerror=alert(1)> & \"Co\""));
        assert!(!template.html.contains("<img") && !template.html.contains("<script"));
        assert!(template.html.contains("&lt;img src=x onerror=alert(1)&gt; &amp; &quot;Co&quot;"));
        assert!(template.text.contains("<img src=x"));
        assert!(!template.subject.contains('\n'));
    }

    #[test]
    fn no_name_becomes_a_link_of_its_own() {
        let template = template(invitation("Pay now: https://evil.example/x or www.evil.example, me@evil.example"));
        for text in [&template.subject, &template.text, &template.html] {
            assert!(!["evil.example", "www.evil", "@evil", "https://evil"].iter().any(|part| text.contains(part)), "{text}");
        }
        assert!(template.subject.replace('\u{2060}', "").contains("https://evil.example/x or www.evil.example, me@evil.example"));
        assert_eq!(unlinked("Dr. Grace & Co."), "Dr. Grace & Co.");
    }

    #[test]
    fn each_kind_of_link_opens_what_it_is_for() {
        let verify = template(MailKind::VerifyEmail { signup: SignupId::from_bits(3) });
        assert_eq!(LinkToken::open(&keys(), Purpose::VerifyEmail, token(&verify.links[0], "token=")), Some((3, 1)));
        let reset = template(MailKind::ResetPassword { reset: ResetId::from_bits(4) });
        assert_eq!(LinkToken::open(&keys(), Purpose::ResetPassword, token(&reset.links[0], "token=")), Some((4, 1)));
        for kind in [MailKind::EmailTaken, MailKind::PasswordChanged] {
            let template = template(kind);
            assert!(template.links.iter().all(|link| link.starts_with(ORIGIN) && !link.contains("token")));
        }
    }
}
