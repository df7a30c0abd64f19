//! Browsers that act on the Worker through its driver.

use super::{Answer, Call, Driver, ORIGIN, Request};
use serde_json::{Value, json};
use std::cell::RefCell;

pub const PASSWORD: &str = "seven quiet lanterns drift";
const COOKIE: &str = "__Host-rolecall_session";

/// A browser: sends the origin of the console and the session's cookie.
pub struct Browser<'d> {
    pub driver: &'d Driver,
    pub cookie: RefCell<Option<String>>,
}

/// Builds a request with a JSON body.
pub fn request(method: &str, path: &str, body: Option<&Value>) -> Request {
    let header = |name: &str, value: &str| (name.to_owned(), value.to_owned());
    let mut headers = vec![header("origin", ORIGIN), header("accept", "application/json")];
    let body = body.map(|body| body.to_string().into_bytes());
    if let Some(body) = &body {
        headers.push(header("content-type", "application/json"));
        headers.push(header("content-length", &body.len().to_string()));
    }
    Request { method: method.to_owned(), path: path.to_owned(), headers, body }
}

/// Builds a request with a permission token or an API key.
pub fn with_bearer(method: &str, path: &str, secret: &str) -> Request {
    let mut request = request(method, path, None);
    request.headers.push(("authorization".to_owned(), format!("Bearer {secret}")));
    request
}

impl<'d> Browser<'d> {
    pub fn new(driver: &'d Driver) -> Self {
        Browser { driver, cookie: RefCell::default() }
    }

    /// A request with the session's cookie.
    pub fn request(&self, method: &str, path: &str, body: Option<&Value>) -> Request {
        let mut request = request(method, path, body);
        request.headers.extend(self.cookie.borrow().iter().map(|cookie| ("cookie".to_owned(), format!("{COOKIE}={cookie}"))));
        request
    }

    /// Starts a request, which waits for its first reply.
    pub fn start(&self, method: &str, path: &str, body: Option<&Value>) -> Call {
        self.driver.start(self.request(method, path, body))
    }

    pub fn ask(&self, method: &str, path: &str, body: Option<&Value>) -> Answer {
        let answer = self.driver.send(self.request(method, path, body));
        for (_, value) in answer.headers.iter().filter(|(name, _)| name == "set-cookie") {
            if let Some((name, rest)) = value.split_once('=').filter(|(name, _)| *name == COOKIE) {
                let token = rest.split(';').next().unwrap_or_default();
                *self.cookie.borrow_mut() = Some(token.to_owned()).filter(|token| !name.is_empty() && !token.is_empty());
            }
        }
        answer
    }

    pub fn get(&self, path: &str) -> Answer {
        self.ask("GET", path, None)
    }

    pub fn post(&self, path: &str, body: &Value) -> Answer {
        self.ask("POST", path, Some(body))
    }
}

/// A person who has signed up, with their personal account.
pub struct Person<'d> {
    pub browser: Browser<'d>,
    pub id: String,
    pub email: String,
    pub home: String,
}

/// Text of a JSON member.
pub fn text(value: &Value, pointer: &str) -> String {
    value.pointer(pointer).and_then(Value::as_str).unwrap_or_else(|| panic!("{pointer} in {value}")).to_owned()
}

/// A parameter in the fragment of a link.
pub fn fragment(link: &str, name: &str) -> String {
    let fragment = link.split_once('#').map(|(_, fragment)| fragment).unwrap_or_default();
    fragment.split('&').find_map(|pair| pair.strip_prefix(name)?.strip_prefix('=')).unwrap_or_else(|| panic!("{name} in {link}")).to_owned()
}

impl Driver {
    /// Signs a person up through the mailed link.
    pub fn sign_up(&self, name: &str) -> Person<'_> {
        let (browser, email) = (Browser::new(self), format!("{name}@example.com"));
        let answer = browser.post("/v1/signup", &json!({ "email": email, "password": PASSWORD, "name": name }));
        assert_eq!(answer.status, 202, "{answer:?}");
        let outbox = browser.get(&format!("/dev/outbox?to={email}")).json();
        let token = fragment(&text(&outbox, "/items/0/links/0"), "token");
        let answer = browser.post("/v1/email-verifications", &json!({ "token": token, "password": PASSWORD, "name": name }));
        assert_eq!(answer.status, 201, "{answer:?}");
        let body = answer.json();
        Person { id: text(&body, "/user/id"), home: text(&body, "/account/id"), email, browser }
    }
}

impl Person<'_> {
    /// Converts the personal account into a team.
    pub fn convert(&self, name: &str) -> String {
        let answer = self.browser.post(&format!("/v1/accounts/{}/convert", self.home), &json!({ "name": name }));
        assert_eq!(answer.status, 200, "{answer:?}");
        self.home.clone()
    }

    /// Invites an email; returns the link's token.
    pub fn invite(&self, team: &str, email: &str, role: &str) -> String {
        let answer = self.browser.post(&format!("/v1/accounts/{team}/invitations"), &json!({ "email": email, "role": role }));
        assert_eq!(answer.status, 201, "{answer:?}");
        fragment(&text(&answer.json(), "/link"), "token")
    }

    /// Invites another person and has them accept.
    pub fn hire(&self, team: &str, other: &Person<'_>, role: &str) {
        let token = self.invite(team, &other.email, role);
        let answer = other.browser.ask("POST", &format!("/v1/invitations/{token}/accept"), None);
        assert_eq!(answer.status, 200, "{answer:?}");
    }
}
