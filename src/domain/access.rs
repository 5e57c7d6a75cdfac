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
pub struct Access {}

impl Access {
    /// Whether a user may act in a role at a moment, on a case.
    pub fn holds(
        &self,
        _: events::UserId,
        _: events::Role,
        _: Option<events::CaseId>,
        _: events::Time,
    ) -> bool {
        todo!()
    }
    /// Whose account it is.
    pub fn person_of(&self, _: events::UserId) -> Option<events::PersonId> {
        todo!()
    }
    /// x
    pub fn evolve(&mut self, _: &events::access::Fact) {}
}

/// x
pub fn decide(_: &Access, _: &Command, _: &Context<'_>) -> Decision {
    Ok(vec![])
}
