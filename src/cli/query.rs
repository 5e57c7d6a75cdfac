//! The query string of a question.

use std::fmt::{Display, Write};

/// Names and values behind a path.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(super) struct Query(String);

impl Query {
    /// Adds a value, if there is one.
    pub(super) fn and(mut self, name: &str, value: Option<impl Display>) -> Self {
        if let Some(value) = value {
            self.0.push(if self.0.is_empty() { '?' } else { '&' });
            self.0.push_str(name);
            self.0.push('=');
            encode(&mut self.0, &value.to_string());
        }
        self
    }

    /// The path with this behind it.
    pub(super) fn on(&self, path: &str) -> String {
        format!("{path}{}", self.0)
    }
}

/// One step of a path, whatever somebody typed.
pub(super) fn segment(text: &str) -> String {
    let mut encoded = String::new();
    encode(&mut encoded, text);
    encoded
}

/// RFC 3986: everything but unreserved characters is written as its bytes.
fn encode(into: &mut String, text: &str) {
    for byte in text.bytes() {
        if byte.is_ascii_alphanumeric() || b"-._~".contains(&byte) {
            into.push(char::from(byte));
        } else {
            // Writing into a string cannot fail.
            let _ = write!(into, "%{byte:02X}");
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn values_are_written_so_that_they_come_out_as_typed() {
        let query = Query::default().and("text", Some("Zoé & co/+")).and("limit", Some(5));
        assert_eq!(query.on("/v1/people"), "/v1/people?text=Zo%C3%A9%20%26%20co%2F%2B&limit=5");
        assert_eq!(Query::default().and("x", None::<u8>).on("/v1/cases"), "/v1/cases");
        assert_eq!(segment("../users"), "..%2Fusers");
    }
}
