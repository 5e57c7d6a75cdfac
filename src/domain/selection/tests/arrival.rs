use super::*;

#[test]
fn an_application_that_arrives_at_the_deadline_is_in_time() {
    let submission = || submission(IN_TIME);
    given_case([]).when(submit(submission())).then([submitted_now(submission())]);
}

#[test]
fn an_application_past_the_deadline_is_recorded_as_late_by_whole_minutes() {
    let submission = || submission(LATE);
    given_case([]).when(submit(submission())).then([submitted_now(submission()), late_now(1)]);
}

#[test]
fn what_the_office_enters_without_the_message_arrives_when_it_is_entered() {
    let without = || Submission { evidence: None, ..submission(IN_TIME) };
    given_case([]).when(submit(without())).then([submitted_now(without()), late_now(60)]);
    let call = next_call();
    let elsewhere = || Submission { call, ..without() };
    given_case([]).when(submit(elsewhere())).then([submitted_now(elsewhere())]);
}

#[test]
fn self_service_goes_by_the_clock_of_the_server() {
    let claimed = Submission { received_by: ReceivedBy::SelfService, ..submission(IN_TIME) };
    let story = given_case([]).by(Role::Innovator).when(submit(claimed.clone()));
    let received_at = at("2026-03-02T09:00:00Z");
    story.then([submitted_now(Submission { received_at, ..claimed }), late_now(60)]);
}

#[test]
fn innovators_do_not_enter_for_the_office() {
    let story = given_case([]).by(Role::Innovator).when(submit(submission(IN_TIME)));
    assert_eq!(story.then_refused(Rule::G4).field, Some("received_by"));
}

#[test]
fn a_report_says_when_it_arrived_but_shows_it_or_is_irregular() {
    let shown = submission(IN_TIME);
    given_case([]).when(submit(shown.clone())).reported().then([submitted_now(shown)]);
    let without = || Submission { evidence: None, ..submission(IN_TIME) };
    given_case([])
        .when(submit(without()))
        .reported()
        .then_irregular([submitted_now(without())], [Rule::C2]);
    let late = submission(LATE);
    let story = given_case([]).when(submit(late.clone())).reported();
    story.then([submitted_now(late), late_now(1)]);
}

#[test]
fn nothing_arrives_tomorrow() {
    let tomorrow = submission("2026-03-03T08:00:00Z");
    let story = given_case([]).when(submit(tomorrow)).reported();
    assert_eq!(story.then_refused(Rule::G3).field, Some("received_at"));
}

#[test]
fn a_case_has_one_open_application_to_a_call() {
    let again = || given_application([]).when(submit(submission(IN_TIME)));
    again().then_refused(Rule::C1);
    again().reported().then_irregular([submitted_now(submission(IN_TIME))], [Rule::C1]);
    let withdrawn = Fact::ApplicationWithdrawn { application: application(), reason: None };
    given_application([withdrawn])
        .when(submit(submission(IN_TIME)))
        .then([submitted_now(submission(IN_TIME))]);
}

#[test]
fn an_application_goes_to_a_call_that_takes_it() {
    let submit = || submit(submission(IN_TIME));
    let fact = || [submitted_now(submission(IN_TIME))];
    let elsewhere = Submission { call: CallId::derived("no call"), ..submission(IN_TIME) };
    given_case([]).when(Command::SubmitApplication(elsewhere)).then_refused(Rule::G9);
    let cancelled = || given_case([]).and(Stream::Call(call()), [call::Fact::Cancelled {}.into()]);
    cancelled().when(submit()).then_refused(Rule::C7);
    cancelled().when(submit()).reported().then_irregular(fact(), [Rule::C7]);
    let early = Submission { call: next_call(), ..submission("2026-01-31T08:00:00Z") };
    let refusal = given_case([]).when(Command::SubmitApplication(early)).then_refused(Rule::C7);
    assert_eq!(refusal.reason, "call_not_open");
}

#[test]
fn a_closed_call_takes_only_what_arrived_before() {
    // Facts that are given happened at 09:00.
    let closed = || given_case([]).and(Stream::Call(call()), [call::Fact::Closed {}.into()]);
    let in_time = submission(IN_TIME);
    closed().when(submit(in_time.clone())).then([submitted_now(in_time)]);
    let after = submission("2026-03-02T09:01:00Z");
    let refusal = closed().at(at("2026-03-02T10:00:00Z")).when(submit(after));
    assert_eq!(refusal.then_refused(Rule::C7).reason, "call_closed");
}

