mod arrival;
mod legality;
mod rulings;

use events::call;
use events::selection::Fact;
use events::{
    CaseId, ClosingReason, CriterionResult, Digest, EligibilityOutcome, Fact as Any, PolicyKind,
    PreselectionOutcome, ReceivedBy, Stream, Time, followup, intake,
};

use super::*;
use crate::domain::testing::{
    Given, arrived, at, code, created, given, given_event, person_of, sealed,
};

const DEADLINE: &str = "2026-03-02T08:00:00Z";
const IN_TIME: &str = "2026-03-02T08:00:00Z";
const LATE: &str = "2026-03-02T08:00:01Z";

fn stream() -> Stream {
    Stream::Case(CaseId::derived("case"))
}

fn call() -> CallId {
    CallId::derived("call")
}

fn next_call() -> CallId {
    CallId::derived("next call")
}

fn deck() -> DocumentId {
    DocumentId::derived("deck")
}

fn attached() -> Any {
    let attachment = followup::Attachment {
        document: deck(),
        kind: events::DocumentKind::PitchDeck,
        name: sealed("deck"),
        size_bytes: 10,
        media_type: "application/pdf".parse().expect("a media type"),
        digest: Digest([3; 32]),
        supersedes: None,
    };
    followup::Fact::DocumentAttached(attachment).into()
}

fn closed() -> Any {
    intake::Fact::Closed { reason: ClosingReason::Withdrawn, note: None }.into()
}

fn opened(deadline: Option<Time>) -> Any {
    let terms = call::Terms {
        title: "Spring call".parse().expect("a title"),
        kind: events::CallKind::Regular,
        opens_at: at("2026-02-01T08:00:00Z"),
        deadline,
    };
    let policies = [(PolicyKind::Eligibility, 1), (PolicyKind::ServiceLevels, 1)].into();
    call::Fact::Opened { terms, policies }.into()
}

/// A case with a document, a call whose deadline passed an hour ago, and one that goes on.
fn given_case(facts: impl IntoIterator<Item = Any>) -> Given {
    given(stream(), [arrived(), attached()].into_iter().chain(facts))
        .and_default_policies()
        .and(Stream::Call(call()), [opened(Some(at(DEADLINE)))])
        .and(Stream::Call(next_call()), [opened(None)])
}

fn given_application(facts: impl IntoIterator<Item = Fact>) -> Given {
    given_case([submitted().into()].into_iter().chain(facts.into_iter().map(Any::from)))
}

/// The event of the n-th fact of an application that is given.
fn event(nth: u64) -> EventId {
    given_event(stream(), 2 + nth)
}

fn application() -> ApplicationId {
    ApplicationId::derived("application")
}

/// By the office, with the message it came in.
fn submission(received_at: &str) -> Submission {
    Submission {
        call: call(),
        documents: vec![deck()],
        declarations: vec![],
        received_at: at(received_at),
        received_by: ReceivedBy::Office,
        evidence: Some(deck()),
    }
}

fn submitted() -> Fact {
    let submission = submission(IN_TIME);
    Fact::ApplicationSubmitted { application: application(), submission }
}

fn submit(submission: Submission) -> Command {
    Command::SubmitApplication(submission)
}

fn submitted_now(submission: Submission) -> Any {
    Fact::ApplicationSubmitted { application: created(), submission }.into()
}

fn late_now(late_by_minutes: u64) -> Any {
    let deadline = at(DEADLINE);
    Fact::ApplicationReceivedLate { application: created(), deadline, late_by_minutes }.into()
}

fn late() -> Fact {
    let (application, deadline) = (application(), at(DEADLINE));
    Fact::ApplicationReceivedLate { application, deadline, late_by_minutes: 1 }
}

fn admitted() -> Fact {
    Fact::LateApplicationAdmitted { application: application(), reason: sealed("reason") }
}

fn admit() -> Command {
    Command::AdmitLateApplication { application: application(), reason: sealed("reason") }
}

fn refused() -> Fact {
    Fact::LateApplicationRefused { application: application(), reason: sealed("reason") }
}

fn refuse() -> Command {
    Command::RefuseLateApplication { application: application(), reason: sealed("reason") }
}

fn free(role: Role) -> Fact {
    Fact::NoConflictDeclared { application: application(), person: person_of(role) }
}

fn conflicted(role: Role) -> Fact {
    Fact::ConflictDeclared {
        application: application(),
        person: person_of(role),
        ground: ConflictGround::Equity,
        description: None,
    }
}

fn declare(ground: ConflictGround) -> Command {
    Command::DeclareConflict { application: application(), ground, description: None }
}

fn declare_none() -> Command {
    Command::DeclareNoConflict { application: application() }
}

fn criteria() -> Vec<Code> {
    let codes = [
        "oncology_scope",
        "stage_in_scope",
        "area_in_scope",
        "contributes_to_french_economy",
        "non_confidential_material",
        "ip_position_stated",
        "team_contactable",
        "no_exclusion_situation",
        "no_double_funding",
    ];
    codes.map(code).into()
}

fn finding(result: CriterionResult) -> Finding {
    Finding { result, evidence: Some(sealed("evidence")) }
}

/// All criteria met but these.
fn results(but: &[(&str, CriterionResult)]) -> BTreeMap<Code, Finding> {
    let met = |code| (code, Finding { result: CriterionResult::Met, evidence: None });
    let exceptions = but.iter().map(|(name, result)| (code(name), finding(*result)));
    criteria().into_iter().map(met).chain(exceptions).collect()
}

fn assess(results: BTreeMap<Code, Finding>) -> Command {
    Command::AssessEligibility { application: application(), results }
}

fn assessed(results: BTreeMap<Code, Finding>, outcome: EligibilityOutcome) -> Fact {
    Fact::EligibilityAssessed { application: application(), results, outcome }
}

fn eligible() -> Fact {
    assessed(results(&[]), EligibilityOutcome::Eligible)
}

fn ruling(outcome: PreselectionOutcome) -> Ruling {
    Ruling { outcome, rationale: sealed("rationale"), strengths: vec![], gaps: vec![] }
}

fn propose(outcome: PreselectionOutcome) -> Command {
    Command::ProposePreselection { application: application(), ruling: ruling(outcome) }
}

fn proposed() -> Fact {
    let ruling = ruling(PreselectionOutcome::Forward);
    Fact::PreselectionProposed { application: application(), ruling }
}

fn decide_on(proposal: EventId, outcome: PreselectionOutcome) -> Command {
    let application = application();
    Command::DecidePreselection { application, ruling: ruling(outcome), proposal }
}

fn decided(proposal: EventId, outcome: PreselectionOutcome) -> Fact {
    let application = application();
    Fact::PreselectionDecided { application, ruling: ruling(outcome), proposal }
}

/// Eligible, and proposed by the advisor in event 3; the head has no conflict.
fn given_proposal() -> Given {
    given_application([eligible(), free(Role::Head), proposed()])
}

fn given_decision(outcome: PreselectionOutcome) -> Given {
    let decided = decided(event(3), outcome);
    given_application([eligible(), free(Role::Head), proposed(), decided])
}
