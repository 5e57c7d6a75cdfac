//! Access: who has an account and in which roles, what opens it, and what auditors may look at.

use std::collections::{BTreeMap, BTreeSet, HashMap};

use events::access::Fact;
use events::approval::Matter;
use events::{
    CaseId, Code, Digest, ExternalRef, MissionId, MissionScope, PersonId, Role, Rule, Time,
    TokenId, UserId,
};
use schemars::JsonSchema;
use serde::Deserialize;
use strum::{IntoStaticStr, VariantNames};

use super::command::{Effect, Spec, Texts};
use super::context::{Context, missing};
use super::{Decision, Refusal, Stop, approval};

/// What can be asked about people's rights.
#[derive(Debug, Clone, PartialEq, Deserialize, JsonSchema, IntoStaticStr, VariantNames)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
#[strum(serialize_all = "kebab-case")]
pub enum Command {
    /// Give a registered person an account.
    EnrolUser {
        /// Whose account it is.
        person: PersonId,
    },
    /// Let a user act in a role, everywhere or on one case only. A role that decides or oversees
    /// takes a second person (G-8).
    GrantRole {
        /// The account.
        user: UserId,
        /// As what.
        role: Role,
        /// On this case only.
        scope: Option<CaseId>,
        /// Until when.
        until: Option<Time>,
    },
    /// Take a role back, with the scope it was granted for.
    RevokeRole {
        /// The account.
        user: UserId,
        /// As what.
        role: Role,
        /// The case it was granted on, if on one only.
        scope: Option<CaseId>,
    },
    /// Let a bearer token open an account. Everyone may for their own.
    IssueToken {
        /// The account.
        user: UserId,
        /// SHA-256 of the token.
        hash: Digest,
        /// What it is used for: `browser`, `command_line` …
        purpose: Code,
        /// Until when.
        until: Option<Time>,
    },
    /// Make a token open nothing any more. Everyone may for their own.
    RevokeToken {
        /// Which.
        token: TokenId,
    },
    /// Let an auditor look at what their mandate covers.
    OpenAuditMission {
        /// Who.
        auditor: UserId,
        /// On whose behalf: `court_of_auditors`, `funder` …
        authority: Code,
        /// The order, by its reference.
        mandate: ExternalRef,
        /// At what.
        scope: MissionScope,
        /// Until when.
        until: Time,
    },
    /// End an audit mission before its time.
    CloseAuditMission {
        /// Which.
        mission: MissionId,
    },
}

const ADMIN: &[Role] = &[Role::Admin];
/// Everybody with an account; the decision below tells their own tokens from others'.
const EVERYBODY: &[Role] = &[
    Role::Admin,
    Role::Advisor,
    Role::Head,
    Role::Deputy,
    Role::Secretary,
    Role::Member,
    Role::Chair,
    Role::Director,
    Role::Platform,
    Role::Funding,
    Role::Innovator,
    Role::Dpo,
    Role::Auditor,
    Role::Analyst,
];

const fn spec(name: &'static str, roles: &'static [Role], example: &'static str) -> Spec {
    Spec { name, roles, effect: Effect::Adds, texts: Texts::OfStream, example }
}

