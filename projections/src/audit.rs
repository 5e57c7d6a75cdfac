//! The audit trail of a case: each decision, what it rested on and what came later.

use std::collections::BTreeMap;

use events::{
    ApplicationId, Basis, BookingId, CaseId, Code, EventId, IntroductionId, Irregularity, PersonId,
    PolicyKind, ReferralId, Report, Revision, Role, Rule, StreamName, Time, UserId,
};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::Text;

/// Every decision on a case, in the order they were recorded.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct AuditTrail {
    /// The case.
    pub case: CaseId,
    /// The decisions.
    pub entries: Vec<AuditEntry>,
}

/// What a decision is about.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(tag = "kind", content = "id", rename_all = "snake_case")]
pub enum Matter {
    /// The case as a whole.
    Case(CaseId),
    /// One application.
    Application(ApplicationId),
    /// One booking.
    Booking(BookingId),
    /// One introduction.
    Introduction(IntroductionId),
    /// One referral.
    Referral(ReferralId),
}

/// One decision.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct AuditEntry {
    /// The event.
    pub event: EventId,
    /// The stream it stands in.
    pub stream: StreamName,
    /// Its place there.
    pub revision: Revision,
    /// Its type name.
    pub kind: String,
    /// What it is about.
    pub matter: Matter,
    /// What was decided, in a sentence.
    pub sentence: String,
    /// Who proposed it.
    pub proposed_by: Option<Signatory>,
    /// Who decided it; absent for a proposal.
    pub decided_by: Option<Signatory>,
    /// When it happened.
    pub occurred_at: Time,
    /// When it was recorded.
    pub recorded_at: Time,
    /// The version of each rule applied.
    pub policies: BTreeMap<PolicyKind, u32>,
    /// Why, as written.
    pub reasons: Vec<Text>,
    /// Every other stream the decision read, and how far it had come then.
    pub based_on: Vec<Basis>,
    /// What was on the log then and bears on it.
    pub known_then: Vec<Related>,
    /// What was recorded about it afterwards.
    pub came_later: Vec<Related>,
    /// Why it was entered late.
    pub late_entry_reason: Option<Code>,
    /// Where it is known from, when it happened elsewhere.
    pub report: Option<Report>,
    /// Rules that it did not keep.
    pub irregularities: Vec<Irregularity>,
    /// What the trail itself shows of the rules.
    pub checks: Vec<Check>,
}

/// Who proposed or decided something.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Signatory {
    /// The event in which they did.
    pub event: EventId,
    /// The account.
    pub user: UserId,
    /// The role they acted in.
    pub role: Role,
    /// Their name and role, for reading.
    pub who: String,
    /// For whom, where somebody else asked for it.
    pub on_behalf_of: Option<PersonId>,
    /// When.
    pub at: Time,
}

/// A fact that bears on a decision.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Related {
    /// The event.
    pub event: EventId,
    /// The stream it stands in.
    pub stream: StreamName,
    /// Its place there.
    pub revision: Revision,
    /// Its type name.
    pub kind: String,
    /// What happened, in a sentence.
    pub sentence: String,
    /// Who recorded it: their name and role, for reading.
    pub who: String,
    /// When it happened.
    pub occurred_at: Time,
    /// When it was recorded.
    pub recorded_at: Time,
    /// What was written about it.
    pub texts: Vec<Text>,
    /// Whether it had happened before the decision but was recorded only after.
    pub learnt_later: bool,
}

/// Whether a decision kept a rule, as far as the trail itself shows.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Check {
    /// The rule.
    pub rule: Rule,
    /// Whether it was kept.
    pub held: bool,
    /// What shows it.
    pub detail: String,
}