#[test]
fn a_closed_case_does_not_apply() {
    given_case([closed()]).when(submit(submission(IN_TIME))).then_refused(Rule::C7);
    given_case([closed()])
        .when(submit(submission(IN_TIME)))
        .reported()
        .then_irregular([submitted_now(submission(IN_TIME))], [Rule::C7]);
}

#[test]
fn an_application_is_made_of_documents_of_the_case() {
    let strange = DocumentId::derived("strange");
    for submission in [
        Submission { documents: vec![strange], ..submission(IN_TIME) },
        Submission { evidence: Some(strange), ..submission(IN_TIME) },
    ] {
        given_case([]).when(submit(submission)).then_refused(Rule::G9);
    }
}

#[test]
fn the_head_admits_or_refuses_what_came_late() {
    let given_late = || given_application([late(), free(Role::Head)]).by(Role::Head);
    given_late().when(admit()).then([admitted().into()]);
    given_late().when(refuse()).then([refused().into()]);
    given_late().by(Role::Advisor).when(admit()).then_refused(Rule::G4);
    given_application([late(), refused()]).by(Role::Head).when(refuse()).then_nothing();
    given_application([late()]).by(Role::Head).when(admit()).then_refused(Rule::C8);
    let in_time = || given_application([free(Role::Head)]).by(Role::Head);
    in_time().when(admit()).then_refused(Rule::C7);
    in_time().when(refuse()).reported().then_irregular([refused().into()], [Rule::C7]);
    given_case([]).by(Role::Head).when(admit()).then_refused(Rule::G9);
}

#[test]
fn an_application_is_withdrawn_until_it_is_decided_for_good() {
    let withdraw = || Command::WithdrawApplication { application: application(), reason: None };
    let withdrawn = || Fact::ApplicationWithdrawn { application: application(), reason: None };
    given_application([]).by(Role::Innovator).when(withdraw()).then([withdrawn().into()]);
    given_application([late()]).when(withdraw()).then([withdrawn().into()]);
    given_decision(PreselectionOutcome::Forward).when(withdraw()).then([withdrawn().into()]);
    given_application([withdrawn()]).when(withdraw()).then_nothing();
    let declined = || given_decision(PreselectionOutcome::Decline).when(withdraw());
    declined().then_refused(Rule::C7);
    declined().reported().then_irregular([withdrawn().into()], [Rule::C7]);
    given_case([]).when(withdraw()).then_refused(Rule::G9);
}

#[test]
fn a_deferred_application_is_carried_over_to_an_open_call() {
    let carry = |call| Command::CarryOverApplication { application: application(), call };
    let carried = || Fact::ApplicationCarriedOver { application: application(), call: next_call() };
    let deferred = || given_decision(PreselectionOutcome::Defer);
    deferred().when(carry(next_call())).then([carried().into()]);
    given_application([carried()]).when(carry(next_call())).then_nothing();
    let refusal = deferred().when(carry(call())).then_refused(Rule::C7);
    assert_eq!(refusal.reason, "same_call");
    deferred().when(carry(CallId::derived("no call"))).then_refused(Rule::G9);
    let over = |story: Given| story.and(Stream::Call(next_call()), [call::Fact::Closed {}.into()]);
    let later = at("2026-03-02T10:00:00Z");
    over(deferred()).at(later).when(carry(next_call())).then_refused(Rule::C7);
    given_application([]).when(carry(next_call())).then_refused(Rule::C7);
    given_application([])
        .when(carry(next_call()))
        .reported()
        .then_irregular([carried().into()], [Rule::C7]);
}

#[test]
fn nothing_is_carried_over_past_a_deadline_or_onto_another_application() {
    let third = CallId::derived("third call");
    let carry = |call| Command::CarryOverApplication { application: application(), call };
    given_decision(PreselectionOutcome::Defer)
        .and(Stream::Call(third), [opened(Some(at(DEADLINE)))])
        .when(carry(third))
        .then_refused(Rule::C2);
    let another = Submission { call: next_call(), ..submission(IN_TIME) };
    given_decision(PreselectionOutcome::Defer)
        .after(Role::Advisor, submit(another))
        .when(carry(next_call()))
        .then_refused(Rule::C1);
}
