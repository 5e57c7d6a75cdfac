//! The story: who is in it, what is planned, and the clock that goes through it.

use events::{CaseId, Date, Stream, Time, UserId};
use serde_json::Value;

use super::agenda::Agenda;
use super::companies::Companies;
use super::days;
use super::dice::Dice;
use super::ledger::{File, Ledger};
use super::names::Names;
use super::office::Office;
use super::paper::SealedDocument;
use super::plan::Plan;
use super::projects::Ideas;
use super::world::{Order, World};

/// Everything that the scenes work with.
pub(super) struct Story {
    pub(super) world: World,
    pub(super) ledger: Ledger,
    pub(super) plan: Plan,
    pub(super) seed: u64,
    pub(super) office: Office,
    pub(super) names: Names,
    pub(super) companies: Companies,
    pub(super) ideas: Ideas,
    pub(super) dice: Dice,
    /// Documents whose files belong beside the log.
    pub(super) documents: Vec<SealedDocument>,
    /// The case that the README tells of.
    pub(super) showcase: Option<usize>,
    agenda: Agenda,
}

impl Story {
    /// Before anything happened.
    pub(super) fn new(world: World, plan: Plan, seed: u64) -> Self {
        Self {
            world,
            ledger: Ledger::default(),
            plan,
            seed,
            office: Office::default(),
            names: Names::default(),
            companies: Companies::default(),
            ideas: Ideas::default(),
            dice: Dice::of(seed, "story"),
            documents: Vec::new(),
            showcase: None,
            agenda: Agenda::default(),
        }
    }

    /// Plans a step for a moment.
    pub(super) fn at(&mut self, moment: Time, step: impl FnOnce(&mut Self) + 'static) {
        self.agenda.plan(moment, Box::new(step));
    }

    /// Plans a step on a case, some working days from now.
    pub(super) fn later(
        &mut self,
        case: usize,
        days: (i64, i64),
        step: impl FnOnce(&mut Self, usize) + 'static,
    ) {
        let now = self.world.now;
        let moment = days::after(&mut self.ledger.files[case].dice, now, days.0, days.1);
        self.at(moment, move |story| step(story, case));
    }

    /// Goes through the agenda up to the end of the story; what is planned for later stays open.
    pub(super) fn run(&mut self, progress: &dyn Fn(usize, Date)) {
        let end = self.plan.until;
        let mut told = 0;
        while let Some((at, step)) = self.agenda.next() {
            if at >= end {
                break;
            }
            self.world.wait_until(at);
            step(self);
            let recorded = self.world.events.len();
            if recorded / 1_000 > told {
                told = recorded / 1_000;
                progress(recorded, days::day_of(self.world.now));
            }
        }
    }

    /// The day it is.
    pub(super) fn today(&self) -> Date {
        days::day_of(self.world.now)
    }

    /// A case.
    pub(super) fn file(&mut self, case: usize) -> &mut File {
        &mut self.ledger.files[case]
    }

    /// A case's id.
    pub(super) fn case_id(&self, case: usize) -> CaseId {
        self.ledger.files[case].id
    }

    /// The account of whoever follows a case, or of the advisor on duty.
    pub(super) fn advisor(&self, case: usize) -> UserId {
        let advisor = self.ledger.files[case].advisor.unwrap_or_default();
        self.office.advisors[advisor].user
    }

    /// A command on a case, by whoever follows it.
    pub(super) fn on_case(&self, case: usize, name: &'static str, body: Value) -> Order {
        self.on_case_by(self.advisor(case), case, name, body)
    }

    /// A command on a case.
    pub(super) fn on_case_by(
        &self,
        user: UserId,
        case: usize,
        name: &'static str,
        body: Value,
    ) -> Order {
        Order::on(user, Stream::Case(self.case_id(case)), name, body)
    }

    /// Changes what the script knows of a case, and notes where it is since then.
    pub(super) fn change(&mut self, case: usize, change: impl FnOnce(&mut File)) {
        let now = self.world.now;
        let file = &mut self.ledger.files[case];
        change(file);
        file.note(now);
    }
}
