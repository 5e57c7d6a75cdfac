//! Whatever is asked in whichever order, applications reach only legal states.

use std::collections::BTreeMap;

use proptest::prelude::*;

use super::*;
use events::{CaseStatus, Envelope, approval};

use crate::domain::testing::report;
use crate::domain::{State, Stop, Verdict, binds_reports};

/// Section 6 of the domain, written out: from where, by what, to where.
const TABLE: &[(Option<ApplicationState>, &str, ApplicationState)] = {
    use ApplicationState::*;
    &[
        (None, "submitted", Submitted),
        (Some(Submitted), "received late", Late),
        (Some(Late), "admitted", Submitted),
        (Some(Late), "refused", NotAdmitted),
        (Some(Submitted), "eligible", Eligible),
        (Some(Submitted), "ineligible", Ineligible),
        (Some(Submitted), "incomplete", Submitted),
        (Some(Eligible), "forward", Preselected),
        (Some(Eligible), "defer", Deferred),
        (Some(Eligible), "decline", NotPreselected),
        (Some(Eligible), "refer", Referred),
        (Some(Deferred), "carried over", Submitted),
        (Some(Submitted), "withdrawn", Withdrawn),
        (Some(Late), "withdrawn", Withdrawn),
        (Some(Eligible), "withdrawn", Withdrawn),
        (Some(Preselected), "withdrawn", Withdrawn),
        (Some(Deferred), "withdrawn", Withdrawn),
    ]
};

/// What a fact is called in the table; `None` for one that moves nothing.
fn word(fact: &Fact) -> Option<&'static str> {
    match fact {
        Fact::ApplicationSubmitted { .. } => Some("submitted"),
        Fact::ApplicationReceivedLate { .. } => Some("received late"),
        Fact::LateApplicationAdmitted { .. } => Some("admitted"),
        Fact::LateApplicationRefused { .. } => Some("refused"),
        Fact::ApplicationWithdrawn { .. } => Some("withdrawn"),
        Fact::ApplicationCarriedOver { .. } => Some("carried over"),
        Fact::EligibilityAssessed { outcome, .. } => Some(events::Labelled::word(*outcome)),
        Fact::PreselectionDecided { ruling, .. } => Some(events::Labelled::word(ruling.outcome)),
        Fact::ConflictDeclared { .. }
        | Fact::NoConflictDeclared { .. }
        | Fact::PreselectionOpinionGiven { .. }
        | Fact::PreselectionProposed { .. }
        | Fact::PreselectionMeetingHeld { .. }
        | Fact::DecisionNotified { .. } => None,
    }
}

/// What somebody tries; which application, call and event is meant is drawn as a number.
#[derive(Debug, Clone, Copy)]
enum Try {
    Submit { second: bool, late: bool },
    Admit,
    Refuse,
    Withdraw,
    CarryOver { second: bool },
    Declare { conflict: bool },
    Assess(Option<CriterionResult>),
    GiveOpinion,
    Propose(PreselectionOutcome),
    Decide(PreselectionOutcome),
    DecideOnSomethingElse,
    Notify,
    CloseCase,
    ReopenCase,
}

fn tries() -> impl Strategy<Value = Try> {
    let outcome = || proptest::sample::select(events::Labelled::ALL);
    let result = proptest::option::of(proptest::sample::select(events::Labelled::ALL));
    prop_oneof![
        2 => (any::<bool>(), any::<bool>())
            .prop_map(|(second, late)| Try::Submit { second, late }),
        1 => Just(Try::Admit),
        1 => Just(Try::Refuse),
        1 => Just(Try::Withdraw),
        2 => any::<bool>().prop_map(|second| Try::CarryOver { second }),
        6 => (0..8_u8).prop_map(|dice| Try::Declare { conflict: dice == 0 }),
        4 => result.prop_map(Try::Assess),
        1 => Just(Try::GiveOpinion),
        4 => outcome().prop_map(Try::Propose),
        4 => outcome().prop_map(Try::Decide),
        1 => Just(Try::DecideOnSomethingElse),
        1 => Just(Try::Notify),
        1 => Just(Try::CloseCase),
        1 => Just(Try::ReopenCase),
    ]
}

