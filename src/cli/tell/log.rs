//! The log, a line for each event.

use events::{Metadata, Revision, StreamName};
use serde::Deserialize;

use super::stream;
use crate::cli::moment::told;
use crate::cli::paper::{Ink, columns, push_line};

/// Columns for a stream's name.
const STREAM: usize = 24;
/// Columns for a type's name.
const KIND: usize = 38;

/// What is told of an event.
#[derive(Debug, Clone, Deserialize)]
pub(in crate::cli) struct LogEvent {
    position: u64,
    stream: StreamName,
    revision: Revision,
    #[serde(rename = "type")]
    kind: String,
    metadata: Metadata,
}

/// An event in one line.
pub(in crate::cli) fn event(event: &LogEvent) -> String {
    let LogEvent { position, stream: name, revision, kind, metadata } = event;
    let name = stream(name);
    let pad = |text: &str, width: usize| " ".repeat(width.saturating_sub(columns(text)));
    let at = Ink::Faint.write(&told(metadata.recorded_at));
    let (name_gap, kind_gap) = (pad(&name, STREAM), pad(kind, KIND));
    let (name, kind) = (Ink::Reference.write(&name), Ink::Strong.write(kind));
    let role = metadata.actor.role;
    let odd = if metadata.irregularities.is_empty() { "" } else { "  ✗" };
    let odd = Ink::Bad.write(odd);
    let mut line = String::new();
    let at_revision = format!("@{revision}");
    push_line(
        &mut line,
        &format!(
            "{position:>8}  {at}  {name}{name_gap} {at_revision:<6} {kind}{kind_gap} {role}{odd}"
        ),
    );
    line
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::cli::paper::plain;
    use serde_json::json;

    #[test]
    fn an_event_stands_in_one_line() {
        let case = events::CaseId::derived("x");
        let read = serde_json::from_value(json!({
            "position": 12, "id": case, "stream": format!("case-{case}"), "revision": 3,
            "type": "intake.advisor-assigned.v1",
            "metadata": {
                "occurred_at": "2026-03-01T09:00:00Z", "recorded_at": "2026-03-01T09:30:00Z",
                "actor": { "user": case, "role": "head" }, "channel": "web", "command": case,
                "command_digest": "0".repeat(64), "build": "guichet-0.1.0",
            },
            "data": {},
        }));
        let line = plain(&event(&read.expect("an event")));
        assert_eq!(
            line,
            format!(
                "      12  2026-03-01 10:30  case {}           @3     \
                 intake.advisor-assigned.v1             head\n",
                case.reference()
            )
        );
    }
}
