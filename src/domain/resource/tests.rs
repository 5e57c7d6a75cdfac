use events::booking::Slot;
use events::resource::Fact;
use events::{BookingState, CommandId, Role, Rule, Weekday};

use super::fixtures::*;
use super::*;
use crate::domain::testing::{at, given, sealed};

const START: &str = "2026-03-03T08:00:00Z";

fn outage() -> OutageId {
    OutageId::created_by(CommandId::derived("the command"))
}

fn declare(from: &str, to: Option<&str>) -> Command {
    Command::DeclareOutage { from: at(from), to: to.map(at), reason: None }
}

fn declared(from: &str, to: Option<&str>) -> events::Fact {
    let (outage, to) = (outage(), to.map(at));
    Fact::OutageDeclared { outage, from: at(from), to, reason: None }.into()
}

fn displaced(name: &str) -> events::Fact {
    booking::Fact::Displaced { booking: booking(name), outage: outage() }.into()
}

fn cancelled(name: &str, reason: CancellationReason) -> events::Fact {
    booking::Fact::Cancelled { booking: booking(name), reason, late: false }.into()
}

fn qualified(until: Option<&str>) -> events::Fact {
    Fact::QualificationGranted { person: user_person(), until: until.map(at) }.into()
}

#[test]
fn a_resource_is_registered_once_by_a_known_platform() {
    given(resource(), [])
        .and_organisation(description().organisation)
        .by(Role::Platform)
        .when(Command::RegisterResource(description()))
        .then([Fact::Registered(description()).into()]);
    given(resource(), [])
        .by(Role::Platform)
        .when(Command::RegisterResource(description()))
        .then_refused(Rule::G9);
    on_calendar([]).when(Command::RegisterResource(description())).then_nothing();
}

#[test]
fn advisors_do_not_manage_resources() {
    on_calendar([]).by(Role::Advisor).when(Command::Retire {}).then_refused(Rule::G4);
}

#[test]
fn retiring_cancels_what_is_to_come_and_nothing_else() {
    let past = interval("2026-03-01T08:00:00Z", "2026-03-01T09:00:00Z");
    let running = interval("2026-03-02T08:00:00Z", "2026-03-02T12:00:00Z");
    let later = slot(tuesday("12:00", "13:00"));
    let mut facts = vec![requested("later", later)];
    facts.extend(confirmed("past", slot(past)));
    facts.extend(confirmed("running", slot(running)));
    facts.push(booking::Fact::Started { booking: booking("running") }.into());
    facts.extend(confirmed("soon", slot(tuesday("08:00", "09:00"))));
    on_calendar(facts).when(Command::Retire {}).then([
        Fact::Retired {}.into(),
        cancelled("soon", CancellationReason::ResourceRetired),
        cancelled("later", CancellationReason::ResourceRetired),
    ]);
    on_calendar([Fact::Retired {}.into()]).when(Command::Retire {}).then_nothing();
}

#[test]
fn rules_are_set_when_they_can_be_kept() {
    on_calendar([]).when(Command::SetRules(rules())).then([ruled(rules())]);
    on_calendar([ruled(rules())]).when(Command::SetRules(rules())).then_nothing();
    let backwards = vec![hours(Weekday::Mon, "20:00", "06:00")];
    for (rules, reason) in [
        (BookingRules { opening: backwards, ..rules() }, "closes_before_opening"),
        (BookingRules { min_minutes: 600, max_minutes: 60, ..rules() }, "no_length_allowed"),
        (
            BookingRules { time_zone: "Europe/Pari".parse().expect("well-formed"), ..rules() },
            "unknown_time_zone",
        ),
    ] {
        let refusal = on_calendar([]).when(Command::SetRules(rules)).then_refused(Rule::G9);
        assert_eq!(refusal.reason, reason);
    }
}

#[test]
fn setting_rules_states_the_revision_it_was_decided_on() {
    on_calendar([])
        .when(Command::SetRules(rules()))
        .with(|request| request.expected = None)
        .then_refused(Rule::G2);
}

#[test]
fn an_outage_displaces_what_it_meets_and_nothing_that_touches_it() {
    let mut facts = vec![requested("asked", slot(tuesday("10:00", "11:00")))];
    facts.extend(confirmed("before", slot(tuesday("07:00", "08:00"))));
    facts.extend(confirmed("first", slot(tuesday("08:00", "09:00"))));
    facts.extend(confirmed("after", slot(tuesday("12:00", "13:00"))));
    let until = Some("2026-03-03T12:00:00Z");
    on_calendar(facts.clone()).when(declare(START, until)).then([
        declared(START, until),
        displaced("first"),
        displaced("asked"),
    ]);
    // Nobody knows until when.
    on_calendar(facts).when(declare(START, None)).then([
        declared(START, None),
        displaced("first"),
        displaced("asked"),
        displaced("after"),
    ]);
}

