//! The office's own people: accounts, roles and the tokens of the demonstration.

use std::collections::BTreeMap;

use events::{Language, MissionId, PersonId, Role, Stream, TokenId, UserId};
use serde_json::json;

use super::days::{date, paris};
use super::ledger;
use super::names::Name;
use super::story::Story;
use super::world::{Order, Sent};
use crate::access::Token;
use crate::domain::{Collection, system_user};

/// Somebody with an account.
#[derive(Debug, Clone, Copy)]
pub(super) struct Staff {
    pub(super) user: UserId,
    pub(super) person: PersonId,
    /// Their index among the people of the ledger.
    pub(super) who: usize,
}

/// An account that a demonstration token opens.
#[derive(Debug, Clone, Copy)]
pub(super) struct Demonstrated {
    pub(super) user: UserId,
    pub(super) person: PersonId,
}

/// Who works at the office and with it.
#[derive(Debug, Default)]
pub(super) struct Office {
    pub(super) admins: Vec<Staff>,
    pub(super) heads: Vec<Staff>,
    pub(super) deputies: Vec<Staff>,
    pub(super) directors: Vec<Staff>,
    /// Those who left stay in their place.
    pub(super) advisors: Vec<Staff>,
    /// Places of advisors who are there.
    pub(super) present: Vec<usize>,
    pub(super) funding: Vec<Staff>,
    pub(super) platform: Vec<Staff>,
    pub(super) dpos: Vec<Staff>,
    pub(super) auditors: Vec<Staff>,
    pub(super) analysts: Vec<Staff>,
    /// Indexes among the people of the ledger.
    pub(super) mentors: Vec<usize>,
    /// What the README's tokens open.
    pub(super) demonstrated: BTreeMap<Role, Demonstrated>,
}

impl Office {
    pub(super) fn head(&self) -> Staff {
        self.heads[0]
    }

    pub(super) fn deputy(&self) -> Staff {
        self.deputies[0]
    }

    pub(super) fn director(&self) -> Staff {
        self.directors[0]
    }

    pub(super) fn admin(&self) -> Staff {
        self.admins[0]
    }

    fn team(&mut self, role: Role) -> Option<&mut Vec<Staff>> {
        match role {
            Role::Admin => Some(&mut self.admins),
            Role::Head => Some(&mut self.heads),
            Role::Deputy => Some(&mut self.deputies),
            Role::Director => Some(&mut self.directors),
            Role::Advisor => Some(&mut self.advisors),
            Role::Funding => Some(&mut self.funding),
            Role::Platform => Some(&mut self.platform),
            Role::Dpo => Some(&mut self.dpos),
            Role::Auditor => Some(&mut self.auditors),
            Role::Analyst => Some(&mut self.analysts),
            Role::Secretary | Role::Member | Role::Chair | Role::Innovator | Role::System => None,
        }
    }
}

/// Role, first name, last name; the first of each role holds its demonstration token.
const STAFF: &[(Role, &str, &str)] = &[
    (Role::Head, "Hélène", "Castaing"),
    (Role::Deputy, "Bruno", "Féret"),
    (Role::Director, "Irène", "Montaut"),
    (Role::Advisor, "Maud", "Lestrade"),
    (Role::Advisor, "Samir", "Benhaddou"),
    (Role::Advisor, "Clotilde", "Vernay"),
    (Role::Advisor, "Jonas", "Ekström"),
    (Role::Advisor, "Aminata", "Sarr"),
    (Role::Advisor, "Gildas", "Le Floch"),
    (Role::Funding, "Victor", "Haas"),
    (Role::Funding, "Leïla", "Mansouri"),
    (Role::Platform, "Renaud", "Bigot"),
    (Role::Platform, "Sunniva", "Dahl"),
    (Role::Platform, "Pénélope", "Arnal"),
    (Role::Dpo, "Odile", "Brachet"),
    (Role::Auditor, "Marc", "Thévenot"),
    (Role::Analyst, "Yuna", "Caradec"),
];
const ADMINS: &[(&str, &str)] = &[("Nadège", "Kermarec"), ("Tom", "Lindon")];

/// Roles that two persons give.
const TAKE_TWO: &[Role] = &[Role::Head, Role::Deputy, Role::Director, Role::Dpo];

/// The README's token of a role.
pub(super) fn demonstration_token(role: Role) -> String {
    format!("gch_demo_{role}")
}

/// Opens the office: the system lets two administrators in, and they the others.
pub(super) fn open(story: &mut Story) {
    for (first, last) in ADMINS {
        join(story, system_user(), Role::Admin, first, last);
    }
    super::policies::publish_first(story);
    let admin = story.office.admin().user;
    for (role, first, last) in STAFF {
        join(story, admin, *role, first, last);
    }
    story.office.present = (0..story.office.advisors.len()).collect();
    open_missions(story);
    let joins = paris(date(2025, 7, 1), 9, 30);
    let leaves = paris(date(2025, 6, 27), 17, 0);
    story.at(leaves, advisor_leaves);
    story.at(joins, advisor_joins);
    let rotated = paris(date(2024, 10, 2), 11, 0);
    story.at(rotated, rotate_token);
}

