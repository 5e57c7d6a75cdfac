//! Values that arguments take from the office's code lists.

use std::str::FromStr;

use clap::builder::{PossibleValue, PossibleValuesParser, TypedValueParser};
use events::{Labelled, Language, Role, UnknownWord};

/// Takes a word of a code list; help shows them all with what they mean.
pub(super) fn word<T>() -> impl TypedValueParser<Value = T>
where
    T: Labelled + FromStr<Err = UnknownWord> + Send + Sync,
{
    words(T::ALL)
}

/// Takes a role that people may hold: nobody acts as the system.
pub(super) fn role() -> impl TypedValueParser<Value = Role> {
    let held = <Role as Labelled>::ALL.iter().filter(|role| **role != Role::System);
    words(&held.copied().collect::<Vec<_>>())
}

fn words<T>(words: &[T]) -> impl TypedValueParser<Value = T> + use<T>
where
    T: Labelled + FromStr<Err = UnknownWord> + Send + Sync,
{
    let value = |word: &T| PossibleValue::new(word.word()).help(word.label(Language::En));
    PossibleValuesParser::new(words.iter().map(value)).try_map(|text| text.parse::<T>())
}

/// Takes one of these words, which the API reads.
pub(super) fn one_of(words: &'static [&'static str]) -> PossibleValuesParser {
    PossibleValuesParser::new(words)
}

/// Where cases are in their life.
pub(super) const CASE_STATUSES: &[&str] = &["received", "followed", "supported", "closed"];

/// How something comes to the office, or leaves it.
pub(super) const CHANNELS: &[&str] =
    &["web", "api", "email", "phone", "video", "in_person", "import"];

/// Where applications are.
pub(super) const APPLICATION_STATES: &[&str] = &[
    "submitted",
    "late",
    "not_admitted",
    "eligible",
    "ineligible",
    "preselected",
    "deferred",
    "not_preselected",
    "referred",
    "withdrawn",
];

#[cfg(test)]
mod tests {
    use super::*;
    use events::{ApplicationState, CaseStatus};
    use serde_json::{from_value, json};

    #[test]
    fn the_words_are_those_that_the_api_reads() {
        for word in CASE_STATUSES {
            assert!(from_value::<CaseStatus>(json!(word)).is_ok(), "{word}");
        }
        for word in APPLICATION_STATES {
            assert!(from_value::<ApplicationState>(json!(word)).is_ok(), "{word}");
        }
    }
}
