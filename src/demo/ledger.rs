//! What the script knows of its own story: each record as its scenes left it.
//!
//! It is kept by the scenes, from what they meant to do, and never read back from the log or from
//! any fold of it: so the manifest made from it can be held against what the product answers.

use std::collections::BTreeMap;

use events::{
    ActionId, ApplicationId, ApplicationState, BookingId, BookingState, CallKind, CaseId,
    CaseStatus, Date, DocumentId, EventId, FundingRound, Interval, IntroductionId,
    IntroductionOutcome, IntroductionState, MilestoneId, OrganisationId, OutcomeKind, PersonId,
    ResourceId, Stage, Time, UserId,
};

use super::companies::Company;
use super::dice::Dice;
use super::names::Name;
use super::projects::Idea;

/// What the story has in store for a case.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Fate {
    /// It never applies.
    IntakeOnly,
    /// It applies and does not meet the criteria.
    Ineligible,
    /// It applies and is taken back, or comes too late.
    Withdrawn,
    /// It is decided not to go to the committee.
    NotPreselected,
    /// It goes to the committee and is followed now and then.
    Preselected,
    /// It goes to the committee and makes full use of the offer.
    Supported,
    /// Its call is still open when the story ends.
    Pending,
}

/// Somebody in the story.
#[derive(Debug, Clone)]
pub(super) struct Person {
    pub(super) id: PersonId,
    pub(super) name: Name,
    pub(super) email: String,
    pub(super) organisation: Option<usize>,
    /// The record under which they were last said to belong there.
    pub(super) member_of: Option<OrganisationId>,
    /// The record gave way to another.
    pub(super) merged: bool,
}

impl Person {
    /// Somebody who was registered.
    pub(super) const fn new(
        id: PersonId,
        name: Name,
        email: String,
        organisation: Option<usize>,
    ) -> Self {
        Self { id, name, email, organisation, member_of: None, merged: false }
    }
}

/// A record that gave way to another.
#[derive(Debug, Clone, Copy)]
pub(super) struct Merge<I> {
    pub(super) record: I,
    pub(super) into: I,
    /// It was undone.
    pub(super) parted: bool,
}

/// An organisation in the story.
#[derive(Debug, Clone)]
pub(super) struct Organisation {
    pub(super) id: OrganisationId,
    pub(super) company: Company,
}

/// A call in the story.
#[derive(Debug, Clone)]
pub(super) struct Call {
    pub(super) id: events::CallId,
    pub(super) kind: CallKind,
    pub(super) opens: Time,
    pub(super) deadline: Option<Time>,
    pub(super) cancelled: bool,
    /// Criteria of the version it was opened under.
    pub(super) criteria: &'static [&'static str],
}

/// An application as the script left it.
#[derive(Debug, Clone)]
pub(super) struct Application {
    pub(super) id: ApplicationId,
    pub(super) call: usize,
    pub(super) state: ApplicationState,
    pub(super) proposal: Option<EventId>,
    /// Who declared to have no conflict of interest.
    pub(super) declared: Vec<UserId>,
    /// Who declared one.
    pub(super) conflicted: Vec<UserId>,
}

impl Application {
    /// One that was handed in.
    pub(super) fn new(id: ApplicationId, call: usize, state: ApplicationState) -> Self {
        let (declared, conflicted) = (Vec::new(), Vec::new());
        Self { id, call, state, proposal: None, declared, conflicted }
    }
}

/// Where a case was from a moment on.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Mark {
    pub(super) at: Time,
    pub(super) status: CaseStatus,
    pub(super) on_hold: bool,
    pub(super) stage: Stage,
    pub(super) application: Option<ApplicationState>,
}

/// A case as the script left it.
#[derive(Debug, Clone)]
pub(super) struct File {
    pub(super) id: CaseId,
    pub(super) fate: Fate,
    pub(super) dice: Dice,
    pub(super) idea: Idea,
    pub(super) received_at: Time,
    pub(super) contact: usize,
    /// The contact's account, if they have one.
    pub(super) innovator: Option<UserId>,
    pub(super) team: Vec<usize>,
    pub(super) carrier: Option<usize>,
    pub(super) advisor: Option<usize>,
    pub(super) status: CaseStatus,
    pub(super) on_hold: bool,
    pub(super) stage: Stage,
    pub(super) applications: Vec<Application>,
    pub(super) marks: Vec<Mark>,
    pub(super) mentors: Vec<usize>,
    pub(super) actions: Vec<ActionId>,
    pub(super) milestones: Vec<MilestoneId>,
    pub(super) documents: Vec<DocumentId>,
    pub(super) linked: Vec<usize>,
    /// Money raised, by rounds, each once.
    pub(super) raised_eur_cents: u64,
    /// Rounds of money raised.
    pub(super) rounds: Vec<(OutcomeKind, FundingRound, Date)>,
}

impl File {
    /// A case that came in.
    pub(super) fn new(
        id: CaseId,
        fate: Fate,
        dice: Dice,
        idea: Idea,
        received_at: Time,
        contact: usize,
    ) -> Self {
        Self {
            id,
            fate,
            dice,
            stage: idea.stage,
            idea,
            received_at,
            contact,
            innovator: None,
            team: Vec::new(),
            carrier: None,
            advisor: None,
            status: CaseStatus::Received,
            on_hold: false,
            applications: Vec::new(),
            marks: Vec::new(),
            mentors: Vec::new(),
            actions: Vec::new(),
            milestones: Vec::new(),
            documents: Vec::new(),
            linked: Vec::new(),
            raised_eur_cents: 0,
            rounds: Vec::new(),
        }
    }

    /// Whether work goes on.
    pub(super) fn is_active(&self) -> bool {
        self.status == CaseStatus::Followed && !self.on_hold
    }

