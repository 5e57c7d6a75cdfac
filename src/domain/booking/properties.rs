//! Whatever is asked of a calendar, and however the clocks jump: it does what a list of bookings
//! looked at minute by minute does, and is never fuller than it may be.

use std::sync::Arc;

use chrono::{TimeDelta, TimeZone, Timelike};
use chrono_tz::Europe::Paris;
use events::booking::Fact;
use events::policy::BookingRules;
use events::resource::{self as instrument, Description};
use events::{
    BookingId, BookingState, CancellationReason, CommandId, Interval, Labelled, OutageId, Role,
    Stream, Time, UserId, Weekday, person,
};
use proptest::prelude::*;

use super::Command;
use crate::domain::resource::fixtures::*;
use crate::domain::resource::{self, Resource, free_slots};
use crate::domain::testing::{at, enveloped, identity, person_of};
use crate::domain::{Context, Folded, Known, Nature, Sender, Stop};

/// Minutes that a test looks at: a day and a half, with a change of the clock in the middle.
const MINUTES: usize = 36 * 60;
/// Saturdays noon before each change of the clock in Paris.
const BEGINNINGS: [&str; 2] = ["2026-03-28T12:00:00Z", "2026-10-24T12:00:00Z"];

/// Something that is asked for; places are in quarters of an hour, bookings in order of asking.
#[derive(Debug, Clone)]
enum Step {
    Request(usize, usize),
    Book(usize, usize),
    Confirm(usize),
    Reject(usize),
    Expire(usize),
    Move(usize, usize, usize),
    Cancel(usize),
    Start(usize),
    Complete(usize),
    Interrupt(usize),
    NoShow(usize),
    Declare(usize, Option<usize>),
    Lift(usize),
    Revoke,
    Wait(i64),
}

fn step() -> impl Strategy<Value = Step> {
    // Mostly short ones, close to the change of the clock, so that they meet.
    let place = prop_oneof![2 => 46..58_usize, 1 => 0..140_usize];
    let length = prop_oneof![2 => 1..5_usize, 1 => 1..20_usize];
    let which = 0..12_usize;
    prop_oneof![
        6 => (place.clone(), length.clone()).prop_map(|(at, long)| Step::Request(at, long)),
        8 => (place.clone(), length.clone()).prop_map(|(at, long)| Step::Book(at, long)),
        4 => which.clone().prop_map(Step::Confirm),
        2 => which.clone().prop_map(Step::Reject),
        2 => which.clone().prop_map(Step::Expire),
        4 => (which.clone(), place.clone(), length.clone())
            .prop_map(|(which, at, long)| Step::Move(which, at, long)),
        2 => which.clone().prop_map(Step::Cancel),
        2 => which.clone().prop_map(Step::Start),
        1 => which.clone().prop_map(Step::Complete),
        1 => which.clone().prop_map(Step::Interrupt),
        1 => which.clone().prop_map(Step::NoShow),
        1 => (place, proptest::option::of(length)).prop_map(|(at, long)| Step::Declare(at, long)),
        1 => (0..3_usize).prop_map(Step::Lift),
        1 => Just(Step::Revoke),
        4 => (1..240_i64).prop_map(Step::Wait),
    ]
}

/// What a calendar may be like.
#[derive(Debug, Clone)]
struct Setting {
    begins: Time,
    capacity: u32,
    rules: BookingRules,
}

fn setting() -> impl Strategy<Value = Setting> {
    let night = vec![
        hours(Weekday::Sat, "08:00", "24:00"),
        hours(Weekday::Sun, "00:00", "02:30"),
        hours(Weekday::Sun, "03:00", "22:15"),
    ];
    let weekend = [Weekday::Sat, Weekday::Sun].map(|day| hours(day, "00:00", "24:00")).to_vec();
    let half = vec![hours(Weekday::Sat, "12:30", "24:00"), hours(Weekday::Sun, "02:30", "20:00")];
    let openings = proptest::sample::select(vec![vec![], night, weekend, half]);
    let slots = proptest::sample::select(vec![15_u32, 15, 30, 240]);
    let buffers = proptest::sample::select(vec![0_u32, 0, 10, 45]);
    (0..BEGINNINGS.len(), 1..4_u32, openings, slots, buffers).prop_map(
        |(begins, capacity, opening, slot_minutes, buffer_minutes)| {
            let rules = BookingRules {
                slot_minutes,
                buffer_minutes,
                opening,
                max_minutes: 240,
                qualification_needed: true,
                ..rules()
            };
            Setting { begins: at(BEGINNINGS[begins]), capacity, rules }
        },
    )
}

