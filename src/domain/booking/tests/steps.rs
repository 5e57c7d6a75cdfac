//! What becomes of a booking once it has its slot.

use events::policy::BookingRules;
use events::resource as instrument;
use events::{CancellationReason, RejectionReason};

use super::*;

/// The same command at another moment.
fn when_at(given: Given, command: Command, moment: &str) -> Given {
    given.when(command).with(|request| request.occurred_at = Some(at(moment)))
}

/// A booking of this morning, an hour before now, in the state that these facts lead to.
fn this_morning(more: impl IntoIterator<Item = Fact>) -> Given {
    let slot = for_case(early());
    let first = Fact::Requested { booking: it(), requester: user(Role::Advisor), slot };
    on_calendar(std::iter::once(first).chain(more).map(events::Fact::from))
        .and(Stream::Case(case()), [arrived()])
}

fn early() -> Interval {
    interval("2026-03-02T07:00:00Z", "2026-03-02T08:00:00Z")
}

fn cancel(reason: CancellationReason) -> Command {
    Command::CancelBooking { booking: it(), reason }
}

fn cancelled(reason: CancellationReason, late: bool) -> events::Fact {
    Fact::Cancelled { booking: it(), reason, late }.into()
}

fn rejected() -> Fact {
    Fact::Rejected { booking: it(), reason: RejectionReason::Biosafety }
}

fn completed(usage_minutes: u32) -> Fact {
    Fact::Completed { booking: it(), interval: early(), usage_minutes }
}

fn complete(usage_minutes: u32) -> Command {
    Command::CompleteBooking { booking: it(), interval: early(), usage_minutes }
}

fn interrupted(outage: Option<OutageId>) -> Fact {
    Fact::Interrupted { booking: it(), outage, usage_minutes: 20 }
}

fn interrupt(outage: Option<OutageId>) -> Command {
    Command::InterruptBooking { booking: it(), outage, usage_minutes: 20 }
}

/// In none of these states may the command be an act, and in all of them it may be reported.
#[track_caller]
fn only_reported(states: &[&[Fact]], command: &Command, fact: &Fact) {
    for facts in states {
        let given = || this_morning(facts.iter().cloned()).when(command.clone());
        given().then_refused(Rule::C7);
        given().reported().then_irregular([fact.clone().into()], [Rule::C7]);
    }
}

#[test]
fn what_was_asked_for_is_confirmed_or_rejected_once() {
    let confirm = Command::ConfirmBooking { booking: it() };
    after([]).when(confirm.clone()).then([confirmed_it().into()]);
    after([confirmed_it()]).when(confirm.clone()).then_nothing();
    let over: [&[Fact]; 3] = [&[rejected()], &[confirmed_it(), started_it()], &[displaced_it()]];
    only_reported(&over, &confirm, &confirmed_it());

    let reason = RejectionReason::Biosafety;
    let reject = Command::RejectBooking { booking: it(), reason };
    after([]).when(reject.clone()).then([rejected().into()]);
    after([rejected()]).when(reject.clone()).then_nothing();
    only_reported(&[&[confirmed_it()], &[displaced_it()]], &reject, &rejected());
    // Rejecting is a decision: it says on what it was taken.
    after([]).when(reject).with(|request| request.expected = None).then_refused(Rule::G2);
}

#[test]
fn only_platforms_answer() {
    for command in [
        Command::ConfirmBooking { booking: it() },
        Command::RejectBooking { booking: it(), reason: RejectionReason::Biosafety },
        Command::ExpireBooking { booking: it() },
        Command::StartBooking { booking: it() },
        complete(1),
        interrupt(None),
        Command::LogNoShow { booking: it() },
    ] {
        after([]).by(Role::Advisor).when(command).then_refused(Rule::G4);
    }
}

#[test]
fn a_request_expires_when_its_start_has_passed() {
    let expire = Command::ExpireBooking { booking: it() };
    let expired = Fact::Expired { booking: it() };
    this_morning([]).when(expire.clone()).then([expired.clone().into()]);
    // Timers are the system's.
    this_morning([])
        .when(expire.clone())
        .with(|request| request.user = crate::domain::system_user())
        .then([expired.clone().into()]);
    this_morning([expired.clone()]).when(expire.clone()).then_nothing();
    let early = after([]).when(expire.clone()).then_refused(Rule::C7);
    assert_eq!(early.reason, "not_yet");
    only_reported(&[&[confirmed_it()], &[rejected()]], &expire, &expired);
}

