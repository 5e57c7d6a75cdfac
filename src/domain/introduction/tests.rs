use std::collections::BTreeMap;

use events::policy::PolicyBody;
use events::{
    CaseId, DocumentId, Fact as Any, Initiator, IntroductionId, OrganisationId, PersonId, Stream,
    UserId, followup, intake,
};
use proptest::prelude::*;

use super::*;
use crate::domain::testing::{
    Given, NOW, any_history, arrived, at, enveloped, given, sealed, user,
};

const LATER: &str = "2026-04-01T09:00:00Z";
const PAST: &str = "2026-02-27T09:00:00Z";

fn stream() -> Stream {
    Stream::Introduction(IntroductionId::derived("introduction"))
}

fn case() -> CaseId {
    CaseId::derived("case")
}

fn target() -> OrganisationId {
    OrganisationId::derived("target")
}

fn nda() -> DocumentId {
    DocumentId::derived("nda")
}

fn proposal() -> Proposal {
    Proposal {
        case: case(),
        target: target(),
        person: None,
        kind: IntroductionKind::Funding,
        initiated_by: Initiator::Office,
        owner: user(Role::Funding),
        rationale: sealed("rationale"),
        entitlement: None,
    }
}

fn propose(proposal: Proposal) -> Command {
    Command::ProposeIntroduction(proposal)
}

fn proposed() -> Fact {
    Fact::Proposed(proposal())
}

fn followed() -> Vec<Any> {
    let (advisor, previous) = (user(Role::Advisor), None);
    vec![arrived(), intake::Fact::AdvisorAssigned { advisor, previous }.into()]
}

/// On a followed case, with a registered target.
fn given_introduction(facts: &[Fact]) -> Given {
    given(stream(), facts.iter().cloned().map(Any::from))
        .and(Stream::Case(case()), followed())
        .and_organisation(target())
        .and_default_policies()
        .by(Role::Funding)
}

const SCOPE: &[ShareScope] = &[ShareScope::Contact, ShareScope::ProjectTitle];

fn consent(until: &str) -> Command {
    Command::Consent { scope: SCOPE.to_vec(), until: at(until) }
}

fn consented(until: &str) -> Fact {
    Fact::InnovatorConsented { scope: SCOPE.to_vec(), until: at(until) }
}

fn accept(until: Option<&str>) -> Command {
    Command::Accept { until: until.map(at) }
}

fn accepted(until: Option<&str>) -> Fact {
    Fact::TargetAccepted { until: until.map(at) }
}

fn refuse() -> Command {
    Command::Refuse { reason: DeclineReason::TooEarly }
}

fn refused() -> Fact {
    Fact::InnovatorRefused { reason: DeclineReason::TooEarly }
}

fn decline() -> Command {
    Command::Decline { reason: DeclineReason::OutOfScope }
}

fn declined() -> Fact {
    Fact::TargetDeclined { reason: DeclineReason::OutOfScope }
}

fn make(shared: &[ShareScope]) -> Command {
    Command::Make { channel: Channel::Email, shared: shared.to_vec(), nda: None }
}

fn made(shared: &[ShareScope]) -> Fact {
    Fact::Made { channel: Channel::Email, shared: shared.to_vec(), nda: None }
}

fn follow_up() -> Command {
    Command::FollowUp { summary: sealed("summary") }
}

fn followed_up() -> Fact {
    Fact::FollowedUp { summary: sealed("summary") }
}

fn conclude(outcome: IntroductionOutcome) -> Command {
    Command::RecordOutcome { outcome, note: None }
}

fn concluded(outcome: IntroductionOutcome) -> Fact {
    Fact::OutcomeRecorded { outcome, note: None }
}

fn abandon() -> Command {
    Command::Abandon { reason: sealed("reason") }
}

fn abandoned() -> Fact {
    Fact::Abandoned { reason: sealed("reason") }
}

#[test]
fn an_introduction_is_proposed_once() {
    given_introduction(&[]).when(propose(proposal())).then([proposed().into()]);
    given_introduction(&[proposed()]).when(propose(proposal())).then_nothing();
    given_introduction(&[]).by(Role::Innovator).when(propose(proposal())).then_refused(Rule::G4);
}

