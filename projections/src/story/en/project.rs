//! The project: arrival, follow-up, outcomes.

use events::{
    ActionResult, CaseId, CaseRelation, IntakeChannel, OrganisationId, ReferralAnswer, ReferralId,
    ReferralKind, Stream, followup, intake, outcome,
};

use crate::story::scene::{Scene, capital, count, when, with};

pub(super) fn intake(fact: &intake::Fact, s: &Scene<'_>) -> String {
    use intake::Fact;
    match fact {
        Fact::Logged(arrival) => logged(arrival, s),
        Fact::Acknowledged { .. } => "The office acknowledged receipt.".to_owned(),
        Fact::AdvisorAssigned { advisor, previous } => {
            let after = with(*previous, |user| format!(", after {}", s.user(user)));
            format!("{} now follows the case{after}.", s.user(*advisor))
        }
        Fact::ProjectDescribed { project } => format!(
            "The project was described anew: {}, stage: {}, area: {}.",
            s.quote(project.title.as_str()),
            s.label(project.stage),
            s.label(project.area)
        ),
        Fact::NeedsExpressed { needs } if needs.is_empty() => {
            "The team no longer expresses any need.".to_owned()
        }
        Fact::NeedsExpressed { needs } => format!("Needs expressed: {}.", s.labels(needs)),
        Fact::ReadinessAssessed { scale, level, .. } => {
            format!("{}: level {level}.", capital(s.label(*scale)))
        }
        Fact::TeamMemberJoined { person, function } => {
            format!("{} joined the team ({}).", s.person(*person), s.code(function))
        }
        Fact::TeamMemberLeft { person } => format!("{} left the team.", s.person(*person)),
        Fact::CarrierChanged { organisation, from } => {
            let from = s.date(*from);
            format!("{} has carried the project since {from}.", s.organisation(*organisation))
        }
        Fact::InformationRequested { due, .. } => {
            let due = with(*due, |due| format!(", due by {}", s.date(due)));
            format!("The office asked the team for information{due}.")
        }
        Fact::InformationProvided { documents, .. } => {
            let sent =
                (!documents.is_empty()).then(|| count(documents.len(), "document", "documents"));
            let sent = with(sent, |sent| format!(" and sent {sent}"));
            format!("The team answered the request for information{sent}.")
        }
        Fact::ReferralReceived { partner, .. } => {
            format!("{} told the office about the project.", s.organisation(*partner))
        }
        Fact::ReferralSent { partner, kind, consent, .. } => {
            let consent = when(consent.is_some(), ", with the team's consent");
            passed_on(*partner, *kind, consent, s)
        }
        Fact::ReferralAnswered { referral, answer } => answered(*referral, *answer, s),
        Fact::CaseLinked { other, relation } => linked(*other, *relation, s),
        Fact::PutOnHold { until, .. } => {
            let until = with(*until, |until| format!(" until {}", s.date(until)));
            format!("The case was put on hold{until}.")
        }
        Fact::Resumed {} => "Work on the case resumed.".to_owned(),
        Fact::Closed { reason, .. } => format!("The case was closed: {}.", s.label(*reason)),
        Fact::Reopened { .. } => "The case was reopened.".to_owned(),
    }
}

fn logged(arrival: &intake::Arrival, s: &Scene<'_>) -> String {
    let way = match arrival.channel {
        IntakeChannel::WebForm => "through the web form",
        IntakeChannel::Email => "by e-mail",
        IntakeChannel::Phone => "by phone",
        IntakeChannel::Event => "at an event",
        IntakeChannel::PartnerReferral => "through a partner's referral",
        IntakeChannel::Scouting => "through the office's scouting",
        IntakeChannel::WalkIn => "as a walk-in",
        IntakeChannel::Alumni => "through an alumnus",
    };
    let needs = (!arrival.needs.is_empty()).then(|| s.labels(&arrival.needs));
    format!(
        "The project {} reached the office {way} on {}{}. Contact: {}{} ({}).{}",
        s.quote(arrival.project.title.as_str()),
        s.moment(arrival.received_at),
        with(arrival.referred_by, |id| format!(", sent by {}", s.organisation(id))),
        s.person(arrival.contact),
        with(arrival.organisation, |id| format!(", for {}", s.organisation(id))),
        s.label(arrival.applicant_kind),
        with(needs, |needs| format!(" Needs expressed: {needs}."))
    )
}

fn passed_on(partner: OrganisationId, kind: ReferralKind, consent: &str, s: &Scene<'_>) -> String {
    let partner = s.organisation(partner);
    match kind {
        ReferralKind::Signposted => format!("The office pointed the team to {partner}."),
        ReferralKind::HandedOver => {
            format!("The office handed the case over to {partner}{consent}.")
        }
    }
}

fn answered(referral: ReferralId, answer: ReferralAnswer, s: &Scene<'_>) -> String {
    let partner = s.memory.referrals.get(&referral);
    let partner = partner.map_or_else(|| "The partner".to_owned(), |id| s.organisation(*id));
    match answer {
        ReferralAnswer::Accepted => format!("{partner} agreed to take over."),
        ReferralAnswer::Declined => format!("{partner} declined."),
        ReferralAnswer::NoReply => format!("{partner} did not reply."),
    }
}

