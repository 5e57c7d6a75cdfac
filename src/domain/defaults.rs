//! The rules that the office starts with, as the first version of each policy: what the cluster's
//! own papers do not say is a default here and can be changed by publishing the next version.

use std::collections::BTreeMap;
use std::str::FromStr;

use events::policy::{
    BookingRules, ComponentAccess, Criterion, Duty, OpeningHours, PolicyBody, Word,
};
use events::{Code, ConflictGround, Labelled, OfferComponent, Operation, Weekday};

/// One body per kind of policy, each fit to be drafted as version 1.
pub fn default_policies() -> Vec<PolicyBody> {
    vec![
        eligibility(),
        offer_components(),
        conflicts(),
        booking(),
        PolicyBody::ServiceLevels {
            acknowledge_working_days: 2,
            assign_working_days: 5,
            decide_working_days: 30,
            appeal_days: 60,
        },
        late_entry(),
        code_lists(),
        retention(),
    ]
}

/// What is kept, whoever asks for its erasure; the last column is in years.
fn retention() -> PolicyBody {
    let duties = [
        (
            "public_funds_accounting",
            "Comptabilité des fonds publics",
            "Accounting of public funds",
            "gdpr_17_3_b",
            10,
        ),
        (
            "committee_decisions",
            "Preuve des décisions du comité",
            "Evidence of the committee's decisions",
            "gdpr_17_3_e",
            5,
        ),
        (
            "contact_data",
            "Coordonnées, après le dernier contact",
            "Contact data, after the last contact",
            "gdpr_6_1_f",
            3,
        ),
    ];
    let duty = |(code, fr, en, legal_basis, years)| Duty {
        code: value(code),
        fr: value(fr),
        en: value(en),
        legal_basis: value(legal_basis),
        years,
    };
    PolicyBody::Retention { duties: duties.map(duty).into() }
}

/// The rules of this build that an office has no version of, draft or published: new ones, or new
/// bodies for old ones. They are offered, and hold once the office drafts and publishes them.
pub fn offered<'a>(versions: impl IntoIterator<Item = &'a PolicyBody>) -> Vec<PolicyBody> {
    let versions: Vec<&PolicyBody> = versions.into_iter().collect();
    default_policies().into_iter().filter(|body| !versions.contains(&body)).collect()
}

/// What every criterion asks; the last column says whether an application fails without it.
fn eligibility() -> PolicyBody {
    let criteria = [
        ("oncology_scope", "Relève de la cancérologie", "Is about oncology", true),
        ("stage_in_scope", "Stade de l'idéation à l'accélération", "Early stage", true),
        (
            "area_in_scope",
            "Thérapeutique, diagnostic, dispositif ou santé numérique",
            "Therapeutics, diagnostics, devices or digital health",
            true,
        ),
        (
            "contributes_to_french_economy",
            "Contribue à l'économie française",
            "Contributes to the French economy",
            true,
        ),
        (
            "non_confidential_material",
            "Éléments transmis non confidentiels",
            "What was sent is not confidential",
            true,
        ),
        (
            "ip_position_stated",
            "Situation de la propriété intellectuelle précisée",
            "Position on intellectual property stated",
            false,
        ),
        ("team_contactable", "Équipe joignable", "The team can be reached", true),
        ("no_exclusion_situation", "Aucun cas d'exclusion", "No ground for exclusion", true),
        ("no_double_funding", "Aucun double financement", "No double funding", false),
    ];
    let criterion = |(code, fr, en, mandatory)| Criterion {
        code: value(code),
        mandatory,
        fr: value(fr),
        en: value(en),
    };
    PolicyBody::Eligibility { criteria: criteria.map(criterion).into() }
}

/// Introductions and resources are open to followed cases; mentors are part of every follow-up.
fn offer_components() -> PolicyBody {
    let access = |component| match component {
        OfferComponent::Mentors => ComponentAccess::Included,
        OfferComponent::Networks
        | OfferComponent::Funding
        | OfferComponent::Data
        | OfferComponent::Samples
        | OfferComponent::Technologies
        | OfferComponent::Infrastructures
        | OfferComponent::Laboratories => ComponentAccess::OpenFromFollowed,
    };
    let components =
        OfferComponent::ALL.iter().map(|component| (*component, access(*component))).collect();
    PolicyBody::OfferComponents { components }
}

fn conflicts() -> PolicyBody {
    PolicyBody::Conflicts { grounds: ConflictGround::ALL.to_vec(), window_months: 36 }
}

fn booking() -> PolicyBody {
    let days = [Weekday::Mon, Weekday::Tue, Weekday::Wed, Weekday::Thu, Weekday::Fri];
    let opening =
        days.map(|weekday| OpeningHours { weekday, from: value("08:00"), until: value("20:00") });
    let rules = BookingRules {
        slot_minutes: 30,
        min_minutes: 30,
        max_minutes: 720,
        lead_minutes: 60,
        horizon_days: 90,
        buffer_minutes: 0,
        cancellation_cutoff_hours: 24,
        time_zone: value("Europe/Paris"),
        opening: opening.into(),
        qualification_needed: false,
        operation: Operation::Operated,
    };
    PolicyBody::Booking { rules }
}

