//! The audit trail of a case: each decision, what it rested on and what came later.

mod bearing;
mod checks;

use std::collections::BTreeMap;

use events::{
    ApplicationId, Approved, Basis, BookingId, CaseId, Class, Code, Entry, Envelope, EventId, Fact,
    History, IntroductionId, Irregularity, PersonId, PolicyKind, ReferralId, Report, Revision,
    Role, Rule, StreamName, Time, UserId, amendment, approval, booking, introduction, selection,
};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use self::bearing::Bearing;
use crate::facts::Quoted;
use crate::journey::{Reading, Subject, Threads};
use crate::merges::Merges;
use crate::story::Teller;
use crate::{Amendment, Text};

/// Every decision on a case, in the order they were recorded.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct AuditTrail {
    /// The case.
    pub case: CaseId,
    /// The decisions.
    pub entries: Vec<AuditEntry>,
}

/// What a decision is about.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(tag = "kind", content = "id", rename_all = "snake_case")]
pub enum Matter {
    /// The case as a whole.
    Case(CaseId),
    /// One application.
    Application(ApplicationId),
    /// One booking.
    Booking(BookingId),
    /// One introduction.
    Introduction(IntroductionId),
    /// One referral.
    Referral(ReferralId),
}

/// One decision.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct AuditEntry {
    /// The event.
    pub event: EventId,
    /// The stream it stands in.
    pub stream: StreamName,
    /// Its place there.
    pub revision: Revision,
    /// Its type name.
    pub kind: String,
    /// What it is about.
    pub matter: Matter,
    /// What was decided, in a sentence.
    pub sentence: String,
    /// Who proposed it.
    pub proposed_by: Option<Signatory>,
    /// Who decided it; absent for a proposal.
    pub decided_by: Option<Signatory>,
    /// When it happened.
    pub occurred_at: Time,
    /// When it was recorded.
    pub recorded_at: Time,
    /// The version of each rule applied.
    pub policies: BTreeMap<PolicyKind, u32>,
    /// Why, as written.
    pub reasons: Vec<Text>,
    /// Every other stream the decision read, and how far it had come then.
    pub based_on: Vec<Basis>,
    /// What was on the log then and bears on it.
    pub known_then: Vec<Related>,
    /// What was recorded about it afterwards.
    pub came_later: Vec<Related>,
    /// Why it was entered late.
    pub late_entry_reason: Option<Code>,
    /// Where it is known from, when it happened elsewhere.
    pub report: Option<Report>,
    /// Rules that it did not keep.
    pub irregularities: Vec<Irregularity>,
    /// What the trail itself shows of the rules.
    pub checks: Vec<Check>,
    /// Who asked and who agreed, where two persons did it together.
    pub approved: Option<Approved>,
    /// Whether it no longer counts.
    pub annulled: bool,
    /// What was said about it later: annulled, noted upon.
    pub amendments: Vec<Amendment>,
}

/// Who proposed or decided something.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Signatory {
    /// The event in which they did.
    pub event: EventId,
    /// The account.
    pub user: UserId,
    /// The role they acted in.
    pub role: Role,
    /// Their name and role, for reading.
    pub who: String,
    /// For whom, where somebody else asked for it.
    pub on_behalf_of: Option<PersonId>,
    /// When.
    pub at: Time,
}

/// A fact that bears on a decision.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Related {
    /// The event.
    pub event: EventId,
    /// The stream it stands in.
    pub stream: StreamName,
    /// Its place there.
    pub revision: Revision,
    /// Its type name.
    pub kind: String,
    /// What happened, in a sentence.
    pub sentence: String,
    /// Who recorded it: their name and role, for reading.
    pub who: String,
    /// When it happened.
    pub occurred_at: Time,
    /// When it was recorded.
    pub recorded_at: Time,
    /// What was written about it.
    pub texts: Vec<Text>,
    /// Whether it had happened before the decision but was recorded only after.
    pub learnt_later: bool,
    /// Whether it no longer counted: then, for what was known then; now, for what came later.
    pub annulled: bool,
}

/// Whether a decision kept a rule, as far as the trail itself shows.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Check {
    /// The rule.
    pub rule: Rule,
    /// Whether it was kept.
    pub held: bool,
    /// What shows it.
    pub detail: String,
}

/// A fact with what is said of it.
struct Told<'a> {
    envelope: &'a Envelope,
    /// Whether it belongs to the case; the rest only helps to check rules.
    ours: bool,
    /// Whether it no longer counts.
    annulled: bool,
    sentence: String,
    who: String,
}