#[test]
fn an_outage_cuts_short_what_has_begun_and_counts_only_real_use() {
    let mut facts =
        confirmed("running", slot(interval("2026-03-02T08:30:00Z", "2026-03-02T12:00:00Z")))
            .to_vec();
    // In these tests everything given happened at nine, so half an hour late.
    facts.push(booking::Fact::Started { booking: booking("running") }.into());
    let interrupted = |usage_minutes| {
        let (booking, outage) = (booking("running"), Some(outage()));
        events::Fact::from(booking::Fact::Interrupted { booking, outage, usage_minutes })
    };
    let ten = "2026-03-02T10:00:00Z";
    on_calendar(facts.clone())
        .when(declare(ten, None))
        .then([declared(ten, None), interrupted(60)]);
    let eight = "2026-03-02T08:00:00Z";
    on_calendar(facts).when(declare(eight, None)).then([declared(eight, None), interrupted(0)]);
}

#[test]
fn an_outage_is_declared_once_and_ends_after_it_starts() {
    let until = Some("2026-03-03T12:00:00Z");
    on_calendar([declared(START, until)]).when(declare(START, until)).then_nothing();
    on_calendar([]).when(declare(START, Some(START))).then_refused(Rule::G9);
    let command = Command::DeclareOutage { from: at(START), to: None, reason: Some(sealed("why")) };
    on_calendar([]).when(command).then([Fact::OutageDeclared {
        outage: outage(),
        from: at(START),
        to: None,
        reason: Some(sealed("why")),
    }
    .into()]);
}

#[test]
fn one_append_holds_what_a_command_does_to_bookings() {
    let facts = (0..=BOOKINGS_HIT_MAX).map(|number| {
        let from = at(START).plus(chrono::TimeDelta::hours(number as i64));
        let until = from.plus(chrono::TimeDelta::hours(1));
        let interval = Interval::new(from, until).expect("an interval");
        requested(&number.to_string(), slot(interval))
    });
    let facts: Vec<_> = facts.collect();
    let refusal = on_calendar(facts.clone()).when(declare(START, None)).then_refused(Rule::R5);
    assert_eq!(refusal.reason, "too_many_bookings");
    on_calendar(facts).when(Command::Retire {}).then_refused(Rule::R5);
}

#[test]
fn an_outage_is_lifted_from_a_moment_on() {
    let noon = at("2026-03-03T12:00:00Z");
    let lift = |at| Command::LiftOutage { outage: outage(), at };
    let lifted = |at| events::Fact::from(Fact::OutageLifted { outage: outage(), at });
    on_calendar([declared(START, None)]).when(lift(Some(noon))).then([lifted(noon)]);
    // Lifted now, which is before it begins: it won't be.
    on_calendar([declared(START, None)])
        .when(lift(None))
        .then([lifted(at(crate::domain::testing::NOW))]);
    on_calendar([declared(START, None), lifted(noon)]).when(lift(Some(noon))).then_nothing();
    on_calendar([]).when(lift(Some(noon))).then_refused(Rule::G9);
}

#[test]
fn people_are_qualified_once_they_are_known() {
    let grant = |until: Option<&str>| Command::GrantQualification {
        person: user_person(),
        until: until.map(at),
    };
    on_calendar([]).when(grant(None)).then([qualified(None)]);
    on_calendar([qualified(None)]).when(grant(None)).then_nothing();
    let stranger = PersonId::derived("stranger");
    on_calendar([])
        .when(Command::GrantQualification { person: stranger, until: None })
        .then_refused(Rule::G9);
}

#[test]
fn a_shorter_qualification_cancels_what_it_no_longer_covers() {
    let mut facts = vec![qualified(Some("2026-04-01T00:00:00Z"))];
    facts.extend(confirmed("covered", slot(tuesday("08:00", "09:00"))));
    facts.extend(confirmed("lost", slot(tuesday("09:00", "10:00"))));
    // One that the old qualification did not cover either was not made on its strength.
    let never = interval("2026-04-02T08:00:00Z", "2026-04-02T09:00:00Z");
    facts.extend(confirmed("never", slot(never)));
    let until = Some("2026-03-03T09:30:00Z");
    on_calendar(facts)
        .when(Command::GrantQualification { person: user_person(), until: until.map(at) })
        .then([qualified(until), cancelled("lost", CancellationReason::QualificationRevoked)]);
}

#[test]
fn revoking_a_qualification_cancels_that_persons_later_bookings() {
    let past = interval("2026-03-01T08:00:00Z", "2026-03-01T09:00:00Z");
    let other = Slot { user: PersonId::derived("other"), ..slot(tuesday("10:00", "11:00")) };
    // In an hour: long past the cut-off, and not late all the same.
    let soon = interval("2026-03-02T10:00:00Z", "2026-03-02T11:00:00Z");
    let mut facts = vec![qualified(None), ruled(rules())];
    facts.extend(confirmed("past", slot(past)));
    facts.extend(confirmed("other", other));
    facts.push(requested("asked", slot(tuesday("08:00", "09:00"))));
    facts.extend(confirmed("soon", slot(soon)));
    let revoke = || Command::RevokeQualification { person: user_person() };
    on_calendar(facts).when(revoke()).then([
        Fact::QualificationRevoked { person: user_person() }.into(),
        cancelled("soon", CancellationReason::QualificationRevoked),
        cancelled("asked", CancellationReason::QualificationRevoked),
    ]);
    on_calendar([]).when(revoke()).then_nothing();
    on_calendar([]).by(Role::Innovator).when(revoke()).then_refused(Rule::G4);
}

