//! Who gets which slot, and who does not.

use events::policy::{self, BookingRules, ComponentAccess, PolicyBody};
use events::resource::Description;
use events::{
    CalendarHost, CancellationReason, EntitlementId, OfferComponent, PersonId, PolicyKind,
    RejectionReason, Weekday, resource as instrument,
};

use super::*;

fn published(kind: PolicyKind, body: PolicyBody) -> (Stream, [events::Fact; 1]) {
    let fact = policy::Fact::Published { version: 3, body, effective_from: at(NOW) };
    (Stream::Policy(kind), [fact.into()])
}

fn access(access: ComponentAccess) -> (Stream, [events::Fact; 1]) {
    let components = [(OfferComponent::Technologies, access)].into_iter().collect();
    published(PolicyKind::OfferComponents, PolicyBody::OfferComponents { components })
}

#[test]
fn a_request_keeps_the_slot_for_whoever_asks() {
    on_calendar([])
        .by(Role::Advisor)
        .when(ask(slot(morning())))
        .then([asked(slot(morning()), Role::Advisor)]);
}

#[test]
fn booking_is_asking_and_confirming_in_one() {
    for role in [Role::Advisor, Role::Platform] {
        let facts = [asked(slot(morning()), role), Fact::Confirmed { booking: created() }.into()];
        on_calendar([]).by(role).when(Command::Book(slot(morning()))).then(facts);
    }
    on_calendar([]).by(Role::Innovator).when(Command::Book(slot(morning()))).then_refused(Rule::G4);
}

#[test]
fn what_a_booking_names_is_there() {
    let stranger = Slot { user: PersonId::derived("stranger"), ..slot(morning()) };
    on_calendar([]).when(ask(stranger)).then_refused(Rule::G9);
    on_calendar([]).when(ask(for_case(morning()))).then_refused(Rule::G9);
    let organisation = events::OrganisationId::derived("nobody");
    let beneficiary = Beneficiary::MemberOrganisation(organisation);
    on_calendar([]).when(ask(Slot { beneficiary, ..slot(morning()) })).then_refused(Rule::G9);
    for command in [
        Command::ConfirmBooking { booking: it() },
        Command::RejectBooking { booking: it(), reason: RejectionReason::Overlap },
        Command::ExpireBooking { booking: it() },
        Command::RescheduleBooking { booking: it(), interval: morning() },
        Command::CancelBooking { booking: it(), reason: CancellationReason::ByUser },
        Command::StartBooking { booking: it() },
        Command::CompleteBooking { booking: it(), interval: morning(), usage_minutes: 1 },
        Command::InterruptBooking { booking: it(), outage: None, usage_minutes: 1 },
        Command::LogNoShow { booking: it() },
    ] {
        on_calendar([]).when(command.clone()).reported().then_refused(Rule::G9);
    }
}

#[test]
fn slots_that_touch_do_not_overlap() {
    let taken = || confirmed("taken", slot(tuesday("09:00", "10:00")));
    for free in [tuesday("08:00", "09:00"), tuesday("10:00", "11:00")] {
        on_calendar(taken()).when(ask(slot(free))).then([asked(slot(free), Role::Platform)]);
    }
    for clash in [
        tuesday("08:00", "09:01"),
        tuesday("09:59", "11:00"),
        tuesday("09:15", "09:45"),
        tuesday("08:00", "11:00"),
        tuesday("09:00", "10:00"),
    ] {
        then_reason(on_calendar(taken()).when(ask(slot(clash))), Rule::R1, "overlap");
        // What was booked elsewhere was booked.
        on_calendar(taken())
            .when(ask(slot(clash)))
            .reported()
            .then_irregular([asked(slot(clash), Role::Platform)], [Rule::R1]);
    }
}

#[test]
fn a_buffer_is_kept_after_the_one_before_and_before_the_one_after() {
    let buffered = || ruled(BookingRules { buffer_minutes: 30, ..rules() });
    let taken =
        || std::iter::once(buffered()).chain(confirmed("taken", slot(tuesday("09:00", "10:00"))));
    for (slot_at, fits) in [
        (tuesday("10:00", "11:00"), false),
        (tuesday("10:29", "11:00"), false),
        (tuesday("10:30", "11:00"), true),
        (tuesday("08:00", "08:31"), false),
        (tuesday("08:00", "08:30"), true),
    ] {
        let given = on_calendar(taken()).when(ask(slot(slot_at)));
        if fits {
            given.then([asked(slot(slot_at), Role::Platform)]);
        } else {
            given.then_refused(Rule::R1);
        }
    }
}