/// What is said of each command.
pub const SPECS: &[Spec] = &[
    spec("enrol-user", ADMIN, r#"{"person":"5f0c6a52-8f0e-5d3b-9d57-0a3f1f0b7a01"}"#),
    spec(
        "grant-role",
        ADMIN,
        r#"{"user":"5f0c6a52-8f0e-5d3b-9d57-0a3f1f0b7a02","role":"advisor"}"#,
    ),
    spec(
        "revoke-role",
        ADMIN,
        r#"{"user":"5f0c6a52-8f0e-5d3b-9d57-0a3f1f0b7a02","role":"advisor"}"#,
    ),
    spec(
        "issue-token",
        EVERYBODY,
        r#"{"user":"5f0c6a52-8f0e-5d3b-9d57-0a3f1f0b7a02","purpose":"command_line",
        "hash":"9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08"}"#,
    ),
    spec("revoke-token", EVERYBODY, r#"{"token":"5f0c6a52-8f0e-5d3b-9d57-0a3f1f0b7a03"}"#),
    spec(
        "open-audit-mission",
        ADMIN,
        r#"{"auditor":"5f0c6a52-8f0e-5d3b-9d57-0a3f1f0b7a04","authority":"funder",
        "mandate":"F2030/2026-118","scope":"selection","until":"2035-01-31T17:00:00Z"}"#,
    ),
    spec("close-audit-mission", ADMIN, r#"{"mission":"5f0c6a52-8f0e-5d3b-9d57-0a3f1f0b7a05"}"#),
];

/// Everybody's rights. Asked on every request, so nothing here is searched from end to end.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Access {
    users: HashMap<UserId, User>,
    tokens: HashMap<TokenId, Token>,
    by_hash: HashMap<Digest, TokenId>,
    auditors: HashMap<MissionId, UserId>,
}

#[derive(Debug, Clone, PartialEq)]
struct User {
    person: PersonId,
    grants: Vec<Grant>,
    missions: BTreeMap<MissionId, Mission>,
}

#[derive(Debug, Clone, PartialEq)]
struct Token {
    user: UserId,
    hash: Digest,
    until: Option<Time>,
    revoked: bool,
}

/// A role as somebody holds it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct Grant {
    role: Role,
    scope: Option<CaseId>,
    until: Option<Time>,
}

/// What an auditor may look at, and until when.
#[derive(Debug, Clone, PartialEq, Eq)]
struct Mission {
    authority: Code,
    mandate: ExternalRef,
    scope: MissionScope,
    until: Time,
    closed: bool,
}

impl Grant {
    fn is_in_force(&self, now: Time) -> bool {
        self.until.is_none_or(|until| now < until)
    }

    fn covers(&self, case: Option<CaseId>) -> bool {
        self.scope.is_none() || self.scope == case
    }
}

impl Mission {
    fn is_open(&self, now: Time) -> bool {
        !self.closed && now < self.until
    }
}

impl Access {
    /// Whether a user may act in a role at a moment, on a case. A role on one case counts there
    /// only, and an auditor's only while one of their missions is open.
    pub fn holds(&self, user: UserId, role: Role, case: Option<CaseId>, now: Time) -> bool {
        self.standing(user, now).any(|grant| grant.role == role && grant.covers(case))
    }

    /// The roles that a user may act in at a moment, some on one case only, as [`Self::holds`]
    /// counts them.
    pub fn roles_of(&self, user: UserId, now: Time) -> Vec<(Role, Option<CaseId>)> {
        self.standing(user, now).map(|grant| (grant.role, grant.scope)).collect()
    }

    /// Whose account it is.
    pub fn person_of(&self, user: UserId) -> Option<PersonId> {
        self.users.get(&user).map(|user| user.person)
    }

    /// The token of this hash and the account it opens at a moment.
    pub fn user_of_token(&self, hash: Digest, now: Time) -> Option<(TokenId, UserId)> {
        let id = self.by_hash.get(&hash)?;
        let token = self.tokens.get(id)?;
        let opens = !token.revoked && token.until.is_none_or(|until| now < until);
        opens.then_some((*id, token.user))
    }

    /// What an auditor's open missions let them look at, at a moment.
    pub fn missions_of(&self, user: UserId, now: Time) -> Vec<MissionScope> {
        self.open_missions(user, now).map(|mission| mission.scope).collect()
    }

    fn standing(&self, user: UserId, now: Time) -> impl Iterator<Item = &Grant> {
        self.grants_of(user, now).filter(move |grant| {
            grant.role != Role::Auditor || self.open_missions(user, now).next().is_some()
        })
    }

    fn open_missions(&self, user: UserId, now: Time) -> impl Iterator<Item = &Mission> {
        let missions = self.users.get(&user).into_iter().flat_map(|user| user.missions.values());
        missions.filter(move |mission| mission.is_open(now))
    }

