//! What rows and files answer when asked.

use std::collections::BTreeMap;

use events::policy::PolicyBody;
use events::*;
use projections::Row;
use projections::calendar::Calendar;
use projections::calls::CallRow;
use projections::directory::{OrganisationRow, PersonRow};
use projections::introductions::{IntroductionFile, IntroductionRow};
use projections::policies::PolicyFile;
use projections::users::Accounts;

use crate::sample::{Log, actor, at, id, on, sealed, slot};

fn admin() -> Actor {
    actor("Admin", Role::Admin)
}

fn text<T: std::str::FromStr<Err: std::fmt::Debug>>(text: &str) -> T {
    text.parse().expect("a value")
}

#[test]
fn the_version_in_force_is_the_one_effective_last_and_retiring_it_leaves_none() {
    let mut log = Log::default();
    let rule = Stream::Policy(PolicyKind::ServiceLevels);
    let body = |days: u32| PolicyBody::ServiceLevels {
        acknowledge_working_days: days,
        assign_working_days: days,
        decide_working_days: days,
        appeal_days: days,
    };
    let published = |version: u32, from: &str| policy::Fact::Published {
        version,
        body: body(version),
        effective_from: at(from),
    };
    log.add(rule, "2026-01-01T09:00", admin(), published(1, "2026-01-01T00:00"));
    let draft = policy::Fact::Drafted { version: 2, body: body(9) };
    log.add(rule, "2026-02-01T09:00", admin(), draft);
    let in_force = |log: &Log, when: &str| {
        let file = PolicyFile::fold(&log.history()).expect("it has versions");
        file.in_force(at(when)).map(|version| version.version)
    };
    assert_eq!(in_force(&log, "2025-12-31T00:00"), None);
    assert_eq!(in_force(&log, "2026-03-01T00:00"), Some(1));
    log.add(rule, "2026-02-10T09:00", admin(), published(2, "2026-03-01T00:00"));
    assert_eq!(in_force(&log, "2026-02-28T23:59"), Some(1));
    assert_eq!(in_force(&log, "2026-03-01T00:00"), Some(2));
    log.add(rule, "2026-06-01T09:00", admin(), policy::Fact::Retired { version: 2 });
    assert_eq!(in_force(&log, "2026-05-31T00:00"), Some(2));
    assert_eq!(in_force(&log, "2026-06-02T00:00"), None);
}

#[test]
fn a_call_accepts_up_to_its_extended_deadline_inclusive() {
    let mut log = Log::default();
    let stream = Stream::Call(id("call"));
    let terms = call::Terms {
        title: text("Appel"),
        kind: CallKind::Regular,
        opens_at: at("2026-02-01T00:00"),
        deadline: Some(at("2026-03-01T00:00")),
    };
    let opened = call::Fact::Opened { terms, policies: BTreeMap::new() };
    log.add(stream, "2026-01-01T09:00", admin(), opened);
    let extended = call::Fact::DeadlineExtended { deadline: at("2026-03-08T00:00") };
    log.add(stream, "2026-02-20T09:00", admin(), extended);
    let row = CallRow::fold(&log.history()).expect("it was opened");
    assert_eq!(row.former_deadlines, [at("2026-03-01T00:00")]);
    assert!(row.accepts(at("2026-03-08T00:00")) && !row.accepts(at("2026-03-08T00:01")));
    assert!(!row.accepts(at("2026-01-31T23:59")));
}

/// A microscope with two bookings, of which an outage displaced the first.
fn displaced() -> Log {
    let mut log = Log::default();
    let stream = Stream::Resource(id("microscope"));
    let described = resource::Fact::Registered(resource::Description {
        name_fr: text("Microscope"),
        name_en: text("Microscope"),
        organisation: id("platform"),
        class: ResourceClass::Instrument,
        component: OfferComponent::Technologies,
        calendar: CalendarHost::Here,
        site: text("Villejuif"),
        capacity: 1,
        biosafety: None,
    });
    log.add(stream, "2026-01-01T09:00", admin(), described);
    for (words, from, until) in [
        ("first", "2026-02-02T09:00", "2026-02-02T10:00"),
        ("second", "2026-02-09T09:00", "2026-02-09T10:00"),
    ] {
        log.add(stream, "2026-01-10T09:00", admin(), request(words, from, until));
    }
    let (outage, from) = (id("outage"), at("2026-02-02T00:00"));
    let broken = resource::Fact::OutageDeclared { outage, from, to: None, reason: None };
    log.add(stream, "2026-02-01T09:00", admin(), broken);
    let ousted = booking::Fact::Displaced { booking: id("first"), outage };
    log.add(stream, "2026-02-01T09:00", admin(), ousted);
    log
}

fn request(words: &str, from: &str, until: &str) -> booking::Fact {
    let slot = booking::Slot {
        beneficiary: booking::Beneficiary::Case(id("case")),
        entitlement: None,
        user: id("user"),
        interval: slot(from, until),
        purpose: None,
        samples: None,
        biosafety: None,
        external_ref: None,
    };
    booking::Fact::Requested { booking: id(words), requester: id("user"), slot }
}

#[test]
fn a_calendar_shows_what_some_part_of_the_stretch_holds() {
    let calendar = Calendar::fold(&displaced().history()).expect("it was registered");
    let week = calendar.view(slot("2026-02-02T09:30", "2026-02-09T09:00"));
    let shown: Vec<_> = week.bookings.iter().map(|booking| booking.booking).collect();
    // The second starts as the stretch ends: they touch, no more.
    assert_eq!(shown, [id("first")]);
    assert_eq!(week.outages.len(), 1);
    let before = calendar.view(slot("2026-01-01T00:00", "2026-02-02T00:00"));
    assert!(before.bookings.is_empty() && before.outages.is_empty());
}

