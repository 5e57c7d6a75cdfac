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
pub struct Call {}

impl Call {
    /// x
    pub fn exists(&self) -> bool {
        todo!()
    }
    /// x
    pub fn evolve(&mut self, _: &events::call::Fact) {}
}

/// x
pub fn decide(_: &Call, _: &Command, _: &Context<'_>) -> Decision {
    Ok(vec![])
}