    fn grants_of(&self, user: UserId, now: Time) -> impl Iterator<Item = &Grant> {
        let grants = self.users.get(&user).into_iter().flat_map(|user| &user.grants);
        grants.filter(move |grant| grant.is_in_force(now))
    }

    /// Roles in force that may not meet `grant` in one person, by the persons of their accounts.
    fn rivals(&self, grant: &Grant, now: Time) -> BTreeSet<(PersonId, Role)> {
        let held = self.users.values().flat_map(|user| {
            let in_force = user.grants.iter().filter(move |held| held.is_in_force(now));
            in_force.map(|held| (user.person, held))
        });
        held.filter(|(_, held)| clash(held, grant)).map(|(who, held)| (who, held.role)).collect()
    }

    /// Takes a fact in.
    pub fn evolve(&mut self, fact: &Fact) {
        match fact {
            Fact::UserEnrolled { user, person } => {
                let fresh = User { person: *person, grants: vec![], missions: BTreeMap::new() };
                self.users.insert(*user, fresh);
            }
            Fact::RoleGranted { user, role, scope, until } => {
                let grant = Grant { role: *role, scope: *scope, until: *until };
                self.regrant(*user, *role, *scope, |grants| grants.push(grant));
            }
            Fact::RoleRevoked { user, role, scope } => self.regrant(*user, *role, *scope, |_| {}),
            Fact::TokenIssued { token, user, hash, until, .. } => {
                let fresh = Token { user: *user, hash: *hash, until: *until, revoked: false };
                self.tokens.insert(*token, fresh);
                self.by_hash.insert(*hash, *token);
            }
            Fact::TokenRevoked { token } => {
                if let Some(token) = self.tokens.get_mut(token) {
                    token.revoked = true;
                    self.by_hash.remove(&token.hash);
                }
            }
            Fact::AuditMissionOpened { mission, auditor, authority, mandate, scope, until } => {
                let fresh = Mission {
                    authority: authority.clone(),
                    mandate: mandate.clone(),
                    scope: *scope,
                    until: *until,
                    closed: false,
                };
                if let Some(user) = self.users.get_mut(auditor) {
                    user.missions.insert(*mission, fresh);
                    self.auditors.insert(*mission, *auditor);
                }
            }
            Fact::AuditMissionClosed { mission } => {
                if let Some(mission) = self.mission_mut(*mission) {
                    mission.closed = true;
                }
            }
        }
    }

    /// One grant per role and scope: what was granted before gives way to what comes.
    fn regrant(
        &mut self,
        user: UserId,
        role: Role,
        scope: Option<CaseId>,
        then: impl FnOnce(&mut Vec<Grant>),
    ) {
        if let Some(user) = self.users.get_mut(&user) {
            user.grants.retain(|grant| (grant.role, grant.scope) != (role, scope));
            then(&mut user.grants);
        }
    }

    fn mission_mut(&mut self, mission: MissionId) -> Option<&mut Mission> {
        let auditor = self.auditors.get(&mission)?;
        self.users.get_mut(auditor)?.missions.get_mut(&mission)
    }

    fn mission(&self, mission: MissionId) -> Option<&Mission> {
        self.users.get(self.auditors.get(&mission)?)?.missions.get(&mission)
    }
}