#[test]
fn a_proposal_names_a_case_a_target_and_a_person_that_are_known() {
    let unknown = [
        Proposal { case: CaseId::derived("unknown"), ..proposal() },
        Proposal { target: OrganisationId::derived("unknown"), ..proposal() },
        Proposal { person: Some(PersonId::derived("unknown")), ..proposal() },
    ];
    for proposal in unknown {
        given_introduction(&[]).when(propose(proposal)).then_refused(Rule::G9);
    }
}

#[test]
fn an_advisor_or_somebody_of_funding_looks_after_it() {
    let owned = |owner| propose(Proposal { owner, ..proposal() });
    let by_advisor = Fact::Proposed(Proposal { owner: user(Role::Advisor), ..proposal() });
    given_introduction(&[]).when(owned(user(Role::Advisor))).then([by_advisor.into()]);
    given_introduction(&[]).when(owned(user(Role::Platform))).then_refused(Rule::G4);
    given_introduction(&[]).when(owned(UserId::derived("nobody"))).then_refused(Rule::G4);
}

#[test]
fn introductions_are_open_to_followed_cases() {
    let received = || {
        given(stream(), [])
            .and(Stream::Case(case()), [arrived()])
            .and_organisation(target())
            .and_default_policies()
            .by(Role::Funding)
            .when(propose(proposal()))
    };
    assert_eq!(received().then_refused(Rule::C7).reason, "not_followed");
    received().reported().then_irregular([proposed().into()], [Rule::C7]);
    let closed = intake::Fact::Closed { reason: events::ClosingReason::Withdrawn, note: None };
    given_introduction(&[])
        .and(Stream::Case(case()), [closed.into()])
        .when(propose(proposal()))
        .then_refused(Rule::C7);
}

#[test]
fn the_policy_says_from_when_a_case_is_introduced() {
    let story = |access, kind| {
        let components = events::Labelled::ALL.iter().map(|component| {
            let here = *component == OfferComponent::Networks;
            (*component, if here { access } else { ComponentAccess::Included })
        });
        let body =
            PolicyBody::OfferComponents { components: components.collect::<BTreeMap<_, _>>() };
        let published =
            events::policy::Fact::Published { version: 2, body, effective_from: at(PAST) };
        given_introduction(&[])
            .and(Stream::Policy(PolicyKind::OfferComponents), [published.into()])
            .when(propose(Proposal { kind, ..proposal() }))
    };
    let partners = IntroductionKind::IndustrialPartnership;
    let fact = |kind| Any::from(Fact::Proposed(Proposal { kind, ..proposal() }));
    story(ComponentAccess::Included, partners).then([fact(partners)]);
    story(ComponentAccess::OpenFromFollowed, partners).then([fact(partners)]);
    story(ComponentAccess::OpenFromSupported, partners).then_refused(Rule::C7);
    story(ComponentAccess::Metered, partners).then_refused(Rule::C7);
    story(ComponentAccess::Metered, IntroductionKind::Funding)
        .then([fact(IntroductionKind::Funding)]);
}

#[test]
fn the_innovator_consents_to_what_is_shared_and_until_when() {
    let story = || given_introduction(&[proposed()]);
    story().when(consent(LATER)).then([consented(LATER).into()]);
    story().by(Role::Innovator).when(consent(LATER)).then([consented(LATER).into()]);
    story().when(consent(PAST)).then_refused(Rule::G9);
    let nothing = Command::Consent { scope: vec![], until: at(LATER) };
    story().when(nothing).then_refused(Rule::G9);
    given_introduction(&[]).when(consent(LATER)).then_refused(Rule::G9);
    given_introduction(&[proposed(), consented(LATER)]).when(consent(LATER)).then_nothing();
    let longer = "2026-06-01T09:00:00Z";
    given_introduction(&[proposed(), consented(LATER)])
        .when(consent(longer))
        .then([consented(longer).into()]);
}

