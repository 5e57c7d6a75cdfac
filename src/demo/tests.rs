//! The story is always the same, and its manifest counts what it tells.

use std::collections::BTreeMap;

use super::{Generated, Scale, generate};

fn tiny(seed: u64) -> Generated {
    generate(seed, Scale::Tiny, &|_| {}).expect("a story that keeps to its script")
}

#[test]
fn the_same_seed_tells_the_same_story_to_the_byte() {
    let (one, two, other) = (tiny(7), tiny(7), tiny(8));
    assert_eq!(one.events, two.events);
    assert_eq!(one.blobs, two.blobs);
    assert_ne!(one.events, other.events);
}

#[test]
fn the_manifest_counts_what_a_recount_finds() {
    let story = tiny(1);
    let mut by_family: BTreeMap<String, u64> = BTreeMap::new();
    for (_, event) in &story.events {
        let family = event.kind.split('.').next().unwrap_or_default();
        *by_family.entry(family.to_owned()).or_default() += 1;
    }
    assert_eq!(story.manifest.events.total, story.events.len() as u64);
    let counted: BTreeMap<String, u64> = story
        .manifest
        .events
        .by_family
        .iter()
        .map(|(family, count)| (family.to_string(), *count))
        .collect();
    assert_eq!(counted, by_family);
}

#[test]
fn duplicates_are_merged_and_a_wrong_merge_is_undone_after_later_events() {
    for seed in 0..6 {
        let story = tiny(seed);
        let merged = &story.manifest.merged;
        let counted =
            |kind: &str| story.events.iter().filter(|(_, event)| event.kind == kind).count() as u64;
        assert_eq!(counted("person.merged.v1"), merged.people, "seed {seed}");
        assert_eq!(counted("organisation.merged.v1"), merged.organisations, "seed {seed}");
        assert_eq!(counted("person.merge-reverted.v1"), merged.undone, "seed {seed}");
        assert!(merged.people > merged.undone && merged.undone == 1, "seed {seed}: {merged:?}");
        assert!(merged.organisations > 0 && merged.showcase.is_some(), "seed {seed}: {merged:?}");
    }
}
