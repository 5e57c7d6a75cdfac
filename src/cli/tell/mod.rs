//! Answers as people read them on a terminal: pure functions from an answer to a page.

mod amended;
pub(super) mod approvals;
pub(super) mod audit;
pub(super) mod case_file;
pub(super) mod case_list;
pub(super) mod directory;
pub(super) mod journey;
pub(super) mod keys;
pub(super) mod log;
pub(super) mod policies;
pub(super) mod registers;
pub(super) mod users;

use events::{EventId, Irregularity, Language, Report, StreamName, Time};
use serde::Deserialize;

use super::moment::told;
use super::paper::{Ink, Margin, Paper};

/// The last event that an answer knew of.
#[derive(Debug, Clone, Default, Deserialize)]
pub(super) struct AsKnown {
    /// The event; absent when nothing had been recorded by then.
    event: Option<EventId>,
    /// When it was recorded.
    recorded_at: Option<Time>,
}

impl AsKnown {
    /// The line under an answer: what it rests on.
    fn line(&self, paper: &Paper) -> String {
        let text = match (self.event, self.recorded_at, paper.language) {
            (Some(event), Some(at), Language::En) => {
                format!("As known after event {event}, recorded {}.", told(at))
            }
            (Some(event), Some(at), Language::Fr) => {
                format!("Tel que connu après l'événement {event}, enregistré le {}.", told(at))
            }
            (_, _, Language::En) => "As known before anything was recorded.".to_owned(),
            (_, _, Language::Fr) => "Tel que connu avant tout enregistrement.".to_owned(),
        };
        Margin { indent: 0, label: 0 }.write(paper, ("", Ink::Plain), (&text, Ink::Faint))
    }
}

/// `case 7K3M-9QXA`, `policy late_entry`, `access`: a stream as people name it.
pub(super) fn stream(name: &StreamName) -> String {
    use events::Stream;
    let subject = name.stream().and_then(Stream::subject);
    let kind = name.as_str().split('-').next().unwrap_or_default();
    match (name.stream(), subject) {
        (_, Some(subject)) => format!("{kind} {}", reference(subject.id)),
        (Some(Stream::Policy(kind)), None) => format!("policy {kind}"),
        (_, None) => name.to_string(),
    }
}

/// The short form of an id as it is written; what is none stays as it is.
pub(super) fn short(id: &str) -> String {
    id.parse().map_or_else(|_| id.to_owned(), reference)
}

/// The short form of any id.
pub(super) fn reference(id: uuid::Uuid) -> String {
    EventId::new(id).reference().to_string()
}

/// What was out of the ordinary about how something was recorded.
#[derive(Debug, Clone, Copy)]
struct Marks<'a> {
    late_by_minutes: Option<u64>,
    recorded_at: Time,
    late_entry_reason: Option<&'a str>,
    report: Option<&'a Report>,
    irregularities: &'a [Irregularity],
}

impl Marks<'_> {
    /// A line for each, with the ink to write it with.
    fn lines(&self, paper: &Paper) -> Vec<(String, Ink)> {
        let mut lines = Vec::new();
        let because = self.late_entry_reason.map(|reason| format!(": {reason}"));
        let because = because.unwrap_or_default();
        if let Some(minutes) = self.late_by_minutes {
            let late = super::moment::lasted(minutes, paper.language);
            let at = told(self.recorded_at);
            let line = match paper.language {
                Language::En => format!("! entered {late} later, {at}{because}"),
                Language::Fr => format!("! saisi {late} plus tard, le {at}{because}"),
            };
            lines.push((line, Ink::Warning));
        } else if self.late_entry_reason.is_some() {
            let line = format!("! {}{because}", paper.say("entered late", "saisi tardivement"));
            lines.push((line, Ink::Warning));
        }
        if let Some(report) = self.report {
            let from = paper.say("reported, known from", "rapporté, connu par");
            lines.push((format!("! {from} {}", report.source), Ink::Warning));
        }
        for Irregularity { rule, reason } in self.irregularities {
            let breaks = paper.say("did not keep", "contraire à");
            lines.push((format!("✗ {breaks} {rule}: {reason}"), Ink::Bad));
        }
        lines
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use events::{CaseId, PolicyKind, Stream};

    #[test]
    fn a_stream_is_named_by_its_short_reference() {
        let case = CaseId::derived("x");
        assert_eq!(stream(&Stream::Case(case).name()), format!("case {}", case.reference()));
        assert_eq!(stream(&Stream::Policy(PolicyKind::LateEntry).name()), "policy late_entry");
        assert_eq!(stream(&Stream::Access.name()), "access");
    }
}
