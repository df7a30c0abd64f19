//! How letters get out: into the log, through Cloudflare's `send_email` binding, or to a mail service over HTTP.

use crate::config::{Config, MailRoute};
use crate::mail::template::{RenderedMail, compose};
use rolecall_app::Fault;
use rolecall_app::delivery::Sender;
use rolecall_core::domain::mail::Mail;
use worker::{Env, Fetch, Headers, Method, Request, RequestInit, SendEmailBuilder, console_log};

/// The Worker's mailer.
pub struct MailSender<'a> {
    /// What to write and where links lead.
    pub config: &'a Config,
    /// Where the binding is found.
    pub env: &'a Env,
}

impl Sender<Mail> for MailSender<'_> {
    async fn send(&self, mail: &Mail) -> Result<(), Fault> {
        let template = compose(mail, self.config.product(), self.config.links());
        match &self.config.mail {
            MailRoute::Log => {
                // A link is as good as a password. It stands in a developer's own log alone: elsewhere there is no MAIL=log.
                let line = serde_json::json!({ "level": "info", "message": "mail", "to": mail.to.as_str(), "subject": template.subject, "links": template.links });
                console_log!("{line}");
                Ok(())
            }
            MailRoute::Binding { from } => self.by_binding(from, mail, &template).await,
            MailRoute::Http { from, url, key } => by_http(from, url, key.as_deref(), mail, &template).await,
        }
    }
}

impl MailSender<'_> {
    async fn by_binding(&self, from: &str, mail: &Mail, template: &RenderedMail) -> Result<(), Fault> {
        let binding = self.env.send_email("EMAIL").map_err(Fault::new)?;
        let message = SendEmailBuilder::new(from, mail.to.as_str(), &template.subject);
        message.set_text(&template.text);
        message.set_html(&template.html);
        binding.send_with_builder(&message).await.map_err(|error| Fault::new(String::from(error.message())))?;
        Ok(())
    }
}

/// `{from, to, subject, text, html}` as JSON with a bearer key: what the common mail services take.
async fn by_http(from: &str, url: &str, key: Option<&str>, mail: &Mail, template: &RenderedMail) -> Result<(), Fault> {
    let body = serde_json::json!({ "from": from, "to": mail.to.as_str(), "subject": template.subject, "text": template.text, "html": template.html });
    let headers = Headers::new();
    headers.set("content-type", "application/json").map_err(Fault::new)?;
    // The service recognises a mail that is sent again after a lost answer.
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
        status => Err(Fault::new(format!("the mail service answered {status}"))),
    }
}
