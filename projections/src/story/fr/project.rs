//! Le projet : arrivée, suivi, résultats.

use events::{
    ActionResult, CaseId, CaseRelation, IntakeChannel, OrganisationId, ReferralAnswer, ReferralId,
    ReferralKind, Stream, followup, intake, outcome,
};

use super::of_party;
use crate::story::scene::{Scene, capital, count, de, when, with};

pub(super) fn intake(fact: &intake::Fact, s: &Scene<'_>) -> String {
    use intake::Fact;
    match fact {
        Fact::Logged(arrival) => logged(arrival, s),
        Fact::Acknowledged { .. } => "Le guichet a accusé réception.".to_owned(),
        Fact::AdvisorAssigned { advisor, previous } => {
            let after = with(*previous, |user| format!(", à la suite {}", de(&s.user(user))));
            format!("{} suit désormais le dossier{after}.", s.user(*advisor))
        }
        Fact::ProjectDescribed { project } => format!(
            "Le projet a été décrit à nouveau : {}, stade : {}, domaine : {}.",
            s.quote(project.title.as_str()),
            s.label(project.stage),
            s.label(project.area)
        ),
        Fact::NeedsExpressed { needs } if needs.is_empty() => {
            "L'équipe n'exprime plus de besoin.".to_owned()
        }
        Fact::NeedsExpressed { needs } => format!("Besoins exprimés : {}.", s.labels(needs)),
        Fact::ReadinessAssessed { scale, level, .. } => {
            format!("{} : niveau {level}.", capital(s.label(*scale)))
        }
        Fact::TeamMemberJoined { person, function } => {
            format!("{} a rejoint l'équipe ({}).", s.person(*person), s.code(function))
        }
        Fact::TeamMemberLeft { person } => format!("{} a quitté l'équipe.", s.person(*person)),
        Fact::CarrierChanged { organisation, from } => {
            format!(
                "{} porte le projet depuis le {}.",
                s.organisation(*organisation),
                s.date(*from)
            )
        }
        Fact::InformationRequested { due, .. } => {
            let due = with(*due, |due| format!(", attendues pour le {}", s.date(due)));
            format!("Le guichet a demandé des informations à l'équipe{due}.")
        }
        Fact::InformationProvided { documents, .. } => provided(documents.len()),
        Fact::ReferralReceived { partner, .. } => {
            format!("{} a signalé le projet au guichet.", s.organisation(*partner))
        }
        Fact::ReferralSent { partner, kind, consent, .. } => {
            let consent = when(consent.is_some(), ", avec l'accord de l'équipe");
            passed_on(*partner, *kind, consent, s)
        }
        Fact::ReferralAnswered { referral, answer } => answered(*referral, *answer, s),
        Fact::CaseLinked { other, relation } => linked(*other, *relation, s),
        Fact::PutOnHold { until, .. } => {
            let until = with(*until, |until| format!(" jusqu'au {}", s.date(until)));
            format!("Le dossier a été mis en attente{until}.")
        }
        Fact::Resumed {} => "Le suivi du dossier a repris.".to_owned(),
        Fact::Closed { reason, .. } => format!("Le dossier a été clos : {}.", s.label(*reason)),
        Fact::Reopened { .. } => "Le dossier a été rouvert.".to_owned(),
    }
}

fn logged(arrival: &intake::Arrival, s: &Scene<'_>) -> String {
    let way = match arrival.channel {
        IntakeChannel::WebForm => "par le formulaire en ligne",
        IntakeChannel::Email => "par courriel",
        IntakeChannel::Phone => "par téléphone",
        IntakeChannel::Event => "lors d'un événement",
        IntakeChannel::PartnerReferral => "sur orientation d'un partenaire",
        IntakeChannel::Scouting => "à l'initiative du guichet",
        IntakeChannel::WalkIn => "lors d'une visite spontanée",
        IntakeChannel::Alumni => "par un ancien lauréat",
    };
    let needs = (!arrival.needs.is_empty()).then(|| s.labels(&arrival.needs));
    format!(
        "Le projet {} est arrivé au guichet {way}, le {}{}. Contact : {}{} ({}).{}",
        s.quote(arrival.project.title.as_str()),
        s.moment(arrival.received_at),
        with(arrival.referred_by, |id| format!(", adressé par {}", s.organisation(id))),
        s.person(arrival.contact),
        with(arrival.organisation, |id| format!(", pour {}", s.organisation(id))),
        s.label(arrival.applicant_kind),
        with(needs, |needs| format!(" Besoins exprimés : {needs}."))
    )
}

fn provided(documents: usize) -> String {
    let sent = (documents > 0).then(|| count(documents, "document", "documents"));
    let sent = with(sent, |sent| format!(" et transmis {sent}"));
    format!("L'équipe a répondu à la demande d'informations{sent}.")
}

fn passed_on(partner: OrganisationId, kind: ReferralKind, consent: &str, s: &Scene<'_>) -> String {
    let partner = s.organisation(partner);
    match kind {
        ReferralKind::Signposted => format!("Le guichet a orienté l'équipe vers {partner}."),
        ReferralKind::HandedOver => {
            format!("Le guichet a transmis le dossier à {partner}{consent}.")
        }
    }
}

