//! People and organisations: registered when they come up, some of them twice.

use events::{Language, OrganisationId, OrganisationKind, Stream, UserId};
use serde_json::{Value, json};

use super::duplicates::{notice_organisations, notice_people};
use crate::demo::companies::Company;
use crate::demo::days;
use crate::demo::ledger::{Disguise, Organisation, Person};
use crate::demo::names::{Name, without_accents};
use crate::demo::story::Story;
use crate::demo::world::Order;
use crate::domain::Collection;

/// Working days between two rounds in which contacts are entered.
const ROUND_DAYS: i64 = 6;
/// Entered in one round at most.
const ROUND_MAX: usize = 40;

/// Partners known from the start, and contacts entered as they come, up to the planned numbers.
pub(in crate::demo) fn plan(story: &mut Story) {
    use OrganisationKind as K;
    let share = |of: usize| (story.plan.organisations * of / 700).max(1);
    let partners = [
        (K::Vc, share(58)),
        (K::University, share(40)),
        (K::Hospital, share(42)),
        (K::ResearchOrganisation, share(34)),
        (K::Pharma, share(28)),
        (K::CroCdmo, share(22)),
        (K::BusinessAngel, share(16)),
        (K::CorporateVc, share(14)),
        (K::Incubator, share(14)),
        (K::Tto, share(10)),
        (K::Satt, share(8)),
        (K::Foundation, share(10)),
        (K::PatientAssociation, share(10)),
        (K::Cluster, share(5)),
        (K::PublicBank, share(2)),
        (K::CompetitivenessCluster, share(4)),
        (K::Biocluster, share(4)),
        (K::Accelerator, share(6)),
        (K::StartupStudio, share(5)),
        (K::PublicAuthority, share(4)),
        (K::Sme, share(12)),
        (K::SoleTrader, share(5)),
        (K::MidCap, share(4)),
        (K::LargeCompany, share(6)),
    ];
    let start = story.plan.from;
    for (number, (kind, count)) in partners.into_iter().enumerate() {
        let day = days::working_later(start, 2 + number as i64 / 2);
        let moment = days::at_work(&mut story.dice, day);
        story.at(moment, move |story| {
            let user = story.office.funding[number % 2].user;
            (0..count).for_each(|_| {
                organisation(story, user, kind);
            });
        });
    }
    let mentors = days::at_work(&mut story.dice, days::working_later(start, 15));
    story.at(mentors, |story| {
        let user = story.office.advisors[0].user;
        (0..story.plan.mentors).for_each(|_| {
            let place = of_kind(story, &[K::University, K::Pharma, K::SoleTrader, K::CroCdmo]);
            mentor(story, user, place);
        });
    });
    plan_round(story, days::working_later(start, 20));
    plan_disguises(story);
}

fn mentor(story: &mut Story, user: UserId, place: usize) {
    let who = person(story, user, Some(place));
    affiliate(story, user, who, "adviser");
    story.office.mentors.push(who);
}

fn plan_round(story: &mut Story, day: events::Date) {
    let moment = days::at_work(&mut story.dice, day);
    story.at(moment, move |story| {
        round(story);
        plan_round(story, days::working_later(days::day_of(moment), ROUND_DAYS));
    });
}

/// Contacts and organisations met since the last round, so that their numbers grow evenly.
fn round(story: &mut Story) {
    let elapsed = (story.today() - story.plan.from).num_days().max(0) as usize;
    // The last weeks are left to what comes by itself.
    let whole = (days::day_of(story.plan.until) - story.plan.from).num_days().max(30) as usize - 21;
    let due = |planned: usize, there: usize| {
        let target = planned * elapsed.min(whole) / whole;
        target.saturating_sub(there).min(ROUND_MAX)
    };
    for _ in 0..due(story.plan.organisations, story.ledger.organisations.len()) {
        use OrganisationKind as K;
        let kind = story.dice.weighted(&[
            (50, K::Startup),
            (10, K::Sme),
            (8, K::Vc),
            (6, K::Hospital),
            (6, K::Pharma),
            (5, K::ResearchOrganisation),
            (4, K::CroCdmo),
            (3, K::Foundation),
            (3, K::Other),
            (3, K::PatientAssociation),
            (2, K::BusinessAngel),
        ]);
        let user = any_advisor(story);
        let place = organisation(story, user, kind);
        if story.dice.chance(8) {
            correct_organisation(story, user, place);
        }
    }
    for _ in 0..due(story.plan.people, story.ledger.people.len()) {
        let user = any_advisor(story);
        let place = story.dice.below(story.ledger.organisations.len());
        let who = person(story, user, Some(place));
        let function =
            *story.dice.pick(&["researcher", "business_developer", "clinician", "other"]);
        affiliate(story, user, who, function);
        life_of_a_contact(story, user, who);
    }
}