/// Registers somebody, gives them an account, their role, and its token if they are the first.
fn join(story: &mut Story, by: UserId, role: Role, first: &str, last: &str) -> Staff {
    let name = Name {
        first: first.to_owned(),
        last: last.to_owned(),
        language: Language::Fr,
        woman: false,
    };
    let email = format!("{}@guichet.example", name.mailbox());
    let key = format!("demo-person-{}", name.mailbox());
    let body = json!({
        "name": name.full(), "email": email, "language": name.language,
        "privacy_notice": { "version": "2023-09", "given_at": story.world.now },
    });
    let order = Order::new(by, Collection::People, "register-person", body).keyed(key);
    let registered = story.world.send(order);
    let person = registered.created();
    story.ledger.people.push(ledger::Person::new(person, name, email, None));
    let staff = enrol(story, by, person, role, story.ledger.people.len() - 1);
    if let Some(team) = story.office.team(role) {
        team.push(staff);
    }
    staff
}

/// Gives somebody an account and a role; the role's first holder gets its demonstration token.
pub(super) fn enrol(
    story: &mut Story,
    by: UserId,
    person: PersonId,
    role: Role,
    who: usize,
) -> Staff {
    let order = Order::on(by, Stream::Access, "enrol-user", json!({ "person": person }));
    let user: UserId = story.world.send(order.keyed(format!("demo-user-{person}"))).created();
    let grant = json!({ "user": user, "role": role });
    let granted = story.world.send(Order::on(by, Stream::Access, "grant-role", grant));
    if by != system_user() && TAKE_TWO.contains(&role) {
        let second = story.office.admins[1].user;
        story.world.agree(second, &granted);
    }
    if !story.office.demonstrated.contains_key(&role) && role != Role::Innovator {
        demonstrate(story, by, role, Demonstrated { user, person });
    }
    Staff { user, person, who }
}

/// Lets a role's demonstration token open an account.
pub(super) fn demonstrate(story: &mut Story, by: UserId, role: Role, account: Demonstrated) {
    issue(story, by, account.user, &demonstration_token(role), "demonstration");
    story.office.demonstrated.insert(role, account);
}

fn issue(story: &mut Story, by: UserId, user: UserId, token: &str, purpose: &str) -> Sent {
    let hash = Token::read(token).map(|token| token.hash());
    let body = json!({ "user": user, "hash": hash, "purpose": purpose });
    story.world.send(Order::on(by, Stream::Access, "issue-token", body))
}

/// The funder's auditor may look at everything; another mission is over before its time.
fn open_missions(story: &mut Story) {
    let (admin, auditor) = (story.office.admin().user, story.office.auditors[0].user);
    let mission = json!({
        "auditor": auditor, "authority": "funder", "mandate": "F2030/2026-118",
        "scope": "everything", "until": paris(date(2036, 12, 31), 18, 0),
    });
    story.world.send(Order::on(admin, Stream::Access, "open-audit-mission", mission));
    let first = json!({
        "auditor": auditor, "authority": "internal", "mandate": "AI/2024-03",
        "scope": "selection", "until": paris(date(2025, 12, 31), 18, 0),
    });
    story.at(paris(date(2024, 3, 4), 10, 0), move |story| {
        let opened = Order::on(admin, Stream::Access, "open-audit-mission", first);
        let mission: MissionId = story.world.send(opened).created();
        story.at(paris(date(2024, 7, 2), 16, 0), move |story| {
            let body = json!({ "mission": mission });
            story.world.send(Order::on(admin, Stream::Access, "close-audit-mission", body));
        });
    });
}

/// Somebody lost a laptop: a token of theirs opens nothing any more.
fn rotate_token(story: &mut Story) {
    let user = story.office.advisors[1].user;
    let lost = issue(story, user, user, "gch_lost_with_the_laptop", "command_line");
    let token: TokenId = lost.created();
    story.at(paris(date(2024, 10, 14), 8, 50), move |story| {
        let order = Order::on(user, Stream::Access, "revoke-token", json!({ "token": token }));
        story.world.send(order);
    });
}

/// An advisor leaves; colleagues take the cases over.
fn advisor_leaves(story: &mut Story) {
    let Some(gone) = story.office.present.pop() else { return };
    let admin = story.office.admin().user;
    let head = story.office.head().user;
    let user = story.office.advisors[gone].user;
    for case in 0..story.ledger.files.len() {
        let theirs = story.ledger.files[case].advisor == Some(gone);
        if theirs && story.ledger.files[case].status == events::CaseStatus::Followed {
            let next = *story.dice.pick(&story.office.present);
            let advisor = story.office.advisors[next].user;
            let body = json!({ "advisor": advisor });
            story.world.send(story.on_case_by(head, case, "assign-advisor", body));
            story.change(case, |file| file.advisor = Some(next));
        }
    }
    let body = json!({ "user": user, "role": Role::Advisor });
    story.world.send(Order::on(admin, Stream::Access, "revoke-role", body));
    // Whoever has left can't log anything any more (G-4).
    if let Some(case) = story.ledger.files.iter().position(super::ledger::File::is_active) {
        let order = story.on_case_by(user, case, "add-note", json!({ "text": "Un oubli." }));
        story.world.try_in_vain(order, events::Rule::G4);
    }
}

fn advisor_joins(story: &mut Story) {
    let admin = story.office.admin().user;
    join(story, admin, Role::Advisor, "Teresa", "Quintela");
    story.office.present.push(story.office.advisors.len() - 1);
}
