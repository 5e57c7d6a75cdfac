use events::{
    ActionId, CaseId, Class, Fact as Any, InteractionKind, Party, PersonId, Stream, approval,
    followup, selection,
};
use proptest::prelude::*;

use super::*;
use crate::domain::Verdict;
use crate::domain::testing::{
    Given, NOW, arrived, at, created, given, given_event, person_of, sealed, user,
};

fn stream() -> Stream {
    Stream::Case(CaseId::derived("case"))
}

/// The case and what followed; the event of `which` stands behind the arrival.
fn given_case(facts: impl IntoIterator<Item = Any>) -> Given {
    given(stream(), [arrived()].into_iter().chain(facts)).and_default_policies()
}

fn event(which: u64) -> EventId {
    given_event(stream(), which)
}

fn met(minutes: u32) -> Any {
    followup::Fact::InteractionLogged(followup::Interaction {
        kind: InteractionKind::Meeting,
        participants: vec![person_of(Role::Innovator)],
        minutes: Some(minutes),
        topics: vec![],
        summary: sealed("summary"),
        commitments: vec![],
    })
    .into()
}

fn correct(target: EventId, fact: Any) -> Command {
    let changes = Changes(Replacement(Box::new(fact)));
    Command::Correct { target, changes, happened_at: None, reason: sealed("reason") }
}

fn corrected(target: EventId, fact: Any) -> Any {
    Fact::Corrected {
        target,
        replacement: Replacement(Box::new(fact)),
        occurred_at: None,
        reason: sealed("reason"),
    }
    .into()
}

fn annul(target: EventId) -> Command {
    Command::Annul { target, reason: sealed("reason"), again: None }
}

fn annulled(target: EventId) -> Any {
    Fact::Annulled { target, reason: sealed("reason"), dependents: vec![], again: None }.into()
}

fn closed() -> Any {
    intake::Fact::Closed { reason: events::ClosingReason::Graduated, note: None }.into()
}

fn asked(target: EventId) -> Any {
    let matter = Matter::Annulment { target, reason: sealed("reason") };
    approval::Fact::Requested { approval: created(), matter }.into()
}

#[test]
fn what_describes_is_corrected_and_the_last_correction_counts() {
    given_case([met(60)]).when(correct(event(1), met(45))).then([corrected(event(1), met(45))]);
    given_case([met(60)]).when(correct(event(1), met(60))).then_nothing();
    let again = given_case([met(60), corrected(event(1), met(45))]);
    again.when(correct(event(1), met(45))).then_nothing();
    let back = given_case([met(60), corrected(event(1), met(45))]);
    back.when(correct(event(1), met(60))).then([corrected(event(1), met(60))]);
}

#[test]
fn a_correction_stays_about_the_same_kind_of_thing() {
    let note = || Any::from(followup::Fact::NoteAdded { text: sealed("text") });
    let refused = |facts: Vec<Any>, target, fact| {
        given_case(facts).when(correct(target, fact)).then_refused(Rule::X2).reason
    };
    assert_eq!(refused(vec![met(60)], event(1), note()), "another_kind");
    assert_eq!(refused(vec![closed()], event(1), closed()), "not_descriptive");
    let gone = vec![met(60), annulled(event(1))];
    assert_eq!(refused(gone, event(1), met(45)), "annulled");
    let said = vec![met(60), corrected(event(1), met(45))];
    assert_eq!(refused(said, event(2), met(45)), "said_of_another");
    given_case([]).when(correct(event(7), met(45))).then_refused(Rule::G9);
}

#[test]
fn a_correction_names_only_who_is_known() {
    let with = |participant: PersonId| {
        let Any::Followup(followup::Fact::InteractionLogged(meeting)) = met(60) else {
            panic!("a meeting")
        };
        let participants = vec![participant];
        let meeting = followup::Interaction { participants, ..meeting };
        Any::from(followup::Fact::InteractionLogged(meeting))
    };
    let somebody = PersonId::derived("somebody");
    given_case([met(60)]).when(correct(event(1), with(somebody))).then_refused(Rule::G9);
    given_case([met(60)])
        .and_person(somebody)
        .when(correct(event(1), with(somebody)))
        .then([corrected(event(1), with(somebody))]);
}

#[test]
fn what_a_fact_began_keeps_its_id() {
    let agreed = |action: ActionId| {
        let what = sealed("what");
        Any::from(followup::Fact::ActionAgreed { action, what, by: Party::Office, due: None })
    };
    let own = ActionId::created_by(CommandId::derived("given 1"));
    let other = ActionId::derived("another");
    let refused = given_case([agreed(own)]).when(correct(event(1), agreed(other)));
    assert_eq!(refused.then_refused(Rule::X2).reason, "another_thing");
}

