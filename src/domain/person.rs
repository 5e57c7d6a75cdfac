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
pub struct Person {}

impl Person {
    /// Whether they are registered.
    pub fn is_registered(&self) -> bool {
        todo!()
    }
    /// Whether a consent of theirs allows `scope` to `recipient` at a moment.
    pub fn consents_to(
        &self,
        _: events::ConsentId,
        _: events::ConsentScope,
        _: Option<events::OrganisationId>,
        _: events::Time,
    ) -> bool {
        todo!()
    }
    /// x
    pub fn evolve(&mut self, _: &events::person::Fact) {}
}

/// x
pub fn decide(_: &Person, _: &Command, _: &Context<'_>) -> Decision {
    Ok(vec![])
}
