//! intake.: how a project came to the office, who carries it and who follows it.

use crate::fields::*;

/// A project as its people describe it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Project {
    /// Its title, which names no person.
    pub title: Title,
    /// What it is about.
    pub summary: Sealed,
    /// How far it is.
    pub stage: Stage,
    /// What it is for.
    pub area: Area,
    /// The sciences it brings together.
    #[serde(default)]
    #[schemars(length(max = 13))]
    pub disciplines: Vec<Discipline>,
    /// Kind of therapy, test or device, such as `car_t`.
    #[serde(default)]
    pub modality: Option<Code>,
    /// The cancer it is against, such as `pancreas`.
    #[serde(default)]
    pub indication: Option<Code>,
}

/// A project's arrival.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Arrival {
    /// Which way it came.
    pub channel: IntakeChannel,
    /// When it reached the office.
    pub received_at: Time,
    /// Who speaks for it.
    pub contact: PersonId,
    /// The organisation that carries it.
    #[serde(default)]
    pub organisation: Option<OrganisationId>,
    /// What kind of applicant.
    pub applicant_kind: ApplicantKind,
    /// Where the applicant is.
    pub country: Country,
    /// The partner who sent them.
    #[serde(default)]
    pub referred_by: Option<OrganisationId>,
    /// The message or form it came in.
    #[serde(default)]
    pub source_document: Option<DocumentId>,
    /// The project.
    pub project: Project,
    /// Parts of the offer they ask for.
    #[serde(default)]
    #[schemars(length(max = 8))]
    pub needs: Vec<OfferComponent>,
}

/// What happens around a project's arrival, its team and its follow-up.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub enum Fact {
    /// A project came in: a case begins.
    #[serde(rename = "intake.logged.v1")]
    Logged(Arrival),
    /// They were told that it arrived.
    #[serde(rename = "intake.acknowledged.v1")]
    Acknowledged {
        /// The letter or message.
        letter: Option<DocumentId>,
    },
    /// An advisor follows the case.
    #[serde(rename = "intake.advisor-assigned.v1")]
    AdvisorAssigned {
        /// Who.
        advisor: UserId,
        /// Who followed it before.
        previous: Option<UserId>,
    },
    /// The project is now described so, as a whole.
    #[serde(rename = "intake.project-described.v1")]
    ProjectDescribed {
        /// The project.
        project: Project,
    },
    /// They now ask for these parts of the offer.
    #[serde(rename = "intake.needs-expressed.v1")]
    NeedsExpressed {
        /// All of them.
        #[serde(default)]
        needs: Vec<OfferComponent>,
    },
    /// Readiness was assessed on a scale.
    #[serde(rename = "intake.readiness-assessed.v1")]
    ReadinessAssessed {
        /// Which scale.
        scale: ReadinessScale,
        /// From 1; up to 10 on the manufacturing scale, 9 on the others.
        level: u8,
        /// What shows it.
        evidence: Option<Sealed>,
    },
    /// Somebody joined the team.
    #[serde(rename = "intake.team-member-joined.v1")]
    TeamMemberJoined {
        /// Who.
        person: PersonId,
        /// As what.
        function: Code,
    },
    /// Somebody left the team.
    #[serde(rename = "intake.team-member-left.v1")]
    TeamMemberLeft {
        /// Who.
        person: PersonId,
    },
    /// Another organisation carries the project.
    #[serde(rename = "intake.carrier-changed.v1")]
    CarrierChanged {
        /// Which.
        organisation: OrganisationId,
        /// Since when.
        from: Date,
    },
    /// The office asked for something.
    #[serde(rename = "intake.information-requested.v1")]
    InformationRequested {
        /// The request.
        request: RequestId,
        /// What for.
        question: Sealed,
        /// By when.
        due: Option<Date>,
    },
    /// They answered.
    #[serde(rename = "intake.information-provided.v1")]
    InformationProvided {
        /// Which request.
        request: RequestId,
        /// What they said.
        answer: Option<Sealed>,
        /// What they sent.
        #[serde(default)]
        documents: Vec<DocumentId>,
    },
    /// A partner told the office about the project.
    #[serde(rename = "intake.referral-received.v1")]
    ReferralReceived {
        /// Who.
        partner: OrganisationId,
        /// What they said.
        note: Option<Sealed>,
    },
    /// The office passed the project to a partner.
    #[serde(rename = "intake.referral-sent.v1")]
    ReferralSent {
        /// The referral.
        referral: ReferralId,
        /// To whom.
        partner: OrganisationId,
        /// Signposted or handed over.
        kind: ReferralKind,
        /// The consent that names the partner (F-1).
        consent: Option<ConsentId>,
        /// Why.
        reason: Sealed,
    },
    /// The partner answered.
    #[serde(rename = "intake.referral-answered.v1")]
    ReferralAnswered {
        /// Which referral.
        referral: ReferralId,
        /// What they said.
        answer: ReferralAnswer,
    },
    /// The case belongs together with another.
    #[serde(rename = "intake.case-linked.v1")]
    CaseLinked {
        /// The other.
        other: CaseId,
        /// How.
        relation: CaseRelation,
    },
    /// Nothing is expected for a while.
    #[serde(rename = "intake.put-on-hold.v1")]
    PutOnHold {
        /// Why.
        reason: Sealed,
        /// Until when.
        until: Option<Date>,
    },
    /// It goes on.
    #[serde(rename = "intake.resumed.v1")]
    Resumed {},
    /// The office's work on the case is over.
    #[serde(rename = "intake.closed.v1")]
    Closed {
        /// Why.
        reason: ClosingReason,
        /// More about why.
        note: Option<Sealed>,
    },
    /// The office works on the case again.
    #[serde(rename = "intake.reopened.v1")]
    Reopened {
        /// Why.
        reason: Sealed,
    },
}

