mod admission;
mod steps;

use events::booking::{Beneficiary, Fact, Slot};
use events::{BookingId, CaseId, Interval, OutageId, Role, Rule, Stream, intake};

use super::Command;
use crate::domain::resource::fixtures::*;
use crate::domain::testing::{Given, NOW, arrived, at, user};

fn case() -> CaseId {
    CaseId::derived("case")
}

fn for_case(interval: Interval) -> Slot {
    Slot { beneficiary: Beneficiary::Case(case()), ..slot(interval) }
}

fn followed() -> events::Fact {
    intake::Fact::AdvisorAssigned { advisor: user(Role::Advisor), previous: None }.into()
}

fn ask(slot: Slot) -> Command {
    Command::RequestBooking(slot)
}

fn asked(slot: Slot, role: Role) -> events::Fact {
    Fact::Requested { booking: created(), requester: user(role), slot }.into()
}

fn morning() -> Interval {
    tuesday("08:00", "09:00")
}

/// One booking that the facts after it are about.
fn after(more: impl IntoIterator<Item = Fact>) -> Given {
    let slot = for_case(morning());
    let first = Fact::Requested { booking: booking("it"), requester: user(Role::Advisor), slot };
    let facts = std::iter::once(first).chain(more).map(events::Fact::from);
    on_calendar(facts).and(Stream::Case(case()), [arrived(), followed()])
}

fn it() -> BookingId {
    booking("it")
}

fn confirmed_it() -> Fact {
    Fact::Confirmed { booking: it() }
}

fn started_it() -> Fact {
    Fact::Started { booking: it() }
}

fn displaced_it() -> Fact {
    Fact::Displaced { booking: it(), outage: OutageId::derived("outage") }
}

fn then_reason(given: Given, rule: Rule, reason: &str) {
    assert_eq!(given.then_refused(rule).reason, reason);
}