#[test]
fn a_level_stays_on_its_scale() {
    let level = |level| {
        let scale = events::ReadinessScale::Trl;
        Any::from(intake::Fact::ReadinessAssessed { scale, level, evidence: None })
    };
    given_case([level(3)]).when(correct(event(1), level(10))).then_refused(Rule::G9);
    given_case([level(3)]).when(correct(event(1), level(4))).then([corrected(event(1), level(4))]);
}

#[test]
fn it_really_happened_earlier_but_never_to_come() {
    let happened = |moment: &str| Command::Correct {
        target: event(1),
        changes: Changes(Replacement(Box::new(met(60)))),
        happened_at: Some(at(moment)),
        reason: sealed("reason"),
    };
    let moved = Fact::Corrected {
        target: event(1),
        replacement: Replacement(Box::new(met(60))),
        occurred_at: Some(at("2026-03-01T09:00:00Z")),
        reason: sealed("reason"),
    };
    given_case([met(60)]).when(happened("2026-03-01T09:00:00Z")).then([moved.into()]);
    given_case([met(60)]).when(happened(NOW)).then_nothing();
    given_case([met(60)]).when(happened("2026-03-03T09:00:00Z")).then_refused(Rule::G3);
}

#[test]
fn authors_annul_their_own_for_seven_days() {
    given_case([met(60)]).when(annul(event(1))).then([annulled(event(1))]);
    given_case([met(60), annulled(event(1))]).when(annul(event(1))).then_nothing();
    // What the advisor recorded, the head annuls with a second person; so does the author later.
    given_case([met(60)]).by(Role::Head).when(annul(event(1))).then([asked(event(1))]);
    let within = at("2026-03-09T09:00:00Z");
    given_case([met(60)]).at(within).when(annul(event(1))).then([annulled(event(1))]);
    let after = at("2026-03-09T09:00:01Z");
    given_case([met(60)]).at(after).when(annul(event(1))).then([asked(event(1))]);
    given_case([met(60)]).by(Role::Platform).when(annul(event(1))).then_refused(Rule::G4);
}

#[test]
fn a_decision_is_annulled_by_two_persons() {
    let story = || given_case([closed()]).when(annul(event(1)));
    story().then([asked(event(1))]);
    let waiting = given_case([closed(), asked(event(1))]).by(Role::Head).when(annul(event(1)));
    assert_eq!(waiting.then_refused(Rule::G8).reason, "already_asked");
}

#[test]
fn what_has_an_opposite_is_undone_by_it() {
    let resumed = given_case([intake::Fact::Resumed {}.into()]).when(annul(event(1)));
    assert_eq!(resumed.then_refused(Rule::X2).reason, "undone_otherwise");
    let begun = given_case([]).when(annul(event(0)));
    assert_eq!(begun.then_refused(Rule::X3).reason, "begins_the_record");
}

#[test]
fn dependents_are_annulled_first_and_latest_first() {
    let action = ActionId::created_by(CommandId::derived("given 1"));
    let (what, by) = (sealed("what"), Party::Office);
    let agreed = Any::from(followup::Fact::ActionAgreed { action, what, by, due: None });
    let result = events::ActionResult::Done;
    let done = Any::from(followup::Fact::ActionClosed { action, result });
    let refusal =
        given_case([agreed.clone(), done.clone()]).when(annul(event(1))).then_refused(Rule::X3);
    assert!(refusal.message.contains(&event(2).to_string()), "{refusal}");
    let after = Fact::Annulled {
        target: event(1),
        reason: sealed("reason"),
        dependents: vec![event(2)],
        again: None,
    };
    given_case([agreed, done, annulled(event(2))]).when(annul(event(1))).then([after.into()]);
}

#[test]
fn a_proposal_that_was_decided_on_is_not_annulled_before_the_decision() {
    let application = events::ApplicationId::derived("application");
    let ruling = selection::Ruling {
        outcome: events::PreselectionOutcome::Decline,
        rationale: sealed("rationale"),
        strengths: vec![],
        gaps: vec![],
    };
    let proposed = selection::Fact::PreselectionProposed { application, ruling: ruling.clone() };
    let proposal = event(1);
    let decided = selection::Fact::PreselectionDecided { application, ruling, proposal };
    let story = || given_case([proposed.clone().into(), decided.clone().into()]);
    assert_eq!(story().when(annul(event(1))).then_refused(Rule::X3).reason, "others_rest_on_it");
    story().when(annul(event(2))).then([asked(event(2))]);
}