fn folded(facts: impl IntoIterator<Item = events::Fact>) -> Resource {
    let mut folded = Resource::default();
    folded.evolve(&Fact::Registered(description()));
    for fact in facts {
        match fact {
            events::Fact::Resource(fact) => folded.evolve(&fact),
            events::Fact::Booking(fact) => folded.evolve_booking(&fact, at(START)),
            _ => {}
        }
    }
    folded
}

fn free(resource: &Resource, window: Interval, minutes: u32) -> Vec<Interval> {
    free_slots(resource, None, window, at(crate::domain::testing::NOW), minutes)
}

#[test]
fn free_slots_lie_between_bookings_buffers_and_outages() {
    let with_buffer = BookingRules { slot_minutes: 30, buffer_minutes: 15, ..rules() };
    let mut facts = vec![ruled(with_buffer)];
    facts.extend(confirmed("taken", slot(tuesday("09:00", "10:00"))));
    facts.push(declared("2026-03-03T11:30:00Z", Some("2026-03-03T12:30:00Z")));
    let found = free(&folded(facts), tuesday("08:00", "13:30"), 60);
    // 08:00 would end when the other starts, without the quarter of an hour between them.
    assert_eq!(found, [tuesday("10:30", "11:30"), tuesday("12:30", "13:30")]);
}

#[test]
fn free_slots_keep_to_opening_hours_lead_and_horizon() {
    let rules = BookingRules {
        slot_minutes: 60,
        lead_minutes: 25 * 60,
        horizon_days: 2,
        opening: vec![hours(Weekday::Tue, "09:00", "13:00"), hours(Weekday::Wed, "09:00", "24:00")],
        ..rules()
    };
    let resource = folded([ruled(rules.clone())]);
    let week = interval("2026-03-02T00:00:00Z", "2026-03-09T00:00:00Z");
    let found = free(&resource, week, 120);
    // Now is Monday ten o'clock in Paris: Tuesday from eleven, Wednesday up to ten.
    let wednesday = interval("2026-03-04T08:00:00Z", "2026-03-04T10:00:00Z");
    let last = interval("2026-03-04T09:00:00Z", "2026-03-04T11:00:00Z");
    assert_eq!(found, [tuesday("10:00", "12:00"), wednesday, last]);
    // The office's rules hold for resources without their own.
    let now = at(crate::domain::testing::NOW);
    assert_eq!(free_slots(&folded([]), Some(&rules), week, now, 120), found);
    assert_eq!(free(&folded([ruled(BookingRules { max_minutes: 60, ..rules })]), week, 120), []);
}

#[test]
fn nothing_is_free_where_nothing_can_be_booked() {
    let day = tuesday("08:00", "10:00");
    assert_eq!(free(&folded([]), day, 60), [tuesday("08:00", "09:00"), tuesday("09:00", "10:00")]);
    assert_eq!(free(&folded([Fact::Retired {}.into()]), day, 60), []);
    assert_eq!(free(&folded([declared(START, None)]), day, 60), []);
    assert_eq!(free(&Resource::default(), day, 60), []);
    let description = Description { calendar: events::CalendarHost::Platform, ..description() };
    assert_eq!(free(&folded([Fact::Registered(description).into()]), day, 60), []);
}

#[test]
fn an_answer_about_free_slots_has_an_end() {
    let century = interval("2026-03-03T00:00:00Z", "2126-03-03T00:00:00Z");
    let found = free(&folded([ruled(rules())]), century, 1);
    assert_eq!(found.len(), FREE_SLOTS_MAX);
    // A resource that never opens is looked at for so many days and no more.
    let closed = BookingRules { opening: vec![hours(Weekday::Mon, "12:00", "11:00")], ..rules() };
    assert_eq!(free(&folded([ruled(closed)]), century, 1), []);
}

#[test]
fn bookings_of_no_known_request_leave_no_trace() {
    let resource = folded([
        booking::Fact::Confirmed { booking: booking("ghost") }.into(),
        booking::Fact::Started { booking: booking("ghost") }.into(),
        Fact::OutageLifted { outage: outage(), at: at(START) }.into(),
    ]);
    assert_eq!(resource.calendar, Calendar::default());
    let known = folded(confirmed("known", slot(tuesday("08:00", "09:00"))));
    let state = known.calendar.booking(booking("known")).map(|booking| booking.state);
    assert_eq!(state, Some(BookingState::Confirmed));
}