/// A booking as anyone would keep it on paper, in minutes since the beginning.
#[derive(Debug, Clone, Copy, PartialEq)]
struct Row {
    state: BookingState,
    from: usize,
    until: usize,
}

/// The naive model: rows and a pencil.
struct Paper {
    setting: Setting,
    rows: Vec<Row>,
    outages: Vec<(usize, Option<usize>)>,
    qualified: bool,
    /// Minutes since the beginning.
    now: usize,
}

impl Paper {
    fn time(&self, minute: usize) -> Time {
        self.setting.begins.plus(TimeDelta::minutes(minute as i64))
    }

    fn wall(&self, minute: usize) -> (Weekday, u16) {
        let wall = Paris.from_utc_datetime(&self.time(minute).utc().naive_utc());
        let weekday = chrono::Datelike::weekday(&wall).num_days_from_monday() as usize;
        (Weekday::ALL[weekday], (wall.hour() * 60 + wall.minute()) as u16)
    }

    fn open(&self, minute: usize) -> bool {
        let (weekday, shown) = self.wall(minute);
        let opening = &self.setting.rules.opening;
        opening.is_empty()
            || opening.iter().any(|hours| {
                hours.weekday == weekday
                    && (hours.from.minutes()..hours.until.minutes()).contains(&shown)
            })
    }

    fn out_of_order(&self, minute: usize) -> bool {
        self.outages.iter().any(|(from, to)| *from <= minute && to.is_none_or(|to| minute < to))
    }

    /// How many have the resource at each minute, buffers included.
    fn taken(&self, without: Option<usize>) -> Vec<u32> {
        let buffer = self.setting.rules.buffer_minutes as usize;
        let mut taken = vec![0; MINUTES * 2];
        for (place, row) in self.rows.iter().enumerate() {
            if row.state.is_live() && Some(place) != without {
                taken[row.from..row.until + buffer].iter_mut().for_each(|count| *count += 1);
            }
        }
        taken
    }

    fn fits(&self, from: usize, until: usize, taken: &[u32]) -> bool {
        let Setting { rules, capacity, .. } = &self.setting;
        let (_, shown) = self.wall(from);
        from >= self.now
            && until - from <= rules.max_minutes as usize
            && u32::from(shown).is_multiple_of(rules.slot_minutes)
            && (from..until).all(|minute| self.open(minute) && !self.out_of_order(minute))
            && taken[from..until + rules.buffer_minutes as usize].iter().all(|it| it < capacity)
    }

    fn may_book(&self, from: usize, until: usize, moved: Option<usize>) -> bool {
        self.qualified && self.fits(from, until, &self.taken(moved))
    }
}

/// Both, side by side.
struct Trial {
    paper: Paper,
    resource: Resource,
    known: Known,
    bookings: Vec<BookingId>,
    outages: Vec<OutageId>,
    commands: usize,
}

impl Trial {
    fn new(setting: Setting) -> Self {
        let mut resource = Resource::default();
        let capacity = setting.capacity;
        resource.evolve(&instrument::Fact::Registered(Description { capacity, ..description() }));
        resource.evolve(&instrument::Fact::RulesSet { rules: setting.rules.clone() });
        let granted = instrument::Fact::QualificationGranted { person: user_person(), until: None };
        resource.evolve(&granted);
        let stream = Stream::Person(user_person());
        let mut folded = Folded::empty(stream);
        let registered = person::Fact::Registered(identity()).into();
        folded.take(&enveloped(stream, 0, registered, setting.begins));
        let known = [(stream.name(), Arc::new(folded))].into_iter().collect();
        let (rows, outages) = (vec![], vec![]);
        let paper = Paper { setting, rows, outages, qualified: true, now: 0 };
        Self { paper, resource, known, bookings: vec![], outages: vec![], commands: 0 }
    }

