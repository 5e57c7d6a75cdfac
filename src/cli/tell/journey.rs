//! A journey as a time line: when, what, who, what was written, and how long nothing happened.

use events::{Channel, Code, EventId, Irregularity, Labelled, PersonId, Report, Time};
use projections::labels;
use serde::Deserialize;

use super::amended::{Amendment, amendments, struck};
use super::{AsKnown, Marks};
use crate::cli::moment::{day, lasted, told};
use crate::cli::paper::{Ink, Margin, Paper, columns, push_line};
use crate::cli::words::Said;

/// Columns for the date, the gap behind it included.
const DATE: usize = 18;
/// A wait shorter than this goes without saying, minutes.
const WAIT_MINUTES_MIN: u64 = 24 * 60;

/// What is told of a journey.
#[derive(Debug, Clone, Deserialize)]
pub(in crate::cli) struct Journey {
    state: String,
    landmarks: Vec<Landmark>,
    steps: Vec<Step>,
    #[serde(default)]
    as_known: AsKnown,
}

#[derive(Debug, Clone, Deserialize)]
struct Landmark {
    label: String,
    at: Time,
    days_since_received: u64,
    days_since_previous: u64,
}

#[derive(Debug, Clone, Deserialize)]
struct Step {
    event: EventId,
    occurred_at: Time,
    recorded_at: Time,
    who: String,
    on_behalf_of: Option<PersonId>,
    channel: Channel,
    sentence: String,
    texts: Vec<Said>,
    waited_minutes: Option<u64>,
    recorded_late_by_minutes: Option<u64>,
    late_entry_reason: Option<Code>,
    report: Option<Report>,
    irregularities: Vec<Irregularity>,
    #[serde(default)]
    annulled: bool,
    #[serde(default)]
    amendments: Vec<Amendment>,
}

/// Whether the steps carry their events' ids, for `--as-of`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(in crate::cli) enum Ids {
    /// They do.
    Shown,
    /// They don't.
    Hidden,
}

/// A journey under its title, as a page.
pub(in crate::cli) fn journey(journey: &Journey, title: &str, ids: Ids, paper: &Paper) -> String {
    let none = Margin { indent: 0, label: 0 };
    let mut page = none.write(paper, ("", Ink::Plain), (title, Ink::Strong));
    page.push_str(&none.write(paper, ("", Ink::Plain), (&journey.state, Ink::Plain)));
    page.push('\n');
    page.push_str(&landmarks(&journey.landmarks, paper));
    for step in &journey.steps {
        page.push_str(&wait(step, paper));
        page.push_str(&told_step(step, ids, paper));
    }
    let count = journey.steps.len();
    let steps = match (count, paper.language) {
        (1, events::Language::En) => "1 step.".to_owned(),
        (_, events::Language::En) => format!("{count} steps."),
        (0 | 1, events::Language::Fr) => format!("{count} étape."),
        (_, events::Language::Fr) => format!("{count} étapes."),
    };
    page.push('\n');
    push_line(&mut page, &Ink::Faint.write(&steps));
    page.push_str(&journey.as_known.line(paper));
    page
}

fn landmarks(landmarks: &[Landmark], paper: &Paper) -> String {
    let mut page = String::new();
    let width = landmarks.iter().map(|landmark| columns(&landmark.label)).max().unwrap_or(0);
    let days = paper.say("d", "j");
    for landmark in landmarks {
        let gap = " ".repeat(width - columns(&landmark.label));
        let after = format!("{:>6} {days}", format!("+{}", landmark.days_since_previous));
        let since = format!("{:>6} {days}", landmark.days_since_received);
        let label = Ink::Strong.write(&landmark.label);
        let days = Ink::Faint.write(&format!("{after}{since}"));
        push_line(&mut page, &format!("  {label}{gap}  {}{days}", day(landmark.at)));
    }
    if !landmarks.is_empty() {
        page.push('\n');
    }
    page
}

