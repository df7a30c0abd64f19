//! Segments of paths and of path patterns.

use rolecall_json::split_at_first;

/// Iterator over the segments of a path or pattern.
pub(crate) struct Segments<'p>(Option<&'p str>);

/// Segments of a path or pattern: the texts between slashes.
pub(crate) fn segments(path: &str) -> Segments<'_> {
    Segments(path.strip_prefix('/'))
}

impl<'p> Iterator for Segments<'p> {
    type Item = &'p str;

    fn next(&mut self) -> Option<&'p str> {
        let (segment, rest) = split_at_first(self.0?, b'/');
        self.0 = rest;
        Some(segment)
    }
}

/// Name of a parameter segment `{name}`; None for a literal.
pub(crate) fn param_name(segment: &str) -> Option<&str> {
    segment.strip_prefix('{')?.strip_suffix('}')
}