#[test]
fn as_many_fit_at_once_as_there_is_capacity() {
    let room = || Description { capacity: 2, ..description() };
    let facts = || {
        let early = confirmed("early", slot(tuesday("08:00", "10:00")));
        early.into_iter().chain(confirmed("late", slot(tuesday("10:00", "12:00"))))
    };
    // The two never meet, so a third fits beside both, and a fourth beside neither.
    let across = tuesday("09:00", "11:00");
    described(room(), facts()).when(ask(slot(across))).then([asked(slot(across), Role::Platform)]);
    let full = facts().chain(confirmed("across", slot(across)));
    described(room(), full).when(ask(slot(tuesday("08:30", "09:30")))).then_refused(Rule::R1);
    let full = facts().chain(confirmed("across", slot(across)));
    let before = tuesday("08:00", "09:00");
    described(room(), full).when(ask(slot(before))).then([asked(slot(before), Role::Platform)]);
}

#[test]
fn what_is_over_leaves_its_place() {
    let reason = CancellationReason::ByPlatform;
    for over in [
        Fact::Cancelled { booking: it(), reason, late: false },
        Fact::Rejected { booking: it(), reason: RejectionReason::OutsideRules },
        Fact::Expired { booking: it() },
        Fact::NoShow { booking: it() },
        displaced_it(),
    ] {
        after([over]).when(ask(slot(morning()))).then([asked(slot(morning()), Role::Platform)]);
    }
    after([confirmed_it(), started_it()]).when(ask(slot(morning()))).then_refused(Rule::R1);
}

#[test]
fn a_calendar_kept_elsewhere_takes_what_that_tool_gave() {
    let elsewhere = || Description { calendar: CalendarHost::Platform, ..description() };
    let taken = || confirmed("taken", slot(morning()));
    then_reason(
        described(elsewhere(), taken()).when(ask(slot(morning()))),
        Rule::R1,
        "kept_elsewhere",
    );
    let external_ref = Some("PF-2026/0147".parse().expect("a reference"));
    let named = Slot { external_ref, ..slot(morning()) };
    let fact = asked(named.clone(), Role::Platform);
    described(elsewhere(), taken()).when(ask(named.clone())).then([fact]);
    let fact = asked(slot(morning()), Role::Platform);
    described(elsewhere(), taken()).when(ask(slot(morning()))).reported().then([fact]);
    // The same slot, reported twice, is one.
    described(elsewhere(), [requested("known", named.clone())]).when(ask(named)).then_nothing();
}

#[test]
fn a_booking_keeps_to_the_resources_rules() {
    let rules = || BookingRules {
        slot_minutes: 30,
        min_minutes: 60,
        max_minutes: 240,
        lead_minutes: 120,
        horizon_days: 7,
        opening: [Weekday::Mon, Weekday::Tue].map(|day| hours(day, "08:00", "18:00")).to_vec(),
        ..rules()
    };
    let next_week = interval("2026-03-10T08:00:00Z", "2026-03-10T09:00:00Z");
    for (slot_at, reason) in [
        (tuesday("08:15", "09:30"), "off_the_grid"),
        (tuesday("08:00", "08:59"), "too_short"),
        (tuesday("08:00", "12:01"), "too_long"),
        (interval("2026-03-02T10:30:00Z", "2026-03-02T11:30:00Z"), "too_soon"),
        (next_week, "too_far"),
        (tuesday("16:30", "17:30"), "closed"),
        (tuesday("06:30", "08:30"), "closed"),
    ] {
        then_reason(on_calendar([ruled(rules())]).when(ask(slot(slot_at))), Rule::R2, reason);
        on_calendar([ruled(rules())])
            .when(ask(slot(slot_at)))
            .reported()
            .then_irregular([asked(slot(slot_at), Role::Platform)], [Rule::R2]);
    }
    for slot_at in [
        tuesday("13:00", "17:00"),
        interval("2026-03-02T11:00:00Z", "2026-03-02T12:00:00Z"),
        interval("2026-03-09T09:00:00Z", "2026-03-09T10:00:00Z"),
    ] {
        let facts = [asked(slot(slot_at), Role::Platform)];
        on_calendar([ruled(rules())]).when(ask(slot(slot_at))).then(facts);
    }
}

#[test]
fn an_interval_over_several_days_is_open_throughout() {
    let day_and_night = |days: &[Weekday]| BookingRules {
        opening: days.iter().map(|day| hours(*day, "00:00", "24:00")).collect(),
        ..rules()
    };
    let long = slot(interval("2026-03-02T12:00:00Z", "2026-03-04T12:00:00Z"));
    let open = day_and_night(&[Weekday::Mon, Weekday::Tue, Weekday::Wed]);
    let facts = [asked(long.clone(), Role::Platform)];
    on_calendar([ruled(open)]).when(ask(long.clone())).then(facts);
    let gap = day_and_night(&[Weekday::Mon, Weekday::Wed]);
    then_reason(on_calendar([ruled(gap)]).when(ask(long)), Rule::R2, "closed");
}