    /// Decides as the platform, now; takes in what comes of it. `false` when it is refused.
    fn tell(
        &mut self,
        decide: impl FnOnce(&Resource, &Context<'_>) -> crate::domain::Decision,
    ) -> bool {
        let now = self.paper.time(self.paper.now);
        let (user, person) = (UserId::derived("platform"), person_of(Role::Platform));
        let sender = Sender { user, person, role: Role::Platform };
        let id = self.command();
        let record = Folded::empty(Stream::Resource(events::ResourceId::derived("resource")));
        let times = (now, now);
        let context = Context::new(sender, times, id, Nature::Act, &record, &self.known);
        self.commands += 1;
        let facts = match decide(&self.resource, &context) {
            Ok(facts) => facts,
            Err(Stop::Refused(_)) => return false,
            Err(stop) => panic!("{stop}"),
        };
        for fact in facts {
            match fact {
                events::Fact::Resource(fact) => self.resource.evolve(&fact),
                events::Fact::Booking(fact) => self.resource.evolve_booking(&fact, now),
                other => panic!("{other:?} in a resource's stream"),
            }
        }
        true
    }

    fn book(&mut self, command: Command) -> bool {
        self.tell(|resource, context| super::decide(resource, &command, context))
    }

    fn manage(&mut self, command: resource::Command) -> bool {
        self.tell(|resource, context| resource::decide(resource, &command, context))
    }

    fn command(&self) -> CommandId {
        CommandId::derived(&self.commands.to_string())
    }

    fn interval(&self, from: usize, until: usize) -> Interval {
        Interval::new(self.paper.time(from), self.paper.time(until)).expect("not empty")
    }

    /// Asks for a place; both say the same.
    fn ask(&mut self, place: usize, length: usize, state: BookingState) {
        let (from, until) = (place * 15, (place + length) * 15);
        let slot = slot(self.interval(from, until));
        let id = BookingId::created_by(self.command());
        let expected = self.paper.may_book(from, until, None);
        let command = match state {
            BookingState::Requested => Command::RequestBooking(slot),
            _ => Command::Book(slot),
        };
        assert_eq!(self.book(command), expected, "{from} to {until}");
        if expected {
            self.paper.rows.push(Row { state, from, until });
            self.bookings.push(id);
        }
    }

    /// One of the bookings takes a step if it is in one of these states, or already took it.
    fn walk(
        &mut self,
        which: usize,
        from: &[BookingState],
        to: BookingState,
        command: impl FnOnce(BookingId) -> Command,
    ) {
        let Some(which) = which.checked_rem(self.bookings.len()) else { return };
        let row = self.paper.rows[which];
        let passed = row.from <= self.paper.now;
        let timely = passed || !matches!(to, BookingState::Expired | BookingState::NoShow);
        let expected = timely && (row.state == to || from.contains(&row.state));
        assert_eq!(self.book(command(self.bookings[which])), expected, "{row:?} to {to:?}");
        if expected {
            self.paper.rows[which].state = to;
        }
    }

    fn reschedule(&mut self, which: usize, place: usize, length: usize) {
        let Some(which) = which.checked_rem(self.bookings.len()) else { return };
        let row = self.paper.rows[which];
        let (from, until) = (place * 15, (place + length) * 15);
        let movable = matches!(row.state, BookingState::Requested | BookingState::Confirmed);
        let same = (row.from, row.until) == (from, until);
        let expected = movable && (same || self.paper.may_book(from, until, Some(which)));
        let (booking, interval) = (self.bookings[which], self.interval(from, until));
        let moved = self.book(Command::RescheduleBooking { booking, interval });
        assert_eq!(moved, expected, "{row:?} to {from} to {until}");
        if expected {
            self.paper.rows[which] = Row { from, until, ..row };
        }
    }

    fn complete(&mut self, which: usize) {
        // Completed a minute ago, in a minute; one that was completed before says otherwise.
        let Some(which) = which.checked_rem(self.bookings.len()) else { return };
        let state = self.paper.rows[which].state;
        let expected = matches!(state, BookingState::Started | BookingState::Confirmed);
        let now = self.paper.time(self.paper.now);
        let from = now.minus(TimeDelta::minutes(1));
        let interval = Interval::new(from, now).expect("a minute");
        let booking = self.bookings[which];
        let usage_minutes = u32::try_from(self.commands % 2).unwrap_or(0);
        let again = self.resource.calendar.booking(booking).is_some_and(|known| {
            known.interval == interval && known.usage_minutes == Some(usage_minutes)
        });
        let done = self.book(Command::CompleteBooking { booking, interval, usage_minutes });
        assert_eq!(done, expected || again);
        if expected {
            self.paper.rows[which].state = BookingState::Completed;
        }
    }

    fn declare(&mut self, place: usize, length: Option<usize>) {
        let (from, to) = (place * 15, length.map(|length| (place + length) * 15));
        let id = OutageId::created_by(self.command());
        let command = resource::Command::DeclareOutage {
            from: self.paper.time(from),
            to: to.map(|to| self.paper.time(to)),
            reason: None,
        };
        assert!(self.manage(command));
        if self.paper.outages.contains(&(from, to)) {
            return;
        }
        self.paper.outages.push((from, to));
        self.outages.push(id);
        for row in &mut self.paper.rows {
            if row.state.is_live() && row.until > from && to.is_none_or(|to| row.from < to) {
                row.state = match row.state {
                    BookingState::Started => BookingState::Interrupted,
                    _ => BookingState::Displaced,
                };
            }
        }
    }

    fn lift(&mut self, which: usize) {
        let Some(which) = which.checked_rem(self.outages.len()) else { return };
        assert!(
            self.manage(resource::Command::LiftOutage { outage: self.outages[which], at: None })
        );
        let now = self.paper.now;
        let (_, to) = &mut self.paper.outages[which];
        *to = Some(to.map_or(now, |to| to.min(now)));
    }

    fn revoke(&mut self) {
        let person = user_person();
        assert!(self.manage(resource::Command::RevokeQualification { person }));
        if self.paper.qualified {
            for row in &mut self.paper.rows {
                let waits = matches!(row.state, BookingState::Requested | BookingState::Confirmed);
                if waits && row.from >= self.paper.now {
                    row.state = BookingState::Cancelled;
                }
            }
        }
        // Qualified again at once, so that there is something to book for.
        assert!(self.manage(resource::Command::GrantQualification { person, until: None }));
    }

    fn take(&mut self, step: &Step) {
        use BookingState::{
            Cancelled, Confirmed, Displaced, Expired, Interrupted, NoShow, Rejected, Requested,
            Started,
        };
        match *step {
            Step::Request(place, length) => self.ask(place, length, Requested),
            Step::Book(place, length) => self.ask(place, length, Confirmed),
            Step::Confirm(which) => self.walk(which, &[Requested], Confirmed, |booking| {
                Command::ConfirmBooking { booking }
            }),
            Step::Reject(which) => self.walk(which, &[Requested], Rejected, |booking| {
                let reason = events::RejectionReason::Overlap;
                Command::RejectBooking { booking, reason }
            }),
            Step::Expire(which) => self
                .walk(which, &[Requested], Expired, |booking| Command::ExpireBooking { booking }),
            Step::Cancel(which) => {
                let states = [Requested, Confirmed, Displaced];
                self.walk(which, &states, Cancelled, |booking| {
                    let reason = CancellationReason::ByPlatform;
                    Command::CancelBooking { booking, reason }
                });
            }
            Step::Start(which) => {
                self.walk(which, &[Confirmed], Started, |booking| Command::StartBooking { booking })
            }
            Step::Interrupt(which) => self.walk(which, &[Started], Interrupted, |booking| {
                Command::InterruptBooking { booking, outage: None, usage_minutes: 0 }
            }),
            Step::NoShow(which) => {
                self.walk(which, &[Confirmed], NoShow, |booking| Command::LogNoShow { booking })
            }
            Step::Complete(which) => self.complete(which),
            Step::Move(which, place, length) => self.reschedule(which, place, length),
            Step::Declare(place, length) => self.declare(place, length),
            Step::Lift(which) => self.lift(which),
            Step::Revoke => self.revoke(),
            Step::Wait(minutes) => {
                let last = MINUTES - 1;
                self.paper.now = (self.paper.now + minutes as usize).min(last);
            }
        }
    }

    /// No minute is fuller than it may be, and both know the same bookings.
    fn check(&self) {
        let taken = self.paper.taken(None);
        assert!(taken.iter().all(|count| *count <= self.paper.setting.capacity));
        for (row, id) in self.paper.rows.iter().zip(&self.bookings) {
            let booking = self.resource.calendar.booking(*id).expect("it was asked for");
            assert_eq!(booking.state, row.state);
            if row.state.is_live() {
                assert_eq!(booking.interval, self.interval(row.from, row.until));
                assert!((row.from..row.until).all(|minute| !self.paper.out_of_order(minute)));
            }
        }
    }

    /// Free is what can be booked, and nothing else.
    fn check_free(&self, minutes: usize) {
        let taken = self.paper.taken(None);
        let starts = (self.paper.now..MINUTES - minutes)
            .filter(|from| self.paper.fits(*from, *from + minutes, &taken));
        let expected: Vec<_> = starts.map(|from| self.interval(from, from + minutes)).collect();
        // The window ends before the first start that is not looked at would.
        let window = self.interval(0, MINUTES - 1);
        let now = self.paper.time(self.paper.now);
        let found = free_slots(&self.resource, None, window, now, minutes as u32);
        assert_eq!(found, expected);
    }
}

proptest! {
    #[test]
    fn a_calendar_does_what_a_list_looked_at_minute_by_minute_does(
        setting in setting(),
        steps in proptest::collection::vec(step(), 1..40),
    ) {
        let mut trial = Trial::new(setting);
        for step in &steps {
            trial.take(step);
            trial.check();
        }
        trial.check_free(60);
    }
}

fn any_fact() -> impl Strategy<Value = Fact> {
    let booking = (0..4_u8).prop_map(|which| booking(&which.to_string()));
    let times = (-1_000_000_i64..1_000_000, 1_i64..1_000_000_000_000).prop_map(|(from, long)| {
        let moment = |micros| Time::from_micros(micros).expect("within the calendar");
        Interval::new(moment(from), moment(from + long)).expect("not empty")
    });
    let outage = OutageId::derived("outage");
    (booking, times, 0..11_u8).prop_map(move |(booking, interval, kind)| match kind {
        0 | 1 => {
            let requester = UserId::derived("anyone");
            Fact::Requested { booking, requester, slot: slot(interval) }
        }
        2 => Fact::Confirmed { booking },
        3 => Fact::Rejected { booking, reason: events::RejectionReason::Outage },
        4 => Fact::Expired { booking },
        5 => Fact::Rescheduled { booking, interval },
        6 => {
            let reason = CancellationReason::ByUser;
            Fact::Cancelled { booking, reason, late: true }
        }
        7 => Fact::Displaced { booking, outage },
        8 => Fact::Started { booking },
        9 => Fact::Completed { booking, interval, usage_minutes: 1 },
        _ => Fact::NoShow { booking },
    })
}

fn any_command() -> impl Strategy<Value = Command> {
    let booking = (0..5_u8).prop_map(|which| booking(&which.to_string()));
    (booking, 0..11_u8).prop_map(|(booking, kind)| match kind {
        0 => Command::RequestBooking(slot(tuesday("08:00", "09:00"))),
        1 => Command::Book(slot(tuesday("08:00", "09:00"))),
        2 => Command::ConfirmBooking { booking },
        3 => Command::RejectBooking { booking, reason: events::RejectionReason::Outage },
        4 => Command::ExpireBooking { booking },
        5 => Command::RescheduleBooking { booking, interval: tuesday("08:00", "09:00") },
        6 => Command::CancelBooking { booking, reason: CancellationReason::ByUser },
        7 => Command::StartBooking { booking },
        8 => {
            let interval = interval("2026-03-02T07:00:00Z", "2026-03-02T08:00:00Z");
            Command::CompleteBooking { booking, interval, usage_minutes: 60 }
        }
        9 => Command::InterruptBooking { booking, outage: None, usage_minutes: 1 },
        _ => Command::LogNoShow { booking },
    })
}

proptest! {
    #[test]
    fn any_history_of_bookings_evolves_and_leaves_the_live_ones_to_be_found(
        facts in proptest::collection::vec(any_fact(), 0..60),
    ) {
        let mut resource = Resource::default();
        for fact in &facts {
            resource.evolve_booking(fact, at(BEGINNINGS[0]));
        }
        let ids = (0..4).map(|which| booking(&which.to_string()));
        let live = ids.filter(|id| {
            resource.calendar.booking(*id).is_some_and(|booking| booking.state.is_live())
        });
        let mut live: Vec<_> = live.collect();
        let always = Time::from_micros(-10_000_000).expect("a time");
        let mut found: Vec<_> =
            resource.calendar.live_between(always, None).into_iter().map(|(id, _)| id).collect();
        live.sort_unstable();
        found.sort_unstable();
        prop_assert_eq!(found, live);
    }

    #[test]
    fn any_history_is_decided_on_and_what_is_decided_twice_is_decided_once(
        facts in proptest::collection::vec(any_fact(), 0..20),
        command in any_command(),
    ) {
        on_calendar(facts.into_iter().map(events::Fact::from)).when(command).settles();
    }
}
