//! Which rules a decision kept, as far as the trail itself shows. What it does not show is not
//! stated: an absent check is no verdict.

use events::{
    ApplicationId, CallId, ConsentId, CriterionResult, EligibilityOutcome, Envelope, EventId, Fact,
    Labelled, Language, OrganisationId, PersonId, PolicyKind, PreselectionOutcome, ReferralKind,
    Role, Rule, ShareScope, UserId, access, booking, call, intake, introduction, person, policy,
    policy::PolicyBody, selection,
};

use super::{Check, Told};
use crate::journey::Reading;
use crate::merges::Merges;
use crate::story::Teller;

/// The checks of the decision `this`, in the light of the facts before it.
pub(super) fn of(
    this: &Told<'_>,
    before: &[Told<'_>],
    reading: &Reading<'_>,
    teller: &Teller<'_>,
) -> Vec<Check> {
    // What had been annulled by then shows nothing.
    let before = before.iter().filter(|told| !told.annulled).collect();
    let mut checks = Checks { this: this.envelope, before, reading, teller, made: Vec::new() };
    match &this.envelope.fact {
        Fact::Selection(fact) => checks.selection(fact),
        Fact::Introduction(introduction::Fact::Made { shared, .. }) => checks.introduced(shared),
        Fact::Intake(intake::Fact::ReferralSent { partner, kind, consent, .. }) => match kind {
            ReferralKind::HandedOver => checks.handed_over(*partner, *consent),
            ReferralKind::Signposted => {}
        },
        Fact::Booking(booking::Fact::Rejected { reason, .. }) => {
            let reason = reason.label(reading.language);
            checks.state(
                Rule::C5,
                true,
                &format!("Motif : {reason}."),
                &format!("Reason: {reason}."),
            );
        }
        Fact::Introduction(_)
        | Fact::Intake(_)
        | Fact::Booking(_)
        | Fact::Followup(_)
        | Fact::Coaching(_)
        | Fact::Outcome(_)
        | Fact::Person(_)
        | Fact::Organisation(_)
        | Fact::Policy(_)
        | Fact::Call(_)
        | Fact::Resource(_)
        | Fact::Gathering(_)
        | Fact::Access(_)
        | Fact::Amendment(_)
        | Fact::Approval(_) => {}
    }
    checks.made
}

struct Checks<'a> {
    this: &'a Envelope,
    before: Vec<&'a Told<'a>>,
    reading: &'a Reading<'a>,
    teller: &'a Teller<'a>,
    made: Vec<Check>,
}

