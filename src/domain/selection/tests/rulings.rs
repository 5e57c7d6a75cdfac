use super::*;

#[test]
fn staff_declare_for_themselves_and_a_conflict_stands() {
    given_application([]).when(declare_none()).then([free(Role::Advisor).into()]);
    given_application([free(Role::Advisor)]).when(declare_none()).then_nothing();
    let equity = ConflictGround::Equity;
    for before in [vec![], vec![free(Role::Director)], vec![conflicted(Role::Head)]] {
        given_application(before)
            .by(Role::Director)
            .when(declare(equity))
            .then([conflicted(Role::Director).into()]);
    }
    let conflict = || given_application([conflicted(Role::Advisor)]);
    conflict().when(declare(equity)).then_nothing();
    let other = Fact::ConflictDeclared {
        application: application(),
        person: person_of(Role::Advisor),
        ground: ConflictGround::Family,
        description: None,
    };
    conflict().when(declare(ConflictGround::Family)).then([other.into()]);
    conflict().when(declare_none()).then_refused(Rule::C8);
    conflict().when(declare_none()).reported().then_refused(Rule::C8);
    given_case([]).when(declare_none()).then_refused(Rule::G9);
    given_case([]).when(declare(equity)).then_refused(Rule::G9);
}

#[test]
fn eligibility_follows_from_the_results() {
    use CriterionResult::{InsufficientInformation, NotApplicable, NotMet};
    for (but, outcome) in [
        (&[][..], EligibilityOutcome::Eligible),
        (&[("oncology_scope", NotApplicable)], EligibilityOutcome::Eligible),
        (&[("ip_position_stated", NotMet)], EligibilityOutcome::Eligible),
        (&[("no_double_funding", InsufficientInformation)], EligibilityOutcome::Eligible),
        (&[("oncology_scope", NotMet)], EligibilityOutcome::Ineligible),
        (&[("oncology_scope", InsufficientInformation)], EligibilityOutcome::Incomplete),
        (
            &[("oncology_scope", InsufficientInformation), ("team_contactable", NotMet)],
            EligibilityOutcome::Ineligible,
        ),
    ] {
        given_application([free(Role::Advisor)]).when(assess(results(but))).then([assessed(
            results(but),
            outcome,
        )
        .into()]);
    }
}

#[test]
fn each_criterion_of_the_call_has_a_result_and_nothing_else_has() {
    let free = || given_application([free(Role::Advisor)]);
    let mut short = results(&[]);
    short.remove(&code("oncology_scope"));
    let refusal = free().when(assess(short.clone())).then_refused(Rule::C3);
    assert!(refusal.message.contains("oncology_scope"), "{refusal}");
    // A report may lack one; then nobody knows.
    let incomplete = assessed(short.clone(), EligibilityOutcome::Incomplete);
    free().when(assess(short)).reported().then_irregular([incomplete.into()], [Rule::C3]);
    let more = results(&[("horoscope", CriterionResult::Met)]);
    let refusal = free().when(assess(more.clone())).then_refused(Rule::C3);
    assert_eq!(refusal.reason, "criterion_unknown");
    let eligible = assessed(more.clone(), EligibilityOutcome::Eligible);
    free().when(assess(more)).reported().then_irregular([eligible.into()], [Rule::C3]);
}

#[test]
fn a_failing_criterion_says_why() {
    let mut silent = results(&[]);
    silent.insert(
        code("oncology_scope"),
        Finding { result: CriterionResult::NotMet, evidence: None },
    );
    let story = || given_application([free(Role::Advisor)]).when(assess(silent.clone()));
    story().then_refused(Rule::C5);
    let fact = assessed(silent.clone(), EligibilityOutcome::Ineligible);
    story().reported().then_irregular([fact.into()], [Rule::C5]);
}

#[test]
fn who_assesses_declared_no_conflict() {
    let met = || assess(results(&[]));
    let refusal = given_application([]).when(met()).then_refused(Rule::C8);
    assert_eq!(refusal.reason, "not_declared");
    given_application([]).when(met()).reported().then_irregular([eligible().into()], [Rule::C8]);
    let conflict = given_application([free(Role::Advisor), conflicted(Role::Advisor)]);
    assert_eq!(conflict.when(met()).then_refused(Rule::C8).reason, "conflict_declared");
    let undone = given_application([conflicted(Role::Advisor), free(Role::Advisor)]);
    assert_eq!(undone.when(met()).then_refused(Rule::C8).reason, "conflict_declared");
}

#[test]
fn only_what_is_submitted_is_assessed_under_the_rules_of_its_call() {
    let met = || assess(results(&[]));
    let twice = given_application([free(Role::Advisor), eligible()]);
    twice.when(met()).then_refused(Rule::C7);
    given_application([free(Role::Advisor), late()]).when(met()).then_refused(Rule::C7);
    given_case([]).when(met()).then_refused(Rule::G9);
    let unruled = call::Fact::Opened {
        terms: call::Terms {
            title: "A call without rules".parse().expect("a title"),
            kind: events::CallKind::Rolling,
            opens_at: at(IN_TIME),
            deadline: None,
        },
        policies: BTreeMap::new(),
    };
    given_application([free(Role::Advisor)])
        .and(Stream::Call(call()), [unruled.into()])
        .when(met())
        .then_refused(Rule::G6);
}