#[test]
fn the_sunday_without_its_third_hour_is_an_hour_shorter() {
    // Paris, 29 March 2026: at 01:00Z the clock jumps from 02:00 to 03:00.
    let nightly = || BookingRules {
        slot_minutes: 60,
        min_minutes: 120,
        opening: vec![hours(Weekday::Sun, "00:00", "04:00")],
        ..rules()
    };
    // Midnight to four is three hours.
    let whole = slot(interval("2026-03-28T23:00:00Z", "2026-03-29T02:00:00Z"));
    let facts = [asked(whole.clone(), Role::Platform)];
    on_calendar([ruled(nightly())]).when(ask(whole)).then(facts);
    let longer = slot(interval("2026-03-28T23:00:00Z", "2026-03-29T03:00:00Z"));
    then_reason(on_calendar([ruled(nightly())]).when(ask(longer)), Rule::R2, "closed");
    // One to three on the clock is an hour of use, too short for these rules.
    let over = slot(interval("2026-03-29T00:00:00Z", "2026-03-29T01:00:00Z"));
    then_reason(on_calendar([ruled(nightly())]).when(ask(over)), Rule::R2, "too_short");
}

#[test]
fn the_sunday_with_its_third_hour_twice_holds_both() {
    // Paris, 25 October 2026: 02:00 comes at 00:00Z and again at 01:00Z.
    let nightly = || BookingRules {
        slot_minutes: 60,
        max_minutes: 300,
        opening: vec![hours(Weekday::Sun, "00:00", "04:00")],
        ..rules()
    };
    let whole = slot(interval("2026-10-24T22:00:00Z", "2026-10-25T03:00:00Z"));
    let facts = [asked(whole.clone(), Role::Platform)];
    on_calendar([ruled(nightly())]).when(ask(whole)).then(facts);
    // On the clock both go from two to three; they are two hours that touch.
    let first = slot(interval("2026-10-25T00:00:00Z", "2026-10-25T01:00:00Z"));
    let second = slot(interval("2026-10-25T01:00:00Z", "2026-10-25T02:00:00Z"));
    let taken: Vec<_> = std::iter::once(ruled(nightly())).chain(confirmed("1", first)).collect();
    let facts = [asked(second.clone(), Role::Platform)];
    on_calendar(taken.clone()).when(ask(second)).then(facts);
    let both = slot(interval("2026-10-25T00:00:00Z", "2026-10-25T02:00:00Z"));
    on_calendar(taken).when(ask(both)).then_refused(Rule::R1);
}

#[test]
fn without_rules_of_its_own_a_resource_keeps_to_the_offices() {
    let office = BookingRules { min_minutes: 120, ..rules() };
    let (stream, facts) = published(PolicyKind::Booking, PolicyBody::Booking { rules: office });
    let short = slot(morning());
    then_reason(
        on_calendar([]).and(stream, facts.clone()).when(ask(short.clone())),
        Rule::R2,
        "too_short",
    );
    let mut long = on_calendar([]).and(stream, facts.clone());
    long = long.when(ask(slot(tuesday("08:00", "10:00"))));
    let Ok(crate::domain::Verdict::Facts(envelopes)) = long.verdict() else {
        panic!("it keeps to the rules");
    };
    assert_eq!(envelopes[0].meta.policies.get(&PolicyKind::Booking), Some(&3));
    // Its own come first.
    let facts_then = [asked(short.clone(), Role::Platform)];
    on_calendar([ruled(rules())]).and(stream, facts).when(ask(short)).then(facts_then);
}

#[test]
fn nothing_is_booked_into_an_outage_or_on_a_retired_resource() {
    let outage = || instrument::Fact::OutageDeclared {
        outage: OutageId::derived("outage"),
        from: at("2026-03-03T08:30:00Z"),
        to: None,
        reason: None,
    };
    then_reason(on_calendar([outage().into()]).when(ask(slot(morning()))), Rule::R2, "outage");
    let before = tuesday("08:00", "08:30");
    let facts = [asked(slot(before), Role::Platform)];
    on_calendar([outage().into()]).when(ask(slot(before))).then(facts);
    let retired = instrument::Fact::Retired {};
    then_reason(on_calendar([retired.into()]).when(ask(slot(morning()))), Rule::R2, "retired");
}

#[test]
fn a_biosafety_level_is_had_or_refused() {
    let level = |biosafety| Slot { biosafety, ..slot(morning()) };
    let facts = [asked(level(Some(2)), Role::Platform)];
    on_calendar([]).when(ask(level(Some(2)))).then(facts);
    then_reason(on_calendar([]).when(ask(level(Some(3)))), Rule::R2, "biosafety");
    let office = Description { biosafety: None, ..description() };
    described(office, []).when(ask(level(Some(1)))).then_refused(Rule::R2);
}

