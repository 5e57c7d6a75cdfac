//! What things are called, for whoever reads: names, or references where they may not see names.

use chrono::NaiveDateTime;
use events::{CallId, CaseId, Code, Language, OrganisationId, PersonId, ResourceId, Time, UserId};
use projections::story::Names;

use crate::access::Sight;
use crate::readmodel::search::Directory;

/// The directory as one reader may know it.
pub(super) struct Seen<'a> {
    directory: &'a Directory,
    sight: Sight,
}

impl<'a> Seen<'a> {
    pub(super) const fn new(directory: &'a Directory, sight: Sight) -> Self {
        Self { directory, sight }
    }
}

impl Names for Seen<'_> {
    fn person(&self, id: PersonId) -> String {
        if self.sight < Sight::Whole {
            return id.reference().to_string();
        }
        self.directory.person(id)
    }

    fn user(&self, id: UserId) -> String {
        if self.sight < Sight::Whole {
            return id.reference().to_string();
        }
        self.directory.user(id)
    }

    /// A sole trader's name is a person's.
    fn organisation(&self, id: OrganisationId) -> String {
        if self.sight < Sight::Whole {
            return id.reference().to_string();
        }
        self.directory.organisation(id)
    }

    fn resource(&self, id: ResourceId, language: Language) -> String {
        self.directory.resource(id, language)
    }

    fn call(&self, id: CallId) -> String {
        self.directory.call(id)
    }

    fn case(&self, id: CaseId) -> String {
        self.directory.case(id)
    }

    fn code(&self, code: &Code, language: Language) -> String {
        self.directory.code(code, language)
    }

    fn local(&self, at: Time) -> NaiveDateTime {
        self.directory.local(at)
    }
}
