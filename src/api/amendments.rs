//! Corrections: from the members that change to the whole fact.

use events::{EventId, Sealed, Stream};
use serde_json::Value;

use super::commands::Order;
use super::moment::cut;
use super::record::stream_history;
use super::{Problem, Shared};
use crate::domain::Spec;
use crate::door::{self, DoorError};

/// Makes the changes of a correction whole, and states the revision that they were made from.
/// Gives the texts that stay as they are; of other commands, none.
pub(super) async fn made_whole(
    guichet: &Shared,
    stream: Stream,
    order: &mut Order,
) -> Result<Vec<Sealed>, Problem> {
    if order.spec.name != "correct" {
        return Ok(Vec::new());
    }
    let target = order.body.get("target").and_then(Value::as_str);
    let target: Option<EventId> = target.and_then(|text| text.parse().ok());
    let history = stream_history(guichet, stream, cut(guichet, None).await?).await?;
    let entry = target.and_then(|target| history.entry(target));
    let entry = entry.ok_or_else(|| Problem::not_found("event"))?;
    let kept = door::make_whole(&entry.envelope.fact, &mut order.body)?;
    order.expected = order.expected.or_else(|| history.last().map(|last| last.revision));
    Ok(kept)
}

/// Names a field of a correction as it was sent: without the type of the fact, which the counter
/// put in.
pub(super) fn plainly(error: DoorError, spec: &Spec) -> DoorError {
    match error {
        DoorError::Input { field, message } if spec.name == "correct" => {
            let steps: Vec<&str> = field.split('.').collect();
            // `changes`, then the three parts of the type's name.
            let field = match steps.as_slice() {
                ["changes", _, _, _, rest @ ..] => [&["changes"], rest].concat().join("."),
                _ => field,
            };
            DoorError::Input { field, message }
        }
        error => error,
    }
}
