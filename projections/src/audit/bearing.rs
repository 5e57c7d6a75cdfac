//! Which facts bear on a decision.

use std::collections::BTreeSet;

use events::{
    ConsentId, DocumentId, Envelope, Fact, Stream, Time, followup, intake, outcome, person,
    selection,
};

use super::{Matter, Told};

/// What to look for around one decision.
pub(super) struct Bearing {
    matter: Matter,
    decided_at: Time,
    /// Documents that were handed in with the application.
    documents: BTreeSet<DocumentId>,
    /// The consent that a hand-over quotes.
    consent: Option<ConsentId>,
}

impl Bearing {
    /// What bears on the decision `this`, as far as these facts show.
    pub(super) fn on(matter: Matter, this: &Envelope, facts: &[Told<'_>]) -> Self {
        let documents = facts.iter().flat_map(|told| handed_in(matter, &told.envelope.fact));
        let consent = match &this.fact {
            Fact::Intake(intake::Fact::ReferralSent { consent, .. }) => *consent,
            _ => None,
        };
        let documents = documents.copied().collect();
        Self { matter, decided_at: this.meta.occurred_at, documents, consent }
    }

    /// Whether the fact bears on the decision.
    pub(super) fn bears(&self, told: &Told<'_>) -> bool {
        match self.matter {
            Matter::Application(_) => told.ours && self.on_application(&told.envelope.fact),
            Matter::Case(_) => told.ours && on_case(&told.envelope.fact),
            Matter::Booking(booking) => {
                matches!(&told.envelope.fact, Fact::Booking(fact) if fact.booking() == booking)
            }
            Matter::Introduction(id) => {
                told.envelope.stream.stream() == Some(Stream::Introduction(id))
                    || came_of_introduction(&told.envelope.fact, id)
            }
            Matter::Referral(_) => self.on_referral(&told.envelope.fact),
        }
    }

    /// Whether the fact tells of something in the case that had happened before the decision.
    pub(super) fn late(&self, told: &Told<'_>) -> bool {
        let whole_case = matches!(self.matter, Matter::Application(_) | Matter::Case(_));
        let here = matches!(told.envelope.stream.stream(), Some(Stream::Case(_)));
        whole_case && here && told.ours && told.envelope.meta.occurred_at < self.decided_at
    }

    fn on_application(&self, fact: &Fact) -> bool {
        match fact {
            Fact::Selection(fact) => Matter::Application(fact.application()) == self.matter,
            Fact::Followup(followup::Fact::DocumentAttached(attachment)) => {
                self.documents.contains(&attachment.document)
            }
            Fact::Followup(followup::Fact::DocumentRetracted { document, .. }) => {
                self.documents.contains(document)
            }
            Fact::Intake(
                intake::Fact::InformationRequested { .. }
                | intake::Fact::InformationProvided { .. },
            ) => true,
            _ => false,
        }
    }

    fn on_referral(&self, fact: &Fact) -> bool {
        match fact {
            Fact::Intake(
                intake::Fact::ReferralSent { referral, .. }
                | intake::Fact::ReferralAnswered { referral, .. },
            ) => Matter::Referral(*referral) == self.matter,
            Fact::Person(
                person::Fact::ConsentGiven { consent, .. }
                | person::Fact::ConsentWithdrawn { consent },
            ) => self.consent == Some(*consent),
            _ => false,
        }
    }
}

fn handed_in(matter: Matter, fact: &Fact) -> impl Iterator<Item = &DocumentId> {
    let submission = match fact {
        Fact::Selection(selection::Fact::ApplicationSubmitted { application, submission })
            if Matter::Application(*application) == matter =>
        {
            Some(submission)
        }
        _ => None,
    };
    submission
        .into_iter()
        .flat_map(|submission| submission.documents.iter().chain(&submission.evidence))
}

/// What weighs on closing or reopening a case.
const fn on_case(fact: &Fact) -> bool {
    use intake::Fact as Intake;
    use selection::Fact as Selection;
    matches!(
        fact,
        Fact::Intake(
            Intake::AdvisorAssigned { .. }
                | Intake::PutOnHold { .. }
                | Intake::Resumed {}
                | Intake::Closed { .. }
                | Intake::Reopened { .. }
                | Intake::ReferralSent { .. }
                | Intake::ReferralAnswered { .. }
        ) | Fact::Selection(
            Selection::LateApplicationRefused { .. }
                | Selection::ApplicationWithdrawn { .. }
                | Selection::EligibilityAssessed { .. }
                | Selection::PreselectionDecided { .. }
                | Selection::DecisionNotified { .. }
        ) | Fact::Outcome(_)
    )
}

fn came_of_introduction(fact: &Fact, id: events::IntroductionId) -> bool {
    let Fact::Outcome(outcome::Fact::Recorded { result, .. }) = fact else { return false };
    result.contributions.iter().any(|share| share.introduction == Some(id))
}