fn linked(other: CaseId, relation: CaseRelation, s: &Scene<'_>) -> String {
    let relation = s.label(relation);
    match s.stream {
        Some(Stream::Case(this)) if s.is_about_case(other) => {
            format!("The case {} was linked to this one ({relation}).", s.case(this))
        }
        _ => format!("The case was linked to the case {} ({relation}).", s.case(other)),
    }
}

pub(super) fn followup(fact: &followup::Fact, s: &Scene<'_>) -> String {
    use followup::Fact;
    match fact {
        Fact::InteractionLogged(interaction) => interaction_logged(interaction, s),
        Fact::NoteAdded { .. } => "A note was added to the case.".to_owned(),
        Fact::DocumentAttached(attachment) => format!(
            "A document joined the file: {}{}.",
            s.label(attachment.kind),
            when(attachment.supersedes.is_some(), ", in place of an earlier version")
        ),
        Fact::DocumentRetracted { document, .. } => {
            let kind = s.memory.documents.get(document);
            let kind = with(kind, |kind| format!(": {}", s.label(*kind)));
            format!("A document no longer counts{kind}.")
        }
        Fact::ActionAgreed { by, due, .. } => format!(
            "An action was agreed, to be done by {}{}.",
            s.label(*by),
            with(*due, |due| format!(" before {}", s.date(due)))
        ),
        Fact::ActionClosed { result, .. } => match result {
            ActionResult::Done => "An agreed action was done.".to_owned(),
            ActionResult::Dropped => "An agreed action was dropped.".to_owned(),
        },
        Fact::MilestoneSet { kind, due, .. } => {
            format!("A milestone was set for {} ({}).", s.date(*due), s.label(*kind))
        }
        Fact::MilestoneReached { milestone, on } => {
            let kind = s.memory.milestones.get(milestone);
            let kind = with(kind, |kind| format!(" ({})", s.label(*kind)));
            format!("A milestone was reached on {}{kind}.", s.date(*on))
        }
        Fact::MilestoneMissed { milestone, .. } => {
            let kind = s.memory.milestones.get(milestone);
            format!(
                "A milestone was missed{}.",
                with(kind, |kind| format!(" ({})", s.label(*kind)))
            )
        }
        Fact::StageAdvanced { from, to, .. } => {
            let (from, to) = (s.quote(s.label(*from)), s.quote(s.label(*to)));
            format!("The project moved from stage {from} to stage {to}.")
        }
        Fact::StageCorrected { from, to, .. } => {
            let (from, to) = (s.quote(s.label(*from)), s.quote(s.label(*to)));
            format!("The project's stage was put right: {to}, not {from}.")
        }
    }
}

fn interaction_logged(interaction: &followup::Interaction, s: &Scene<'_>) -> String {
    let people = &interaction.participants;
    let people = (!people.is_empty()).then(|| s.people(people));
    let topics = (!interaction.topics.is_empty()).then(|| s.labels(&interaction.topics));
    let promises = interaction.commitments.len();
    let promises = (promises > 0).then(|| count(promises, "promise made", "promises made"));
    format!(
        "{}{}{}{}{}.",
        capital(s.label(interaction.kind)),
        with(interaction.minutes, |minutes| format!(" of {}", s.minutes(minutes.into()))),
        with(people, |people| format!(" with {people}")),
        with(topics, |topics| format!("; topics: {topics}")),
        with(promises, |promises| format!("; {promises}"))
    )
}

pub(super) fn outcome(fact: &outcome::Fact, s: &Scene<'_>) -> String {
    use outcome::Fact;
    let known = |outcome| {
        let kind = s.memory.outcomes.get(outcome);
        with(kind, |kind| format!(" {}", s.quote(s.label(*kind))))
    };
    match fact {
        Fact::Recorded { result, .. } => recorded(result, s),
        Fact::Verified { outcome, .. } => {
            format!("The outcome{} was verified against proof.", known(outcome))
        }
        Fact::Contested { outcome, .. } => format!("The outcome{} was contested.", known(outcome)),
    }
}

fn recorded(result: &outcome::Result, s: &Scene<'_>) -> String {
    let shares = result.contributions.iter().map(|share| {
        let amount = with(share.amount, |amount| format!(" ({})", s.money(amount)));
        format!("{}{amount}", s.organisation(share.organisation))
    });
    let shares = (!result.contributions.is_empty()).then(|| s.list(shares));
    format!(
        "{}, on {}{}{}{}{}. The office's contribution: {}.",
        capital(s.label(result.kind)),
        s.date(result.closed_on),
        with(result.total, |total| format!(": {}", s.money(total))),
        with(result.round, |round| format!(", {}", s.label(round))),
        with(result.instrument, |instrument| format!(", {}", s.label(instrument))),
        with(shares, |shares| format!(", with {shares}")),
        s.label(result.attribution)
    )
}