#[test]
fn a_note_about_a_fact_changes_nothing() {
    let annotate = |target| Command::Annotate { target, text: sealed("text") };
    let annotated = Fact::Annotated { target: event(1), text: sealed("text") };
    given_case([closed()]).when(annotate(event(1))).then([annotated.into()]);
    given_case([]).when(annotate(event(1))).then_refused(Rule::G9);
}

#[test]
fn a_text_is_redacted_where_one_stands() {
    let redact = |field: &str, text| Command::Redact {
        target: event(1),
        field: field.parse().expect("a path"),
        text,
    };
    let gone =
        Fact::Redacted { target: event(1), field: "summary".parse().expect("a path"), text: None };
    given_case([met(60)]).by(Role::Dpo).when(redact("summary", None)).then([gone.into()]);
    given_case([met(60)]).by(Role::Dpo).when(redact("minutes", None)).then_refused(Rule::G9);
    given_case([met(60)]).by(Role::Advisor).when(redact("summary", None)).then_refused(Rule::G4);
}

/// Things that happen in a case, and second thoughts about any of them.
#[derive(Debug, Clone)]
enum Step {
    Meet(u32),
    Close,
    Reopen,
    Correct(u64, u32),
    Annul(u64),
}

fn step() -> impl Strategy<Value = Step> {
    prop_oneof![
        3 => (1..200_u32).prop_map(Step::Meet),
        1 => Just(Step::Close),
        1 => Just(Step::Reopen),
        3 => (0..12_u64, 1..200_u32).prop_map(|(which, minutes)| Step::Correct(which, minutes)),
        3 => (0..12_u64).prop_map(Step::Annul),
    ]
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]

    /// what was said by a moment stays what was said by then; the state is always the one
    /// that what counts leads to.
    #[test]
    fn second_thoughts_never_change_what_was_known_before(
        steps in proptest::collection::vec(step(), 1..24),
    ) {
        let mut story = given_case([]);
        let mut known = Vec::new();
        for step in steps {
            known.push((story.recorded().len(), state_of(story.recorded())));
            let recorded = story.recorded().to_vec();
            let target = |which: u64| recorded.get(which as usize).map(|envelope| envelope.id);
            let (role, command): (Role, super::super::Command) = match step {
                Step::Meet(minutes) => {
                    let Any::Followup(followup::Fact::InteractionLogged(meeting)) = met(minutes)
                    else { continue };
                    (Role::Advisor, crate::domain::followup::Command::LogInteraction(meeting).into())
                }
                Step::Close => {
                    let reason = events::ClosingReason::Graduated;
                    (Role::Head, intake::close(reason).into())
                }
                Step::Reopen => (Role::Head, intake::reopen().into()),
                Step::Correct(which, minutes) => {
                    let Some(target) = target(which) else { continue };
                    (Role::Advisor, correct(target, met(minutes)).into())
                }
                Step::Annul(which) => {
                    let Some(target) = target(which) else { continue };
                    (Role::Advisor, annul(target).into())
                }
            };
            let carried = story.request(role, command, |request| {
                request.user = if role == Role::Head { super::super::system_user() } else { user(role) };
            });
            if let Ok(Verdict::Facts(envelopes)) = carried {
                let decides = |envelope: &events::Envelope| match &envelope.fact {
                    Any::Amendment(Fact::Corrected { replacement, .. }) => {
                        replacement.0.class() != Class::Descriptive
                    }
                    _ => false,
                };
                prop_assert!(!envelopes.iter().any(decides), "X-2");
            }
            prop_assert_eq!(story.state(), &state_of(story.recorded()));
        }
        for (count, then) in known {
            prop_assert_eq!(state_of(&story.recorded()[..count]), then);
        }
    }
}

fn state_of(recorded: &[events::Envelope]) -> State {
    crate::domain::Folded::of(stream(), recorded.to_vec()).state
}

/// Commands of the family next door.
mod intake {
    pub(super) use events::intake::*;

    use crate::domain::intake::Command;
    use crate::domain::testing::sealed;

    pub(super) fn close(reason: events::ClosingReason) -> Command {
        Command::Close { reason, note: None }
    }

    pub(super) fn reopen() -> Command {
        Command::Reopen { reason: sealed("reason") }
    }
}
