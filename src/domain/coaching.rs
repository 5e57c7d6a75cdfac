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
pub fn decide(_: &super::case::Case, _: &Command, _: &Context<'_>) -> Decision {
    Ok(vec![])
}
