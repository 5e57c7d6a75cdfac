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
pub struct Resource {}

impl Resource {
    /// x
    pub fn exists(&self) -> bool {
        todo!()
    }
    /// x
    pub fn evolve(&mut self, _: &events::resource::Fact) {}
    /// x
    pub fn evolve_booking(&mut self, _: &events::booking::Fact) {}
}

/// x
pub fn decide(_: &Resource, _: &Command, _: &Context<'_>) -> Decision {
    Ok(vec![])
}
