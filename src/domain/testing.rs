//! Given these facts, when this command, then those facts: how deciders are tested.
//!
//! The clock stands still, the sender is an advisor unless said otherwise, and what a decision
//! must read is what was given of other streams.

use std::sync::Arc;

use events::{
    Actor, Channel, Code, CommandId, Digest, Envelope, EventId, Fact, Metadata, OrganisationId,
    PersonId, Report, Revision, Role, Rule, Sealed, Stream, Time, UserId, access, intake,
    organisation, person, policy,
};
use proptest::strategy::Strategy;

use super::defaults::default_policies;
use super::{Command, Folded, Known, Refusal, Request, State, Stop, Verdict, decide};

/// The moment at which everything in a test is decided: a Monday, 10:00 in Paris.
pub(super) const NOW: &str = "2026-03-02T09:00:00Z";

/// A story: what happened on the stream and elsewhere, then a command.
pub(super) struct Given {
    stream: Stream,
    subject: Folded,
    recorded: Vec<Envelope>,
    known: Known,
    now: Time,
    request: Option<Request>,
    role: Role,
}

/// A history of the stream that the command is about; everyone who sends is enrolled.
pub(super) fn given(stream: Stream, facts: impl IntoIterator<Item = Fact>) -> Given {
    let mut story = Given {
        stream,
        subject: Folded::empty(stream),
        recorded: Vec::new(),
        known: Known::new(),
        now: NOW.parse().expect("a time"),
        request: None,
        role: Role::Advisor,
    };
    let roles = events::Labelled::ALL.iter().copied().filter(|role| *role != Role::System);
    let access: Vec<Fact> = <[Role]>::iter(&roles.collect::<Vec<_>>())
        .flat_map(|role| {
            let user = user(*role);
            let person = person_of(*role);
            let granted = access::Fact::RoleGranted { user, role: *role, scope: None, until: None };
            [access::Fact::UserEnrolled { user, person }.into(), granted.into()]
        })
        .collect();
    if stream == Stream::Access {
        story.take(access);
    } else {
        story = story.and(Stream::Access, access);
    }
    story.take(facts);
    story
}

impl Given {
    fn take(&mut self, facts: impl IntoIterator<Item = Fact>) {
        for fact in facts {
            let revision = self.subject.revision.map_or(0, |at| at + 1);
            self.record(&enveloped(self.stream, revision, fact, self.now));
        }
    }

    /// Takes the next event of the stream in.
    fn record(&mut self, envelope: &Envelope) {
        self.recorded.push(envelope.clone());
        if envelope.fact.amends() {
            self.subject = Folded::of(self.stream, self.recorded.clone());
        } else {
            self.subject.take(envelope);
        }
    }

    /// The events of the stream.
    pub(super) fn recorded(&self) -> &[Envelope] {
        &self.recorded
    }

    /// A history of another stream.
    pub(super) fn and(mut self, stream: Stream, facts: impl IntoIterator<Item = Fact>) -> Self {
        let name = stream.name();
        let mut folded =
            self.known.get(&name).map_or_else(|| Folded::empty(stream), |f| (**f).clone());
        fold(&mut folded, stream, facts, self.now);
        self.known.insert(name, Arc::new(folded));
        self
    }

    /// A registered person.
    pub(super) fn and_person(self, id: PersonId) -> Self {
        self.and(Stream::Person(id), [person::Fact::Registered(identity()).into()])
    }

    /// A command that was carried out on this stream before, in this role.
    #[track_caller]
    pub(super) fn after(mut self, role: Role, command: impl Into<Command>) -> Self {
        let verdict = self.carry_out(role, command);
        assert!(matches!(verdict, Ok(Verdict::Facts(_))), "expected facts, got {verdict:#?}");
        self
    }

    /// Carries a command out.
    #[track_caller]
    pub(super) fn carry_out(
        &mut self,
        role: Role,
        command: impl Into<Command>,
    ) -> Result<Verdict, Stop> {
        self.request(role, command, |_| {})
    }

    /// Carries a command out, with something about its request changed; the same again has to be
    /// recognised.
    #[track_caller]
    pub(super) fn request(
        &mut self,
        role: Role,
        command: impl Into<Command>,
        change: impl FnOnce(&mut Request),
    ) -> Result<Verdict, Stop> {
        let id = CommandId::derived(&format!("after {:?}", self.subject.revision));
        let mut request = self.asked(role, command.into(), id);
        change(&mut request);
        self.request = Some(request);
        let verdict = self.verdict();
        if let Ok(Verdict::Facts(envelopes)) = &verdict {
            envelopes.iter().for_each(|envelope| self.record(envelope));
            let again = self.verdict();
            assert!(matches!(again, Ok(Verdict::Repeats(_))), "decided twice is once: {again:?}");
        }
        verdict
    }