#[test]
fn decisions_quote_the_rules_of_their_call() {
    let mut story = given_application([free(Role::Advisor)]).when(assess(results(&[])));
    let Ok(crate::domain::Verdict::Facts(envelopes)) = story.verdict() else {
        panic!("it is assessed");
    };
    let quoted = &envelopes[0].meta.policies;
    assert_eq!(quoted.get(&PolicyKind::Eligibility), Some(&1));
    assert_eq!(quoted.get(&PolicyKind::ServiceLevels), Some(&1));
}

#[test]
fn opinions_come_before_the_decision_from_those_without_a_conflict() {
    let opinion = ruling(PreselectionOutcome::Refer);
    let give = || Command::GiveOpinion { application: application(), opinion: opinion.clone() };
    let given_now = || {
        let (application, opinion) = (application(), opinion.clone());
        Any::from(Fact::PreselectionOpinionGiven { application, opinion })
    };
    given_application([]).by(Role::Director).when(give()).then([given_now()]);
    given_application([conflicted(Role::Advisor)]).when(give()).then_refused(Rule::C8);
    let over = || given_decision(PreselectionOutcome::Decline).when(give());
    over().then_refused(Rule::C7);
    over().reported().then_irregular([given_now()], [Rule::C7]);
    given_case([]).when(give()).then_refused(Rule::G9);
}

#[test]
fn only_what_is_eligible_is_proposed_by_one_without_a_conflict() {
    let forward = PreselectionOutcome::Forward;
    let propose = || propose(forward);
    given_application([free(Role::Advisor), eligible()]).when(propose()).then([proposed().into()]);
    given_application([eligible()]).when(propose()).then_refused(Rule::C8);
    let early = || given_application([free(Role::Advisor)]).when(propose());
    early().then_refused(Rule::C7);
    early().reported().then_irregular([proposed().into()], [Rule::C7]);
    given_case([]).when(propose()).then_refused(Rule::G9);
}

#[test]
fn a_meeting_is_logged_with_people_who_are_known_once_it_was_held() {
    let log = |date: &str| Command::LogPreselectionMeeting {
        application: application(),
        date: date.parse().expect("a day"),
        present: vec![person_of(Role::Head)],
    };
    let held = Fact::PreselectionMeetingHeld {
        application: application(),
        date: "2026-03-02".parse().expect("a day"),
        present: vec![person_of(Role::Head)],
    };
    let known = || given_application([]).and_person(person_of(Role::Head));
    known().when(log("2026-03-02")).then([held.into()]);
    known().when(log("2026-03-03")).then_refused(Rule::G3);
    known().when(log("2026-03-03")).reported().then_refused(Rule::G3);
    given_application([]).when(log("2026-03-02")).then_refused(Rule::G9);
    given_case([]).when(log("2026-03-02")).then_refused(Rule::G9);
}

#[test]
fn the_head_decides_on_somebody_elses_proposal() {
    for outcome in <[PreselectionOutcome]>::iter(events::Labelled::ALL) {
        given_proposal().by(Role::Head).when(decide_on(event(3), *outcome)).then([decided(
            event(3),
            *outcome,
        )
        .into()]);
    }
    let forward = PreselectionOutcome::Forward;
    let by_advisor = given_proposal().by(Role::Advisor);
    by_advisor.when(decide_on(event(3), forward)).then_refused(Rule::G4);
}

#[test]
fn a_decision_quotes_the_proposal_that_waits() {
    let forward = PreselectionOutcome::Forward;
    let another = || given_proposal().by(Role::Head).when(decide_on(event(2), forward));
    assert_eq!(another().then_refused(Rule::C4).reason, "not_the_proposal");
    another().reported().then_irregular([decided(event(2), forward).into()], [Rule::C4]);
    given_application([eligible(), free(Role::Head)])
        .by(Role::Head)
        .when(decide_on(event(2), forward))
        .then_refused(Rule::C4);
}

#[test]
fn who_proposed_does_not_decide_then_a_deputy_or_the_director_does() {
    let forward = PreselectionOutcome::Forward;
    let declared = [Role::Head, Role::Deputy, Role::Director].map(free);
    let story = || {
        given_application([eligible()].into_iter().chain(declared.clone()))
            .after(Role::Head, propose(forward))
    };
    let state = story();
    let crate::domain::State::Case(case) = state.state() else { panic!("a case") };
    let proposal = case.applications[&application()].proposal.expect("it is proposed").event;
    let refusal = story().by(Role::Head).when(decide_on(proposal, forward));
    assert_eq!(refusal.then_refused(Rule::C4).reason, "same_person");
    story()
        .by(Role::Head)
        .when(decide_on(proposal, forward))
        .reported()
        .then_irregular([decided(proposal, forward).into()], [Rule::C4]);
    for role in [Role::Deputy, Role::Director] {
        story()
            .by(role)
            .when(decide_on(proposal, forward))
            .then([decided(proposal, forward).into()]);
    }
}