impl AuditTrail {
    /// The trail of `case` through these facts, which stand in log order: those of the case's
    /// journey, and for the checks those of accounts, calls and policies, as far as they are
    /// given. None when nothing ever happened to the case.
    pub fn of(case: CaseId, history: &History, reading: &Reading<'_>) -> Option<Self> {
        let mut teller = Teller::new(Some(Subject::Case(case)), reading.language, reading.names);
        let told = telling(case, history, &mut teller);
        let shown = |told: &Told<'_>| {
            reading.occurred_until.is_none_or(|until| told.envelope.meta.occurred_at <= until)
        };
        let mut entries = Vec::new();
        for (place, this) in told.iter().enumerate().filter(|(_, this)| this.ours && shown(this)) {
            let Some(matter) = matter(case, this.envelope, history) else { continue };
            let after = &told[place + 1..];
            let mut entry = if changed_since(history, place) {
                // What was known then is told as it counted then.
                let then = history.before(place);
                let subject = Some(Subject::Case(case));
                let mut teller = Teller::new(subject, reading.language, reading.names);
                let before = telling(case, &then, &mut teller);
                AuditEntry::of(matter, this, &before, after, reading, &teller)
            } else {
                AuditEntry::of(matter, this, &told[..place], after, reading, &teller)
            };
            entry.amendments = Amendment::all(history, &history.entries()[place], &teller);
            entries.push(entry);
        }
        told.iter().any(|told| told.ours).then_some(Self { case, entries })
    }
}

/// Every fact of a history with what is said of it.
fn telling<'h>(case: CaseId, history: &'h History, teller: &mut Teller<'_>) -> Vec<Told<'h>> {
    let mut threads = Threads::of(Subject::Case(case), &Merges::default());
    let tell = |entry: &'h Entry| {
        // A decision is never rewritten, only annulled; what it says is what was decided.
        let envelope = if entry.recorded().fact.class() == Class::Decision {
            entry.recorded()
        } else {
            &entry.envelope
        };
        Told {
            envelope,
            ours: threads.take_entry(history, entry, &envelope.fact.objects(&envelope.stream)),
            annulled: entry.annulled,
            who: teller.signature(envelope),
            sentence: teller.tell(envelope),
        }
    };
    history.entries().iter().map(tell).collect()
}

/// Whether something before `place` was corrected or annulled there or later.
fn changed_since(history: &History, place: usize) -> bool {
    let later = |entry: &Entry| entry.amendments.last().is_some_and(|last| *last >= place);
    history.is_amended() && history.entries()[..place].iter().any(later)
}

/// What a fact decides on, if it decides: whatever may only be undone by two persons, and what
/// binds the office towards others.
fn matter(case: CaseId, envelope: &Envelope, history: &History) -> Option<Matter> {
    use events::{ReferralKind, Stream, intake};
    let decides = envelope.fact.class() == Class::Decision;
    match &envelope.fact {
        Fact::Selection(fact) => decides.then(|| Matter::Application(fact.application())),
        Fact::Booking(fact) => decides.then(|| Matter::Booking(fact.booking())),
        Fact::Introduction(introduction::Fact::Made { .. }) => match envelope.stream.stream() {
            Some(Stream::Introduction(id)) => Some(Matter::Introduction(id)),
            _ => None,
        },
        Fact::Intake(intake::Fact::ReferralSent { referral, kind, .. }) => match kind {
            ReferralKind::HandedOver => Some(Matter::Referral(*referral)),
            ReferralKind::Signposted => None,
        },
        // Who annuls a decision decides on the same matter.
        Fact::Amendment(amendment::Fact::Annulled { target, .. }) => {
            let target = history.entry(*target)?;
            let annulled_here =
                |place: &usize| history.entries()[*place].envelope.id == envelope.id;
            if !target.amendments.iter().any(annulled_here) {
                return None;
            }
            let target = target.recorded();
            (target.fact.class() == Class::Decision).then(|| matter(case, target, history))?
        }
        Fact::Introduction(_)
        | Fact::Intake(_)
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
        | Fact::Approval(_) => decides.then_some(Matter::Case(case)),
    }
}

