//! What people ask about their own data: one is answered, one is under a hold, one is erased.

use chrono::TimeDelta;
use events::{CaseStatus, PersonId, PrivacyId, Rule, Stream, kinds};
use serde_json::{Value, json};

use crate::demo::ledger::Asked;
use crate::demo::story::Story;
use crate::demo::world::{Order, Sent};
use crate::domain::Collection;

/// Plans them for the last weeks.
pub(in crate::demo) fn plan(story: &mut Story) {
    let until = story.plan.until;
    story.at(until.minus(TimeDelta::days(40)), access);
    story.at(until.minus(TimeDelta::days(30)), held);
    story.at(until.minus(TimeDelta::hours(20)), erasure);
}

/// Somebody who speaks for a closed case, takes part in no other and has no account; with the
/// case's place.
fn somebody(story: &Story) -> Option<(usize, PersonId)> {
    let ledger = &story.ledger;
    let free = |place: usize| {
        let file = &ledger.files[place];
        let person = ledger.people[file.contact].id;
        let elsewhere = ledger.files.iter().enumerate().any(|(other, it)| {
            other != place
                && (it.contact == file.contact
                    || it.team.contains(&file.contact)
                    || it.mentors.contains(&file.contact))
        });
        let doubled =
            ledger.same_people.iter().any(|(one, other, _)| [*one, *other].contains(&person));
        let asked = ledger.privacy.iter().any(|asked| asked.person == person);
        file.status == CaseStatus::Closed
            && file.innovator.is_none()
            && story.showcase != Some(place)
            && !elsewhere
            && !doubled
            && !asked
    };
    let place = (0..ledger.files.len()).find(|place| free(*place))?;
    Some((place, ledger.people[ledger.files[place].contact].id))
}

/// A request comes in, and it is made sure of who asks.
fn receive(story: &mut Story, kind: &str, words: &str) -> Option<(PersonId, Sent)> {
    let (case, person) = somebody(story)?;
    let dpo = story.office.dpos[0].user;
    let body = json!({ "kind": kind, "subject": person, "received_at": story.world.now,
        "channel": "email", "words": words });
    let sent = Order::new(dpo, Collection::PrivacyRequests, "receive-request", body);
    let sent = story.world.send(sent.keyed(format!("privacy {kind} {case}")));
    say(story, &sent, "verify-identity", json!({ "method": "known_address" }));
    let case = story.case_id(case);
    story.ledger.privacy.push(Asked { person, case });
    Some((person, sent))
}

fn order(story: &Story, sent: &Sent, name: &'static str, body: Value) -> Order {
    Order::on(story.office.dpos[0].user, sent.stream, name, body)
}

fn say(story: &mut Story, sent: &Sent, name: &'static str, body: Value) {
    let order = order(story, sent, name, body);
    story.world.send(order);
}

fn access(story: &mut Story) {
    let words = "Je souhaite recevoir une copie de toutes les données que vous détenez sur moi.";
    let Some((_, sent)) = receive(story, "access", words) else { return };
    say(story, &sent, "assess", json!({ "outcome": "granted", "legal_basis": ["gdpr_15"] }));
    let letter = "Vous trouverez ci-joint l'ensemble des données que nous détenons sur vous.";
    say(story, &sent, "answer", json!({ "channel": "email", "letter": letter }));
}

fn held(story: &mut Story) {
    let words = "Merci d'effacer mes données, le projet est terminé.";
    let Some((person, sent)) = receive(story, "erasure", words) else { return };
    let (dpo, head) = (story.office.dpos[0].user, story.office.head().user);
    let hold = json!({ "authority": "court", "scope": "everything" });
    let asked = story.world.send(Order::on(dpo, Stream::Person(person), "place-hold", hold));
    story.world.agree(head, &asked);
    let granted = order(story, &sent, "assess", json!({ "outcome": "granted" }));
    story.world.try_in_vain(granted, Rule::D1);
    let kept = json!({ "outcome": "refused", "legal_basis": ["gdpr_17_3_e"],
        "kept": [{ "what": "everything", "legal_basis": "legal_hold" }],
        "reason": "Une juridiction demande la conservation de ces données." });
    say(story, &sent, "assess", kept);
    let letter = "Une juridiction nous demande de conserver ces données; nous vous écrirons dès \
                  que cette demande prendra fin.";
    say(story, &sent, "answer", json!({ "channel": "email", "letter": letter }));
}

fn erasure(story: &mut Story) {
    let words = "Je ne travaille plus dans ce domaine et demande l'effacement de mes données.";
    let Some((person, sent)) = receive(story, "erasure", words) else { return };
    say(story, &sent, "assess", json!({ "outcome": "granted", "legal_basis": ["gdpr_17_1"] }));
    let (dpo, head) = (story.office.dpos[0].user, story.office.head().user);
    let Stream::Privacy(request) = sent.stream else { return };
    let request: PrivacyId = request;
    let erase = json!({ "request": request, "purposes": ["follow_up"] });
    let stream = Stream::Person(person);
    let asked = story.world.send(Order::on(dpo, stream, "request-erasure", erase));
    let approval = asked.created::<kinds::Approval>();
    let alone = Order::about(dpo, Collection::Approvals, stream, "give", json!({}));
    story.world.try_in_vain(alone.with("approval", approval), Rule::G8);
    story.world.agree(head, &asked);
    story.world.erase(person);
    say(story, &sent, "answer", json!({ "channel": "phone" }));
}
