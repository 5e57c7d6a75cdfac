//! Records of one person or organisation are noticed and merged. One merge is wrong: two people
//! only bear the same name. It is undone once more has happened.

use chrono::TimeDelta;
use events::{OrganisationId, PersonId, Rule, Stream, UserId};
use serde_json::json;

use super::people::enter;
use crate::demo::days;
use crate::demo::dice::Dice;
use crate::demo::ledger::Merge;
use crate::demo::story::Story;
use crate::demo::world::Order;

/// Of the pairs of records of one person or organisation, every so manieth is noticed.
const NOTICED_EVERY: usize = 3;
/// So long after the office opened, somebody registers who bears another's name, days.
const NAMESAKE_DAYS: i64 = 420;

/// Plans the merge that is wrong.
pub(in crate::demo) fn plan(story: &mut Story) {
    let mut dice = Dice::of(story.seed, "namesakes");
    let moment = days::at_work(&mut dice, days::plus(story.plan.from, NAMESAKE_DAYS));
    story.at(moment, move |story| namesake(story, dice));
}

/// Plans that two records of one person are noticed and merged, if they are.
pub(super) fn notice_people(story: &mut Story, number: usize, first: usize, second: usize) {
    if number.is_multiple_of(NOTICED_EVERY) {
        let user = story.office.deputy().user;
        allow_newsletter(story, user, second);
        let mut dice = Dice::of(story.seed, &format!("people noticed {number}"));
        let moment = days::after(&mut dice, story.world.now, 5, 40);
        story.at(moment, move |story| {
            merge(story, user, second, first);
            // Nothing more is said of the record that gave way.
            let id = story.ledger.people[second].id;
            let body = json!({ "language": "en" });
            let vain = Order::on(user, Stream::Person(id), "correct-details", body);
            story.world.try_in_vain(vain, Rule::G9);
        });
    }
}

/// The same for organisations. The script knows the record that gave way by the one that goes on.
pub(super) fn notice_organisations(story: &mut Story, number: usize, first: usize, second: usize) {
    if number.is_multiple_of(NOTICED_EVERY) {
        let user = story.office.deputy().user;
        let mut dice = Dice::of(story.seed, &format!("organisations noticed {number}"));
        let moment = days::after(&mut dice, story.world.now, 5, 40);
        story.at(moment, move |story| {
            let [record, into]: [OrganisationId; 2] =
                [second, first].map(|place| story.ledger.organisations[place].id);
            let body = json!({ "into": into });
            story.world.send(Order::on(user, Stream::Organisation(record), "merge", body));
            story.ledger.organisations[second].id = into;
            story.ledger.merged_organisations.push(Merge { record, into, parted: false });
        });
    }
}

fn merge(story: &mut Story, user: UserId, second: usize, first: usize) {
    let [record, into]: [PersonId; 2] = [second, first].map(|who| story.ledger.people[who].id);
    let body = json!({ "into": into });
    story.world.send(Order::on(user, Stream::Person(record), "merge", body));
    story.ledger.people[second].merged = true;
    story.ledger.merged_people.push(Merge { record, into, parted: false });
}

fn allow_newsletter(story: &mut Story, user: UserId, who: usize) {
    let until = story.world.now.plus(TimeDelta::days(720));
    let body = json!({ "scope": "newsletter", "until": until });
    let person = Stream::Person(story.ledger.people[who].id);
    story.world.send(Order::on(user, person, "give-consent", body));
}

/// Somebody registers who bears the name of a contact, and is taken for them.
fn namesake(story: &mut Story, mut dice: Dice) {
    let staff = story.office.demonstrated.len() + 16;
    let people = &story.ledger.people;
    let twice = |id| {
        let pairs = story.ledger.same_people.iter();
        pairs.into_iter().any(|(one, other, _)| [*one, *other].contains(&id))
    };
    let known: Vec<usize> = (staff..people.len()).filter(|who| !twice(people[*who].id)).collect();
    if known.is_empty() {
        return;
    }
    let first = *dice.pick(&known);
    let name = people[first].name.clone();
    let email = format!("{}@homonyme.example", name.mailbox());
    let user = story.office.deputy().user;
    // What is thrown for them does not change what is thrown for others.
    std::mem::swap(&mut story.dice, &mut dice);
    let second = enter(story, user, name, email, None);
    std::mem::swap(&mut story.dice, &mut dice);
    story.ledger.namesakes = vec![first, second];
    let mut at = |low, high| days::after(&mut dice, story.world.now, low, high);
    let moments = [at(4, 6), at(9, 12), at(15, 18), at(21, 24)];
    let [merged, later, parted, last] = moments;
    story.at(merged, move |story| merge(story, user, second, first));
    story.at(later, move |story| allow_newsletter(story, user, first));
    story.at(parted, move |story| part(story, user, second, first));
    story.at(last, move |story| allow_newsletter(story, user, second));
}

fn part(story: &mut Story, user: UserId, second: usize, first: usize) {
    let [record, from]: [PersonId; 2] = [second, first].map(|who| story.ledger.people[who].id);
    let body = json!({ "from": from });
    story.world.send(Order::on(user, Stream::Person(record), "revert-merge", body));
    story.ledger.people[second].merged = false;
    let known = story.ledger.merged_people.iter_mut().filter(|merge| merge.record == record);
    known.for_each(|merge| merge.parted = true);
}