#[test]
fn innovators_answer_for_their_own_project_only() {
    let other = intake::Fact::Logged(match arrived() {
        Any::Intake(intake::Fact::Logged(arrival)) => {
            intake::Arrival { contact: PersonId::derived("somebody else"), ..arrival }
        }
        fact => panic!("a case begins with its arrival, not {fact:?}"),
    });
    let story = || {
        given(stream(), [proposed().into()])
            .and(Stream::Case(case()), [other.clone().into()])
            .and_default_policies()
            .by(Role::Innovator)
    };
    story().when(consent(LATER)).then_refused(Rule::G9);
    story().when(refuse()).then_refused(Rule::G9);
    story().when(accept(None)).then_refused(Rule::G4);
}

#[test]
fn the_target_accepts_for_a_while_or_for_good() {
    let story = || given_introduction(&[proposed()]);
    story().when(accept(None)).then([accepted(None).into()]);
    story().when(accept(Some(LATER))).then([accepted(Some(LATER)).into()]);
    story().when(accept(Some(PAST))).then_refused(Rule::G9);
    given_introduction(&[]).when(accept(None)).then_refused(Rule::G9);
    given_introduction(&[proposed(), accepted(None)]).when(accept(None)).then_nothing();
}

#[test]
fn either_may_say_no_once_and_then_nobody_is_introduced() {
    for (command, fact) in [(refuse(), refused()), (decline(), declined())] {
        let after = |fact: &Fact| given_introduction(&[proposed(), fact.clone()]);
        given_introduction(&[proposed()]).when(command.clone()).then([fact.clone().into()]);
        given_introduction(&[]).when(command.clone()).then_refused(Rule::G9);
        after(&fact).when(command.clone()).then_nothing();
        after(&made(&[])).when(command).then_refused(Rule::C7);
        for next in [consent(LATER), accept(None), make(&[]), abandon()] {
            after(&fact).when(next).then_refused(Rule::C7);
        }
        after(&fact)
            .when(consent(LATER))
            .reported()
            .then_irregular([consented(LATER).into()], [Rule::C7]);
    }
}

#[test]
fn nobody_is_introduced_before_both_agree() {
    for agreed in [
        vec![],
        vec![consented(LATER)],
        vec![accepted(None)],
        // They may agree in any order, but both must still.
        vec![accepted(Some(NOW)), consented(LATER)],
        vec![accepted(None), consented(NOW)],
    ] {
        let facts = [vec![proposed()], agreed].concat();
        given_introduction(&facts).when(make(&[])).then_refused(Rule::I1);
    }
    let report = given_introduction(&[proposed()]).when(make(&[])).reported();
    report.then_irregular([made(&[]).into()], [Rule::I1, Rule::I1]);
}

#[test]
fn both_agree_in_any_order() {
    for agreed in [[consented(LATER), accepted(None)], [accepted(Some(LATER)), consented(LATER)]] {
        let facts = [vec![proposed()], agreed.to_vec()].concat();
        given_introduction(&facts).when(make(SCOPE)).then([made(SCOPE).into()]);
        let again = [facts, vec![made(SCOPE)]].concat();
        given_introduction(&again).when(make(SCOPE)).then_nothing();
    }
    given_introduction(&[]).when(make(SCOPE)).then_refused(Rule::G9);
}

#[test]
fn agreement_does_not_reach_back() {
    given_introduction(&[proposed(), consented(LATER), accepted(None)])
        .when(make(&[]))
        .with(|request| request.occurred_at = Some(at(PAST)))
        .then_refused(Rule::I1);
}

#[test]
fn what_is_shared_lies_within_the_consent() {
    let story = || given_introduction(&[proposed(), consented(LATER), accepted(None)]);
    let beyond = &[ShareScope::Contact, ShareScope::PitchDeck];
    story().when(make(beyond)).then_refused(Rule::I2);
    story().when(make(beyond)).reported().then_irregular([made(beyond).into()], [Rule::I2]);
    story().when(make(&SCOPE[..1])).then([made(&SCOPE[..1]).into()]);
}

