//! What a route takes beside its body, and how its successes look.

/// A parameter in the query, or in a header.
#[derive(Copy, Clone, PartialEq, Eq, Debug)]
pub struct Parameter {
    /// Its name.
    pub name: &'static str,
    /// What it may be.
    pub kind: ParameterKind,
    /// What it does.
    pub description: &'static str,
}

/// What a parameter may be.
#[derive(Copy, Clone, PartialEq, Eq, Debug)]
pub enum ParameterKind {
    /// Any text.
    Text,
    /// `true` or `false`.
    Flag,
    /// A whole number from 1.
    Count,
    /// An RFC 3339 time.
    Time,
    /// One of these words.
    Word(&'static [&'static str]),
}

/// How a success looks.
#[derive(Copy, Clone, PartialEq, Eq, Debug)]
pub struct SuccessResponse {
    /// The HTTP status.
    pub status: u16,
    /// The schema's name; None: no body.
    pub schema: Option<&'static str>,
    /// When it is this one.
    pub description: &'static str,
    /// Another schema that the body can be of.
    pub other: Option<&'static str>,
    /// What the `ETag` says, where it carries one.
    pub tag: Option<&'static str>,
    /// Other media types that can be asked for, and what they hold.
    pub exports: &'static [(&'static str, &'static str)],
}

impl SuccessResponse {
    /// A success with a body of this schema, or without one.
    pub const fn new(status: u16, schema: Option<&'static str>, description: &'static str) -> Self {
        SuccessResponse { status, schema, description, other: None, tag: None, exports: &[] }
    }

    /// The body can be of this schema too.
    pub const fn or(mut self, schema: &'static str) -> Self {
        self.other = Some(schema);
        self
    }

    /// Carries an `ETag`.
    pub const fn with_etag(mut self, description: &'static str) -> Self {
        self.tag = Some(description);
        self
    }

    /// Other media types.
    pub const fn with_formats(mut self, exports: &'static [(&'static str, &'static str)]) -> Self {
        self.exports = exports;
        self
    }
}