fn late_entry() -> PolicyBody {
    let reasons = words(&[
        ("forgotten", "Oubli", "Forgotten"),
        ("received_late", "Information reçue tardivement", "Received late"),
        ("system_down", "Système indisponible", "The system was down"),
        ("absence", "Absence", "Absence"),
        ("correction", "Rectification d'une saisie", "Entered again after a mistake"),
        ("import", "Reprise d'un autre registre", "Import from another register"),
    ]);
    PolicyBody::LateEntry { threshold_working_days: 5, reasons }
}

/// Lists that forms offer and reports label; no decision branches on them.
fn code_lists() -> PolicyBody {
    let list = |name: &str, items: &[_]| (value::<Code>(name), words(items));
    let lists = BTreeMap::from([
        list("team_function", TEAM_FUNCTIONS),
        list("modality", MODALITIES),
        list("indication", INDICATIONS),
        list("report_source", REPORT_SOURCES),
        list("declaration", DECLARATIONS),
        list("audit_authority", AUDIT_AUTHORITIES),
        list("token_purpose", TOKEN_PURPOSES),
        list("privacy", PRIVACY),
    ]);
    PolicyBody::CodeLists { lists }
}

type Entry = (&'static str, &'static str, &'static str);

const TEAM_FUNCTIONS: &[Entry] = &[
    ("principal_investigator", "Responsable scientifique", "Principal investigator"),
    ("ceo", "Président ou directeur général", "Chief executive"),
    ("cso", "Directeur scientifique", "Chief scientific officer"),
    ("cmo", "Directeur médical", "Chief medical officer"),
    ("cto", "Directeur technique", "Chief technical officer"),
    ("cfo", "Directeur financier", "Chief financial officer"),
    ("professor", "Professeur", "Professor"),
    ("researcher", "Chercheur", "Researcher"),
    ("clinician", "Clinicien", "Clinician"),
    ("engineer", "Ingénieur", "Engineer"),
    ("doctoral_student", "Doctorant", "Doctoral student"),
    ("business_developer", "Responsable du développement", "Business developer"),
    ("adviser", "Conseiller", "Adviser"),
    ("other", "Autre", "Other"),
];

const MODALITIES: &[Entry] = &[
    ("small_molecule", "Petite molécule", "Small molecule"),
    ("antibody", "Anticorps", "Antibody"),
    ("antibody_drug_conjugate", "Anticorps conjugué", "Antibody-drug conjugate"),
    ("car_t", "Cellules CAR-T", "CAR-T cells"),
    ("cell_therapy", "Thérapie cellulaire", "Cell therapy"),
    ("gene_therapy", "Thérapie génique", "Gene therapy"),
    ("vaccine", "Vaccin thérapeutique", "Therapeutic vaccine"),
    ("rna", "ARN", "RNA"),
    ("radiopharmaceutical", "Radiopharmaceutique", "Radiopharmaceutical"),
    ("radiotherapy", "Radiothérapie", "Radiotherapy"),
    ("surgery", "Chirurgie", "Surgery"),
    ("liquid_biopsy", "Biopsie liquide", "Liquid biopsy"),
    ("imaging", "Imagerie", "Imaging"),
    ("digital_pathology", "Pathologie numérique", "Digital pathology"),
    ("omics", "Omiques", "Omics"),
    ("software", "Logiciel", "Software"),
    ("organoid", "Organoïdes", "Organoids"),
    ("other", "Autre", "Other"),
];

const INDICATIONS: &[Entry] = &[
    ("pan_cancer", "Tous cancers", "All cancers"),
    ("breast", "Sein", "Breast"),
    ("lung", "Poumon", "Lung"),
    ("pleura", "Mésothéliome pleural", "Pleural mesothelioma"),
    ("colorectal", "Côlon et rectum", "Colon and rectum"),
    ("prostate", "Prostate", "Prostate"),
    ("pancreas", "Pancréas", "Pancreas"),
    ("liver", "Foie", "Liver"),
    ("stomach", "Estomac", "Stomach"),
    ("kidney", "Rein", "Kidney"),
    ("bladder", "Vessie", "Bladder"),
    ("ovary", "Ovaire", "Ovary"),
    ("cervix", "Col de l'utérus", "Cervix"),
    ("brain", "Cerveau", "Brain"),
    ("head_and_neck", "Tête et cou", "Head and neck"),
    ("skin", "Peau", "Skin"),
    ("thyroid", "Thyroïde", "Thyroid"),
    ("sarcoma", "Sarcomes", "Sarcomas"),
    ("leukaemia", "Leucémies", "Leukaemias"),
    ("lymphoma", "Lymphomes", "Lymphomas"),
    ("myeloma", "Myélome", "Myeloma"),
    ("paediatric", "Cancers de l'enfant", "Children's cancers"),
    ("rare", "Cancers rares", "Rare cancers"),
    ("other", "Autre", "Other"),
];

const REPORT_SOURCES: &[Entry] = &[
    ("email", "Courriel", "E-mail"),
    ("phone", "Téléphone", "Phone"),
    ("paper", "Papier", "Paper"),
    ("meeting", "Réunion", "Meeting"),
    ("platform_tool", "Outil de la plateforme", "The platform's own tool"),
    ("partner", "Partenaire", "Partner"),
    ("previous_register", "Registre précédent", "Previous register"),
];

const DECLARATIONS: &[Entry] = &[
    ("accurate", "Les informations sont exactes", "What is said is accurate"),
    ("non_confidential", "Rien n'est confidentiel", "Nothing is confidential"),
    ("no_exclusion", "Aucun cas d'exclusion", "No ground for exclusion"),
    ("no_double_funding", "Aucun double financement", "No double funding"),
    ("rules_accepted", "Règlement accepté", "Rules accepted"),
];

const AUDIT_AUTHORITIES: &[Entry] = &[
    ("funder", "Financeur", "Funder"),
    ("court_of_auditors", "Cour des comptes", "Court of auditors"),
    ("statutory_auditor", "Commissaire aux comptes", "Statutory auditor"),
    ("data_protection_authority", "CNIL", "Data protection authority (CNIL)"),
    ("internal", "Audit interne", "Internal audit"),
];

const TOKEN_PURPOSES: &[Entry] = &[
    ("browser", "Navigateur", "Browser"),
    ("command_line", "Ligne de commande", "Command line"),
    ("integration", "Autre logiciel", "Another program"),
    ("demonstration", "Démonstration", "Demonstration"),
];

/// How identities are made sure of, why data are kept, on which rules of law, and for whom.
const PRIVACY: &[Entry] = &[
    ("identity_document", "Pièce d'identité", "Identity document"),
    ("known_in_person", "Connue en personne", "Known in person"),
    ("known_address", "Adresse déjà connue", "Address known before"),
    ("gdpr_6_1_f", "RGPD, art. 6 § 1 f", "GDPR, art. 6(1)(f)"),
    ("gdpr_12_5", "RGPD, art. 12 § 5", "GDPR, art. 12(5)"),
    ("gdpr_15", "RGPD, art. 15", "GDPR, art. 15"),
    ("gdpr_17_1", "RGPD, art. 17 § 1", "GDPR, art. 17(1)"),
    ("gdpr_17_3_b", "RGPD, art. 17 § 3 b", "GDPR, art. 17(3)(b)"),
    ("gdpr_17_3_e", "RGPD, art. 17 § 3 e", "GDPR, art. 17(3)(e)"),
    ("gdpr_18_1", "RGPD, art. 18 § 1", "GDPR, art. 18(1)"),
    ("legal_hold", "Obligation de conserver", "Legal hold"),
    ("not_about_the_person", "Ne concerne pas la personne", "Not about the person"),
    ("evidence_of_a_decision", "Preuve d'une décision", "Evidence of a decision"),
    ("follow_up", "Suivi des projets", "Follow-up of projects"),
    ("newsletter", "Lettre d'information", "Newsletter"),
    ("court", "Autorité judiciaire", "Court"),
    ("everything", "Toutes les données", "All data"),
    ("accuracy_contested", "Exactitude contestée", "Accuracy contested"),
];

fn words(entries: &[Entry]) -> Vec<Word> {
    let word = |&(code, fr, en): &Entry| Word { code: value(code), fr: value(fr), en: value(en) };
    entries.iter().map(word).collect()
}

/// A value of this file, which a test reads whole.
fn value<T: FromStr<Err = events::BadValue>>(text: &str) -> T {
    text.parse().expect("the texts of this file are valid: a test reads them all")
}

#[cfg(test)]
mod tests {
    use events::{PolicyKind, Role, Stream};

    use super::*;
    use crate::domain::policy::Command;
    use crate::domain::testing::given;

    #[test]
    fn every_kind_of_rule_has_a_default() {
        let kinds: Vec<_> = default_policies().iter().map(PolicyBody::kind).collect();
        assert_eq!(kinds, PolicyKind::ALL);
    }

    #[test]
    fn every_default_may_be_drafted_as_it_is() {
        for body in default_policies() {
            let stream = Stream::Policy(body.kind());
            let draft = Command::Draft { version: 1, body: body.clone() };
            let drafted = events::policy::Fact::Drafted { version: 1, body };
            given(stream, []).by(Role::Admin).when(draft).then([drafted.into()]);
        }
    }
}