/// Mostly those who propose and decide, so that the same person often tries both.
fn roles() -> impl Strategy<Value = Role> {
    prop_oneof![
        2 => Just(Role::Advisor),
        6 => Just(Role::Head),
        2 => Just(Role::Deputy),
        1 => Just(Role::Director),
        1 => Just(Role::Innovator),
    ]
}

fn case(story: &Given) -> &Case {
    match story.state() {
        State::Case(case) => case,
        other => panic!("a case, not {other:?}"),
    }
}

/// The command, about one of the applications there are.
fn command(what: Try, which: usize, case: &Case) -> crate::domain::Command {
    let ids: Vec<_> = case.applications.keys().copied().collect();
    let application = ids.get(which % ids.len().max(1)).copied().unwrap_or(application());
    let known = case.applications.get(&application);
    let call = |second| if second { next_call() } else { call() };
    let (reason, ruling) = (sealed("reason"), |outcome| ruling(outcome));
    let other = EventId::derived("something else");
    let proposal = known.and_then(|known| known.proposal).map_or(other, |it| it.event);
    let command = match what {
        Try::Submit { second, late } => {
            let arrived = if late { LATE } else { IN_TIME };
            Command::SubmitApplication(Submission { call: call(second), ..submission(arrived) })
        }
        Try::Admit => Command::AdmitLateApplication { application, reason },
        Try::Refuse => Command::RefuseLateApplication { application, reason },
        Try::Withdraw => Command::WithdrawApplication { application, reason: None },
        Try::CarryOver { second } => {
            Command::CarryOverApplication { application, call: call(second) }
        }
        Try::Declare { conflict: true } => {
            let ground = ConflictGround::Equity;
            Command::DeclareConflict { application, ground, description: None }
        }
        Try::Declare { conflict: false } => Command::DeclareNoConflict { application },
        Try::Assess(but) => {
            let but: Vec<_> = but.map(|result| ("oncology_scope", result)).into_iter().collect();
            Command::AssessEligibility { application, results: results(&but) }
        }
        Try::GiveOpinion => {
            let opinion = ruling(PreselectionOutcome::Forward);
            Command::GiveOpinion { application, opinion }
        }
        Try::Propose(outcome) => {
            Command::ProposePreselection { application, ruling: ruling(outcome) }
        }
        Try::Decide(outcome) => {
            Command::DecidePreselection { application, ruling: ruling(outcome), proposal }
        }
        Try::DecideOnSomethingElse => {
            let ruling = ruling(PreselectionOutcome::Forward);
            Command::DecidePreselection { application, ruling, proposal: other }
        }
        Try::Notify => {
            let decision = known.and_then(|known| known.decision).map_or(other, |it| it.0);
            let channel = Channel::Email;
            let (letter, appeal_deadline) = (None, None);
            Command::NotifyDecision { application, decision, channel, letter, appeal_deadline }
        }
        Try::CloseCase => {
            let reason = ClosingReason::Withdrawn;
            return crate::domain::intake::Command::Close { reason, note: None }.into();
        }
        Try::ReopenCase => return crate::domain::intake::Command::Reopen { reason }.into(),
    };
    command.into()
}

/// Applications as the table alone moves them, with who proposed last and who has a conflict.
#[derive(Debug, Default)]
struct Model {
    states: BTreeMap<ApplicationId, ApplicationState>,
    proposers: BTreeMap<ApplicationId, Role>,
    conflicted: Vec<(ApplicationId, Role)>,
}

impl Model {
    fn take(&mut self, fact: &Fact, role: Role) {
        let id = fact.application();
        if let Some(word) = word(fact) {
            let from = self.states.get(&id).copied();
            let row = TABLE.iter().find(|(state, what, _)| (*state, *what) == (from, word));
            let (.., to) = row.unwrap_or_else(|| panic!("{from:?} is not {word}"));
            self.states.insert(id, *to);
        }
        match fact {
            Fact::ConflictDeclared { .. } => self.conflicted.push((id, role)),
            Fact::PreselectionProposed { .. } => {
                self.proposers.insert(id, role);
                self.has_a_say(id, role);
            }
            Fact::PreselectionDecided { .. } => {
                assert_ne!(self.proposers.get(&id), Some(&role), "C-4");
                assert!(self.proposers.contains_key(&id), "C-4");
                self.has_a_say(id, role);
            }
            Fact::ApplicationCarriedOver { .. } => {
                self.proposers.remove(&id);
            }
            Fact::EligibilityAssessed { .. }
            | Fact::LateApplicationAdmitted { .. }
            | Fact::LateApplicationRefused { .. }
            | Fact::PreselectionOpinionGiven { .. } => self.has_a_say(id, role),
            Fact::ApplicationSubmitted { .. }
            | Fact::ApplicationReceivedLate { .. }
            | Fact::ApplicationWithdrawn { .. }
            | Fact::NoConflictDeclared { .. }
            | Fact::PreselectionMeetingHeld { .. }
            | Fact::DecisionNotified { .. } => {}
        }
    }