/// Decides a command of this family.
///
/// # Errors
/// The rule that forbids it.
pub fn decide(access: &Access, command: &Command, context: &Context<'_>) -> Decision {
    let fact = match command {
        Command::EnrolUser { person } => {
            context.known_person(*person, "person")?;
            let user = UserId::created_by(context.command);
            if access.person_of(user) == Some(*person) {
                return Ok(vec![]);
            }
            Fact::UserEnrolled { user, person: *person }
        }
        Command::GrantRole { user, role, scope, until } => {
            let (user, role, scope, until) = (*user, *role, *scope, *until);
            let facts = granted(access, user, role, scope, until, context)?;
            if facts.is_empty() || !takes_two(role) {
                return Ok(facts);
            }
            return approval::ask(Matter::Role { user, role, scope, until }, facts, context);
        }
        Command::RevokeRole { user, role, scope } => {
            enrolled(access, *user, "user", context)?;
            let mut grants = access.grants_of(*user, context.now);
            if !grants.any(|grant| (grant.role, grant.scope) == (*role, *scope)) {
                return Ok(vec![]);
            }
            Fact::RoleRevoked { user: *user, role: *role, scope: *scope }
        }
        Command::IssueToken { .. } | Command::RevokeToken { .. } => {
            return decide_token(access, command, context);
        }
        Command::OpenAuditMission { .. } => return open_mission(access, command, context),
        Command::CloseAuditMission { mission } => match access.mission(*mission) {
            None => {
                let remedy = "look it up: GET /v1/users/{user}";
                return Err(missing("mission", "mission", remedy).into());
            }
            Some(mission) if mission.closed => return Ok(vec![]),
            Some(_) => Fact::AuditMissionClosed { mission: *mission },
        },
    };
    Ok(vec![fact.into()])
}

/// Roles that decide, oversee or give rights: granted by two persons (G-8).
const fn takes_two(role: Role) -> bool {
    match role {
        Role::Head | Role::Deputy | Role::Director | Role::Chair | Role::Admin | Role::Dpo => true,
        Role::Advisor
        | Role::Secretary
        | Role::Member
        | Role::Platform
        | Role::Funding
        | Role::Innovator
        | Role::Auditor
        | Role::Analyst
        | Role::System => false,
    }
}

/// Somebody may act in a role from now on, if nothing stands against it.
///
/// # Errors
/// G-4 for a role that does not go with another, G-9 for what is not there.
pub(super) fn granted(
    access: &Access,
    user: UserId,
    role: Role,
    scope: Option<CaseId>,
    until: Option<Time>,
    context: &Context<'_>,
) -> Decision {
    let grant = Grant { role, scope, until };
    enrolled(access, user, "user", context)?;
    context.keep(role != Role::System, || {
        Refusal::new(Rule::G4, "not_for_people", "no person acts as the system").at("role")
    })?;
    if let Some(case) = scope {
        context.known_case(case, "scope")?;
    }
    lies_ahead(until, context)?;
    if access.grants_of(user, context.now).any(|held| *held == grant) {
        return Ok(vec![]);
    }
    let clash = clash_in_person(access, user, &grant, context)?;
    context.keep(clash.is_none(), || {
        let held = clash.map_or("another role", events::Labelled::word);
        let message = format!("who is {held} can't be {role} as well");
        Refusal::new(Rule::G4, "incompatible_roles", message)
            .at("role")
            .remedy("revoke the other role first, or choose somebody else")
    })?;
    Ok(vec![Fact::RoleGranted { user, role, scope, until }.into()])
}

/// A role that the person behind an account holds and that may not meet the grant in them, under
/// whichever account and whichever record of theirs.
fn clash_in_person(
    access: &Access,
    user: UserId,
    grant: &Grant,
    context: &Context<'_>,
) -> Result<Option<Role>, Stop> {
    let Some(person) = access.person_of(user) else { return Ok(None) };
    let rivals = access.rivals(grant, context.now);
    if let Some((_, role)) = rivals.iter().find(|(rival, _)| *rival == person) {
        return Ok(Some(*role));
    }
    for (rival, role) in rivals {
        if context.same_person(rival, person)? {
            return Ok(Some(role));
        }
    }
    Ok(None)
}

/// Whether two roles may not meet in one person: who prepares a case does not judge it, who runs
/// a session does not score in it, who gives rights decides nothing.
fn clash(one: &Grant, other: &Grant) -> bool {
    let same_case = one.covers(other.scope) || other.covers(one.scope);
    let pair = |one: Role, other: Role| match one {
        Role::Advisor => same_case && matches!(other, Role::Member | Role::Chair),
        Role::Secretary => matches!(other, Role::Member | Role::Chair),
        Role::Admin => {
            matches!(other, Role::Head | Role::Deputy | Role::Director | Role::Member | Role::Chair)
        }
        Role::Head
        | Role::Deputy
        | Role::Member
        | Role::Chair
        | Role::Director
        | Role::Platform
        | Role::Funding
        | Role::Innovator
        | Role::Dpo
        | Role::Auditor
        | Role::Analyst
        | Role::System => false,
    };
    pair(one.role, other.role) || pair(other.role, one.role)
}

