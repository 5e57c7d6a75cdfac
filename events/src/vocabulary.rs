//! Code lists on which decisions branch, each word with its French and English label.

use std::borrow::Cow;

use schemars::{JsonSchema, Schema, SchemaGenerator, json_schema};
use serde::{Deserialize, Serialize};

/// A language of the office.
#[derive(
    Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize, JsonSchema,
)]
#[serde(rename_all = "lowercase")]
pub enum Language {
    /// French.
    Fr,
    /// English.
    En,
}

/// A word of a code list that people read under a label.
pub trait Labelled: Copy + 'static {
    /// All words, in the list's order.
    const ALL: &'static [Self];
    /// The word on the wire.
    fn word(self) -> &'static str;
    /// The word as people read it.
    fn label(self, language: Language) -> &'static str;
}

/// A code list as the reference shows it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct CodeList {
    /// The name of its type, as in schemas.
    pub name: &'static str,
    /// What it is about.
    pub about: &'static str,
    /// Each word with its label in French and in English.
    pub words: &'static [(&'static str, &'static str, &'static str)],
}

/// The text is not a word of the list.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("not one of: {0}")]
pub struct UnknownWord(pub String);

macro_rules! code_lists {
    ($(#[doc = $doc:literal] $name:ident { $($variant:ident $word:literal $fr:literal $en:literal,)* })*) => {
    /// All code lists.
    pub const CODE_LISTS: &[CodeList] = &[$(CodeList {
        name: stringify!($name),
        about: $doc,
        words: &[$(($word, $fr, $en),)*],
    },)*];
    $(
        #[doc = $doc]
        #[derive(
            Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize,
        )]
        pub enum $name { $(#[doc = $en] #[serde(rename = $word)] $variant,)* }

        impl Labelled for $name {
            const ALL: &'static [Self] = &[$(Self::$variant,)*];

            fn word(self) -> &'static str {
                match self { $(Self::$variant => $word,)* }
            }

            fn label(self, language: Language) -> &'static str {
                match (self, language) {
                    $((Self::$variant, Language::Fr) => $fr,
                      (Self::$variant, Language::En) => $en,)*
                }
            }
        }

        impl std::fmt::Display for $name {
            fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                f.write_str(self.word())
            }
        }

        impl std::str::FromStr for $name {
            type Err = UnknownWord;
            fn from_str(text: &str) -> Result<Self, UnknownWord> {
                match text {
                    $($word => Ok(Self::$variant),)*
                    _ => Err(UnknownWord([$($word),*].join(", "))),
                }
            }
        }

        // By hand, so that the words stand in one list and the schema of a map can name its keys.
        impl JsonSchema for $name {
            fn schema_name() -> Cow<'static, str> {
                stringify!($name).into()
            }

            fn json_schema(_: &mut SchemaGenerator) -> Schema {
                json_schema!({
                    "type": "string", "enum": [$($word),*], "description": $doc.trim(),
                })
            }
        }
    )*};
}

