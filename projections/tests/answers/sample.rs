//! A small case from arrival to closing, and names for what it is about.

use std::collections::BTreeMap;

use chrono::{NaiveDateTime, TimeDelta};
use events::policy::{Criterion, PolicyBody};
use events::*;
use projections::story::Names;

pub(crate) const CLAIRE: &str = "Claire Dubois";
pub(crate) const KARIM: &str = "Karim Benali";

pub(crate) fn id<K: Kind>(words: &str) -> Id<K> {
    Id::derived(&format!("{}/{words}", K::NAME))
}

pub(crate) fn at(text: &str) -> Time {
    format!("{text}:00+01:00").parse().expect("a moment in Paris, in winter")
}

pub(crate) fn on(text: &str) -> Date {
    text.parse().expect("a date")
}

fn value<T: std::str::FromStr<Err: std::fmt::Debug>>(text: &str) -> T {
    text.parse().expect("a value")
}

pub(crate) fn slot(from: &str, until: &str) -> Interval {
    Interval::new(at(from), at(until)).expect("in order")
}

pub(crate) fn sealed(words: &str) -> Sealed {
    Sealed { blob: id(words), digest: Digest([7; 32]) }
}

/// Names by id, as an edge would keep them.
pub(crate) struct Directory(BTreeMap<String, &'static str>);

impl Directory {
    pub(crate) fn new() -> Self {
        let people = [CLAIRE, KARIM, "Anne Lemaire", "Hugo Petit"];
        let mut names = BTreeMap::new();
        for name in people {
            names.insert(id::<kinds::Person>(name).to_string(), name);
            names.insert(id::<kinds::User>(name).to_string(), name);
        }
        for name in ["OncoPeptide", "Bpifrance", "Plateforme d'imagerie"] {
            names.insert(id::<kinds::Organisation>(name).to_string(), name);
        }
        names.insert(CaseId::derived("case/nano").to_string(), "Nanocorps contre le pancréas");
        names.insert(CallId::derived("call/2026").to_string(), "Appel 2026");
        names.insert(ResourceId::derived("resource/microscope").to_string(), "Microscope confocal");
        Self(names)
    }

    fn name<K>(&self, id: Id<K>) -> String {
        let known = self.0.get(&id.to_string());
        known.map_or_else(|| id.reference().to_string(), |name| (*name).to_owned())
    }
}

impl Names for Directory {
    fn person(&self, id: PersonId) -> String {
        self.name(id)
    }

    fn user(&self, id: UserId) -> String {
        self.name(id)
    }

    fn organisation(&self, id: OrganisationId) -> String {
        self.name(id)
    }

    fn resource(&self, id: ResourceId, _: Language) -> String {
        self.name(id)
    }

    fn call(&self, id: CallId) -> String {
        self.name(id)
    }

    fn case(&self, id: CaseId) -> String {
        self.name(id)
    }

    fn code(&self, code: &Code, _: Language) -> String {
        code.as_str().replace('_', " ")
    }

    fn local(&self, at: Time) -> NaiveDateTime {
        at.utc().naive_utc() + TimeDelta::hours(1)
    }
}

/// A log under construction.
#[derive(Default)]
pub(crate) struct Log {
    pub(crate) facts: Vec<Envelope>,
    next: BTreeMap<StreamName, Revision>,
}

/// The account of a person and the role they act in.
pub(crate) fn actor(name: &str, role: Role) -> Actor {
    Actor { user: id(name), role, on_behalf_of: None }
}

impl Log {
    /// Appends what happened at `when`, recorded then.
    pub(crate) fn add(
        &mut self,
        stream: Stream,
        when: &str,
        who: Actor,
        fact: impl Into<Fact>,
    ) -> &mut Envelope {
        let name = stream.name();
        let revision = self.next.entry(name.clone()).or_default();
        let words = format!("{name}/{revision}");
        let envelope = Envelope {
            id: id(&words),
            stream: name,
            revision: *revision,
            meta: Metadata {
                occurred_at: at(when),
                recorded_at: at(when),
                actor: who,
                channel: Channel::Web,
                command: id(&words),
                command_digest: Digest([0; 32]),
                correlation: None,
                causation: None,
                policies: BTreeMap::new(),
                based_on: Vec::new(),
                build: value("test"),
                late_entry_reason: None,
                report: None,
                irregularities: Vec::new(),
                approved: None,
            },
            fact: fact.into(),
            amended_by: None,
        };
        *revision += 1;
        self.facts.push(envelope);
        self.facts.last_mut().expect("just added")
    }
}

impl Log {
    /// What it comes to.
    pub(crate) fn history(&self) -> History {
        History::of(self.facts.clone())
    }

    /// What the first facts of one stream come to.
    pub(crate) fn stream(&self, stream: Stream, count: usize) -> History {
        let name = stream.name();
        self.facts.iter().filter(|fact| fact.stream == name).take(count).cloned().collect()
    }
}

pub(crate) fn case() -> CaseId {
    CaseId::derived("case/nano")
}

fn claire() -> Actor {
    actor(CLAIRE, Role::Advisor)
}

fn karim() -> Actor {
    actor(KARIM, Role::Head)
}

/// The whole story, in the order it was recorded.
pub(crate) fn log() -> Log {
    let mut log = Log::default();
    office(&mut log);
    arrival(&mut log);
    selection(&mut log);
    coaching(&mut log);
    platform(&mut log);
    network(&mut log);
    let closed = intake::Fact::Closed { reason: ClosingReason::Graduated, note: None };
    log.add(Stream::Case(case()), "2026-12-01T09:00", karim(), closed);
    log
}

fn office(log: &mut Log) {
    let admin = actor("Admin", Role::Admin);
    for name in [CLAIRE, KARIM] {
        let fact = access::Fact::UserEnrolled { user: id(name), person: id(name) };
        log.add(Stream::Access, "2026-01-05T09:00", admin.clone(), fact);
    }
    let criteria = ["oncology_scope", "team_contactable"].map(|code| Criterion {
        code: value(code),
        mandatory: true,
        fr: value(code),
        en: value(code),
    });
    let published = policy::Fact::Published {
        version: 1,
        body: PolicyBody::Eligibility { criteria: criteria.to_vec() },
        effective_from: at("2026-01-06T00:00"),
    };
    let rule = Stream::Policy(PolicyKind::Eligibility);
    log.add(rule, "2026-01-05T10:00", admin.clone(), published);
    let opened = call::Fact::Opened {
        terms: call::Terms {
            title: value("Appel 2026"),
            kind: CallKind::Regular,
            opens_at: at("2026-02-01T08:00"),
            deadline: Some(at("2026-03-20T23:59")),
        },
        policies: BTreeMap::from([(PolicyKind::Eligibility, 1)]),
    };
    log.add(Stream::Call(CallId::derived("call/2026")), "2026-01-10T09:00", admin, opened);
}

fn arrival(log: &mut Log) {
    let stream = Stream::Case(case());
    let logged = intake::Fact::Logged(intake::Arrival {
        channel: IntakeChannel::Email,
        received_at: at("2026-03-02T23:50"),
        contact: id("Anne Lemaire"),
        organisation: Some(id("OncoPeptide")),
        applicant_kind: ApplicantKind::Startup,
        country: value("FR"),
        referred_by: None,
        source_document: None,
        project: intake::Project {
            title: value("Nanocorps contre le pancréas"),
            summary: sealed("summary"),
            stage: Stage::PreSeed,
            area: Area::Therapeutics,
            disciplines: vec![Discipline::Biology, Discipline::Chemistry],
            modality: None,
            indication: Some(value("pancreas")),
        },
        needs: vec![OfferComponent::Mentors, OfferComponent::Funding],
    });
    log.add(stream, "2026-03-03T09:00", claire(), logged);
    let assigned = intake::Fact::AdvisorAssigned { advisor: id(CLAIRE), previous: None };
    log.add(stream, "2026-03-04T10:00", karim(), assigned);
    let call = followup::Fact::InteractionLogged(followup::Interaction {
        kind: InteractionKind::Call,
        participants: vec![id("Anne Lemaire")],
        minutes: Some(45),
        topics: vec![CoachingTopic::Regulatory, CoachingTopic::Ip],
        summary: sealed("call"),
        commitments: Vec::new(),
    });
    let late = log.add(stream, "2026-03-05T14:00", claire(), call);
    late.meta.recorded_at = at("2026-03-09T10:00");
    let attached = followup::Fact::DocumentAttached(followup::Attachment {
        document: id("deck"),
        kind: DocumentKind::PitchDeck,
        name: sealed("deck.pdf"),
        size_bytes: 2_000_000,
        media_type: value("application/pdf"),
        digest: Digest([9; 32]),
        supersedes: None,
    });
    log.add(stream, "2026-03-10T09:00", claire(), attached);
}

pub(crate) fn application() -> ApplicationId {
    id("first")
}

fn selection(log: &mut Log) {
    use events::selection::{Fact, Finding, Ruling, Submission};
    let (stream, application) = (Stream::Case(case()), application());
    let submission = Submission {
        call: CallId::derived("call/2026"),
        documents: vec![id("deck")],
        declarations: Vec::new(),
        received_at: at("2026-03-12T16:30"),
        received_by: ReceivedBy::SelfService,
        evidence: None,
    };
    let submitted = Fact::ApplicationSubmitted { application, submission };
    let innovator = actor("Anne Lemaire", Role::Innovator);
    log.add(stream, "2026-03-12T16:30", innovator, submitted);
    for (name, who) in [(CLAIRE, claire()), (KARIM, karim())] {
        let fact = Fact::NoConflictDeclared { application, person: id(name) };
        log.add(stream, "2026-03-23T09:00", who, fact);
    }
    let met = Finding { result: CriterionResult::Met, evidence: None };
    let results = ["oncology_scope", "team_contactable"].map(|code| (value(code), met.clone()));
    let assessed = Fact::EligibilityAssessed {
        application,
        results: BTreeMap::from(results),
        outcome: EligibilityOutcome::Eligible,
    };
    let rules = BTreeMap::from([(PolicyKind::Eligibility, 1)]);
    log.add(stream, "2026-03-24T11:00", claire(), assessed).meta.policies = rules.clone();
    let ruling = |words: &str| Ruling {
        outcome: PreselectionOutcome::Forward,
        rationale: sealed(words),
        strengths: vec![sealed("team")],
        gaps: Vec::new(),
    };
    let proposed = Fact::PreselectionProposed { application, ruling: ruling("proposal") };
    let proposal = log.add(stream, "2026-03-26T11:00", claire(), proposed);
    proposal.meta.policies = rules.clone();
    let proposal = proposal.id;
    let decided = Fact::PreselectionDecided { application, ruling: ruling("decision"), proposal };
    let decision = log.add(stream, "2026-04-02T17:00", karim(), decided);
    decision.meta.policies = rules;
    let decision = decision.id;
    let told = Fact::DecisionNotified {
        application,
        decision,
        channel: Channel::Email,
        letter: None,
        appeal_deadline: Some(on("2026-06-02")),
    };
    log.add(stream, "2026-04-03T09:15", claire(), told);
    // What the office learns only now had been so before it decided.
    let readiness =
        intake::Fact::ReadinessAssessed { scale: ReadinessScale::Trl, level: 4, evidence: None };
    let late = log.add(stream, "2026-03-20T12:00", claire(), readiness);
    late.meta.recorded_at = at("2026-04-07T12:00");
    late.meta.late_entry_reason = Some(value("awaited_minutes"));
}

fn coaching(log: &mut Log) {
    use events::coaching::{Appointment, Fact, Held};
    let stream = Stream::Case(case());
    let mentor =
        Fact::MentorAssigned { mentor: id("Hugo Petit"), topics: vec![CoachingTopic::Fundraising] };
    log.add(stream, "2026-04-15T09:00", claire(), mentor);
    let appointment = |from: &str, until: &str| Appointment {
        interval: slot(from, until),
        time_zone: value("Europe/Paris"),
        leader: id("Hugo Petit"),
        participants: vec![id("Anne Lemaire")],
        modality: Modality::Video,
        place: None,
    };
    let first = appointment("2026-05-04T10:00", "2026-05-04T11:30");
    let scheduled = Fact::SessionScheduled { session: id("one"), appointment: first };
    log.add(stream, "2026-04-16T09:00", claire(), scheduled);
    let second = appointment("2026-05-06T14:00", "2026-05-06T15:30");
    let moved = Fact::SessionRescheduled { session: id("one"), appointment: second };
    log.add(stream, "2026-05-03T09:00", claire(), moved);
    let held = Fact::SessionHeld(Held {
        session: Some(id("one")),
        interval: slot("2026-05-06T14:00", "2026-05-06T15:30"),
        leader: id("Hugo Petit"),
        participants: vec![id("Anne Lemaire")],
        topics: vec![CoachingTopic::Fundraising, CoachingTopic::Pitch],
        summary: sealed("session"),
        actions: vec![sealed("rework the deck")],
        next: Some(on("2026-06-10")),
    });
    log.add(stream, "2026-05-06T15:30", claire(), held);
}

fn platform(log: &mut Log) {
    use events::booking::{Beneficiary, Fact, Slot};
    let microscope = Stream::Resource(ResourceId::derived("resource/microscope"));
    let platform = actor("Plateforme", Role::Platform);
    let request = |booking: &str, case: CaseId, from: &str, until: &str| Fact::Requested {
        booking: id(booking),
        requester: id(CLAIRE),
        slot: Slot {
            beneficiary: Beneficiary::Case(case),
            entitlement: None,
            user: id("Anne Lemaire"),
            interval: slot(from, until),
            purpose: None,
            samples: Some(12),
            biosafety: None,
            external_ref: None,
        },
    };
    let ours = request("ours", case(), "2026-09-01T09:00", "2026-09-01T12:00");
    log.add(microscope, "2026-08-20T09:00", claire(), ours);
    let theirs = request("theirs", id("other"), "2026-09-01T13:00", "2026-09-01T14:00");
    log.add(microscope, "2026-08-20T09:30", claire(), theirs);
    for (booking, when) in [("ours", "2026-08-21T09:00"), ("theirs", "2026-08-21T09:05")] {
        let confirmed = Fact::Confirmed { booking: id(booking) };
        log.add(microscope, when, platform.clone(), confirmed);
    }
    let done = Fact::Completed {
        booking: id("ours"),
        interval: slot("2026-09-01T09:00", "2026-09-01T11:15"),
        usage_minutes: 135,
    };
    log.add(microscope, "2026-09-01T11:15", platform, done);
}

fn network(log: &mut Log) {
    use events::introduction::{Fact, Proposal};
    let stream = Stream::Introduction(id("bpifrance"));
    let funding = actor(CLAIRE, Role::Funding);
    let proposed = Fact::Proposed(Proposal {
        case: case(),
        target: id("Bpifrance"),
        person: None,
        kind: IntroductionKind::Funding,
        initiated_by: Initiator::Office,
        owner: id(CLAIRE),
        rationale: sealed("why"),
        entitlement: None,
    });
    log.add(stream, "2026-09-10T09:00", funding.clone(), proposed);
    let scope = vec![ShareScope::Contact, ShareScope::PitchDeck];
    let until = at("2026-12-31T00:00");
    let consented = Fact::InnovatorConsented { scope: scope.clone(), until };
    let innovator = actor("Anne Lemaire", Role::Innovator);
    log.add(stream, "2026-09-11T09:00", innovator, consented);
    let accepted = Fact::TargetAccepted { until: None };
    log.add(stream, "2026-09-14T09:00", funding.clone(), accepted);
    let made = Fact::Made { channel: Channel::Email, shared: scope, nda: None };
    log.add(stream, "2026-09-15T09:00", funding.clone(), made);
    let outcome = Fact::OutcomeRecorded { outcome: IntroductionOutcome::TermSheet, note: None };
    log.add(stream, "2026-10-20T09:00", funding.clone(), outcome);
    let money = |eur_cents| Some(Money { eur_cents });
    let recorded = events::outcome::Fact::Recorded {
        outcome: id("seed round"),
        result: events::outcome::Result {
            kind: OutcomeKind::FundingSecured,
            closed_on: on("2026-11-20"),
            round: Some(FundingRound::Seed),
            instrument: Some(FundingInstrument::Equity),
            total: money(125_000_000),
            contributions: vec![events::outcome::Contribution {
                organisation: id("Bpifrance"),
                amount: money(50_000_000),
                introduction: Some(id("bpifrance")),
            }],
            attribution: Attribution::Direct,
            public_from: None,
            evidence: None,
        },
    };
    log.add(Stream::Case(case()), "2026-11-23T09:00", funding, recorded);
}
