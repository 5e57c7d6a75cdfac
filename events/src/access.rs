//! access.: users, roles, tokens and audit missions.

use crate::fields::*;

/// What happens to the rights of people.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub enum Fact {
    /// A person has an account.
    #[serde(rename = "access.user-enrolled.v1")]
    UserEnrolled {
        /// The account.
        user: UserId,
        /// Whose it is.
        person: PersonId,
    },
    /// They may act in a role.
    #[serde(rename = "access.role-granted.v1")]
    RoleGranted {
        /// The account.
        user: UserId,
        /// As what.
        role: Role,
        /// On one case only.
        scope: Option<CaseId>,
        /// Until when.
        until: Option<Time>,
    },
    /// They may not any more.
    #[serde(rename = "access.role-revoked.v1")]
    RoleRevoked {
        /// The account.
        user: UserId,
        /// As what.
        role: Role,
        /// On one case only.
        scope: Option<CaseId>,
    },
    /// A bearer token opens the account.
    #[serde(rename = "access.token-issued.v1")]
    TokenIssued {
        /// The token.
        token: TokenId,
        /// The account.
        user: UserId,
        /// SHA-256 of the token; the token itself is shown once and kept nowhere.
        hash: Digest,
        /// What it is used for.
        purpose: Code,
        /// Until when.
        until: Option<Time>,
    },
    /// The token opens nothing any more.
    #[serde(rename = "access.token-revoked.v1")]
    TokenRevoked {
        /// Which.
        token: TokenId,
    },
    /// An auditor may look.
    #[serde(rename = "access.audit-mission-opened.v1")]
    AuditMissionOpened {
        /// The mission.
        mission: MissionId,
        /// Who.
        auditor: UserId,
        /// On whose behalf.
        authority: Code,
        /// The order, by its reference.
        mandate: ExternalRef,
        /// At what.
        scope: MissionScope,
        /// Until when.
        until: Time,
    },
    /// The mission is over.
    #[serde(rename = "access.audit-mission-closed.v1")]
    AuditMissionClosed {
        /// Which.
        mission: MissionId,
    },
}

impl Fact {
    /// What may be done about it when it is wrong.
    pub const fn class(&self) -> Class {
        match self {
            Self::UserEnrolled { .. }
            | Self::RoleGranted { .. }
            | Self::RoleRevoked { .. }
            | Self::TokenIssued { .. }
            | Self::TokenRevoked { .. }
            | Self::AuditMissionOpened { .. }
            | Self::AuditMissionClosed { .. } => Class::Mechanical,
        }
    }

    /// What it is about.
    pub(crate) fn objects(&self, about: &mut Vec<Object>) {
        match self {
            Self::UserEnrolled { user, person } => {
                about.push(user.as_object("subject"));
                about.push(person.as_object("account_holder"));
            }
            Self::RoleGranted { user, scope, .. } | Self::RoleRevoked { user, scope, .. } => {
                about.push(user.as_object("subject"));
                about.extend(scope.map(|case| case.as_object("scope")));
            }
            Self::TokenIssued { token, user, .. } => {
                about.push(user.as_object("subject"));
                about.push(token.as_object("issued"));
            }
            Self::TokenRevoked { token } => about.push(token.as_object("revoked")),
            Self::AuditMissionOpened { mission, auditor, .. } => {
                about.push(auditor.as_object("auditor"));
                about.push(mission.as_object("opened"));
            }
            Self::AuditMissionClosed { mission } => about.push(mission.as_object("closed")),
        }
    }
}