/// The deputy's record gave way to the head's: they are one person with two accounts.
fn one_person(story: Given) -> Given {
    let into = person_of(Role::Head);
    let merged = events::person::Fact::Merged { into };
    story.and(Stream::Person(person_of(Role::Deputy)), [merged.into()])
}

#[test]
fn two_records_of_one_person_are_not_two_persons() {
    let forward = PreselectionOutcome::Forward;
    let declared = [Role::Head, Role::Deputy].map(free);
    let story = || {
        let facts = [eligible()].into_iter().chain(declared.clone());
        given_application(facts).after(Role::Head, propose(forward))
    };
    let state = story();
    let crate::domain::State::Case(case) = state.state() else { panic!("a case") };
    let proposal = case.applications[&application()].proposal.expect("it is proposed").event;
    let asked = |story: Given| story.by(Role::Deputy).when(decide_on(proposal, forward));
    let refusal = asked(one_person(story())).then_refused(Rule::C4);
    assert_eq!(refusal.reason, "same_person");
    // Parted again they are two.
    let from = person_of(Role::Head);
    let parted = events::person::Fact::MergeReverted { from };
    let parted = one_person(story()).and(Stream::Person(person_of(Role::Deputy)), [parted.into()]);
    asked(parted).then([decided(proposal, forward).into()]);
}

#[test]
fn a_conflict_declared_under_another_record_is_theirs_too() {
    let facts = [eligible(), conflicted(Role::Head), free(Role::Deputy)];
    let story = || one_person(given_application(facts.clone()).by(Role::Deputy));
    let refusal = story().when(propose(PreselectionOutcome::Forward)).then_refused(Rule::C8);
    assert_eq!(refusal.reason, "conflict_declared");
    let undeclared = [eligible(), conflicted(Role::Head)];
    let undeclared = one_person(given_application(undeclared).by(Role::Deputy));
    undeclared.when(declare_none()).then_refused(Rule::C8);
    // And so is that they have none.
    let free = one_person(given_application([eligible(), free(Role::Head)]).by(Role::Deputy));
    free.when(propose(PreselectionOutcome::Forward)).then([proposed().into()]);
}

#[test]
fn a_head_with_a_conflict_leaves_it_to_a_deputy() {
    let forward = PreselectionOutcome::Forward;
    let facts = [eligible(), conflicted(Role::Head), proposed(), free(Role::Deputy)];
    let story = || given_application(facts.clone());
    story().by(Role::Head).when(decide_on(event(3), forward)).then_refused(Rule::C8);
    story()
        .by(Role::Deputy)
        .when(decide_on(event(3), forward))
        .then([decided(event(3), forward).into()]);
}

#[test]
fn what_is_decided_is_not_decided_again() {
    let forward = PreselectionOutcome::Forward;
    let again = given_decision(PreselectionOutcome::Decline).by(Role::Head);
    again.when(decide_on(event(3), forward)).then_refused(Rule::C7);
    given_case([]).by(Role::Head).when(decide_on(event(3), forward)).then_refused(Rule::G9);
}

fn notify(decision: EventId, appeal_deadline: Option<Date>) -> Command {
    Command::NotifyDecision {
        application: application(),
        decision,
        channel: Channel::Email,
        letter: None,
        appeal_deadline,
    }
}

fn notified(decision: EventId, appeal_deadline: Option<Date>) -> Fact {
    Fact::DecisionNotified {
        application: application(),
        decision,
        channel: Channel::Email,
        letter: None,
        appeal_deadline,
    }
}

#[test]
fn the_applicant_is_told_once_with_the_time_to_appeal_that_the_call_gives() {
    let decided = || given_decision(PreselectionOutcome::Decline);
    let in_sixty_days: Option<Date> = "2026-05-01".parse().ok();
    let fact = || notified(event(4), in_sixty_days);
    decided().when(notify(event(4), None)).then([fact().into()]);
    let said: Option<Date> = "2026-06-01".parse().ok();
    decided().when(notify(event(4), said)).then([notified(event(4), said).into()]);
    decided().after(Role::Head, notify(event(4), None)).when(notify(event(4), None)).then_nothing();
    decided().when(notify(event(3), None)).then_refused(Rule::G9);
    given_application([]).when(notify(event(4), None)).then_refused(Rule::G9);
    given_case([]).when(notify(event(4), None)).then_refused(Rule::G9);
    let letter = Some(DocumentId::derived("letter"));
    let with_letter = Command::NotifyDecision {
        application: application(),
        decision: event(4),
        channel: Channel::Email,
        letter,
        appeal_deadline: None,
    };
    decided().when(with_letter).then_refused(Rule::G9);
}

#[test]
fn the_ineligible_and_the_late_are_told_too() {
    let ineligible = assessed(BTreeMap::new(), EligibilityOutcome::Ineligible);
    for decision in [ineligible, refused()] {
        given_application([decision])
            .when(notify(event(1), "2026-06-01".parse().ok()))
            .then([notified(event(1), "2026-06-01".parse().ok()).into()]);
    }
}