#[test]
fn a_displaced_booking_is_to_be_rebooked_until_it_has_another_slot() {
    let mut log = displaced();
    let stream = Stream::Resource(id("microscope"));
    let waiting = |log: &Log| {
        let calendar = Calendar::fold(&log.history()).expect("it was registered");
        calendar.to_rebook().iter().map(|booking| booking.booking).collect::<Vec<_>>()
    };
    // What had been asked for before the outage does not make up for it.
    assert_eq!(waiting(&log), [id("first")]);
    let again = request("again", "2026-02-16T09:00", "2026-02-16T10:00");
    log.add(stream, "2026-02-03T09:00", admin(), again);
    assert_eq!(waiting(&log), []);
    let reason = RejectionReason::Overlap;
    let rejected = booking::Fact::Rejected { booking: id("again"), reason };
    log.add(stream, "2026-02-04T09:00", admin(), rejected);
    assert_eq!(waiting(&log), [id("first")]);
}

#[test]
fn a_role_holds_where_and_until_it_was_given() {
    let mut log = Log::default();
    let user = id("auditor");
    let enrolled = access::Fact::UserEnrolled { user, person: id("auditor") };
    log.add(Stream::Access, "2026-01-01T09:00", admin(), enrolled);
    let granted = access::Fact::RoleGranted {
        user,
        role: Role::Auditor,
        scope: Some(id("case")),
        until: Some(at("2026-02-01T00:00")),
    };
    log.add(Stream::Access, "2026-01-01T09:00", admin(), granted);
    let issued = access::Fact::TokenIssued {
        token: id("token"),
        user,
        hash: Digest([1; 32]),
        purpose: text("command_line"),
        until: None,
    };
    log.add(Stream::Access, "2026-01-02T09:00", admin(), issued);
    let revoked = access::Fact::TokenRevoked { token: id("token") };
    log.add(Stream::Access, "2026-01-03T09:00", admin(), revoked);
    let accounts = Accounts::fold(&log.history()).expect("there are accounts");
    let row = accounts.user(user).expect("enrolled");
    let holds = |case, when: &str| row.holds(Role::Auditor, case, at(when));
    assert!(holds(Some(id("case")), "2026-01-31T00:00"));
    assert!(!holds(Some(id("case")), "2026-02-01T00:00"));
    assert!(!holds(None, "2026-01-31T00:00") && !holds(Some(id("other")), "2026-01-31T00:00"));
    assert_eq!(row.tokens[0].revoked_at, Some(at("2026-01-03T09:00")));
    let shown = serde_json::to_string(&accounts).expect("plain data");
    assert!(!shown.contains(&Digest([1; 32]).to_string()), "no token's hash is shown");
}

#[test]
fn former_names_stay_known() {
    let mut log = Log::default();
    let person = Stream::Person(id("anne"));
    let registered = person::Fact::Registered(person::Identity {
        name: sealed("maiden name"),
        email: sealed("mail"),
        phone: None,
        orcid: None,
        language: Language::Fr,
        privacy_notice: person::PrivacyNotice {
            version: text("2026"),
            given_at: at("2026-01-01T09:00"),
        },
    });
    log.add(person, "2026-01-01T09:00", admin(), registered);
    let corrected = person::Fact::DetailsCorrected {
        name: Some(sealed("married name")),
        email: None,
        phone: None,
        orcid: None,
        language: None,
    };
    log.add(person, "2026-01-02T09:00", admin(), corrected);
    let left = person::Fact::AffiliationEnded { organisation: id("lab"), to: on("2026-01-31") };
    log.add(person, "2026-01-02T09:00", admin(), left);
    let row = PersonRow::fold(&log.history()).expect("registered");
    assert_eq!((row.name, row.former_names), (sealed("married name"), vec![sealed("maiden name")]));

    let mut log = Log::default();
    let company = Stream::Organisation(id("company"));
    let named = |name: &str| organisation::Profile {
        legal_name: Some(text(name)),
        sole_trader_name: None,
        kind: OrganisationKind::Startup,
        country: text("FR"),
        siren: None,
        ror: None,
        parent: None,
    };
    let registered = organisation::Fact::Registered(named("OncoPep"));
    log.add(company, "2026-01-01T09:00", admin(), registered);
    for name in ["OncoPeptide", "OncoPeptide"] {
        let corrected = organisation::Fact::DetailsCorrected(named(name));
        log.add(company, "2026-01-02T09:00", admin(), corrected);
    }
    let row = OrganisationRow::fold(&log.history()).expect("registered");
    assert_eq!(row.former_names, [text("OncoPep")]);
}

#[test]
fn an_introduction_is_ready_while_both_sides_agree() {
    let log = crate::sample::log();
    let stream = Stream::Introduction(id("bpifrance"));
    let ready = |count: usize, when: &str| {
        let row = IntroductionRow::fold(&log.stream(stream, count));
        row.expect("proposed").ready(at(when))
    };
    assert!(!ready(2, "2026-09-12T00:00"), "the target has not answered");
    assert!(ready(3, "2026-09-14T10:00"));
    assert!(!ready(3, "2026-12-31T00:00"), "the consent is over");
    assert!(!ready(4, "2026-09-15T10:00"), "it was made");
    let file = IntroductionFile::fold(&log.stream(stream, usize::MAX)).expect("proposed");
    assert_eq!(file.row.state, IntroductionState::Concluded);
    assert_eq!(file.outcomes.len(), 1);
}

#[test]
fn facts_before_the_one_that_begins_a_row_do_not_count() {
    let mut log = Log::default();
    let stream = Stream::Call(id("call"));
    log.add(stream, "2026-01-01T09:00", admin(), call::Fact::Closed {});
    assert_eq!(CallRow::fold(&log.history()), None);
}
