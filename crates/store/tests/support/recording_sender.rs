//! A mail sender that records the recipients.

use rolecall_app::Fault;
use rolecall_app::delivery::Sender;
use rolecall_core::domain::mail::Mail;
use std::cell::RefCell;

#[derive(Default)]
pub struct RecordingSender(pub RefCell<Vec<String>>);

impl Sender<Mail> for RecordingSender {
    async fn send(&self, mail: &Mail) -> Result<(), Fault> {
        self.0.borrow_mut().push(mail.to.as_str().to_owned());
        Ok(())
    }
}
