//! x

use super::Decision;
use super::command::Spec;
use super::context::Context;
use schemars::JsonSchema;
use serde::Deserialize;
use strum::{IntoStaticStr, VariantNames};

/// x
#[derive(Debug, Clone, PartialEq, Deserialize, JsonSchema, IntoStaticStr, VariantNames)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
#[strum(serialize_all = "kebab-case")]
pub enum Command {}

/// x
pub const SPECS: &[Spec] = &[];

/// x
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Policy {}

impl Policy {
    /// x
    pub fn new(_: events::PolicyKind) -> Self {
        Self {}
    }
    /// The rule about late entries in force at a moment, with its version.
    pub fn late_entry(&self, _: events::Time) -> Option<(u32, LateEntry<'_>)> {
        todo!()
    }
    /// x
    pub fn evolve(&mut self, _: &events::policy::Fact, _: &events::Envelope) {}
}

/// The rule about late entries.
pub struct LateEntry<'a> {
    /// Working days after which a reason is asked for.
    pub threshold_working_days: u32,
    /// The reasons.
    pub reasons: &'a [events::policy::Word],
}

/// x
pub fn decide(_: &Policy, _: &Command, _: &Context<'_>) -> Decision {
    Ok(vec![])
}