#[test]
fn nobody_came_when_the_start_has_passed_and_nothing_began() {
    let log = Command::LogNoShow { booking: it() };
    let no_show = Fact::NoShow { booking: it() };
    this_morning([confirmed_it()]).when(log.clone()).then([no_show.clone().into()]);
    this_morning([confirmed_it(), no_show.clone()]).when(log.clone()).then_nothing();
    after([confirmed_it()]).when(log.clone()).then_refused(Rule::C7);
    only_reported(&[&[], &[confirmed_it(), started_it()]], &log, &no_show);
}

#[test]
fn a_confirmed_booking_starts_once() {
    let start = Command::StartBooking { booking: it() };
    after([confirmed_it()]).when(start.clone()).then([started_it().into()]);
    after([confirmed_it(), started_it()]).when(start.clone()).then_nothing();
    only_reported(&[&[], &[rejected()], &[displaced_it()]], &start, &started_it());
}

#[test]
fn what_was_used_is_completed_with_its_real_time() {
    let done = || [events::Fact::from(completed(55))];
    this_morning([confirmed_it(), started_it()]).when(complete(55)).then(done());
    // The start was never logged; the end says when it was.
    this_morning([confirmed_it()]).when(complete(55)).then(done());
    this_morning([confirmed_it(), completed(55)]).when(complete(55)).then_nothing();
    let told_again = [&[confirmed_it(), completed(50)][..], &[], &[rejected()]];
    only_reported(&told_again, &complete(55), &completed(55));
}

#[test]
fn use_is_no_longer_than_the_time_and_not_in_the_future() {
    let started = || this_morning([confirmed_it(), started_it()]);
    started().when(complete(60)).then([completed(60).into()]);
    started().when(complete(61)).then_refused(Rule::R4);
    started().when(complete(61)).reported().then_irregular([completed(61).into()], [Rule::R4]);
    let interval = interval("2026-03-02T07:00:00Z", "2026-03-02T09:00:01Z");
    let early = Command::CompleteBooking { booking: it(), interval, usage_minutes: 60 };
    started().when(early).reported().then_refused(Rule::G3);
}

#[test]
fn what_began_is_interrupted_by_a_known_outage_or_none() {
    let running = || this_morning([confirmed_it(), started_it()]);
    running().when(interrupt(None)).then([interrupted(None).into()]);
    this_morning([confirmed_it(), started_it(), interrupted(None)])
        .when(interrupt(None))
        .then_nothing();
    let outage = OutageId::derived("outage");
    running().when(interrupt(Some(outage))).reported().then_refused(Rule::G9);
    let facts = [confirmed_it(), started_it()].map(events::Fact::from);
    let declared =
        instrument::Fact::OutageDeclared { outage, from: at(NOW), to: None, reason: None };
    on_calendar([requested("it", slot(early())), declared.into()].into_iter().chain(facts))
        .when(interrupt(Some(outage)))
        .then([interrupted(Some(outage)).into()]);
    only_reported(&[&[], &[confirmed_it()]], &interrupt(None), &interrupted(None));
}

#[test]
fn cancelling_is_late_after_the_cut_off_and_not_at_it() {
    // The cut-off of these rules is a day.
    let ruled_and_confirmed =
        || on_calendar([ruled(rules())].into_iter().chain(confirmed("it", slot(morning()))));
    let by_user = CancellationReason::ByUser;
    for (moment, late) in
        [("2026-03-02T08:00:00Z", false), ("2026-03-02T08:00:01Z", true), (NOW, true)]
    {
        when_at(ruled_and_confirmed(), cancel(by_user), moment).then([cancelled(by_user, late)]);
    }
    // Without rules the cut-off is the start.
    after([confirmed_it()]).when(cancel(by_user)).then([cancelled(by_user, false)]);
    this_morning([confirmed_it()]).when(cancel(by_user)).then([cancelled(by_user, true)]);
}

