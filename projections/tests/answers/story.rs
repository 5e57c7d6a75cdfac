//! A case told in both languages.

use events::{Language, Time};
use projections::Row;
use projections::case_file::CaseFile;
use projections::caseload::{CaseRow, WaitingFor};
use projections::journey::{Journey, Reading, Subject};

use crate::sample::{self, Directory, at, id};

fn journey(subject: Subject, language: Language, occurred_until: Option<Time>) -> Journey {
    let names = Directory::new();
    let reading = Reading { language, names: &names, occurred_until };
    Journey::of(subject, &sample::log().history(), &reading).expect("it is in the log")
}

/// A line per step: the day, the sentence, and what is remarkable about its recording.
fn told(journey: &Journey) -> String {
    let lines = journey.steps.iter().map(|step| {
        let late = if step.recorded_late_by_minutes.is_some() { " (late)" } else { "" };
        format!("{} {}{late}", step.occurred_at.utc().format("%m-%d"), step.sentence)
    });
    // Tests are read by people whose editors show no difference between spaces.
    lines.collect::<Vec<_>>().join("\n").replace(['\u{a0}', '\u{202f}'], " ")
}

#[test]
fn a_case_reads_as_a_story_in_french() {
    let journey = journey(Subject::Case(sample::case()), Language::Fr, None);
    assert_eq!(told(&journey), include_str!("story.fr.txt").trim_end());
    assert_eq!(journey.steps[1].who, "Karim Benali, responsable du guichet");
    assert_eq!(
        journey.state.replace('\u{a0}', " "),
        "Dossier clos, conseiller : Claire Dubois ; \
         candidature à l'appel « Appel 2026 » : présélectionnée."
    );
}

#[test]
fn a_case_reads_as_a_story_in_english() {
    let journey = journey(Subject::Case(sample::case()), Language::En, None);
    assert_eq!(told(&journey), include_str!("story.en.txt").trim_end());
    assert_eq!(
        journey.state,
        "Case closed, advisor: Claire Dubois; application to the call “Appel 2026”: pre-selected."
    );
}

#[test]
fn a_person_is_told_what_names_them_and_what_follows_from_it() {
    let anne = journey(Subject::Person(id("Anne Lemaire")), Language::En, None);
    assert_eq!(told(&anne), include_str!("story.person.en.txt").trim_end());
}

#[test]
fn an_organisation_is_told_its_introductions_and_what_it_put_in() {
    let bpifrance = journey(Subject::Organisation(id("Bpifrance")), Language::Fr, None);
    assert_eq!(told(&bpifrance), include_str!("story.organisation.fr.txt").trim_end());
}

#[test]
fn a_step_says_how_long_it_had_been_waited_for_and_how_late_it_was_recorded() {
    let journey = journey(Subject::Case(sample::case()), Language::En, None);
    let waited = |place: usize| journey.steps[place].waited_minutes;
    assert_eq!((waited(0), waited(1)), (None, Some(25 * 60)));
    let late = journey.steps.iter().find(|step| step.late_entry_reason.is_some());
    let late = late.expect("readiness was entered late");
    assert_eq!(late.recorded_late_by_minutes, Some(18 * 24 * 60));
    // It had happened before what the journey had already told.
    assert_eq!(late.waited_minutes, Some(0));
}

#[test]
fn landmarks_count_the_days_between() {
    let journey = journey(Subject::Case(sample::case()), Language::En, None);
    let days: Vec<_> = journey
        .landmarks
        .iter()
        .map(|mark| (mark.label.as_str(), mark.days_since_received, mark.days_since_previous))
        .collect();
    assert_eq!(
        days,
        [
            ("Received", 0, 0),
            ("First advisor", 1, 1),
            ("First application", 9, 8),
            ("Pre-selection decided", 30, 21),
            ("First coaching session", 64, 33),
            ("First platform booking", 171, 106),
            ("First introduction", 196, 25),
            ("First outcome", 265, 69),
            ("Closed", 273, 8),
        ]
    );
}

#[test]
fn occurred_until_hides_what_happened_later_but_not_what_is_known() {
    let subject = Subject::Case(sample::case());
    let early = journey(subject, Language::En, Some(at("2026-03-21T00:00")));
    let last = early.steps.last().expect("there were steps");
    assert_eq!(last.kind, "intake.readiness-assessed.v1");
    assert!(early.steps.iter().all(|step| step.occurred_at <= at("2026-03-21T00:00")));
    assert_eq!(early.state, journey(subject, Language::En, None).state);
}

#[test]
fn the_file_of_a_case_shows_where_everything_stands() {
    let log = sample::log();
    let file = CaseFile::of(sample::case(), &log.history()).expect("it was logged");
    assert_eq!(file.status, events::CaseStatus::Closed);
    assert_eq!(file.counts.interactions, 1);
    assert_eq!(file.counts.session_minutes, 90);
    assert_eq!(file.coaching.sessions.len(), 1);
    assert_eq!(file.coaching.sessions[0].rescheduled, 1);
    let application = &file.applications[0];
    assert_eq!(application.state, events::ApplicationState::Preselected);
    assert_eq!(application.conflicts.len(), 2);
    let (proposal, decision) = (application.proposal.as_ref(), application.decision.as_ref());
    let decision = decision.expect("decided");
    assert_eq!(decision.proposal, proposal.expect("proposed").act.event);
    assert!(application.notified.is_some());
    assert_eq!(file.last_activity, at("2026-12-01T09:00"));
}

#[test]
fn a_row_says_what_the_case_waits_for_and_since_when() {
    let log = sample::log();
    let stream = events::Stream::Case(sample::case());
    let waits_after = |count: usize| {
        let row = CaseRow::fold(&log.stream(stream, count)).expect("it was logged");
        row.waiting.map(|waiting| (waiting.what, waiting.since))
    };
    assert_eq!(waits_after(1), Some((WaitingFor::Advisor, at("2026-03-02T23:50"))));
    assert_eq!(waits_after(2), None);
    assert_eq!(waits_after(5), Some((WaitingFor::Eligibility, at("2026-03-12T16:30"))));
    assert_eq!(waits_after(8), Some((WaitingFor::Proposal, at("2026-03-24T11:00"))));
    assert_eq!(waits_after(9), Some((WaitingFor::Decision, at("2026-03-26T11:00"))));
    assert_eq!(waits_after(10), Some((WaitingFor::Notification, at("2026-04-02T17:00"))));
    assert_eq!(waits_after(11), None);
}
