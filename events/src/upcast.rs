//! From what older builds wrote to what this one reads. Stored bytes never change; this does.

use std::borrow::Cow;

use serde_json::{Map, Value, json};

use crate::wire::DecodeError;

/// A type name and body in their current version.
type Current<'a> = (Cow<'a, str>, Cow<'a, [u8]>);

/// Whether a type's name is of a version that is read but no longer written.
pub(crate) fn is_old(name: &str) -> bool {
    matches!(name, "outcome.recorded.v1")
}

/// Lifts a stored fact to its current version, one version at a time.
pub(crate) fn to_current<'a>(name: &'a str, body: &'a [u8]) -> Result<Current<'a>, DecodeError> {
    match name {
        "outcome.recorded.v1" => {
            rewritten(name, "outcome.recorded.v2", body, outcome_recorded_v1_to_v2)
        }
        _ => Ok((name.into(), body.into())),
    }
}

fn rewritten<'a>(
    old: &str,
    new: &'static str,
    body: &[u8],
    rewrite: fn(Map<String, Value>) -> Value,
) -> Result<Current<'a>, DecodeError> {
    let malformed = |source| DecodeError::Malformed { name: old.to_owned(), source };
    let map = serde_json::from_slice(body).map_err(malformed)?;
    let body = serde_json::to_vec(&rewrite(map)).map_err(malformed)?;
    Ok((new.into(), body.into()))
}

/// Version 1 stood flat and knew at most one investor, who was taken to have put in everything.
fn outcome_recorded_v1_to_v2(mut old: Map<String, Value>) -> Value {
    let outcome = old.remove("outcome");
    if let Some(investor) = old.remove("investor") {
        let mut share = Map::from_iter([("organisation".to_owned(), investor)]);
        share.extend(old.get("total").map(|total| ("amount".to_owned(), total.clone())));
        old.insert("contributions".to_owned(), json!([share]));
    }
    json!({ "outcome": outcome, "result": old })
}

#[cfg(test)]
mod tests {
    use crate::{Fact, outcome};

    #[test]
    fn the_one_investor_of_version_1_becomes_a_contribution() {
        let body = include_bytes!("../samples/outcome.recorded.v1.json");
        let fact = Fact::decode("outcome.recorded.v1", body).expect("the sample of version 1");
        let Fact::Outcome(outcome::Fact::Recorded { result, .. }) = fact else {
            panic!("not an outcome: {fact:?}");
        };
        assert_eq!(result.contributions.len(), 1);
        assert_eq!(result.contributions[0].amount, result.total);
    }
}
