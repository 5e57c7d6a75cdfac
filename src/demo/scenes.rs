//! The scenes of the story, each about one kind of thing that happens at the office.

pub(super) mod bookings;
pub(super) mod calendar;
pub(super) mod calls;
pub(super) mod coaching;
pub(super) mod duplicates;
pub(super) mod followup;
pub(super) mod gatherings;
pub(super) mod intake;
pub(super) mod introductions;
pub(super) mod mishaps;
pub(super) mod outcomes;
pub(super) mod people;
pub(super) mod resources;
pub(super) mod second_thoughts;
pub(super) mod selection;
pub(super) mod showcase;
pub(super) mod support;

use super::story::Story;

/// Plans everything that does not follow from something else.
pub(super) fn plan(story: &mut Story) {
    calls::plan(story);
    people::plan(story);
    duplicates::plan(story);
    resources::plan(story);
    intake::plan(story);
    showcase::plan(story);
    bookings::plan_others(story);
    gatherings::plan(story);
    mishaps::plan(story);
    second_thoughts::plan(story);
}