    fn has_a_say(&self, id: ApplicationId, role: Role) {
        assert!(!self.conflicted.contains(&(id, role)), "C-8");
    }
}

/// A second person agrees to what was asked for.
fn agree(story: &mut Given, asked: &[Envelope], by: Role) {
    for envelope in asked {
        let Any::Approval(approval::Fact::Requested { approval, .. }) = &envelope.fact else {
            continue;
        };
        let second = if by == Role::Head { Role::Deputy } else { Role::Head };
        let give = crate::domain::approval::Command::Give { approval: *approval };
        let given = story.carry_out(second, give).expect("a second person may agree");
        let status = case(story).status;
        assert!(status != Some(CaseStatus::Closed), "reopened: {given:?}");
    }
}

proptest! {
    #[test]
    fn any_sequence_of_commands_leads_to_legal_states(
        tries in proptest::collection::vec((tries(), roles(), 0..4_usize), 1..60),
    ) {
        let mut story = given_case([]);
        let mut model = Model::default();
        for (what, role, which) in tries {
            let command = command(what, which, case(&story));
            let Ok(Verdict::Facts(envelopes)) = story.carry_out(role, command) else { continue };
            for envelope in &envelopes {
                if let Any::Selection(fact) = &envelope.fact {
                    model.take(fact, role);
                }
            }
            agree(&mut story, &envelopes, role);
            let applications = &case(&story).applications;
            let states: BTreeMap<_, _> =
                applications.iter().map(|(id, application)| (*id, application.state)).collect();
            prop_assert_eq!(&states, &model.states);
            for call in [call(), next_call()] {
                let open = applications.values().filter(|it| it.call == call && it.state.is_open());
                prop_assert!(open.count() <= 1, "C-1");
            }
        }
    }

    #[test]
    fn no_rule_of_the_office_refuses_a_report(
        tries in proptest::collection::vec((tries(), roles(), 0..4_usize), 1..30),
    ) {
        let mut story = given_case([]);
        for (what, role, which) in tries {
            let asked = command(what, which, case(&story));
            let takes_back = matches!(what, Try::Declare { conflict: false });
            let reported = story.request(role, asked, |request| request.report = Some(report()));
            if let Err(Stop::Refused(refusal)) = reported {
                prop_assert!(takes_back || binds_reports(refusal.rule), "{}", refusal);
            }
        }
    }
}

#[test]
fn a_late_application_may_still_come_to_the_committee() {
    let (forward, defer) = (PreselectionOutcome::Forward, PreselectionOutcome::Defer);
    let mut story = given_case([]);
    let mut model = Model::default();
    for (what, role) in [
        (Try::Submit { second: false, late: true }, Role::Advisor),
        (Try::Declare { conflict: false }, Role::Advisor),
        (Try::Declare { conflict: false }, Role::Head),
        (Try::Admit, Role::Head),
        (Try::Assess(None), Role::Advisor),
        (Try::Propose(defer), Role::Advisor),
        (Try::Decide(defer), Role::Head),
        (Try::Notify, Role::Advisor),
        (Try::CarryOver { second: true }, Role::Advisor),
        (Try::Assess(None), Role::Advisor),
        (Try::Propose(forward), Role::Advisor),
        (Try::Decide(forward), Role::Head),
    ] {
        let command = command(what, 0, case(&story));
        let verdict = story.carry_out(role, command);
        let Ok(Verdict::Facts(envelopes)) = verdict else { panic!("{what:?}: {verdict:?}") };
        for envelope in envelopes {
            let Any::Selection(fact) = envelope.fact else { panic!("a fact of selection") };
            model.take(&fact, role);
        }
    }
    assert_eq!(model.states.values().collect::<Vec<_>>(), [&ApplicationState::Preselected]);
}