/// Some change place or details, some allow or forbid something.
fn life_of_a_contact(story: &mut Story, user: UserId, who: usize) {
    let id = story.ledger.people[who].id;
    if story.dice.chance(9) {
        let moves = later(story, 40, 500);
        story.at(moves, move |story| move_on(story, who));
    }
    if story.dice.chance(7) {
        let changes = later(story, 20, 400);
        story.at(changes, move |story| {
            let phone = phone(story);
            let user = any_advisor(story);
            let body = json!({ "phone": phone });
            story.world.send(Order::on(user, Stream::Person(id), "correct-details", body));
        });
    }
    if story.dice.chance(14) {
        let until = story.world.now.plus(chrono::TimeDelta::days(720));
        let body = json!({ "scope": "newsletter", "until": until });
        let order = Order::on(user, Stream::Person(id), "give-consent", body);
        let consent: events::ConsentId = story.world.send(order).created();
        if story.dice.chance(20) {
            let withdraws = later(story, 30, 400);
            story.at(withdraws, move |story| {
                let user = any_advisor(story);
                let body = json!({ "consent": consent });
                story.world.send(Order::on(user, Stream::Person(id), "withdraw-consent", body));
            });
        }
    }
}

fn later(story: &mut Story, low: i64, high: i64) -> events::Time {
    let now = story.world.now;
    days::after(&mut story.dice, now, low, high)
}

/// They leave one organisation for another.
fn move_on(story: &mut Story, who: usize) {
    let (id, user) = (story.ledger.people[who].id, any_advisor(story));
    let Some(old) = story.ledger.people[who].member_of else { return };
    let last = days::plus(story.today(), -1);
    let body = json!({ "organisation": old, "to": last });
    story.world.send(Order::on(user, Stream::Person(id), "end-affiliation", body));
    let new = story.dice.below(story.ledger.organisations.len());
    story.ledger.people[who].organisation = Some(new);
    affiliate(story, user, who, "business_developer");
}

/// One of the advisors who are there.
pub(in crate::demo) fn any_advisor(story: &mut Story) -> UserId {
    let place = *story.dice.pick(&story.office.present);
    story.office.advisors[place].user
}

/// An organisation of one of these kinds that is registered, or any.
pub(in crate::demo) fn of_kind(story: &mut Story, kinds: &[OrganisationKind]) -> usize {
    let known = &story.ledger.organisations;
    let fits = |place: &usize| kinds.contains(&known[*place].company.kind);
    let fitting: Vec<usize> = (0..known.len()).filter(fits).collect();
    if fitting.is_empty() {
        return story.dice.below(story.ledger.organisations.len());
    }
    *story.dice.pick(&fitting)
}

/// Registers an organisation that nobody knew.
pub(in crate::demo) fn organisation(
    story: &mut Story,
    user: UserId,
    kind: OrganisationKind,
) -> usize {
    let company = story.companies.another(&mut story.dice, kind);
    let belongs = kind == OrganisationKind::Tto && story.dice.chance(60);
    let parents = [OrganisationKind::University, OrganisationKind::Hospital];
    let parent = (belongs && !story.ledger.organisations.is_empty())
        .then(|| of_kind(story, &parents))
        .map(|place| story.ledger.organisations[place].id);
    enter_organisation(story, user, company, parent)
}

/// Registers an organisation as it is.
pub(in crate::demo) fn enter_organisation(
    story: &mut Story,
    user: UserId,
    company: Company,
    parent: Option<OrganisationId>,
) -> usize {
    // A sole trader's name is a person's: it is sealed.
    let trader = company.kind == OrganisationKind::SoleTrader;
    let name = if trader { "sole_trader_name" } else { "legal_name" };
    let body = json!({
        name: company.name, "kind": company.kind, "country": company.country,
        "siren": company.siren, "ror": company.ror, "parent": parent,
    });
    let order = Order::new(user, Collection::Organisations, "register-organisation", body);
    let id = story.world.send(order).created();
    story.ledger.organisations.push(Organisation { id, company });
    story.ledger.organisations.len() - 1
}