#[test]
fn an_agreement_on_confidentiality_is_a_document_of_the_case() {
    let make = || {
        let (channel, shared) = (Channel::Email, vec![]);
        Command::Make { channel, shared, nda: Some(nda()) }
    };
    let story = || given_introduction(&[proposed(), consented(LATER), accepted(None)]);
    story().when(make()).then_refused(Rule::G9);
    let attached = followup::Fact::DocumentAttached(followup::Attachment {
        document: nda(),
        kind: events::DocumentKind::Agreement,
        size_bytes: 1,
        media_type: "application/pdf".parse().expect("a media type"),
        name: sealed("name"),
        digest: events::Digest([2; 32]),
        supersedes: None,
    });
    let fact = Fact::Made { channel: Channel::Email, shared: vec![], nda: Some(nda()) };
    story().and(Stream::Case(case()), [attached.into()]).when(make()).then([fact.into()]);
}

#[test]
fn it_is_followed_up_once_made_and_its_last_outcome_counts() {
    let (meeting, closed) = (IntroductionOutcome::MeetingHeld, IntroductionOutcome::Closed);
    let made = || vec![proposed(), made(&[])];
    let held = || [made(), vec![concluded(meeting)]].concat();
    given_introduction(&made()).when(follow_up()).then([followed_up().into()]);
    given_introduction(&held()).when(follow_up()).then([followed_up().into()]);
    given_introduction(&made()).when(conclude(meeting)).then([concluded(meeting).into()]);
    given_introduction(&held()).when(conclude(closed)).then([concluded(closed).into()]);
    given_introduction(&held()).when(conclude(meeting)).then_nothing();
    for command in [follow_up(), conclude(meeting)] {
        given_introduction(&[]).when(command.clone()).then_refused(Rule::G9);
        given_introduction(&[proposed()]).when(command).then_refused(Rule::C7);
    }
}

#[test]
fn it_is_given_up_once_and_not_after_its_outcome() {
    given_introduction(&[proposed()]).when(abandon()).then([abandoned().into()]);
    given_introduction(&[proposed(), made(&[])]).when(abandon()).then([abandoned().into()]);
    given_introduction(&[]).when(abandon()).then_refused(Rule::G9);
    given_introduction(&[proposed(), abandoned()]).when(abandon()).then_nothing();
    let closed = concluded(IntroductionOutcome::Closed);
    given_introduction(&[proposed(), made(&[]), closed]).when(abandon()).then_refused(Rule::C7);
}

fn facts() -> Vec<Any> {
    [
        proposed(),
        consented(LATER),
        refused(),
        accepted(None),
        declined(),
        made(SCOPE),
        followed_up(),
        concluded(IntroductionOutcome::MeetingHeld),
        abandoned(),
    ]
    .map(Any::from)
    .to_vec()
}

fn commands() -> Vec<Command> {
    vec![
        propose(proposal()),
        consent(LATER),
        refuse(),
        accept(None),
        decline(),
        make(SCOPE),
        follow_up(),
        conclude(IntroductionOutcome::Closed),
        abandon(),
    ]
}

proptest! {
    #[test]
    fn any_history_evolves_and_what_is_decided_on_it_is_decided_once(
        history in any_history(facts()),
        command in proptest::sample::select(commands()),
    ) {
        given(stream(), history)
            .and(Stream::Case(case()), followed())
            .and_organisation(target())
            .by(Role::Funding)
            .when(command)
            .settles();
    }

    #[test]
    fn whatever_is_asked_nobody_is_introduced_without_both_agreeing(
        commands in proptest::collection::vec(proptest::sample::select(commands()), 0..12),
    ) {
        let mut history = vec![];
        for (index, command) in commands.into_iter().enumerate() {
            let story = given_introduction(&history).when(command).with(|request| {
                request.id = events::CommandId::derived(&index.to_string());
            });
            history.extend(story.decided().into_iter().filter_map(|fact| match fact {
                Any::Introduction(fact) => Some(fact),
                _ => None,
            }));
        }
        let mut introduction = Introduction::default();
        for fact in history {
            if matches!(fact, Fact::Made { .. }) {
                prop_assert!(introduction.consent_at(at(NOW)).is_some());
                prop_assert!(introduction.acceptance_at(at(NOW)).is_some());
            }
            let envelope = enveloped(stream(), 0, fact.clone().into(), at(NOW));
            introduction.evolve(&fact, &envelope);
        }
    }
}