fn decide_token(access: &Access, command: &Command, context: &Context<'_>) -> Decision {
    let fact = match command {
        Command::IssueToken { user, hash, purpose, until } => {
            enrolled(access, *user, "user", context)?;
            own(*user, context)?;
            lies_ahead(*until, context)?;
            let known = access.tokens.get(&TokenId::created_by(context.command));
            if known.is_some_and(|token| token.hash == *hash && !token.revoked) {
                return Ok(vec![]);
            }
            context.keep(!access.by_hash.contains_key(hash), || {
                Refusal::new(Rule::G4, "token_in_use", "this token already opens an account")
                    .at("hash")
                    .remedy("make a new token")
            })?;
            Fact::TokenIssued {
                token: TokenId::created_by(context.command),
                user: *user,
                hash: *hash,
                purpose: purpose.clone(),
                until: *until,
            }
        }
        Command::RevokeToken { token } => {
            let Some(known) = access.tokens.get(token) else {
                return Err(missing("token", "token", "look it up: GET /v1/users/{user}").into());
            };
            own(known.user, context)?;
            if known.revoked {
                return Ok(vec![]);
            }
            Fact::TokenRevoked { token: *token }
        }
        _ => return Ok(vec![]),
    };
    Ok(vec![fact.into()])
}

fn open_mission(access: &Access, command: &Command, context: &Context<'_>) -> Decision {
    let Command::OpenAuditMission { auditor, authority, mandate, scope, until } = command else {
        return Ok(vec![]);
    };
    enrolled(access, *auditor, "auditor", context)?;
    let mut grants = access.grants_of(*auditor, context.now);
    context.keep(grants.any(|grant| grant.role == Role::Auditor), || {
        Refusal::new(Rule::G4, "not_an_auditor", "this user is not an auditor")
            .at("auditor")
            .remedy("grant the role first: POST /v1/users/grant-role")
    })?;
    lies_ahead(Some(*until), context)?;
    let same = |open: &Mission| {
        (&open.authority, &open.mandate, open.scope, open.until)
            == (authority, mandate, *scope, *until)
    };
    if access.open_missions(*auditor, context.now).any(same) {
        return Ok(vec![]);
    }
    let fact = Fact::AuditMissionOpened {
        mission: MissionId::created_by(context.command),
        auditor: *auditor,
        authority: authority.clone(),
        mandate: mandate.clone(),
        scope: *scope,
        until: *until,
    };
    Ok(vec![fact.into()])
}

/// G-9: the account exists.
fn enrolled(
    access: &Access,
    user: UserId,
    field: &'static str,
    context: &Context<'_>,
) -> Result<(), Stop> {
    context.keep(access.users.contains_key(&user), || {
        missing("user", field, "enrol them first: POST /v1/users")
    })
}

/// G-4: whoever is not an administrator has a say over their own tokens only.
fn own(user: UserId, context: &Context<'_>) -> Result<(), Stop> {
    let may = match context.sender.role {
        Role::Admin | Role::System => true,
        _ => context.sender.user == user,
    };
    context.keep(may, || {
        Refusal::new(Rule::G4, "not_yours", "this is about somebody else's account")
            .remedy("ask an administrator")
    })
}

/// G-9: an end that has passed gives nothing.
fn lies_ahead(until: Option<Time>, context: &Context<'_>) -> Result<(), Stop> {
    context.keep(until.is_none_or(|until| context.now < until), || {
        Refusal::new(Rule::G9, "already_over", "the end has passed").at("until")
    })
}

#[cfg(test)]
mod tests;