fn answered(referral: ReferralId, answer: ReferralAnswer, s: &Scene<'_>) -> String {
    let partner = s.memory.referrals.get(&referral);
    let partner = partner.map_or_else(|| "Le partenaire".to_owned(), |id| s.organisation(*id));
    match answer {
        ReferralAnswer::Accepted => format!("{partner} a accepté de prendre le relais."),
        ReferralAnswer::Declined => format!("{partner} a décliné."),
        ReferralAnswer::NoReply => format!("{partner} n'a pas répondu."),
    }
}

fn linked(other: CaseId, relation: CaseRelation, s: &Scene<'_>) -> String {
    let relation = s.label(relation);
    match s.stream {
        Some(Stream::Case(this)) if s.is_about_case(other) => {
            format!("Le dossier {} a été rattaché à celui-ci ({relation}).", s.case(this))
        }
        _ => format!("Le dossier a été rattaché au dossier {} ({relation}).", s.case(other)),
    }
}

pub(super) fn followup(fact: &followup::Fact, s: &Scene<'_>) -> String {
    use followup::Fact;
    match fact {
        Fact::InteractionLogged(interaction) => interaction_logged(interaction, s),
        Fact::NoteAdded { .. } => "Une note a été ajoutée au dossier.".to_owned(),
        Fact::DocumentAttached(attachment) => format!(
            "Document versé au dossier : {}{}.",
            s.label(attachment.kind),
            when(attachment.supersedes.is_some(), ", en remplacement d'une version précédente")
        ),
        Fact::DocumentRetracted { document, .. } => {
            let kind = s.memory.documents.get(document);
            let kind = with(kind, |kind| format!(" : {}", s.label(*kind)));
            format!("Document écarté du dossier{kind}.")
        }
        Fact::ActionAgreed { by, due, .. } => format!(
            "Action convenue, à la charge {}{}.",
            of_party(*by),
            with(*due, |due| format!(", pour le {}", s.date(due)))
        ),
        Fact::ActionClosed { result, .. } => match result {
            ActionResult::Done => "Une action convenue a été menée à bien.".to_owned(),
            ActionResult::Dropped => "Une action convenue a été abandonnée.".to_owned(),
        },
        Fact::MilestoneSet { kind, due, .. } => {
            format!("Jalon fixé pour le {} ({}).", s.date(*due), s.label(*kind))
        }
        Fact::MilestoneReached { milestone, on } => {
            let kind = s.memory.milestones.get(milestone);
            let kind = with(kind, |kind| format!(" ({})", s.label(*kind)));
            format!("Jalon atteint le {}{kind}.", s.date(*on))
        }
        Fact::MilestoneMissed { milestone, .. } => {
            let kind = s.memory.milestones.get(milestone);
            format!("Jalon manqué{}.", with(kind, |kind| format!(" ({})", s.label(*kind))))
        }
        Fact::StageAdvanced { from, to, .. } => {
            let (from, to) = (s.quote(s.label(*from)), s.quote(s.label(*to)));
            format!("Le projet est passé du stade {from} au stade {to}.")
        }
        Fact::StageCorrected { from, to, .. } => {
            let (from, to) = (s.quote(s.label(*from)), s.quote(s.label(*to)));
            format!("Le stade du projet a été rectifié : {to} et non {from}.")
        }
    }
}

fn interaction_logged(interaction: &followup::Interaction, s: &Scene<'_>) -> String {
    let people = &interaction.participants;
    let people = (!people.is_empty()).then(|| s.people(people));
    let topics = (!interaction.topics.is_empty()).then(|| s.labels(&interaction.topics));
    let promises = interaction.commitments.len();
    let promises = (promises > 0).then(|| count(promises, "engagement pris", "engagements pris"));
    format!(
        "{}{}{}{}{}.",
        capital(s.label(interaction.kind)),
        with(interaction.minutes, |minutes| format!(" de {}", s.minutes(minutes.into()))),
        with(people, |people| format!(" avec {people}")),
        with(topics, |topics| format!(" ; sujets : {topics}")),
        with(promises, |promises| format!(" ; {promises}"))
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
            format!("Le résultat{} a été vérifié, pièce à l'appui.", known(outcome))
        }
        Fact::Contested { outcome, .. } => {
            format!("Le résultat{} a été contesté.", known(outcome))
        }
    }
}

fn recorded(result: &outcome::Result, s: &Scene<'_>) -> String {
    let shares = result.contributions.iter().map(|share| {
        let amount = with(share.amount, |amount| format!(" ({})", s.money(amount)));
        format!("{}{amount}", s.organisation(share.organisation))
    });
    let shares = (!result.contributions.is_empty()).then(|| s.list(shares));
    format!(
        "{}, le {}{}{}{}{}. Contribution du guichet : {}.",
        capital(s.label(result.kind)),
        s.date(result.closed_on),
        with(result.total, |total| format!(" : {}", s.money(total))),
        with(result.round, |round| format!(", {}", s.label(round))),
        with(result.instrument, |instrument| format!(", {}", s.label(instrument))),
        with(shares, |shares| format!(", avec {shares}")),
        s.label(result.attribution)
    )
}