    /// What the stream has come to.
    pub(super) fn state(&self) -> &State {
        &self.subject.state
    }

    /// From here on the clock shows this moment.
    pub(super) fn at(mut self, now: Time) -> Self {
        self.now = now;
        self
    }

    /// A registered organisation.
    pub(super) fn and_organisation(self, id: OrganisationId) -> Self {
        self.and(Stream::Organisation(id), [organisation::Fact::Registered(profile()).into()])
    }

    /// The office's default rules, in force since the year began.
    pub(super) fn and_default_policies(self) -> Self {
        default_policies().into_iter().fold(self, |story, body| {
            let (version, effective_from) = (1, at("2026-01-01T00:00:00Z"));
            let stream = Stream::Policy(body.kind());
            story.and(stream, [policy::Fact::Published { version, body, effective_from }.into()])
        })
    }

    /// Sent in this role, by the user who holds it.
    pub(super) fn by(mut self, role: Role) -> Self {
        self.role = role;
        self
    }

    /// The command.
    pub(super) fn when(mut self, command: impl Into<Command>) -> Self {
        let id = CommandId::derived("the command");
        self.request = Some(self.asked(self.role, command.into(), id));
        self
    }

    /// The command as that role's user would send it.
    pub(super) fn asked(&self, role: Role, command: Command, id: CommandId) -> Request {
        Request {
            stream: self.stream,
            command,
            id,
            digest: Digest([7; 32]),
            user: user(role),
            on_behalf_of: None,
            channel: Channel::Api,
            occurred_at: None,
            late_entry_reason: None,
            report: None,
            // Commands state the revision they saw, as a careful client does.
            expected: self.subject.revision,
            correlation: None,
            causation: None,
        }
    }

    /// The command as a report of something that happened elsewhere.
    pub(super) fn reported(self) -> Self {
        self.with(|request| request.report = Some(report()))
    }

    /// The command with something about its request changed.
    pub(super) fn with(mut self, change: impl FnOnce(&mut Request)) -> Self {
        change(self.request.as_mut().expect("a command"));
        self
    }

    /// Decides; streams of which nothing was given are empty.
    pub(super) fn verdict(&mut self) -> Result<Verdict, Stop> {
        let request = self.request.clone().expect("a command");
        loop {
            match decide(&request, &self.subject, &self.known, self.now, &code("test")) {
                Err(Stop::NeedsHistory) => {
                    self.subject = Folded::of(self.stream, self.recorded.clone());
                }
                Err(Stop::Needs(stream)) => {
                    self.known.insert(stream.name(), Arc::new(Folded::empty(stream)));
                }
                verdict => return verdict,
            }
        }
    }

    /// These facts, and the same command again repeats them instead of adding any.
    #[track_caller]
    pub(super) fn then(self, expected: impl IntoIterator<Item = Fact>) {
        self.then_irregular(expected, []);
    }

    /// These facts with these rules noted as not kept.
    #[track_caller]
    pub(super) fn then_irregular<const N: usize>(
        mut self,
        expected: impl IntoIterator<Item = Fact>,
        rules: [Rule; N],
    ) {
        let expected: Vec<Fact> = expected.into_iter().collect();
        let verdict = self.verdict();
        let Ok(Verdict::Facts(envelopes)) = verdict else {
            panic!("expected {expected:#?}, got {verdict:#?}");
        };
        let facts: Vec<Fact> = envelopes.iter().map(|e| e.fact.clone()).collect();
        assert_eq!(facts, expected);
        let noted: Vec<Rule> =
            envelopes[0].meta.irregularities.iter().map(|noted| noted.rule).collect();
        assert_eq!(noted, rules);
        envelopes.iter().for_each(|envelope| self.record(envelope));
        let again = self.verdict();
        assert!(matches!(again, Ok(Verdict::Repeats(_))), "decided twice is once: {again:?}");
    }

    /// Refused by this rule.
    #[track_caller]
    pub(super) fn then_refused(mut self, rule: Rule) -> Refusal {
        match self.verdict() {
            Err(Stop::Refused(refusal)) if refusal.rule == rule => refusal,
            other => panic!("expected a refusal by {rule}, got {other:#?}"),
        }
    }

    /// The facts it comes to, none when it is refused.
    pub(super) fn decided(mut self) -> Vec<Fact> {
        match self.verdict() {
            Ok(Verdict::Facts(envelopes)) => envelopes.into_iter().map(|e| e.fact).collect(),
            Ok(Verdict::Nothing | Verdict::Repeats(_)) | Err(_) => vec![],
        }
    }