code_lists! {
    /// What a person may do at the office.
    Role {
        Advisor "advisor" "conseiller" "advisor",
        Head "head" "responsable du guichet" "head of the office",
        Deputy "deputy" "adjoint" "deputy",
        Secretary "secretary" "secrétaire du comité" "committee secretary",
        Member "member" "membre du comité" "committee member",
        Chair "chair" "président du comité" "committee chair",
        Director "director" "directeur" "director",
        Platform "platform" "plateforme" "platform",
        Funding "funding" "financements et partenariats" "funding and partnerships",
        Innovator "innovator" "porteur de projet" "innovator",
        Dpo "dpo" "délégué à la protection des données" "data protection officer",
        Auditor "auditor" "auditeur" "auditor",
        Analyst "analyst" "analyste" "analyst",
        Admin "admin" "administrateur" "administrator",
        System "system" "système" "system",
    }
    /// How something reached the office's records.
    Channel {
        Web "web" "pages web" "web pages",
        Api "api" "interface de programmation" "programming interface",
        Email "email" "courriel" "e-mail",
        Phone "phone" "téléphone" "phone",
        Video "video" "visioconférence" "video call",
        InPerson "in_person" "en personne" "in person",
        Import "import" "reprise" "import",
        Timer "timer" "minuterie" "timer",
    }
    /// How far a project is; ordered, `unknown` first.
    Stage {
        Unknown "unknown" "inconnu" "unknown",
        Ideation "ideation" "idéation" "ideation",
        Creation "creation" "création" "creation",
        PreSeed "pre_seed" "pré-amorçage" "pre-seed",
        Seed "seed" "amorçage" "seed",
        Acceleration "acceleration" "accélération" "acceleration",
    }
    /// What a project is for.
    Area {
        Unknown "unknown" "inconnu" "unknown",
        Therapeutics "therapeutics" "thérapeutique" "therapeutics",
        Diagnostics "diagnostics" "diagnostic" "diagnostics",
        MedicalDevices "medical_devices" "dispositifs médicaux" "medical devices",
        DigitalHealth "digital_health" "santé numérique" "digital health",
    }
    /// Sciences that a project brings together.
    Discipline {
        Unknown "unknown" "inconnue" "unknown",
        Biology "biology" "biologie" "biology",
        Medicine "medicine" "médecine" "medicine",
        Chemistry "chemistry" "chimie" "chemistry",
        Pharmacology "pharmacology" "pharmacologie" "pharmacology",
        Mathematics "mathematics" "mathématiques" "mathematics",
        Statistics "statistics" "statistique" "statistics",
        Physics "physics" "physique" "physics",
        ComputerScience "computer_science" "informatique" "computer science",
        ArtificialIntelligence "artificial_intelligence" "intelligence artificielle" "artificial intelligence",
        Engineering "engineering" "ingénierie" "engineering",
        Bioinformatics "bioinformatics" "bio-informatique" "bioinformatics",
        SocialScience "social_science" "sciences sociales" "social science",
        Other "other" "autre" "other",
    }
    /// The eight parts of the cluster's offer.
    OfferComponent {
        Mentors "mentors" "mentors" "mentors",
        Networks "networks" "réseaux" "networks",
        Funding "funding" "financements" "funding",
        Data "data" "données" "data",
        Samples "samples" "échantillons" "samples",
        Technologies "technologies" "technologies" "technologies",
        Infrastructures "infrastructures" "infrastructures" "infrastructures",
        Laboratories "laboratories" "laboratoires" "laboratories",
    }
    /// How a project came to the office.
    IntakeChannel {
        WebForm "web_form" "formulaire en ligne" "web form",
        Email "email" "courriel" "e-mail",
        Phone "phone" "téléphone" "phone",
        Event "event" "événement" "event",
        PartnerReferral "partner_referral" "orientation par un partenaire" "partner referral",
        Scouting "scouting" "détection" "scouting",
        WalkIn "walk_in" "visite spontanée" "walk-in",
        Alumni "alumni" "ancien lauréat" "alumni",
    }
    /// Who applies.
    ApplicantKind {
        IndividualResearcher "individual_researcher" "chercheur" "individual researcher",
        LabTeam "lab_team" "équipe de laboratoire" "laboratory team",
        SpinOffInCreation "spin_off_in_creation" "essaimage en création" "spin-off in creation",
        Startup "startup" "jeune pousse" "start-up",
        Sme "sme" "PME" "SME",
        MidCap "mid_cap" "ETI" "mid-cap",
        LargeCompany "large_company" "grande entreprise" "large company",
        Hospital "hospital" "hôpital" "hospital",
    }
    /// What an organisation is.
    OrganisationKind {
        Startup "startup" "jeune pousse" "start-up",
        Sme "sme" "PME" "SME",
        MidCap "mid_cap" "ETI" "mid-cap",
        LargeCompany "large_company" "grande entreprise" "large company",
        SoleTrader "sole_trader" "entreprise individuelle" "sole trader",
        CompetitivenessCluster "competitiveness_cluster" "pôle de compétitivité" "competitiveness cluster",
        Cluster "cluster" "cluster" "cluster",
        Biocluster "biocluster" "biocluster" "biocluster",
        Satt "satt" "SATT" "technology transfer company (SATT)",
        Tto "tto" "service de valorisation" "technology transfer office",
        Incubator "incubator" "incubateur" "incubator",
        StartupStudio "startup_studio" "start-up studio" "start-up studio",
        Accelerator "accelerator" "accélérateur" "accelerator",
        PublicBank "public_bank" "banque publique" "public bank",
        Vc "vc" "capital-risque" "venture capital",
        BusinessAngel "business_angel" "investisseur providentiel" "business angel",
        CorporateVc "corporate_vc" "capital-risque d'entreprise" "corporate venture capital",
        Pharma "pharma" "laboratoire pharmaceutique" "pharmaceutical company",
        CroCdmo "cro_cdmo" "CRO ou CDMO" "CRO or CDMO",
        Foundation "foundation" "fondation" "foundation",
        PatientAssociation "patient_association" "association de patients" "patient association",
        University "university" "université" "university",
        Hospital "hospital" "hôpital" "hospital",
        ResearchOrganisation "research_organisation" "organisme de recherche" "research organisation",
        PublicAuthority "public_authority" "autorité publique" "public authority",
        Other "other" "autre" "other",
    }
    /// Rules that are data: versioned, on the log.
    PolicyKind {
        Eligibility "eligibility" "recevabilité" "eligibility",
        OfferComponents "offer_components" "composantes de l'offre" "offer components",
        Conflicts "conflicts" "conflits d'intérêts" "conflicts of interest",
        Booking "booking" "réservations" "bookings",
        ServiceLevels "service_levels" "niveaux de service" "service levels",
        LateEntry "late_entry" "saisie tardive" "late entry",
        CodeLists "code_lists" "listes de codes" "code lists",
        Retention "retention" "durées de conservation" "retention",
    }
    /// What a person asks about their own data.
    PrivacyKind {
        Access "access" "accès" "access",
        Rectification "rectification" "rectification" "rectification",
        Restriction "restriction" "limitation" "restriction",
        Erasure "erasure" "effacement" "erasure",
        Objection "objection" "opposition" "objection",
        Portability "portability" "portabilité" "portability",
    }
    /// Whether a person is given what they ask for about their own data.
    PrivacyOutcome {
        Granted "granted" "accordée" "granted",
        Partial "partial" "accordée en partie" "granted in part",
        Refused "refused" "refusée" "refused",
    }
    /// What kind of call.
    CallKind {
        Regular "regular" "à date" "regular",
        Rolling "rolling" "au fil de l'eau" "rolling",
        FastTrack "fast_track" "accéléré" "fast track",
    }
    /// Scales of readiness.
    ReadinessScale {
        Trl "trl" "maturité technologique (TRL)" "technology readiness (TRL)",
        Mrl "mrl" "maturité industrielle (MRL)" "manufacturing readiness (MRL)",
        Customer "customer" "clients" "customer",
        Business "business" "modèle d'affaires" "business",
        Ip "ip" "propriété intellectuelle" "intellectual property",
        Team "team" "équipe" "team",
        Funding "funding" "financement" "funding",
    }
    /// How firmly a project is passed to a partner.
    ReferralKind {
        Signposted "signposted" "signalé" "signposted",
        HandedOver "handed_over" "transmis" "handed over",
    }
    /// What a partner said to a referral.
    ReferralAnswer {
        Accepted "accepted" "accepté" "accepted",
        Declined "declined" "décliné" "declined",
        NoReply "no_reply" "sans réponse" "no reply",
    }
    /// How two cases belong together.
    CaseRelation {
        FollowUpOf "follow_up_of" "suite de" "follow-up of",
        SpinOffOf "spin_off_of" "essaimage de" "spin-off of",
        SameTeam "same_team" "même équipe" "same team",
        DuplicateOf "duplicate_of" "doublon de" "duplicate of",
        Related "related" "lié" "related",
    }
    /// Why a case is closed.
    ClosingReason {
        Graduated "graduated" "parcours achevé" "graduated",
        ObjectivesMet "objectives_met" "objectifs atteints" "objectives met",
        OfferExhausted "offer_exhausted" "offre épuisée" "offer exhausted",
        Withdrawn "withdrawn" "retrait" "withdrawn",
        Lapsed "lapsed" "caducité" "lapsed",
        Revoked "revoked" "révocation" "revoked",
        CeasedActivity "ceased_activity" "cessation d'activité" "ceased activity",
        Acquired "acquired" "acquisition" "acquired",
        Relocated "relocated" "relocalisation" "relocated",
        Redirected "redirected" "réorientation" "redirected",
        Duplicate "duplicate" "doublon" "duplicate",
    }
    /// How the office and a project met.
    InteractionKind {
        Call "call" "appel" "call",
        Email "email" "courriel" "e-mail",
        Meeting "meeting" "réunion" "meeting",
        Visit "visit" "visite" "visit",
        DocumentExchange "document_exchange" "échange de documents" "document exchange",
        SiteTour "site_tour" "visite de site" "site tour",
    }
    /// What coaching is about.
    CoachingTopic {
        Strategy "strategy" "stratégie" "strategy",
        Regulatory "regulatory" "réglementaire" "regulatory",
        Ip "ip" "propriété intellectuelle" "intellectual property",
        ClinicalDevelopment "clinical_development" "développement clinique" "clinical development",
        MarketAccess "market_access" "accès au marché" "market access",
        Fundraising "fundraising" "levée de fonds" "fundraising",
        Team "team" "équipe" "team",
        Data "data" "données" "data",
        Cmc "cmc" "CMC" "CMC",
        Preclinical "preclinical" "préclinique" "preclinical",
        Quality "quality" "qualité" "quality",
        Pitch "pitch" "pitch" "pitch",
    }
    /// How people meet.
    Modality {
        InPerson "in_person" "en personne" "in person",
        Video "video" "visioconférence" "video",
        Phone "phone" "téléphone" "phone",
    }
    /// One of the parties to an appointment or a promise.
    Party {
        Office "office" "le guichet" "the office",
        Innovator "innovator" "le porteur" "the innovator",
        Mentor "mentor" "le mentor" "the mentor",
        Partner "partner" "le partenaire" "the partner",
    }
    /// What a document is.
    DocumentKind {
        PitchDeck "pitch_deck" "présentation" "pitch deck",
        ApplicationForm "application_form" "dossier de candidature" "application form",
        ScientificDossier "scientific_dossier" "dossier scientifique" "scientific dossier",
        BusinessPlan "business_plan" "plan d'affaires" "business plan",
        Agreement "agreement" "convention" "agreement",
        Letter "letter" "courrier" "letter",
        Evidence "evidence" "justificatif" "evidence",
        Minutes "minutes" "compte rendu" "minutes",
        Other "other" "autre" "other",
    }
    /// How an agreed action ended.
    ActionResult {
        Done "done" "fait" "done",
        Dropped "dropped" "abandonné" "dropped",
    }
    /// What a milestone is about.
    MilestoneKind {
        Scientific "scientific" "scientifique" "scientific",
        Regulatory "regulatory" "réglementaire" "regulatory",
        Funding "funding" "financement" "funding",
        Company "company" "entreprise" "company",
        Clinical "clinical" "clinique" "clinical",
        Market "market" "marché" "market",
    }
    /// Who handed an application in.
    ReceivedBy {
        SelfService "self_service" "libre-service" "self-service",
        Office "office" "saisie par le guichet" "entered by the office",
    }
    /// The result of one eligibility criterion.
    CriterionResult {
        Met "met" "rempli" "met",
        NotMet "not_met" "non rempli" "not met",
        NotApplicable "not_applicable" "sans objet" "not applicable",
        InsufficientInformation "insufficient_information" "information insuffisante" "insufficient information",
    }
    /// The outcome of an eligibility assessment.
    EligibilityOutcome {
        Eligible "eligible" "recevable" "eligible",
        Ineligible "ineligible" "irrecevable" "ineligible",
        Incomplete "incomplete" "incomplet" "incomplete",
    }
    /// What the office does with an eligible application.
    PreselectionOutcome {
        Forward "forward" "transmettre au comité" "forward to the committee",
        Defer "defer" "reporter" "defer",
        Decline "decline" "écarter" "decline",
        Refer "refer" "réorienter" "refer",
    }
    /// Grounds of a conflict of interest.
    ConflictGround {
        Employment "employment" "emploi" "employment",
        GovernanceRole "governance_role" "mandat social" "governance role",
        Equity "equity" "participation au capital" "equity",
        Consulting "consulting" "conseil" "consulting",
        GrantOrContract "grant_or_contract" "subvention ou contrat" "grant or contract",
        PatentCoInventor "patent_co_inventor" "co-inventeur" "patent co-inventor",
        CoPublication "co_publication" "co-publication" "co-publication",
        Supervision "supervision" "encadrement" "supervision",
        Family "family" "famille" "family",
        PersonalRelationship "personal_relationship" "relation personnelle" "personal relationship",
        Competitor "competitor" "concurrence" "competitor",
        SameTeam "same_team" "même équipe" "same team",
        SameInstitution "same_institution" "même institution" "same institution",
        Perceived "perceived" "apparence de conflit" "perceived",
        Other "other" "autre" "other",
    }
    /// What can be booked.
    ResourceClass {
        Instrument "instrument" "instrument" "instrument",
        Room "room" "salle" "room",
        Service "service" "service" "service",
        Dataset "dataset" "jeu de données" "dataset",
        SampleCollection "sample_collection" "collection d'échantillons" "sample collection",
    }
    /// Where a resource's calendar is kept.
    CalendarHost {
        Here "here" "ici" "here",
        Platform "platform" "chez la plateforme" "at the platform",
    }
    /// Who runs a resource during a booking.
    Operation {
        Operated "operated" "avec opérateur" "operated",
        Autonomous "autonomous" "en autonomie" "autonomous",
    }
    /// A day of the week.
    Weekday {
        Mon "mon" "lundi" "Monday",
        Tue "tue" "mardi" "Tuesday",
        Wed "wed" "mercredi" "Wednesday",
        Thu "thu" "jeudi" "Thursday",
        Fri "fri" "vendredi" "Friday",
        Sat "sat" "samedi" "Saturday",
        Sun "sun" "dimanche" "Sunday",
    }
    /// Why a booking is rejected.
    RejectionReason {
        Overlap "overlap" "créneau occupé" "overlap",
        Outage "outage" "panne" "outage",
        NoQualification "no_qualification" "habilitation manquante" "no qualification",
        EntitlementExhausted "entitlement_exhausted" "droit épuisé" "entitlement exhausted",
        OutsideRules "outside_rules" "hors règles" "outside the rules",
        AwardSuspended "award_suspended" "aide suspendue" "award suspended",
        Biosafety "biosafety" "biosécurité" "biosafety",
    }
    /// Why a booking is cancelled.
    CancellationReason {
        ByUser "by_user" "par l'utilisateur" "by the user",
        ByPlatform "by_platform" "par la plateforme" "by the platform",
        QualificationRevoked "qualification_revoked" "habilitation retirée" "qualification revoked",
        CaseClosed "case_closed" "dossier clos" "case closed",
        ResourceRetired "resource_retired" "ressource retirée" "resource retired",
    }
    /// What an introduction is for.
    IntroductionKind {
        Funding "funding" "financement" "funding",
        IndustrialPartnership "industrial_partnership" "partenariat industriel" "industrial partnership",
        ClinicalPartnership "clinical_partnership" "partenariat clinique" "clinical partnership",
        AcademicPartnership "academic_partnership" "partenariat académique" "academic partnership",
        Expertise "expertise" "expertise" "expertise",
    }
    /// Who wished for an introduction.
    Initiator {
        Office "office" "le guichet" "the office",
        Innovator "innovator" "le porteur" "the innovator",
        Target "target" "la cible" "the target",
    }
    /// What may be shared with the target of an introduction.
    ShareScope {
        Contact "contact" "coordonnées" "contact details",
        ProjectTitle "project_title" "titre du projet" "project title",
        NonConfidentialSummary "non_confidential_summary" "résumé non confidentiel" "non-confidential summary",
        PitchDeck "pitch_deck" "présentation" "pitch deck",
        ScientificDossier "scientific_dossier" "dossier scientifique" "scientific dossier",
        FinancialPlan "financial_plan" "plan financier" "financial plan",
    }
    /// Why a target or an innovator says no.
    DeclineReason {
        OutOfScope "out_of_scope" "hors périmètre" "out of scope",
        TooEarly "too_early" "trop tôt" "too early",
        NoCapacity "no_capacity" "pas de capacité" "no capacity",
        Competing "competing" "concurrence" "competing",
        AlreadyInContact "already_in_contact" "déjà en contact" "already in contact",
        Confidentiality "confidentiality" "confidentialité" "confidentiality",
        Other "other" "autre" "other",
    }
    /// What came of an introduction.
    IntroductionOutcome {
        NoReply "no_reply" "sans réponse" "no reply",
        Declined "declined" "décliné" "declined",
        MeetingHeld "meeting_held" "rencontre tenue" "meeting held",
        UnderDiligence "under_diligence" "en cours d'examen" "under diligence",
        TermSheet "term_sheet" "lettre d'intention" "term sheet",
        Closed "closed" "conclu" "closed",
        CollaborationSigned "collaboration_signed" "collaboration signée" "collaboration signed",
        Abandoned "abandoned" "abandonné" "abandoned",
    }
    /// What kind of gathering.
    GatheringKind {
        Workshop "workshop" "atelier" "workshop",
        Visit "visit" "visite" "visit",
        Meeting "meeting" "réunion" "meeting",
        Training "training" "formation" "training",
        Pitch "pitch" "séance de pitch" "pitch session",
    }
    /// What came of a project.
    OutcomeKind {
        FundingSecured "funding_secured" "financement obtenu" "funding secured",
        GrantWon "grant_won" "subvention obtenue" "grant won",
        CompanyCreated "company_created" "entreprise créée" "company created",
        PatentFiled "patent_filed" "brevet déposé" "patent filed",
        PatentGranted "patent_granted" "brevet délivré" "patent granted",
        LicenceSigned "licence_signed" "licence signée" "licence signed",
        PartnershipSigned "partnership_signed" "partenariat signé" "partnership signed",
        TrialAuthorised "trial_authorised" "essai autorisé" "trial authorised",
        FirstPatientIn "first_patient_in" "premier patient inclus" "first patient in",
        CeMark "ce_mark" "marquage CE" "CE mark",
        Publication "publication" "publication" "publication",
        JobsCreated "jobs_created" "emplois créés" "jobs created",
        SiteInstalled "site_installed" "implantation" "site installed",
        Acquisition "acquisition" "acquisition" "acquisition",
        Ipo "ipo" "introduction en bourse" "IPO",
        Cessation "cessation" "cessation" "cessation",
    }
    /// How much the office had to do with an outcome.
    Attribution {
        Direct "direct" "directe" "direct",
        Contributory "contributory" "contributive" "contributory",
        None "none" "aucune" "none",
    }
    /// Rounds of funding.
    FundingRound {
        Grant "grant" "subvention" "grant",
        PreSeed "pre_seed" "pré-amorçage" "pre-seed",
        Seed "seed" "amorçage" "seed",
        SeriesA "series_a" "série A" "series A",
        SeriesB "series_b" "série B" "series B",
        Later "later" "tour ultérieur" "later round",
        Bridge "bridge" "relais" "bridge",
    }
    /// Instruments of funding.
    FundingInstrument {
        Equity "equity" "fonds propres" "equity",
        Convertible "convertible" "obligations convertibles" "convertible",
        Loan "loan" "prêt" "loan",
        RepayableAdvance "repayable_advance" "avance remboursable" "repayable advance",
        Grant "grant" "subvention" "grant",
    }
    /// What consent allows.
    ConsentScope {
        Newsletter "newsletter" "lettre d'information" "newsletter",
        ReferralToPartner "referral_to_partner" "transmission à un partenaire" "referral to a partner",
        ShareWithFunders "share_with_funders" "partage avec des financeurs" "share with funders",
        PublicSuccessStory "public_success_story" "témoignage public" "public success story",
    }
    /// What an auditor's mission covers.
    MissionScope {
        Everything "everything" "tout" "everything",
        Selection "selection" "sélection" "selection",
        Resources "resources" "ressources" "resources",
        Funding "funding" "financements" "funding",
    }
}
