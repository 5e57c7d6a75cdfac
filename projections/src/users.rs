//! Accounts: whose they are, what they may do, what opens them.

use events::{
    CaseId, Code, ExternalRef, MissionId, MissionScope, PersonId, Revision, Role, Time, TokenId,
    UserId,
};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

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