fn wait(step: &Step, paper: &Paper) -> String {
    match step.waited_minutes {
        Some(minutes) if minutes >= WAIT_MINUTES_MIN => {
            let wait = lasted(minutes, paper.language);
            let mut page = String::new();
            let line = format!("{}┆ {wait}", " ".repeat(DATE));
            push_line(&mut page, &Ink::Faint.write(&line));
            page
        }
        Some(_) | None => String::new(),
    }
}

fn told_step(step: &Step, ids: Ids, paper: &Paper) -> String {
    let margin = Margin { indent: 0, label: DATE };
    let below = Margin { indent: DATE, label: 0 };
    let label = told(step.occurred_at);
    let mut page = if step.annulled {
        let sentence = format!("{} {}", struck(paper), step.sentence);
        margin.write(paper, (&label, Ink::Reference), (&sentence, Ink::Faint))
    } else {
        margin.write(paper, (&label, Ink::Reference), (&step.sentence, Ink::Strong))
    };
    page.push_str(&below.write(paper, ("", Ink::Plain), (&signature(step, paper), Ink::Faint)));
    if ids == Ids::Shown {
        let id = step.event.to_string();
        page.push_str(&below.write(paper, ("", Ink::Plain), (&id, Ink::Faint)));
    }
    let marks = Marks {
        late_by_minutes: step.recorded_late_by_minutes,
        recorded_at: step.recorded_at,
        late_entry_reason: step.late_entry_reason.as_ref().map(Code::as_str),
        report: step.report.as_ref(),
        irregularities: &step.irregularities,
    };
    for (line, ink) in marks.lines(paper) {
        page.push_str(&below.write(paper, ("", Ink::Plain), (&line, ink)));
    }
    page.push_str(&texts(&step.texts, DATE + 2, paper));
    page.push_str(&amendments(&step.amendments, DATE, paper));
    page
}

/// Who recorded it, for whom and which way, unless it goes without saying.
fn signature(step: &Step, paper: &Paper) -> String {
    let mut parts = vec![step.who.clone()];
    if let Some(person) = step.on_behalf_of {
        parts.push(format!("{} {}", paper.say("for", "pour"), person.reference()));
    }
    match step.channel {
        Channel::Web | Channel::Api => {}
        Channel::Email
        | Channel::Phone
        | Channel::Video
        | Channel::InPerson
        | Channel::Import
        | Channel::Timer => parts.push(step.channel.label(paper.language).to_owned()),
    }
    parts.join(" · ")
}