    /// The application that was handed in last.
    pub(super) fn application(&self) -> Option<&Application> {
        self.applications.last()
    }

    /// The same, to change it.
    pub(super) fn application_mut(&mut self) -> Option<&mut Application> {
        self.applications.last_mut()
    }

    fn mark(&self, at: Time) -> Mark {
        let application = self.application().map(|application| application.state);
        let (status, on_hold, stage) = (self.status, self.on_hold, self.stage);
        Mark { at, status, on_hold, stage, application }
    }

    /// Notes where it is now.
    pub(super) fn note(&mut self, at: Time) {
        let mark = self.mark(at);
        self.marks.push(mark);
    }
}

/// A booking as the script left it.
#[derive(Debug, Clone)]
pub(super) struct Booking {
    pub(super) id: BookingId,
    pub(super) resource: usize,
    pub(super) case: Option<usize>,
    pub(super) user: usize,
    /// When it is to be.
    pub(super) slot: Interval,
    pub(super) state: BookingState,
}

/// An introduction as the script left it.
#[derive(Debug, Clone)]
pub(super) struct Introduction {
    pub(super) id: IntroductionId,
    pub(super) case: usize,
    pub(super) target: usize,
    pub(super) owner: UserId,
    pub(super) state: IntroductionState,
    pub(super) outcome: Option<IntroductionOutcome>,
}

/// Something that came of a project, as the script left it.
#[derive(Debug, Clone, Copy)]
pub(super) struct Outcome {
    pub(super) kind: OutcomeKind,
    pub(super) eur_cents: u64,
    /// It repeats a round that is recorded already.
    pub(super) double: bool,
}

/// How a coaching session ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Session {
    Scheduled,
    Cancelled,
    Held,
    Missed,
}

/// Why two records are of the same person or organisation.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Disguise {
    /// Another last name since the marriage.
    MarriedName,
    /// Typed without accents.
    NoAccents,
    /// First and last name the wrong way round.
    Transposed,
    /// A letter wrong.
    Misspelt,
    /// Another name form, the same e-mail address.
    SameEmail,
    /// The same SIREN, the name in capitals.
    SameSiren,
    /// The legal form added to the name.
    LegalForm,
}

impl Disguise {
    /// As the manifest says it.
    pub(super) const fn word(self) -> &'static str {
        match self {
            Self::MarriedName => "married_name",
            Self::NoAccents => "no_accents",
            Self::Transposed => "transposed",
            Self::Misspelt => "misspelt",
            Self::SameEmail => "same_email",
            Self::SameSiren => "same_siren",
            Self::LegalForm => "legal_form",
        }
    }
}

/// A resource in the story.
#[derive(Debug, Clone)]
pub(super) struct Resource {
    pub(super) id: ResourceId,
    pub(super) class: events::ResourceClass,
    /// Whose it is, as an index of the office's platform managers.
    pub(super) manager: usize,
    pub(super) capacity: u32,
    pub(super) biosafety: Option<u8>,
    /// Its calendar is kept in the platform's own tool.
    pub(super) elsewhere: bool,
    /// Its users need to be qualified.
    pub(super) qualified: bool,
    pub(super) habit: Habit,
    pub(super) retired: bool,
    /// Outages announced, under way or over.
    pub(super) outages: Vec<Interval>,
    /// Bookings that take up room, by their index.
    pub(super) live: Vec<usize>,
    /// Who may use it alone, by their index, and until when.
    pub(super) users: BTreeMap<usize, Option<Time>>,
}

/// How a resource is usually booked.
#[derive(Debug, Clone, Copy)]
pub(super) struct Habit {
    /// Hours it opens at and closes at on working days; `0..24` for always.
    pub(super) opens: u32,
    pub(super) closes: u32,
    pub(super) slot_minutes: i64,
    pub(super) min_minutes: i64,
    pub(super) max_minutes: i64,
    pub(super) lead_days: i64,
    pub(super) horizon_days: i64,
    pub(super) buffer_minutes: u32,
    pub(super) cutoff_hours: i64,
}

/// Everything that the script knows.
#[derive(Debug, Default)]
pub(super) struct Ledger {
    pub(super) people: Vec<Person>,
    pub(super) organisations: Vec<Organisation>,
    pub(super) calls: Vec<Call>,
    pub(super) files: Vec<File>,
    pub(super) resources: Vec<Resource>,
    pub(super) bookings: Vec<Booking>,
    pub(super) introductions: Vec<Introduction>,
    pub(super) outcomes: Vec<Outcome>,
    pub(super) sessions: Vec<Session>,
    pub(super) same_people: Vec<(PersonId, PersonId, Disguise)>,
    pub(super) same_organisations: Vec<(OrganisationId, OrganisationId, Disguise)>,
    pub(super) merged_people: Vec<Merge<PersonId>>,
    pub(super) merged_organisations: Vec<Merge<OrganisationId>>,
    /// Two people who bear the same name, by their index.
    pub(super) namesakes: Vec<usize>,
    pub(super) thoughts: Thoughts,
}

/// Second thoughts, counted.
#[derive(Debug, Clone, Copy, Default)]
pub(super) struct Thoughts {
    /// Events corrected.
    pub(super) corrected: u64,
    /// Events annulled, by whomever.
    pub(super) annulled: u64,
    /// Events noted upon.
    pub(super) annotated: u64,
    /// Annulments to which a second person agreed.
    pub(super) agreed: u64,
    /// Annulments to which nobody agreed.
    pub(super) refused: u64,
    /// What still waits for a second person.
    pub(super) waiting: u64,
    /// The first decision that was annulled, and its case.
    pub(super) decision: Option<(CaseId, EventId)>,
}
