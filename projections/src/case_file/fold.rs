//! How the file of a case takes in facts.

use events::{CaseStatus, Envelope, Fact, Stream, coaching, followup, intake, outcome};

use super::*;

impl Row for CaseFile {
    const KIND: &'static str = "case_file";

    fn answers(stream: Stream) -> bool {
        matches!(stream, Stream::Case(_))
    }

    fn begin(first: &Envelope) -> Option<Self> {
        let Some(Stream::Case(id)) = first.stream.stream() else { return None };
        let Fact::Intake(intake::Fact::Logged(arrival)) = &first.fact else { return None };
        Some(Self {
            id,
            reference: id.reference().to_string(),
            revision: first.revision,
            status: CaseStatus::Received,
            on_hold: None,
            arrival: CaseArrival::of(arrival),
            acknowledged: None,
            contact: arrival.contact,
            team: Vec::new(),
            carrier: carrier(arrival),
            project: arrival.project.clone(),
            needs: arrival.needs.clone(),
            readiness: BTreeMap::new(),
            advisor: None,
            mentors: Vec::new(),
            applications: Vec::new(),
            coaching: CoachingFile::default(),
            open_actions: Vec::new(),
            milestones: Vec::new(),
            documents: Vec::new(),
            open_requests: Vec::new(),
            referrals: Vec::new(),
            referrals_received: Vec::new(),
            links: Vec::new(),
            outcomes: Vec::new(),
            counts: CaseCounts { facts: 1, ..CaseCounts::default() },
            opened: Act::of(first),
            closed: None,
            last_activity: first.meta.occurred_at,
        })
    }

    fn evolve(&mut self, next: &Envelope) {
        self.revision = next.revision;
        self.last_activity = self.last_activity.max(next.meta.occurred_at);
        self.counts.facts += 1;
        match &next.fact {
            Fact::Intake(fact) => {
                self.status = self.status.after(fact);
                self.take_intake(fact, Act::of(next));
            }
            Fact::Followup(fact) => self.take_followup(fact, Act::of(next)),
            Fact::Coaching(fact) => self.take_coaching(fact, next),
            Fact::Selection(fact) => ApplicationFile::take(&mut self.applications, fact, next),
            Fact::Outcome(fact) => self.take_outcome(fact, Act::of(next)),
            Fact::Person(_)
            | Fact::Organisation(_)
            | Fact::Policy(_)
            | Fact::Call(_)
            | Fact::Resource(_)
            | Fact::Booking(_)
            | Fact::Introduction(_)
            | Fact::Gathering(_)
            | Fact::Access(_)
            | Fact::Amendment(_)
            | Fact::Approval(_) => {}
        }
    }
}

impl CaseArrival {
    fn of(arrival: &intake::Arrival) -> Self {
        Self {
            channel: arrival.channel,
            received_at: arrival.received_at,
            applicant_kind: arrival.applicant_kind,
            country: arrival.country.clone(),
            referred_by: arrival.referred_by,
            source_document: arrival.source_document,
        }
    }
}

fn carrier(arrival: &intake::Arrival) -> Option<Carrier> {
    arrival.organisation.map(|organisation| Carrier { organisation, from: None })
}

impl CaseFile {
    fn take_intake(&mut self, fact: &intake::Fact, act: Act) {
        use intake::Fact;
        match fact {
            Fact::Logged(arrival) => self.arrive(arrival, act),
            Fact::Acknowledged { letter: _ } => self.acknowledged = Some(act),
            Fact::AdvisorAssigned { advisor, .. } => self.advisor = Some(*advisor),
            Fact::ProjectDescribed { project } => self.project = project.clone(),
            Fact::NeedsExpressed { needs } => self.needs.clone_from(needs),
            Fact::ReadinessAssessed { scale, level, evidence } => {
                let evidence = evidence.clone();
                self.readiness.insert(*scale, Readiness { level: *level, evidence, act });
            }
            Fact::TeamMemberJoined { person, function } => {
                self.team.retain(|known| known.person != *person);
                self.team.push(TeamMember { person: *person, function: function.clone() });
            }
            Fact::TeamMemberLeft { person } => self.team.retain(|known| known.person != *person),
            Fact::CarrierChanged { organisation, from } => {
                self.carrier = Some(Carrier { organisation: *organisation, from: Some(*from) });
            }
            Fact::InformationRequested { request, question, due } => {
                let (request, question, due) = (*request, question.clone(), *due);
                self.open_requests.push(OpenRequest { request, question, due, act });
            }
            Fact::InformationProvided { request, .. } => {
                self.open_requests.retain(|open| open.request != *request);
            }
            Fact::ReferralReceived { partner, note } => {
                let (partner, note) = (*partner, note.clone());
                self.referrals_received.push(ReferralReceived { partner, note, act });
            }
            Fact::ReferralSent { referral, partner, kind, consent, reason } => {
                let (referral, partner, kind) = (*referral, *partner, *kind);
                let (consent, reason, answer) = (*consent, reason.clone(), None);
                let sent = Referral { referral, partner, kind, consent, reason, answer, act };
                self.referrals.push(sent);
            }
            Fact::ReferralAnswered { referral, answer } => {
                for sent in self.referrals.iter_mut().filter(|sent| sent.referral == *referral) {
                    sent.answer = Some(*answer);
                }
            }
            Fact::CaseLinked { other, relation } => {
                self.links.push(CaseLink { case: *other, relation: *relation });
            }
            Fact::PutOnHold { reason, until } => {
                self.on_hold = Some(OnHold { reason: reason.clone(), until: *until, act });
            }
            Fact::Resumed {} => self.on_hold = None,
            Fact::Closed { reason, note } => {
                self.closed = Some(CaseClosing { reason: *reason, note: note.clone(), act });
            }
            Fact::Reopened { reason: _ } => self.closed = None,
        }
    }