/// What was written, each text behind its name.
pub(super) fn texts(texts: &[Said], indent: usize, paper: &Paper) -> String {
    let name = |said: &Said| labels::text(&said.field, paper.language);
    let label = texts.iter().map(|said| columns(name(said))).max().unwrap_or(0) + 2;
    let margin = Margin { indent, label };
    let line = |said: &Said| {
        margin.write(paper, (name(said), Ink::Faint), said.text.shown(paper.language))
    };
    texts.iter().map(line).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::cli::paper::plain;
    use events::Language;
    use serde_json::{Value, json};

    fn step(at: &str, sentence: &str) -> Value {
        json!({
            "event": EventId::derived(sentence), "occurred_at": at, "recorded_at": at,
            "who": "Karim Benali, advisor", "on_behalf_of": null, "channel": "phone",
            "sentence": sentence, "texts": [], "waited_minutes": null,
            "recorded_late_by_minutes": null, "late_entry_reason": null, "report": null,
            "irregularities": [],
        })
    }

    fn told_in(language: Language, steps: Vec<Value>) -> String {
        let answer = json!({
            "subject": { "kind": "case", "id": EventId::derived("case") },
            "state": "Case followed, advisor: Karim Benali.",
            "landmarks": [{ "label": "Received", "at": "2026-03-01T09:00:00Z",
                "days_since_received": 0, "days_since_previous": 0, "kind": "received" }],
            "steps": steps,
            "as_known": {},
        });
        let read = serde_json::from_value(answer).expect("a journey");
        let paper = Paper::of_terminal(Some(72)).in_language(language);
        plain(&journey(&read, "Immunoscan", Ids::Hidden, &paper))
    }

    #[test]
    fn a_wait_of_days_stands_between_two_steps() {
        let mut second = step("2026-03-04T09:00:00Z", "They spoke.");
        second["waited_minutes"] = json!(3 * 24 * 60);
        let mut third = step("2026-03-04T09:20:00Z", "They wrote.");
        third["waited_minutes"] = json!(20);
        let page =
            told_in(Language::En, vec![step("2026-03-01T09:00:00Z", "It came."), second, third]);
        let story = "\
2026-03-01 10:00  It came.
                  Karim Benali, advisor · phone
                  ┆ 3 days
2026-03-04 10:00  They spoke.
                  Karim Benali, advisor · phone
2026-03-04 10:20  They wrote.
                  Karim Benali, advisor · phone

3 steps.
";
        assert!(page.contains(story), "{page}");
        assert!(page.starts_with("Immunoscan\nCase followed, advisor: Karim Benali.\n\n"));
    }

    #[test]
    fn late_entries_reports_and_irregularities_are_marked() {
        let mut late = step("2026-03-01T09:00:00Z", "The booking was made.");
        late["recorded_at"] = json!("2026-03-13T09:00:00Z");
        late["recorded_late_by_minutes"] = json!(12 * 24 * 60);
        late["late_entry_reason"] = json!("forgotten");
        late["report"] = json!({ "source": "platform_tool" });
        late["irregularities"] = json!([{ "rule": "R-1", "reason": "overlap" }]);
        let page = told_in(Language::En, vec![late.clone()]);
        assert!(page.contains("! entered 12 days later, 2026-03-13 10:00: forgotten"), "{page}");
        assert!(page.contains("! reported, known from platform_tool"), "{page}");
        assert!(page.contains("✗ did not keep R-1: overlap"), "{page}");
        let page = told_in(Language::Fr, vec![late]);
        assert!(page.contains("! saisi 12 jours plus tard"), "{page}");
    }

    #[test]
    fn what_was_said_about_a_step_stands_under_it() {
        let mut spoke = step("2026-03-01T09:00:00Z", "They spoke for 45 min.");
        spoke["annulled"] = json!(true);
        spoke["amendments"] = json!([
            { "kind": "corrected", "recorded_at": "2026-03-02T09:00:00Z", "who": "Léa, advisor",
              "before": "They spoke for 60 min.", "occurred_at_before": null,
              "texts": [{ "field": "reason", "text": "A slip" }] },
            { "kind": "annulled", "recorded_at": "2026-03-03T09:00:00Z", "who": "Noé, head",
              "before": null, "occurred_at_before": null, "texts": [] },
        ]);
        let page = told_in(Language::En, vec![spoke.clone()]);
        let expected = "\
2026-03-01 10:00  ANNULLED They spoke for 45 min.
                  Karim Benali, advisor · phone
                  ✎ corrected 2026-03-02 10:00: Léa, advisor
                    before: They spoke for 60 min.
                    reason  A slip
                  ✎ annulled 2026-03-03 10:00: Noé, head
";
        assert!(page.contains(expected), "{page}");
        assert!(told_in(Language::Fr, vec![spoke]).contains("✎ rectifié"));
    }

    #[test]
    fn texts_stand_indented_behind_their_names_and_wrap() {
        let mut spoke = step("2026-03-01T09:00:00Z", "They spoke.");
        let long = "The team has three candidates and wants to choose one before summer.";
        spoke["texts"] = json!([
            { "field": "summary", "text": long },
            { "field": "commitments/0/what", "text": { "erased": true } },
        ]);
        let page = told_in(Language::En, vec![spoke]);
        let expected = "\
                    summary  The team has three candidates and wants to
                             choose one before summer.
                    what     (erased)
";
        assert!(page.contains(expected), "{page}");
        assert!(page.lines().all(|line| columns(line) <= 72), "{page}");
    }
}
