//! Delivery of mail: to the log, through Cloudflare's `send_email` binding, or through the HTTP API of a mail service.

use crate::config::{Config, MailTransport};
use crate::mail::template::{RenderedMail, compose};
use rolecall_app::Fault;
use rolecall_app::delivery::Sender;
use rolecall_core::domain::mail::Mail;
use worker::{Env, Fetch, Headers, Method, Request, RequestInit, SendEmailBuilder, console_log};

/// Sender of mail for a deployment.
pub struct MailSender<'a> {
    /// Configuration, for the transport, the product name and links.
    pub config: &'a Config,
    /// Bindings of the Worker.
    pub env: &'a Env,
}

impl Sender<Mail> for MailSender<'_> {
    async fn send(&self, mail: &Mail) -> Result<(), Fault> {
        let rendered = compose(mail, self.config.product(), self.config.links());
        match &self.config.mail {
            MailTransport::Log => {
                // A link is a credential. The configuration permits MAIL=log in development only.
                let line = serde_json::json!({ "level": "info", "message": "mail", "to": mail.to.as_str(), "subject": rendered.subject, "links": rendered.links });
                console_log!("{line}");
                Ok(())
            }
            MailTransport::Binding { from } => self.by_binding(from, mail, &rendered).await,
            MailTransport::Http { from, url, key } => by_http(from, url, key.as_deref(), mail, &rendered).await,
        }
    }
}

impl MailSender<'_> {
    async fn by_binding(&self, from: &str, mail: &Mail, rendered: &RenderedMail) -> Result<(), Fault> {
        let binding = self.env.send_email("EMAIL").map_err(Fault::new)?;
        let message = SendEmailBuilder::new(from, mail.to.as_str(), &rendered.subject);
        message.set_text(&rendered.text);
        message.set_html(&rendered.html);
        binding.send_with_builder(&message).await.map_err(|error| Fault::new(String::from(error.message())))?;
        Ok(())
    }
}

/// Sends `{from, to, subject, text, html}` as JSON with a bearer key, the format of common mail services.
///
/// # Errors
/// If the request fails or the status is not 2xx.
async fn by_http(from: &str, url: &str, key: Option<&str>, mail: &Mail, rendered: &RenderedMail) -> Result<(), Fault> {
    let body = serde_json::json!({ "from": from, "to": mail.to.as_str(), "subject": rendered.subject, "text": rendered.text, "html": rendered.html });
    let headers = Headers::new();
    headers.set("content-type", "application/json").map_err(Fault::new)?;
    // Lets the service detect a mail that is sent again after a lost response.
    headers.set("idempotency-key", &mail.id.to_string()).map_err(Fault::new)?;
    if let Some(key) = key {
        headers.set("authorization", &format!("Bearer {key}")).map_err(Fault::new)?;
    }
    let mut init = RequestInit::new();
    init.with_method(Method::Post).with_headers(headers).with_body(Some(body.to_string().into()));
    let request = Request::new_with_init(url, &init).map_err(Fault::new)?;
    let response = Fetch::Request(request).send().await.map_err(Fault::new)?;
    match response.status_code() {
        200..=299 => Ok(()),
        status => Err(Fault::new(format!("the mail service responded with status {status}"))),
    }
}
