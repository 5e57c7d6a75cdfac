//! Calls for projects: eight at a date, two rolling, two fast ones of which one is called off.

use events::{CallKind, Rule, Stream};
use serde_json::json;

use crate::demo::days::{date, paris};
use crate::demo::ledger::Call;
use crate::demo::policies::{CRITERIA, CRITERIA_2025};
use crate::demo::story::Story;
use crate::demo::world::Order;
use crate::domain::Collection;

type Day = (i32, u32, u32);

/// A call as the office plans it.
struct Planned {
    title: &'static str,
    kind: CallKind,
    opens: Day,
    deadline: Option<Day>,
    closes: Option<Day>,
}

const fn call(
    title: &'static str,
    kind: CallKind,
    opens: Day,
    deadline: Option<Day>,
    closes: Option<Day>,
) -> Planned {
    Planned { title, kind, opens, deadline, closes }
}

const CALLS: &[Planned] = &[
    call("Appel à projets automne 2023", CallKind::Regular, (2023, 10, 2), Some((2023, 11, 30)), Some((2023, 12, 1))),
    call("Appel à projets printemps 2024", CallKind::Regular, (2024, 2, 5), Some((2024, 4, 12)), Some((2024, 4, 15))),
    call("Guichet continu 2024", CallKind::Rolling, (2024, 3, 4), None, Some((2025, 6, 30))),
    call("Appel à projets été 2024", CallKind::Regular, (2024, 6, 3), Some((2024, 7, 19)), Some((2024, 8, 1))),
    call("Fast track : liquid biopsies", CallKind::FastTrack, (2024, 9, 2), Some((2024, 9, 27)), Some((2024, 9, 30))),
    call("Appel à projets automne 2024", CallKind::Regular, (2024, 10, 7), Some((2024, 12, 6)), Some((2024, 12, 9))),
    call("Spring call 2025", CallKind::Regular, (2025, 2, 10), Some((2025, 4, 18)), Some((2025, 4, 22))),
    call("Fast track : imagerie peropératoire", CallKind::FastTrack, (2025, 5, 5), Some((2025, 5, 30)), None),
    call("Appel à projets automne 2025", CallKind::Regular, (2025, 9, 8), Some((2025, 10, 31)), Some((2025, 11, 3))),
    call("Rolling call 2025–2026", CallKind::Rolling, (2025, 7, 1), None, None),
    call("Appel à projets printemps 2026", CallKind::Regular, (2026, 2, 9), Some((2026, 4, 17)), Some((2026, 4, 20))),
    call("Autumn call 2026", CallKind::Regular, (2026, 9, 14), Some((2026, 12, 11)), None),
];

/// The place of the call that is still open when the story ends.
pub(in crate::demo) const LAST: usize = CALLS.len() - 1;
/// The place of the one that is called off.
pub(in crate::demo) const CALLED_OFF: usize = 7;
/// The place of the one whose deadline is moved, and where to.
const EXTENDED: (usize, Day) = (3, (2024, 7, 31));

/// Opens and ends each call in its time; places are known from the start.
pub(in crate::demo) fn plan(story: &mut Story) {
    for (place, planned) in CALLS.iter().enumerate() {
        let at = |day: Day, hour, minute| paris(date(day.0, day.1, day.2), hour, minute);
        let (opens, deadline) = (at(planned.opens, 9, 0), planned.deadline.map(|day| at(day, 17, 0)));
        let extended = (place == EXTENDED.0).then(|| at(EXTENDED.1, 17, 0));
        story.ledger.calls.push(Call {
            id: events::CallId::derived("not opened yet"),
            kind: planned.kind,
            opens,
            deadline: extended.or(deadline),
            cancelled: false,
            criteria: if planned.opens.0 >= 2025 { CRITERIA_2025 } else { CRITERIA },
        });
        // Calls are announced a week ahead, save the first.
        let announced = if place == 0 { opens } else { opens.minus(chrono::TimeDelta::days(7)) };
        story.at(announced.plus(chrono::TimeDelta::minutes(7)), move |story| {
            let mut terms = json!({
                "title": planned.title, "kind": planned.kind, "opens_at": opens,
            });
            if let Some(deadline) = deadline {
                terms["deadline"] = json!(deadline);
            }
            open(story, place, terms);
        });
        if extended.is_some() {
            story.at(at((2024, 7, 16), 10, 40), move |story| extend(story, place));
        }
        if let Some(day) = planned.closes {
            story.at(at(day, 10, 0), move |story| by_head(story, place, "close"));
        }
    }
    story.at(paris(date(2025, 5, 12), 16, 30), |story| {
        by_head(story, CALLED_OFF, "cancel");
        story.ledger.calls[CALLED_OFF].cancelled = true;
    });
}

fn open(story: &mut Story, place: usize, terms: serde_json::Value) {
    let head = story.office.head().user;
    let body = json!({ "terms": terms });
    let order = Order::new(head, Collection::Calls, "open-call", body);
    let key = format!("demo-call-{place}");
    story.ledger.calls[place].id = story.world.send(order.keyed(key)).created();
}

fn by_head(story: &mut Story, place: usize, name: &'static str) {
    let stream = Stream::Call(story.ledger.calls[place].id);
    story.world.send(Order::on(story.office.head().user, stream, name, json!({})));
}

/// The deputy first means to bring the deadline forward, which no call does (C-7).
fn extend(story: &mut Story, place: usize) {
    let Call { id, deadline, .. } = story.ledger.calls[place].clone();
    let deputy = story.office.deputy().user;
    let order = |deadline| {
        Order::on(deputy, Stream::Call(id), "extend-deadline", json!({ "deadline": deadline }))
    };
    let earlier = deadline.map(|deadline| deadline.minus(chrono::TimeDelta::days(20)));
    story.world.try_in_vain(order(earlier), Rule::C7);
    story.world.send(order(deadline));
}
