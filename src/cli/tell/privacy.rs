//! Requests about people's own data, as a table; one of them; the texts to look through.

use events::{
    Code, Date, EventId, Labelled, Language, PrivacyKind, PrivacyOutcome, StreamName, Time,
};
use serde::Deserialize;
use uuid::Uuid;

use super::reference;
use crate::cli::moment::told;
use crate::cli::paper::{Ink, Margin, Paper, Side, Table, push_line};

/// A request.
#[derive(Debug, Clone, Deserialize)]
pub(in crate::cli) struct Request {
    reference: String,
    kind: PrivacyKind,
    subject: Uuid,
    state: String,
    received_at: Time,
    due: Date,
    assessments: Vec<Assessment>,
}

#[derive(Debug, Clone, Deserialize)]
struct Assessment {
    outcome: PrivacyOutcome,
    legal_basis: Vec<Code>,
    kept: Vec<Kept>,
}

#[derive(Debug, Clone, Deserialize)]
struct Kept {
    what: Code,
    legal_basis: Code,
}

/// A text to look through.
#[derive(Debug, Clone, Deserialize)]
pub(in crate::cli) struct ReviewedText {
    event: EventId,
    field: String,
    stream: StreamName,
    occurred_at: Time,
    sentence: String,
    text: Words,
    state: String,
}

/// A text, or why it is not shown.
#[derive(Debug, Clone, Deserialize)]
#[serde(untagged)]
enum Words {
    Text(String),
    Gone {},
}

/// Requests as a table.
pub(in crate::cli) fn requests(all: &[Request], paper: &Paper) -> String {
    let mut table = Table::of(&[
        ("request", Side::Left),
        ("asks for", Side::Left),
        ("person", Side::Left),
        ("state", Side::Left),
        ("due", Side::Left),
        ("outcome", Side::Yielding),
    ]);
    for row in all {
        let outcome = row.assessments.last().map(|last| last.outcome.label(Language::En));
        table.row([
            (row.reference.clone(), Ink::Reference),
            (row.kind.label(Language::En).to_owned(), Ink::Strong),
            (reference(row.subject), Ink::Reference),
            (row.state.clone(), Ink::Plain),
            (row.due.to_string(), Ink::Plain),
            (outcome.unwrap_or_default().to_owned(), Ink::Plain),
        ]);
    }
    table.write(paper)
}

/// One request.
pub(in crate::cli) fn request(one: &Request, paper: &Paper) -> String {
    let mut page = requests(std::slice::from_ref(one), paper);
    push_line(&mut page, &format!("received {}", told(one.received_at)));
    for assessment in &one.assessments {
        let basis: Vec<_> = assessment.legal_basis.iter().map(Code::as_str).collect();
        let basis =
            if basis.is_empty() { String::new() } else { format!(" ({})", basis.join(", ")) };
        push_line(&mut page, &format!("{}{basis}", assessment.outcome.label(Language::En)));
        for kept in &assessment.kept {
            push_line(&mut page, &format!("  kept: {} ({})", kept.what, kept.legal_basis));
        }
    }
    page
}

/// Texts one below the other, each with the words that keep or redact it.
pub(in crate::cli) fn texts(all: &[ReviewedText], paper: &Paper) -> String {
    let mut page = String::new();
    let margin = Margin { indent: 2, label: 0 };
    for item in all {
        let ink = if item.state == "open" { Ink::Warning } else { Ink::Faint };
        let head = format!("{}  {}", told(item.occurred_at), super::stream(&item.stream));
        push_line(&mut page, &format!("{}  {}", ink.write(&item.state), Ink::Faint.write(&head)));
        page.push_str(&margin.write(paper, ("", Ink::Plain), (&item.sentence, Ink::Plain)));
        let text = match &item.text {
            Words::Text(text) => text.as_str(),
            Words::Gone {} => paper.say("(gone)", "(effacé)"),
        };
        page.push_str(&margin.write(paper, ("", Ink::Plain), (text, Ink::Strong)));
        let place = format!("{} {}", item.event, item.field);
        page.push_str(&margin.write(paper, ("", Ink::Plain), (&place, Ink::Reference)));
        page.push('\n');
    }
    page
}
