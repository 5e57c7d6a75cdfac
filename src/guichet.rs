//! The whole office in one value: what the API, the pages and the command line work with.

use std::sync::Arc;

use events::Time;

use crate::clock::Clock;
use crate::readmodel::ReadModel;
use crate::store::EventStore;
use crate::transact::Office;
use crate::vault::{Documents, Vault};

/// An open office.
pub struct Guichet {
    /// Takes commands.
    pub office: Arc<Office>,
    /// Seals and opens.
    pub vault: Arc<Vault>,
    /// Sealed files.
    pub documents: Documents,
    /// Answers what spans streams.
    pub readmodel: Arc<ReadModel>,
    /// What the server counts.
    pub metrics: crate::api::Metrics,
    /// Whether it plays with invented data, which every answer then says.
    pub demonstration: bool,
}

impl Guichet {
    /// The log.
    pub fn store(&self) -> &Arc<dyn EventStore> {
        self.office.store()
    }

    /// The one clock reading of a request.
    pub fn now(&self) -> Time {
        Clock::now(&**self.office.clock())
    }
}
