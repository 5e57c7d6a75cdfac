//! What is still to happen, by the story's clock.

use std::collections::BTreeMap;

use events::Time;

use super::story::Story;

/// Something that happens at its time, and may lead to more.
pub(super) type Step = Box<dyn FnOnce(&mut Story)>;

/// Steps to come; those of one moment in the order in which they were planned.
#[derive(Default)]
pub(super) struct Agenda {
    steps: BTreeMap<(Time, u64), Step>,
    planned: u64,
}

impl Agenda {
    /// Plans a step.
    pub(super) fn plan(&mut self, at: Time, step: Step) {
        self.planned += 1;
        self.steps.insert((at, self.planned), step);
    }

    /// The next step and its time.
    pub(super) fn next(&mut self) -> Option<(Time, Step)> {
        self.steps.pop_first().map(|((at, _), step)| (at, step))
    }
}