impl AuditEntry {
    fn of(
        matter: Matter,
        this: &Told<'_>,
        before: &[Told<'_>],
        after: &[Told<'_>],
        reading: &Reading<'_>,
        teller: &Teller<'_>,
    ) -> Self {
        let envelope = this.envelope;
        let meta = &envelope.meta;
        let quoted = Quoted::of(&envelope.fact);
        let signed = Signatory::of(this);
        let proposes =
            matches!(envelope.fact, Fact::Selection(selection::Fact::PreselectionProposed { .. }));
        let (proposed_by, decided_by) = if proposes {
            (Some(signed), None)
        } else {
            (proposal(this, before).map(Signatory::of), Some(signed))
        };
        let known = Bearing::on(matter, envelope, before);
        let later = Bearing::on(matter, envelope, after);
        let known_then = before.iter().filter(|told| known.bears(told));
        // What was said later about the decision, or about something that bore on it.
        let concerns = |event: EventId| {
            event == envelope.id
                || before.iter().any(|told| told.envelope.id == event && known.bears(told))
        };
        let came_later = after.iter().filter(|told| {
            later.bears(told) || later.late(told) || said_of(told.envelope).is_some_and(concerns)
        });
        Self {
            event: envelope.id,
            stream: envelope.stream.clone(),
            revision: envelope.revision,
            kind: quoted.kind,
            matter,
            sentence: this.sentence.clone(),
            proposed_by,
            decided_by,
            occurred_at: meta.occurred_at,
            recorded_at: meta.recorded_at,
            policies: meta.policies.clone(),
            reasons: quoted.texts,
            based_on: meta.based_on.clone(),
            known_then: known_then.map(|told| Related::of(told, false)).collect(),
            came_later: came_later
                .map(|told| Related::of(told, told.envelope.meta.occurred_at < meta.occurred_at))
                .collect(),
            late_entry_reason: meta.late_entry_reason.clone(),
            report: meta.report.clone(),
            irregularities: meta.irregularities.clone(),
            checks: checks::of(this, before, reading, teller),
            approved: meta.approved,
            annulled: this.annulled,
            amendments: Vec::new(),
        }
    }
}

/// The event that something is said of here.
const fn said_of(envelope: &Envelope) -> Option<EventId> {
    match &envelope.fact {
        Fact::Amendment(said) => Some(said.target()),
        Fact::Approval(approval::Fact::Requested {
            matter: approval::Matter::Annulment { target, .. },
            ..
        }) => Some(*target),
        _ => None,
    }
}

/// The fact in which a decision was proposed or asked for, among those before it.
fn proposal<'a, 'b>(this: &Told<'_>, before: &'b [Told<'a>]) -> Option<&'b Told<'a>> {
    if let Some(approved) = this.envelope.meta.approved {
        return before.iter().rev().find(|told| told.envelope.id == approved.requested);
    }
    before.iter().rev().find(|told| match (&this.envelope.fact, &told.envelope.fact) {
        (
            Fact::Selection(selection::Fact::PreselectionDecided { proposal, application, .. }),
            Fact::Selection(selection::Fact::PreselectionProposed { application: other, .. }),
        ) => told.envelope.id == *proposal && application == other,
        (
            Fact::Booking(booking::Fact::Rejected { booking, .. }),
            Fact::Booking(booking::Fact::Requested { booking: other, .. }),
        ) => booking == other,
        (
            Fact::Introduction(introduction::Fact::Made { .. }),
            Fact::Introduction(introduction::Fact::Proposed(_)),
        ) => this.envelope.stream == told.envelope.stream,
        _ => false,
    })
}

impl Signatory {
    fn of(told: &Told<'_>) -> Self {
        let meta = &told.envelope.meta;
        Self {
            event: told.envelope.id,
            user: meta.actor.user,
            role: meta.actor.role,
            who: told.who.clone(),
            on_behalf_of: meta.actor.on_behalf_of,
            at: meta.occurred_at,
        }
    }
}

impl Related {
    fn of(told: &Told<'_>, learnt_later: bool) -> Self {
        let quoted = Quoted::of(&told.envelope.fact);
        Self {
            event: told.envelope.id,
            stream: told.envelope.stream.clone(),
            revision: told.envelope.revision,
            kind: quoted.kind,
            sentence: told.sentence.clone(),
            who: told.who.clone(),
            occurred_at: told.envelope.meta.occurred_at,
            recorded_at: told.envelope.meta.recorded_at,
            texts: quoted.texts,
            learnt_later,
            annulled: told.annulled,
        }
    }
}