/// A start-up becomes a company of some size, under the same name.
fn correct_organisation(story: &mut Story, user: UserId, place: usize) {
    let Organisation { id, company } = story.ledger.organisations[place].clone();
    if company.kind != OrganisationKind::Startup {
        return;
    }
    let corrects = later(story, 60, 400);
    story.at(corrects, move |story| {
        let body = json!({
            "legal_name": company.name, "kind": OrganisationKind::Sme, "country": company.country,
            "siren": company.siren,
        });
        let user = user_or_other(story, user);
        story.world.send(Order::on(user, Stream::Organisation(id), "correct-details", body));
        story.ledger.organisations[place].company.kind = OrganisationKind::Sme;
    });
}

/// The same user if they are still there.
fn user_or_other(story: &mut Story, user: UserId) -> UserId {
    let there = story.office.present.iter().any(|at| story.office.advisors[*at].user == user);
    if there { user } else { any_advisor(story) }
}

/// Registers somebody whom nobody knew.
pub(in crate::demo) fn person(story: &mut Story, user: UserId, place: Option<usize>) -> usize {
    let name = story.names.another(&mut story.dice);
    let email = format!("{}@{}", name.mailbox(), domain(story, place));
    enter(story, user, name, email, place)
}

fn domain(story: &Story, place: Option<usize>) -> String {
    let place = place.map(|place| story.ledger.organisations[place].company.domain.clone());
    place.unwrap_or_else(|| "courriel.example".to_owned())
}

pub(super) fn enter(
    story: &mut Story,
    user: UserId,
    name: Name,
    email: String,
    organisation: Option<usize>,
) -> usize {
    let (phone, orcid) = (phone(story), orcid(story));
    let given = story.world.now.minus(chrono::TimeDelta::minutes(story.dice.between(1, 600)));
    let year = story.today().format("%Y");
    let mut body = json!({
        "name": name.full(), "email": email, "language": name.language,
        "privacy_notice": { "version": format!("{year}-01"), "given_at": given },
    });
    if story.dice.chance(60) {
        body["phone"] = Value::String(phone);
    }
    if story.dice.chance(22) {
        body["orcid"] = Value::String(orcid);
    }
    let order = Order::new(user, Collection::People, "register-person", body);
    let id = story.world.send(order).created();
    story.ledger.people.push(Person::new(id, name, email, organisation));
    story.ledger.people.len() - 1
}

/// Numbers that are kept free for stories.
fn phone(story: &mut Story) -> String {
    let digits = story.dice.between(0, 9_999);
    format!("+33 6 39 98 {:02} {:02}", digits / 100, digits % 100)
}

/// An ORCID with a right check digit, outside the blocks that are given out.
fn orcid(story: &mut Story) -> String {
    let digits = format!("00070{:010}", story.dice.between(0, 9_999_999_999));
    let sum = digits.bytes().fold(0, |sum, byte| (sum + u32::from(byte - b'0')) * 2 % 11);
    let check = match (12 - sum % 11) % 11 {
        10 => "X".to_owned(),
        digit => digit.to_string(),
    };
    let all = format!("{digits}{check}");
    format!("{}-{}-{}-{}", &all[..4], &all[4..8], &all[8..12], &all[12..])
}

/// Says where somebody belongs.
pub(in crate::demo) fn affiliate(story: &mut Story, user: UserId, who: usize, function: &str) {
    let person = &story.ledger.people[who];
    let Some(place) = person.organisation else { return };
    let from = days::plus(story.today(), -story.dice.between(0, 1_500));
    let organisation = story.ledger.organisations[place].id;
    let body = json!({ "organisation": organisation, "function": function, "from": from });
    story.world.send(Order::on(user, Stream::Person(person.id), "declare-affiliation", body));
    story.ledger.people[who].member_of = Some(organisation);
}

fn plan_disguises(story: &mut Story) {
    let span = (days::day_of(story.plan.until) - story.plan.from).num_days();
    for number in 0..story.plan.same_people {
        let day = days::plus(story.plan.from, story.dice.between(90, span - 30));
        let moment = days::at_work(&mut story.dice, day);
        story.at(moment, move |story| same_person(story, number));
    }
    for number in 0..story.plan.same_organisations {
        let day = days::plus(story.plan.from, story.dice.between(60, span - 30));
        let moment = days::at_work(&mut story.dice, day);
        story.at(moment, move |story| same_organisation(story, number));
    }
}