impl Fact {
    /// What may be done about it when it is wrong.
    pub const fn class(&self) -> Class {
        match self {
            Self::Logged(_)
            | Self::Acknowledged { .. }
            | Self::ProjectDescribed { .. }
            | Self::NeedsExpressed { .. }
            | Self::ReadinessAssessed { .. }
            | Self::TeamMemberJoined { .. }
            | Self::TeamMemberLeft { .. }
            | Self::CarrierChanged { .. }
            | Self::InformationRequested { .. }
            | Self::InformationProvided { .. }
            | Self::ReferralReceived { .. }
            | Self::ReferralSent { .. }
            | Self::ReferralAnswered { .. }
            | Self::CaseLinked { .. } => Class::Descriptive,
            Self::Closed { .. } | Self::Reopened { .. } => Class::Decision,
            Self::AdvisorAssigned { .. } | Self::PutOnHold { .. } | Self::Resumed {} => {
                Class::Mechanical
            }
        }
    }

    /// What it is about beside the case.
    pub(crate) fn objects(&self, about: &mut Vec<Object>) {
        match self {
            Self::Logged(arrival) => {
                about.push(arrival.contact.as_object("contact"));
                about.extend(arrival.organisation.map(|id| id.as_object("carrier")));
                about.extend(arrival.referred_by.map(|id| id.as_object("referrer")));
                about.extend(arrival.source_document.map(|id| id.as_object("source")));
            }
            Self::Acknowledged { letter } => {
                about.extend(letter.map(|id| id.as_object("letter")));
            }
            Self::AdvisorAssigned { advisor, previous } => {
                about.push(advisor.as_object("advisor"));
                about.extend(previous.map(|id| id.as_object("former_advisor")));
            }
            Self::TeamMemberJoined { person, .. } => about.push(person.as_object("member")),
            Self::TeamMemberLeft { person } => about.push(person.as_object("former_member")),
            Self::CarrierChanged { organisation, .. } => {
                about.push(organisation.as_object("carrier"));
            }
            Self::InformationProvided { documents, .. } => {
                about.extend(documents.iter().map(|id| id.as_object("provided")));
            }
            Self::ReferralReceived { partner, .. } | Self::ReferralSent { partner, .. } => {
                about.push(partner.as_object("partner"));
            }
            Self::CaseLinked { other, .. } => about.push(other.as_object("linked")),
            Self::ProjectDescribed { .. }
            | Self::NeedsExpressed { .. }
            | Self::ReadinessAssessed { .. }
            | Self::InformationRequested { .. }
            | Self::ReferralAnswered { .. }
            | Self::PutOnHold { .. }
            | Self::Resumed {}
            | Self::Closed { .. }
            | Self::Reopened { .. } => {}
        }
    }
}