impl Checks<'_> {
    fn state(&mut self, rule: Rule, held: bool, french: &str, english: &str) {
        let detail = match self.reading.language {
            Language::Fr => french.replace(" :", "\u{a0}:").replace(" ;", "\u{a0};"),
            Language::En => english.to_owned(),
        };
        self.made.push(Check { rule, held, detail });
    }

    fn selection(&mut self, fact: &selection::Fact) {
        use selection::Fact;
        let application = fact.application();
        match fact {
            Fact::EligibilityAssessed { results, outcome, .. } => {
                self.assessed(results, *outcome);
                self.interests(application);
                self.policies(application);
            }
            Fact::PreselectionProposed { .. } => {
                self.interests(application);
                self.policies(application);
            }
            Fact::PreselectionDecided { ruling, proposal, .. } => {
                self.two_persons(application, *proposal);
                if ruling.outcome != PreselectionOutcome::Forward {
                    self.reasoned();
                }
                self.interests(application);
                self.may_decide();
                self.policies(application);
            }
            Fact::LateApplicationAdmitted { .. } => self.may_decide(),
            Fact::LateApplicationRefused { .. } => {
                self.reasoned();
                self.may_decide();
            }
            Fact::ApplicationSubmitted { .. }
            | Fact::ApplicationReceivedLate { .. }
            | Fact::ApplicationWithdrawn { .. }
            | Fact::ApplicationCarriedOver { .. }
            | Fact::ConflictDeclared { .. }
            | Fact::NoConflictDeclared { .. }
            | Fact::PreselectionOpinionGiven { .. }
            | Fact::PreselectionMeetingHeld { .. }
            | Fact::DecisionNotified { .. } => {}
        }
    }

    /// A written reason is part of the fact: its type has no decision without one.
    fn reasoned(&mut self) {
        self.state(
            Rule::C5,
            true,
            "La décision négative est motivée par écrit.",
            "The negative decision has a written reason.",
        );
    }

    /// C-4: the quoted proposal is there, and somebody else's.
    fn two_persons(&mut self, application: ApplicationId, proposal: EventId) {
        use selection::Fact::PreselectionProposed;
        let proposes = |fact: &Fact| match fact {
            Fact::Selection(PreselectionProposed { application: of, .. }) => *of == application,
            _ => false,
        };
        let quoted = self
            .before
            .iter()
            .find(|told| told.envelope.id == proposal && proposes(&told.envelope.fact));
        let Some(quoted) = quoted else {
            return self.state(
                Rule::C4,
                false,
                "La proposition citée ne figure pas au journal avant la décision.",
                "The quoted proposal is not on the log before the decision.",
            );
        };
        let (proposer, decider) = (quoted.envelope.meta.actor.user, self.this.meta.actor.user);
        let same_person = match (self.person(proposer), self.person(decider)) {
            (Some(one), Some(other)) => one == other,
            _ => false,
        };
        let (who, day) = (&quoted.who, self.teller.day(quoted.envelope.meta.occurred_at));
        if proposer == decider || same_person {
            self.state(
                Rule::C4,
                false,
                &format!("La même personne a proposé et décidé : {who}."),
                &format!("The same person proposed and decided: {who}."),
            );
        } else {
            self.state(
                Rule::C4,
                true,
                &format!("Proposée le {day} par une autre personne : {who}."),
                &format!("Proposed on {day} by somebody else: {who}."),
            );
        }
    }

    /// C-9: the decision is the head's, a deputy's or the director's.
    fn may_decide(&mut self) {
        let role = self.this.meta.actor.role;
        let held = matches!(role, Role::Head | Role::Deputy | Role::Director);
        let role = role.label(self.reading.language);
        self.state(
            Rule::C9,
            held,
            &format!("Décidée en qualité de : {role}."),
            &format!("Decided as: {role}."),
        );
    }

    /// C-8: whoever acts declared their interests on the application first, and had none. Not
    /// stated where it is not known whose account it was.
    fn interests(&mut self, application: ApplicationId) {
        let Some(actor) = self.person(self.this.meta.actor.user) else { return };
        let merges = self.merges();
        let declared = self.before.iter().rev().find_map(|told| match &told.envelope.fact {
            Fact::Selection(selection::Fact::NoConflictDeclared { application: on, person })
                if *on == application && merges.person_now(*person) == actor =>
            {
                Some(true)
            }
            Fact::Selection(selection::Fact::ConflictDeclared {
                application: on, person, ..
            }) if *on == application && merges.person_now(*person) == actor => Some(false),
            _ => None,
        });
        let (french, english) = match declared {
            Some(true) => (
                "Absence de conflit d'intérêts déclarée au préalable.",
                "No conflict of interest, as declared before.",
            ),
            Some(false) => (
                "Un conflit d'intérêts avait été déclaré.",
                "A conflict of interest had been declared.",
            ),
            None => (
                "Aucune déclaration d'intérêts au préalable.",
                "No declaration of interests before.",
            ),
        };
        self.state(Rule::C8, declared == Some(true), french, english);
    }

    /// G-6: the versions quoted are those bound to the call.
    fn policies(&mut self, application: ApplicationId) {
        let quoted = &self.this.meta.policies;
        let call = self.call_of(application);
        let bound = self.before.iter().rev().find_map(|told| match &told.envelope.fact {
            Fact::Call(call::Fact::Opened { policies, .. })
                if told.envelope.stream.stream() == call.map(events::Stream::Call) =>
            {
                Some(policies)
            }
            _ => None,
        });
        let as_bound = |(kind, version): (&PolicyKind, &u32)| {
            bound.and_then(|bound| bound.get(kind)).is_none_or(|bound| bound == version)
        };
        let held = !quoted.is_empty() && quoted.iter().all(as_bound);
        let language = self.reading.language;
        let versions: Vec<String> = quoted
            .iter()
            .map(|(kind, version)| format!("{} v{version}", kind.label(language)))
            .collect();
        let versions = versions.join(", ");
        if quoted.is_empty() {
            self.state(Rule::G6, held, "Aucune règle citée.", "No rule quoted.");
        } else {
            self.state(
                Rule::G6,
                held,
                &format!("Règles citées : {versions}."),
                &format!("Rules quoted: {versions}."),
            );
        }
    }

    /// C-3, and C-5 for who is turned away.
    fn assessed(
        &mut self,
        results: &std::collections::BTreeMap<events::Code, selection::Finding>,
        outcome: EligibilityOutcome,
    ) {
        use CriterionResult::{InsufficientInformation, NotMet};
        let failed = |finding: &selection::Finding| {
            matches!(finding.result, NotMet | InsufficientInformation)
        };
        if outcome == EligibilityOutcome::Ineligible {
            let held = results.values().any(failed);
            self.state(
                Rule::C5,
                held,
                "L'irrecevabilité repose sur les critères non remplis.",
                "Ineligibility rests on the criteria that are not met.",
            );
        }
        let Some(criteria) = self.criteria() else { return };
        let missing = criteria.iter().filter(|wanted| !results.contains_key(&wanted.code)).count();
        let blocked = criteria
            .iter()
            .any(|wanted| wanted.mandatory && results.get(&wanted.code).is_some_and(failed));
        let held = missing == 0 && !(outcome == EligibilityOutcome::Eligible && blocked);
        let (examined, all) = (criteria.len() - missing, criteria.len());
        self.state(
            Rule::C3,
            held,
            &format!("Critères de la règle examinés : {examined} sur {all}."),
            &format!("Criteria of the rule looked at: {examined} of {all}."),
        );
    }

    /// The criteria of the version that the assessment quotes, where it is among the facts.
    fn criteria(&self) -> Option<&[policy::Criterion]> {
        let version = self.this.meta.policies.get(&PolicyKind::Eligibility)?;
        self.before.iter().rev().find_map(|told| match &told.envelope.fact {
            Fact::Policy(policy::Fact::Published {
                version: published,
                body: PolicyBody::Eligibility { criteria },
                ..
            }) if published == version => Some(criteria.as_slice()),
            _ => None,
        })
    }

    /// I-1 and I-2.
    fn introduced(&mut self, shared: &[ShareScope]) {
        let at = self.this.meta.occurred_at;
        let (mut consent, mut accepted) = (None, false);
        for told in self.before.iter().filter(|told| told.envelope.stream == self.this.stream) {
            let Fact::Introduction(fact) = &told.envelope.fact else { continue };
            match fact {
                introduction::Fact::InnovatorConsented { scope, until } => {
                    consent = (at < *until).then_some(scope);
                }
                introduction::Fact::InnovatorRefused { .. } => consent = None,
                introduction::Fact::TargetAccepted { until } => {
                    accepted = until.is_none_or(|until| at < until);
                }
                introduction::Fact::TargetDeclined { .. } => accepted = false,
                introduction::Fact::Proposed(_)
                | introduction::Fact::Made { .. }
                | introduction::Fact::FollowedUp { .. }
                | introduction::Fact::OutcomeRecorded { .. }
                | introduction::Fact::Abandoned { .. } => {}
            }
        }
        let within = consent.is_some_and(|scope| shared.iter().all(|part| scope.contains(part)));
        let (french, english) = match (consent.is_some(), accepted) {
            (true, true) => ("Le porteur et la cible avaient dit oui.", "Both sides had said yes."),
            (true, false) => ("La cible n'avait pas dit oui.", "The target had not said yes."),
            (false, true) => ("Le porteur n'avait pas dit oui.", "The innovator had not said yes."),
            (false, false) => ("Personne n'avait dit oui.", "Neither side had said yes."),
        };
        self.state(Rule::I1, consent.is_some() && accepted, french, english);
        let (french, english) = if within {
            ("Seul ce qui était autorisé a été partagé.", "Only what was allowed was shared.")
        } else {
            ("Plus que ce qui était autorisé a été partagé.", "More than allowed was shared.")
        };
        self.state(Rule::I2, within, french, english);
    }

    /// F-1: the consent quoted names the partner, as far as it is among the facts.
    fn handed_over(&mut self, partner: OrganisationId, consent: Option<ConsentId>) {
        let Some(quoted) = consent else {
            return self.state(Rule::F1, false, "Aucun accord cité.", "No consent quoted.");
        };
        let merges = self.merges();
        let partner = merges.organisation_now(partner);
        let given = self.before.iter().find_map(|told| match &told.envelope.fact {
            Fact::Person(person::Fact::ConsentGiven { consent, recipient, until, .. })
                if *consent == quoted =>
            {
                let named = recipient.map(|named| merges.organisation_now(named));
                Some(named == Some(partner) && self.this.meta.occurred_at < *until)
            }
            _ => None,
        });
        let (french, english) = match given {
            Some(true) => ("L'accord cité nomme ce partenaire.", "The consent names this partner."),
            Some(false) => (
                "L'accord cité ne vaut pas pour ce partenaire à cette date.",
                "The consent does not hold for this partner then.",
            ),
            None => ("Un accord est cité.", "A consent is quoted."),
        };
        self.state(Rule::F1, given.unwrap_or(true), french, english);
    }

    /// Whose account it is, where that is among the facts: the record they went on as by then.
    fn person(&self, user: UserId) -> Option<PersonId> {
        let person = self.before.iter().find_map(|told| match &told.envelope.fact {
            Fact::Access(access::Fact::UserEnrolled { user: known, person }) if *known == user => {
                Some(*person)
            }
            _ => None,
        })?;
        Some(self.merges().person_now(person))
    }

    fn merges(&self) -> Merges {
        Merges::of(self.before.iter().filter(|told| !told.annulled).map(|told| told.envelope))
    }

    fn call_of(&self, wanted: ApplicationId) -> Option<CallId> {
        self.before.iter().rev().find_map(|told| match &told.envelope.fact {
            Fact::Selection(selection::Fact::ApplicationSubmitted { application, submission })
                if *application == wanted =>
            {
                Some(submission.call)
            }
            Fact::Selection(selection::Fact::ApplicationCarriedOver { application, call })
                if *application == wanted =>
            {
                Some(*call)
            }
            _ => None,
        })
    }
}
