//! Facts as sentences, in French and in English.
//!
//! A sentence says what happened; who recorded it and when stand beside it, and what was written
//! stays sealed. Each language is a folder of its own, with an exhaustive match per family: a new
//! fact does not compile without its sentences.

mod en;
mod fr;
mod memory;
mod scene;

use chrono::NaiveDateTime;
use events::{
    CallId, CaseId, Code, Date, Envelope, Interval, Labelled, Language, OrganisationId, PersonId,
    ResourceId, Time, UserId,
};

use self::memory::Memory;
use self::scene::Scene;
use crate::journey::Subject;

/// What things are called. The edge knows, and knows who may see it: where the reader may not, or
/// the name is erased, it answers with a short reference.
pub trait Names {
    /// A person's name.
    fn person(&self, id: PersonId) -> String;
    /// The name of the person whose account it is.
    fn user(&self, id: UserId) -> String;
    /// An organisation's name.
    fn organisation(&self, id: OrganisationId) -> String;
    /// A resource's name.
    fn resource(&self, id: ResourceId, language: Language) -> String;
    /// A call's title.
    fn call(&self, id: CallId) -> String;
    /// The title of a case's project.
    fn case(&self, id: CaseId) -> String;
    /// A word of a code list that is data, such as a criterion or a function.
    fn code(&self, code: &Code, language: Language) -> String;
    /// What clocks at the office show at that moment.
    fn local(&self, at: Time) -> NaiveDateTime;
}

/// Tells facts one after the other, and remembers what earlier ones said of a booking, a session
/// or an introduction, so that later sentences can name it.
pub struct Teller<'a> {
    about: Option<Subject>,
    language: Language,
    names: &'a dyn Names,
    memory: Memory,
}

impl<'a> Teller<'a> {
    /// Tells in `language`, leaving out what goes without saying in the journey of `about`.
    pub fn new(about: Option<Subject>, language: Language, names: &'a dyn Names) -> Self {
        Self { about, language, names, memory: Memory::default() }
    }

    /// What happened, as a sentence, and keeps it in mind.
    pub fn tell(&mut self, envelope: &Envelope) -> String {
        let sentence = self.say(envelope);
        self.remember(envelope);
        self.memory.tell(envelope.id, &sentence);
        sentence
    }

    /// What happened, as a sentence.
    pub fn say(&self, envelope: &Envelope) -> String {
        let scene = Scene { stream: envelope.stream.stream(), ..self.scene() };
        let sentence = match self.language {
            Language::Fr => fr::tell(&envelope.fact, &scene),
            Language::En => en::tell(&envelope.fact, &scene),
        };
        match scene.elsewhere(&envelope.fact) {
            Some(case) => format!("{} — {sentence}", scene.case(case)),
            None => sentence,
        }
    }

    /// Keeps in mind what a fact said that is not told.
    pub fn remember(&mut self, envelope: &Envelope) {
        self.memory.take(envelope);
    }

    /// A date as people read it.
    pub fn date(&self, date: Date) -> String {
        self.scene().date(date)
    }

    /// The day of a moment at the office, as people read it.
    pub fn day(&self, at: Time) -> String {
        self.scene().day(at)
    }

    /// A stretch of time as people read it.
    pub fn slot(&self, interval: Interval) -> String {
        self.scene().slot(interval)
    }

    /// A title between the language's quotation marks.
    pub fn quote(&self, title: &str) -> String {
        self.scene().quote(title)
    }

    fn scene(&self) -> Scene<'_> {
        Scene {
            about: self.about,
            language: self.language,
            names: self.names,
            memory: &self.memory,
            stream: None,
        }
    }

    /// Who recorded a fact: their name and role.
    pub fn signature(&self, envelope: &Envelope) -> String {
        let actor = &envelope.meta.actor;
        format!("{}, {}", self.names.user(actor.user), actor.role.label(self.language))
    }
}

/// What one fact says, without what earlier ones may have told.
pub fn tell(
    envelope: &Envelope,
    about: Option<Subject>,
    language: Language,
    names: &dyn Names,
) -> String {
    Teller::new(about, language, names).tell(envelope)
}
