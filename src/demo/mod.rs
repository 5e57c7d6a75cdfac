//! A believable cluster to look at: people, projects and three years of work that never happened.
//!
//! Everything comes out of commands: a script of scenes sends JSON bodies through the door, the
//! deciders decide, and what they lead to is the log. Nothing is forged, and the same seed gives
//! the same bytes. What must come out stands in a [`Manifest`], from the script's own bookkeeping.

mod agenda;
mod companies;
mod days;
mod dice;
mod ledger;
mod manifest;
mod names;
mod office;
mod paper;
mod plan;
mod policies;
mod projects;
mod scenes;
mod story;
mod texts;
mod world;
mod write;

#[cfg(test)]
mod tests;

use events::{Date, StreamName};

use crate::guichet::build;
use crate::store::{NewEvent, SealedBlob};
use crate::vault::Vault;

pub use manifest::{
    Account, CaseCounts, Check, Counts, EventCounts, Manifest, MergeCounts, MergedPair, Pair,
    Showcase,
};
pub use paper::SealedDocument;
pub use plan::Scale;
pub use world::Defect;
pub use write::{MANIFEST_FILE, WriteError, write_to};

use plan::Plan;
use story::Story;
use world::World;

/// How far the generator has come.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Progress {
    /// Events so far.
    pub events: usize,
    /// About how many there will be.
    pub of: usize,
    /// The day that the story has come to.
    pub day: Date,
}

/// A whole cluster, ready to be written.
pub struct Generated {
    /// The log, in order.
    pub events: Vec<(StreamName, NewEvent)>,
    /// The sealed texts.
    pub blobs: Vec<SealedBlob>,
    /// The vault that sealed them.
    pub vault: Vault,
    /// The sealed documents.
    pub documents: Vec<SealedDocument>,
    /// What must come out.
    pub manifest: Manifest,
}

/// The script and the deciders did not agree: a defect of one of them.
#[derive(Debug, thiserror::Error)]
#[error("{} of the script's expectations did not hold; the first: {}", .0.len(),
    .0.first().map_or_else(|| "the story has no end".to_owned(), ToString::to_string))]
pub struct Defects(pub Vec<Defect>);

/// Tells the story: always the same one for the same seed and scale.
///
/// # Errors
/// When a command was refused or accepted against the script's expectation.
pub fn generate(
    seed: u64,
    scale: Scale,
    progress: &dyn Fn(Progress),
) -> Result<Generated, Defects> {
    let plan = Plan::of(scale);
    let of = plan.events;
    let world = World::new(vault(seed), seed, days::paris(plan.from, 8, 0), build());
    let mut story = Story::new(world, plan, seed);
    office::open(&mut story);
    scenes::plan(&mut story);
    story.run(&|events, day| progress(Progress { events, of, day }));
    let defects = std::mem::take(&mut story.world.defects);
    if !defects.is_empty() {
        return Err(Defects(defects));
    }
    let manifest = manifest::of(&story).ok_or_else(|| Defects(Vec::new()))?;
    let Story { world, documents, .. } = story;
    let World { events, blobs, vault, .. } = world;
    Ok(Generated { events, blobs, vault, documents, manifest })
}

/// Keys that follow from the seed: whoever knows it can open everything, which is as it should be
/// for invented data.
fn vault(seed: u64) -> Vault {
    let mut key = [0x67; 32];
    key[..8].copy_from_slice(&seed.to_le_bytes());
    Vault::seeded(key)
}