    /// Whatever comes of it on this history, the same command again repeats it.
    #[track_caller]
    pub(super) fn settles(mut self) {
        if let Ok(Verdict::Facts(envelopes)) = self.verdict() {
            envelopes.iter().for_each(|envelope| self.record(envelope));
            let again = self.verdict();
            assert!(matches!(again, Ok(Verdict::Repeats(_))), "decided twice is once: {again:?}");
        }
    }

    /// Nothing: it is already so.
    #[track_caller]
    pub(super) fn then_nothing(mut self) {
        assert_eq!(self.verdict(), Ok(Verdict::Nothing));
    }
}

fn fold(folded: &mut Folded, stream: Stream, facts: impl IntoIterator<Item = Fact>, now: Time) {
    for fact in facts {
        let revision = folded.revision.map_or(0, |at| at + 1);
        folded.take(&enveloped(stream, revision, fact, now));
    }
}

/// A fact as if the advisor had recorded it at `now`.
pub(super) fn enveloped(stream: Stream, revision: Revision, fact: Fact, now: Time) -> Envelope {
    let name = stream.name();
    let command = CommandId::derived(&format!("given {revision}"));
    Envelope {
        id: EventId::of(&name, command, 0),
        stream: name,
        revision,
        meta: Metadata {
            occurred_at: now,
            recorded_at: now,
            actor: Actor { user: user(Role::Advisor), role: Role::Advisor, on_behalf_of: None },
            channel: Channel::Api,
            command,
            command_digest: Digest([0; 32]),
            correlation: None,
            causation: None,
            policies: Default::default(),
            based_on: vec![],
            build: code("test"),
            late_entry_reason: None,
            report: None,
            irregularities: vec![],
            approved: None,
        },
        fact,
        amended_by: None,
    }
}

/// Any history of these facts, repetitions and impossible orders included.
pub(super) fn any_history(facts: Vec<Fact>) -> impl Strategy<Value = Vec<Fact>> {
    proptest::collection::vec(proptest::sample::select(facts), 0..16)
}

/// The id of what the command creates.
pub(super) fn created<K: events::Kind>() -> events::Id<K> {
    events::Id::created_by(CommandId::derived("the command"))
}

/// The id of the event that `given` made of the fact at `revision` of a stream.
pub(super) fn given_event(stream: Stream, revision: Revision) -> EventId {
    EventId::of(&stream.name(), CommandId::derived(&format!("given {revision}")), 0)
}

/// The account that holds a role in tests.
pub(super) fn user(role: Role) -> UserId {
    UserId::derived(&format!("user {role}"))
}

/// The person behind that account.
pub(super) fn person_of(role: Role) -> PersonId {
    PersonId::derived(&format!("person {role}"))
}

/// Where a report comes from.
pub(super) fn report() -> Report {
    Report { source: code("email"), evidence: None }
}

/// A code.
pub(super) fn code(text: &str) -> Code {
    text.parse().expect("a code")
}

/// A moment.
pub(super) fn at(text: &str) -> Time {
    text.parse().expect("a time")
}

/// A sealed text, told apart from others by its name.
pub(super) fn sealed(name: &str) -> Sealed {
    Sealed { blob: events::BlobId::derived(name), digest: Digest([1; 32]) }
}

/// Some company.
pub(super) fn profile() -> organisation::Profile {
    organisation::Profile {
        legal_name: Some("Oncoseed".parse().expect("a title")),
        sole_trader_name: None,
        kind: events::OrganisationKind::Startup,
        country: "FR".parse().expect("a country"),
        siren: None,
        ror: None,
        parent: None,
    }
}

/// A case begins; the person in the innovator's role speaks for it.
pub(super) fn arrived() -> Fact {
    let arrival = intake::Arrival {
        channel: events::IntakeChannel::Email,
        received_at: at(NOW),
        contact: person_of(Role::Innovator),
        organisation: None,
        applicant_kind: events::ApplicantKind::LabTeam,
        country: "FR".parse().expect("a country"),
        referred_by: None,
        source_document: None,
        project: intake::Project {
            title: "Liquid biopsy".parse().expect("a title"),
            summary: sealed("summary"),
            stage: events::Stage::Ideation,
            area: events::Area::Diagnostics,
            disciplines: vec![events::Discipline::Biology],
            modality: None,
            indication: None,
        },
        needs: vec![],
    };
    intake::Fact::Logged(arrival).into()
}

/// Somebody.
pub(super) fn identity() -> person::Identity {
    person::Identity {
        name: sealed("name"),
        email: sealed("email"),
        phone: None,
        orcid: None,
        language: events::Language::Fr,
        privacy_notice: person::PrivacyNotice { version: code("2026-01"), given_at: at(NOW) },
    }
}
