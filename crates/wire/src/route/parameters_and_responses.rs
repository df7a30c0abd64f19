//! Parameters and success responses of a route.

/// Query parameter or request header.
#[derive(Copy, Clone, PartialEq, Eq, Debug)]
pub struct Parameter {
    /// Name.
    pub name: &'static str,
    /// Type.
    pub kind: ParameterKind,
    /// OpenAPI description.
    pub description: &'static str,
}

/// Type of a parameter.
#[derive(Copy, Clone, PartialEq, Eq, Debug)]
pub enum ParameterKind {
    /// Text.
    Text,
    /// `true` or `false`.
    Flag,
    /// Positive integer.
    Count,
    /// RFC 3339 timestamp.
    Time,
    /// One of these values.
    Word(&'static [&'static str]),
}

/// Success response of a route.
#[derive(Copy, Clone, PartialEq, Eq, Debug)]
pub struct SuccessResponse {
    /// HTTP status.
    pub status: u16,
    /// Schema name of the body; `None` for no body.
    pub schema: Option<&'static str>,
    /// OpenAPI description.
    pub description: &'static str,
    /// Alternative schema of the body.
    pub other: Option<&'static str>,
    /// Description of the `ETag` header, if the response has one.
    pub tag: Option<&'static str>,
    /// Further media types selected by `Accept`, with their descriptions.
    pub exports: &'static [(&'static str, &'static str)],
}

impl SuccessResponse {
    /// Creates a success response.
    pub const fn new(status: u16, schema: Option<&'static str>, description: &'static str) -> Self {
        SuccessResponse { status, schema, description, other: None, tag: None, exports: &[] }
    }

    /// Sets the alternative schema of the body.
    pub const fn or(mut self, schema: &'static str) -> Self {
        self.other = Some(schema);
        self
    }

    /// Adds an `ETag` header.
    pub const fn with_etag(mut self, description: &'static str) -> Self {
        self.tag = Some(description);
        self
    }

    /// Sets the further media types.
    pub const fn with_formats(mut self, exports: &'static [(&'static str, &'static str)]) -> Self {
        self.exports = exports;
        self
    }
}
