//! Accounts: whose they are, what they may do, what opens them.

use events::{
    CaseId, Code, Envelope, ExternalRef, Fact, MissionId, MissionScope, PersonId, Revision, Role,
    Stream, Time, TokenId, UserId, access,
};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::Row;

/// All accounts of the office.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Accounts {
    /// The last revision of their stream.
    pub revision: Revision,
    /// The accounts, first enrolled first.
    pub users: Vec<UserRow>,
}

/// An account.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct UserRow {
    /// The account.
    pub user: UserId,
    /// The short form of its id.
    pub reference: String,
    /// Whose it is.
    pub person: PersonId,
    /// When it was opened.
    pub enrolled_at: Time,
    /// Roles that nobody has revoked.
    pub roles: Vec<Grant>,
    /// Its tokens, without what would open it.
    pub tokens: Vec<TokenRow>,
    /// Its audit missions.
    pub missions: Vec<MissionRow>,
}

/// A role that an account holds.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Grant {
    /// As what.
    pub role: Role,
    /// On one case only.
    pub scope: Option<CaseId>,
    /// Since when.
    pub since: Time,
    /// Until when.
    pub until: Option<Time>,
}

/// A token of an account; its hash is nobody's business.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct TokenRow {
    /// The token.
    pub token: TokenId,
    /// What it is used for.
    pub purpose: Code,
    /// When it was issued.
    pub issued_at: Time,
    /// Until when.
    pub until: Option<Time>,
    /// When it was revoked.
    pub revoked_at: Option<Time>,
}

/// An audit mission.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct MissionRow {
    /// The mission.
    pub mission: MissionId,
    /// On whose behalf.
    pub authority: Code,
    /// The order, by its reference.
    pub mandate: ExternalRef,
    /// At what.
    pub scope: MissionScope,
    /// When it was opened.
    pub opened_at: Time,
    /// Until when.
    pub until: Time,
    /// When it was closed.
    pub closed_at: Option<Time>,
}

impl Accounts {
    /// The account, if it was enrolled.
    pub fn user(&self, user: UserId) -> Option<&UserRow> {
        self.users.iter().find(|row| row.user == user)
    }

    /// The accounts of a person.
    pub fn of(&self, person: PersonId) -> impl Iterator<Item = &UserRow> {
        self.users.iter().filter(move |row| row.person == person)
    }

    fn with(&mut self, user: UserId, change: impl FnOnce(&mut UserRow)) {
        if let Some(row) = self.users.iter_mut().find(|row| row.user == user) {
            change(row);
        }
    }
}

impl UserRow {
    /// Whether they may act as `role` at `at`: everywhere, or on `case`.
    pub fn holds(&self, role: Role, case: Option<CaseId>, at: Time) -> bool {
        self.roles.iter().any(|grant| {
            grant.role == role
                && grant.until.is_none_or(|until| at < until)
                && (grant.scope.is_none() || grant.scope == case)
        })
    }

    fn new(user: UserId, person: PersonId, at: Time) -> Self {
        Self {
            user,
            reference: user.reference().to_string(),
            person,
            enrolled_at: at,
            roles: Vec::new(),
            tokens: Vec::new(),
            missions: Vec::new(),
        }
    }
}

impl Row for Accounts {
    const KIND: &'static str = "accounts";

    fn answers(stream: Stream) -> bool {
        matches!(stream, Stream::Access)
    }

    fn begin(first: &Envelope) -> Option<Self> {
        let Some(Stream::Access) = first.stream.stream() else { return None };
        let mut accounts = Self { revision: first.revision, users: Vec::new() };
        accounts.evolve(first);
        Some(accounts)
    }

    fn evolve(&mut self, next: &Envelope) {
        self.revision = next.revision;
        let at = next.meta.occurred_at;
        let Fact::Access(fact) = &next.fact else { return };
        match fact {
            access::Fact::UserEnrolled { user, person } => {
                if self.user(*user).is_none() {
                    self.users.push(UserRow::new(*user, *person, at));
                }
            }
            access::Fact::RoleGranted { user, role, scope, until } => self.with(*user, |row| {
                row.roles.retain(|grant| (grant.role, grant.scope) != (*role, *scope));
                row.roles.push(Grant { role: *role, scope: *scope, since: at, until: *until });
            }),
            access::Fact::RoleRevoked { user, role, scope } => self.with(*user, |row| {
                row.roles.retain(|grant| (grant.role, grant.scope) != (*role, *scope));
            }),
            access::Fact::TokenIssued { token, user, hash: _, purpose, until } => {
                let (token, purpose, until) = (*token, purpose.clone(), *until);
                let row = TokenRow { token, purpose, issued_at: at, until, revoked_at: None };
                self.with(*user, |user| user.tokens.push(row));
            }
            access::Fact::TokenRevoked { token } => {
                let tokens = self.users.iter_mut().flat_map(|row| &mut row.tokens);
                for row in tokens.filter(|row| row.token == *token) {
                    row.revoked_at = Some(at);
                }
            }
            access::Fact::AuditMissionOpened {
                mission,
                auditor,
                authority,
                mandate,
                scope,
                until,
            } => {
                let row = MissionRow {
                    mission: *mission,
                    authority: authority.clone(),
                    mandate: mandate.clone(),
                    scope: *scope,
                    opened_at: at,
                    until: *until,
                    closed_at: None,
                };
                self.with(*auditor, |user| user.missions.push(row));
            }
            access::Fact::AuditMissionClosed { mission } => {
                let missions = self.users.iter_mut().flat_map(|row| &mut row.missions);
                for row in missions.filter(|row| row.mission == *mission) {
                    row.closed_at = Some(at);
                }
            }
        }
    }
}