/// Somebody who is there already is registered again, under another name or another spelling.
fn same_person(story: &mut Story, number: usize) {
    const ALL: &[Disguise] = &[
        Disguise::MarriedName,
        Disguise::NoAccents,
        Disguise::Transposed,
        Disguise::Misspelt,
        Disguise::SameEmail,
    ];
    let disguise = ALL[number % ALL.len()];
    let Some(first) = somebody_to_disguise(story, disguise) else { return };
    let known = story.ledger.people[first].clone();
    let name = disguised(story, &known.name, disguise);
    let email = match disguise {
        Disguise::SameEmail => known.email.clone(),
        _ => format!("{}@courriel.example", name.mailbox()),
    };
    let user = any_advisor(story);
    let second = enter(story, user, name, email, known.organisation);
    let id = story.ledger.people[second].id;
    story.ledger.same_people.push((known.id, id, disguise));
    notice_people(story, number, first, second);
}

fn somebody_to_disguise(story: &mut Story, disguise: Disguise) -> Option<usize> {
    let taken = &story.ledger.same_people;
    let staff = story.office.demonstrated.len() + 16;
    let fits = |at: &usize| {
        let person = &story.ledger.people[*at];
        let once = taken.iter().all(|(one, other, _)| *one != person.id && *other != person.id);
        once && !story.ledger.namesakes.contains(at)
            && match disguise {
                Disguise::MarriedName => person.name.woman && person.name.language == Language::Fr,
                Disguise::NoAccents => without_accents(&person.name.full()) != person.name.full(),
                _ => true,
            }
    };
    let fitting: Vec<usize> = (staff..story.ledger.people.len()).filter(fits).collect();
    (!fitting.is_empty()).then(|| *story.dice.pick(&fitting))
}

fn disguised(story: &mut Story, name: &Name, disguise: Disguise) -> Name {
    match disguise {
        Disguise::MarriedName => story.names.married(&mut story.dice, name),
        Disguise::NoAccents => Name {
            first: without_accents(&name.first),
            last: without_accents(&name.last),
            ..name.clone()
        },
        Disguise::Transposed => {
            Name { first: name.last.clone(), last: name.first.clone(), ..name.clone() }
        }
        Disguise::Misspelt => Name { last: misspelt(&name.last), ..name.clone() },
        Disguise::SameEmail | Disguise::SameSiren | Disguise::LegalForm => {
            let initial = name.first.chars().take(1).collect::<String>();
            Name { first: format!("{initial}."), ..name.clone() }
        }
    }
}

/// A letter doubled, or a doubled one written once.
fn misspelt(name: &str) -> String {
    let letters: Vec<char> = name.chars().collect();
    let double = letters.windows(2).position(|pair| pair[0] == pair[1]);
    match double {
        Some(at) => letters.iter().enumerate().filter(|(n, _)| *n != at).map(|(_, l)| l).collect(),
        None => {
            let mut letters = letters;
            let middle = letters.len() / 2;
            letters.insert(middle, letters[middle]);
            letters.into_iter().collect()
        }
    }
}

/// An organisation that is there already is registered again.
fn same_organisation(story: &mut Story, number: usize) {
    let siren_needed = number.is_multiple_of(2);
    let taken = &story.ledger.same_organisations;
    let fits = |at: &usize| {
        let known = &story.ledger.organisations[*at];
        let once = taken.iter().all(|(one, other, _)| *one != known.id && *other != known.id);
        let clear = known.company.kind != OrganisationKind::SoleTrader;
        once && clear && (!siren_needed || known.company.siren.is_some())
    };
    let fitting: Vec<usize> = (0..story.ledger.organisations.len()).filter(fits).collect();
    if fitting.is_empty() {
        return;
    }
    let place = *story.dice.pick(&fitting);
    let first = story.ledger.organisations[place].clone();
    let mut company = first.company.clone();
    let disguise = if siren_needed {
        company.name = without_accents(&company.name).to_uppercase();
        Disguise::SameSiren
    } else {
        company.name = format!("{} SAS", company.name);
        company.siren = None;
        Disguise::LegalForm
    };
    let user = any_advisor(story);
    let second = enter_organisation(story, user, company, None);
    let id = story.ledger.organisations[second].id;
    story.ledger.same_organisations.push((first.id, id, disguise));
    notice_organisations(story, number, place, second);
}
