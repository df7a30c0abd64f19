//! Delivery of mail: to the log, through Cloudflare's `send_email` binding, or through the HTTP API of a mail service.

use crate::config::{Config, MailTransport};
use crate::io::{Email, Io, Level, Need};
use crate::mail::template::{RenderedMail, compose};
use rolecall_app::Fault;
use rolecall_app::delivery::Sender;
use rolecall_core::domain::mail::Mail;

/// Sender of mail for a deployment.
pub struct MailSender<'a> {
    /// Configuration, for the transport, the product name and links.
    pub config: &'a Config,
    /// Connection to the driver.
    pub io: &'a Io,
}

impl Sender<Mail> for MailSender<'_> {
    async fn send(&self, mail: &Mail) -> Result<(), Fault> {
        let rendered = compose(mail, self.config.product(), self.config.links());
        match &self.config.mail {
            MailTransport::Log => {
                // A link is a credential. The configuration permits MAIL=log in development only.
                let line = serde_json::json!({ "level": "info", "message": "mail", "to": mail.to.as_str(), "subject": rendered.subject, "links": rendered.links });
                self.io.log(Level::Info, line.to_string());
                Ok(())
            }
            MailTransport::Binding { from } => self.by_binding(from, mail, &rendered).await,
            MailTransport::Http { from, url, key } => self.by_http(from, url, key.as_deref(), mail, &rendered).await,
        }
    }
}

impl MailSender<'_> {
    async fn by_binding(&self, from: &str, mail: &Mail, rendered: &RenderedMail) -> Result<(), Fault> {
        let email = Email {
            from: from.to_owned(),
            to: mail.to.as_str().to_owned(),
            subject: rendered.subject.clone(),
            text: rendered.text.clone(),
            html: rendered.html.clone(),
        };
        self.io.ask(Need::SendEmail(email)).await.map(|_| ()).map_err(Fault::new)
    }

    /// Sends `{from, to, subject, text, html}` as JSON with a bearer key, the format of common mail services.
    ///
    /// # Errors
    /// If the request fails or the status is not 2xx.
    async fn by_http(&self, from: &str, url: &str, key: Option<&str>, mail: &Mail, rendered: &RenderedMail) -> Result<(), Fault> {
        let body = serde_json::json!({ "from": from, "to": mail.to.as_str(), "subject": rendered.subject, "text": rendered.text, "html": rendered.html });
        let header = |name: &str, value: String| (name.to_owned(), value);
        // The key lets the service detect a mail that is sent again after a lost response.
        let mut headers = vec![header("content-type", "application/json".to_owned()), header("idempotency-key", mail.id.to_string())];
        headers.extend(key.map(|key| header("authorization", format!("Bearer {key}"))));
        let response =
            self.io.ask_response(Need::Post { url: url.to_owned(), headers, body: body.to_string() }).await.map_err(Fault::new)?;
        match response.status {
            200..=299 => Ok(()),
            status => Err(Fault::new(format!("the mail service responded with status {status}"))),
        }
    }
}