#[test]
fn who_uses_it_alone_is_qualified_for_the_whole_time() {
    let alone = || ruled(BookingRules { qualification_needed: true, ..rules() });
    let until = |until: &str| {
        let (person, until) = (user_person(), Some(at(until)));
        events::Fact::from(instrument::Fact::QualificationGranted { person, until })
    };
    then_reason(on_calendar([alone()]).when(ask(slot(morning()))), Rule::R3, "no_qualification");
    on_calendar([alone()])
        .when(ask(slot(morning())))
        .reported()
        .then_irregular([asked(slot(morning()), Role::Platform)], [Rule::R3]);
    on_calendar([alone(), until("2026-03-03T08:59:00Z")])
        .when(ask(slot(morning())))
        .then_refused(Rule::R3);
    on_calendar([alone(), until("2026-03-03T09:00:00Z")])
        .when(ask(slot(morning())))
        .then([asked(slot(morning()), Role::Platform)]);
    let operation = events::Operation::Operated;
    let operated = BookingRules { qualification_needed: true, operation, ..rules() };
    on_calendar([ruled(operated)])
        .when(ask(slot(morning())))
        .then([asked(slot(morning()), Role::Platform)]);
}

#[test]
fn a_case_comes_to_a_component_as_the_policy_says() {
    use ComponentAccess::{Included, Metered, OpenFromFollowed, OpenFromSupported};
    let entitlement = Some(EntitlementId::derived("forty hours"));
    let with = Slot { entitlement, ..for_case(morning()) };
    let without = for_case(morning());
    let received = || vec![arrived()];
    let taken_on = || vec![arrived(), followed()];
    for (rule, facts, slot, reason) in [
        (Included, received(), &without, None),
        (Metered, taken_on(), &with, None),
        (Metered, taken_on(), &without, Some("no_entitlement")),
        (OpenFromFollowed, received(), &without, Some("not_followed")),
        (OpenFromFollowed, taken_on(), &without, None),
        (OpenFromSupported, taken_on(), &without, Some("not_supported")),
    ] {
        let (stream, policy) = access(rule);
        let told = || {
            on_calendar([])
                .and(Stream::Case(case()), facts.clone())
                .and(stream, policy.clone())
                .when(ask(slot.clone()))
        };
        let fact = || [asked(slot.clone(), Role::Platform)];
        match reason {
            None => told().then(fact()),
            Some(reason) => {
                then_reason(told(), Rule::R4, reason);
                told().reported().then_irregular(fact(), [Rule::R4]);
            }
        }
    }
}

#[test]
fn a_closed_case_books_nothing() {
    let reason = events::ClosingReason::Graduated;
    let closed = events::Fact::from(intake::Fact::Closed { reason, note: None });
    on_calendar([])
        .and(Stream::Case(case()), [arrived(), closed])
        .when(ask(for_case(morning())))
        .then_refused(Rule::C7);
}

#[test]
fn innovators_book_for_their_own_case_only() {
    let own = || on_calendar([]).and(Stream::Case(case()), [arrived()]).by(Role::Innovator);
    own().when(ask(for_case(morning()))).then([asked(for_case(morning()), Role::Innovator)]);
    own().when(ask(slot(morning()))).then_refused(Rule::G4);
    // What they say happened elsewhere does not set the rules aside.
    own().when(ask(for_case(morning()))).reported().then_refused(Rule::G4);
    let other = CaseId::derived("somebody else's");
    let theirs = Slot { beneficiary: Beneficiary::Case(other), ..slot(morning()) };
    own().when(ask(theirs)).then_refused(Rule::G9);
    // Of bookings for others they don't even learn that they exist.
    let moved = tuesday("12:00", "13:00");
    for command in [
        Command::CancelBooking { booking: booking("1"), reason: CancellationReason::ByUser },
        Command::RescheduleBooking { booking: booking("1"), interval: moved },
    ] {
        on_calendar([requested("1", slot(morning()))])
            .by(Role::Innovator)
            .when(command)
            .then_refused(Rule::G9);
    }
    after([])
        .by(Role::Innovator)
        .when(Command::RescheduleBooking { booking: it(), interval: moved })
        .then([Fact::Rescheduled { booking: it(), interval: moved }.into()]);
}

#[test]
fn innovators_cannot_claim_to_have_asked_earlier() {
    let hasty = BookingRules { lead_minutes: 30 * 60, ..rules() };
    let claim = |role| {
        on_calendar([ruled(hasty.clone())])
            .and(Stream::Case(case()), [arrived()])
            .by(role)
            .when(ask(for_case(morning())))
            .with(|request| request.occurred_at = Some(at("2026-03-01T09:00:00Z")))
    };
    then_reason(claim(Role::Innovator), Rule::R2, "too_soon");
    claim(Role::Advisor).then([asked(for_case(morning()), Role::Advisor)]);
}