#[test]
fn what_others_take_away_is_nobodys_lateness() {
    let (by_user, by_platform) = (CancellationReason::ByUser, CancellationReason::ByPlatform);
    let early = || this_morning([confirmed_it()]);
    early().when(cancel(by_platform)).then([cancelled(by_platform, false)]);
    let revoked = CancellationReason::QualificationRevoked;
    early().when(cancel(revoked)).then([cancelled(revoked, false)]);
    let displaced = this_morning([confirmed_it(), displaced_it()]);
    displaced.when(cancel(by_user)).then([cancelled(by_user, false)]);
}

#[test]
fn what_is_over_is_not_cancelled_and_what_is_cancelled_is_so_once() {
    let reason = CancellationReason::ByUser;
    let gone = Fact::Cancelled { booking: it(), reason, late: false };
    after([gone]).when(cancel(reason)).then_nothing();
    let over: [&[Fact]; 3] = [&[rejected()], &[confirmed_it(), started_it()], &[completed(5)]];
    for facts in over {
        after(facts.iter().cloned()).when(cancel(reason)).then_refused(Rule::C7);
    }
    after([rejected()])
        .when(cancel(reason))
        .reported()
        .then_irregular([cancelled(reason, false)], [Rule::C7]);
}

#[test]
fn users_do_not_give_the_platforms_reasons() {
    use CancellationReason::{ByPlatform, ByUser, CaseClosed};
    let by = |role, reason| after([confirmed_it()]).by(role).when(cancel(reason));
    by(Role::Innovator, ByUser).then([cancelled(ByUser, false)]);
    by(Role::Innovator, CaseClosed).then_refused(Rule::G4);
    by(Role::Advisor, CaseClosed).then([cancelled(CaseClosed, false)]);
    by(Role::Advisor, ByPlatform).then_refused(Rule::G4);
}

#[test]
fn innovators_cannot_claim_to_have_cancelled_earlier() {
    let by_user = CancellationReason::ByUser;
    let claim = |role| {
        let mut facts = vec![ruled(rules())];
        facts.extend(confirmed("it", for_case(morning())));
        let given = on_calendar(facts).and(Stream::Case(case()), [arrived()]).by(role);
        when_at(given, cancel(by_user), "2026-03-01T09:00:00Z")
    };
    claim(Role::Innovator).then([cancelled(by_user, true)]);
    claim(Role::Advisor).then([cancelled(by_user, false)]);
}

#[test]
fn a_booking_moves_to_where_it_fits() {
    let to = |interval| Command::RescheduleBooking { booking: it(), interval };
    let moved = |interval| events::Fact::from(Fact::Rescheduled { booking: it(), interval });
    let other = requested("other", slot(tuesday("10:00", "11:00")));
    let both = || on_calendar(confirmed("it", slot(morning())).into_iter().chain([other.clone()]));
    // It may overlap the place that it leaves.
    let half_past = tuesday("08:30", "09:30");
    both().when(to(half_past)).then([moved(half_past)]);
    both().when(to(morning())).then_nothing();
    let clash = tuesday("09:30", "10:30");
    both().when(to(clash)).then_refused(Rule::R1);
    both().when(to(clash)).reported().then_irregular([moved(clash)], [Rule::R1]);
    let short = ruled(BookingRules { min_minutes: 90, ..rules() });
    on_calendar([requested("it", slot(morning())), short])
        .when(to(half_past))
        .then_refused(Rule::R2);
    only_reported(
        &[&[confirmed_it(), started_it()], &[rejected()]],
        &to(half_past),
        &Fact::Rescheduled { booking: it(), interval: half_past },
    );
}

#[test]
fn what_moved_takes_its_new_place_and_leaves_the_old() {
    let moved = Fact::Rescheduled { booking: it(), interval: tuesday("12:00", "13:00") };
    after([moved.clone()])
        .when(ask(slot(morning())))
        .then([asked(slot(morning()), Role::Platform)]);
    after([moved]).when(ask(slot(tuesday("12:30", "13:30")))).then_refused(Rule::R1);
}