    fn arrive(&mut self, arrival: &intake::Arrival, act: Act) {
        self.arrival = CaseArrival::of(arrival);
        self.contact = arrival.contact;
        self.carrier = carrier(arrival);
        self.project = arrival.project.clone();
        self.needs.clone_from(&arrival.needs);
        self.opened = act;
    }

    fn take_followup(&mut self, fact: &followup::Fact, act: Act) {
        use followup::Fact;
        match fact {
            Fact::InteractionLogged(interaction) => {
                self.counts.interactions += 1;
                self.counts.interaction_minutes += u64::from(interaction.minutes.unwrap_or(0));
            }
            Fact::NoteAdded { text: _ } => self.counts.notes += 1,
            Fact::DocumentAttached(attachment) => self.attach(attachment, act),
            Fact::DocumentRetracted { document, reason } => {
                for line in self.documents.iter_mut().filter(|line| line.document == *document) {
                    line.retracted = Some(reason.clone());
                }
            }
            Fact::ActionAgreed { action, what, by, due } => {
                let (action, what, by, due) = (*action, what.clone(), *by, *due);
                self.open_actions.push(OpenAction { action, what, by, due, act });
            }
            Fact::ActionClosed { action, result: _ } => {
                self.open_actions.retain(|open| open.action != *action);
            }
            Fact::MilestoneSet { milestone, kind, what, due } => {
                self.milestones.retain(|known| known.milestone != *milestone);
                self.milestones.push(Milestone {
                    milestone: *milestone,
                    kind: *kind,
                    what: what.clone(),
                    due: *due,
                    state: MilestoneState::Set,
                    reached_on: None,
                    reason: None,
                });
            }
            Fact::MilestoneReached { milestone, on } => {
                for known in self.milestones.iter_mut().filter(|m| m.milestone == *milestone) {
                    known.state = MilestoneState::Reached;
                    known.reached_on = Some(*on);
                }
            }
            Fact::MilestoneMissed { milestone, reason } => {
                for known in self.milestones.iter_mut().filter(|m| m.milestone == *milestone) {
                    known.state = MilestoneState::Missed;
                    known.reason.clone_from(reason);
                }
            }
            Fact::StageAdvanced { to, .. } | Fact::StageCorrected { to, .. } => {
                self.project.stage = *to;
            }
        }
    }

    fn attach(&mut self, attachment: &followup::Attachment, act: Act) {
        let new = attachment.document;
        for line in &mut self.documents {
            if attachment.supersedes == Some(line.document) {
                line.superseded_by = Some(new);
            }
        }
        self.documents.retain(|line| line.document != new);
        self.documents.push(DocumentLine {
            document: new,
            kind: attachment.kind,
            name: attachment.name.clone(),
            size_bytes: attachment.size_bytes,
            media_type: attachment.media_type.clone(),
            digest: attachment.digest,
            supersedes: attachment.supersedes,
            superseded_by: None,
            retracted: None,
            act,
        });
    }

    fn take_coaching(&mut self, fact: &coaching::Fact, next: &Envelope) {
        use coaching::Fact;
        self.coaching.take(fact, next);
        match fact {
            Fact::MentorAssigned { mentor, topics } => {
                self.mentors.retain(|known| known.person != *mentor);
                let (topics, since) = (topics.clone(), next.meta.occurred_at);
                self.mentors.push(Mentor { person: *mentor, topics, since });
            }
            Fact::MentorReleased { mentor } => {
                self.mentors.retain(|known| known.person != *mentor);
            }
            Fact::SessionHeld(held) => {
                self.counts.sessions_held += 1;
                self.counts.session_minutes += held.interval.minutes().unsigned_abs();
            }
            Fact::PlanAgreed { .. }
            | Fact::SessionScheduled { .. }
            | Fact::SessionRescheduled { .. }
            | Fact::SessionCancelled { .. }
            | Fact::SessionMissed { .. } => {}
        }
    }

    fn take_outcome(&mut self, fact: &outcome::Fact, act: Act) {
        use outcome::Fact;
        match fact {
            Fact::Recorded { outcome, result } => {
                self.outcomes.retain(|known| known.outcome != *outcome);
                let (outcome, result) = (*outcome, result.clone());
                let (verified, contested) = (None, None);
                self.outcomes.push(OutcomeLine { outcome, result, verified, contested, act });
            }
            Fact::Verified { outcome, evidence } => {
                for known in self.outcomes.iter_mut().filter(|known| known.outcome == *outcome) {
                    known.verified = Some(evidence.clone());
                }
            }
            Fact::Contested { outcome, reason } => {
                for known in self.outcomes.iter_mut().filter(|known| known.outcome == *outcome) {
                    known.contested = Some(reason.clone());
                }
            }
        }
    }
}
