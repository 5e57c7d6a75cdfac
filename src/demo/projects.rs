//! Invented projects against cancer: what they are, in French or English, from building blocks.

use std::collections::HashSet;

use events::{Area, Discipline, Language, OfferComponent, Stage};
use serde_json::{Value, json};

use super::dice::Dice;

/// A project as its people tell it.
#[derive(Debug, Clone)]
pub(super) struct Idea {
    pub(super) title: String,
    pub(super) summary: String,
    pub(super) language: Language,
    pub(super) stage: Stage,
    pub(super) area: Area,
    pub(super) disciplines: Vec<Discipline>,
    pub(super) modality: Option<&'static str>,
    pub(super) indication: Option<&'static str>,
    pub(super) needs: Vec<OfferComponent>,
}

impl Idea {
    /// As a command describes it.
    pub(super) fn described(&self) -> Value {
        json!({
            "title": self.title, "summary": self.summary, "stage": self.stage, "area": self.area,
            "disciplines": self.disciplines, "modality": self.modality,
            "indication": self.indication,
        })
    }
}

/// Code, in French, in English.
type Labelled = (&'static str, &'static str, &'static str);

const INDICATIONS: &[Labelled] = &[
    ("breast", "le cancer du sein triple négatif", "triple-negative breast cancer"),
    ("lung", "le cancer du poumon non à petites cellules", "non-small-cell lung cancer"),
    ("pleura", "le mésothéliome pleural", "pleural mesothelioma"),
    ("colorectal", "le cancer colorectal métastatique", "metastatic colorectal cancer"),
    ("prostate", "le cancer de la prostate résistant", "resistant prostate cancer"),
    ("pancreas", "l'adénocarcinome du pancréas", "pancreatic adenocarcinoma"),
    ("liver", "le carcinome hépatocellulaire", "hepatocellular carcinoma"),
    ("stomach", "le cancer de l'estomac", "gastric cancer"),
    ("kidney", "le cancer du rein à cellules claires", "clear-cell renal cancer"),
    ("bladder", "le cancer de la vessie", "bladder cancer"),
    ("ovary", "le cancer de l'ovaire de haut grade", "high-grade ovarian cancer"),
    ("cervix", "le cancer du col de l'utérus", "cervical cancer"),
    ("brain", "le glioblastome", "glioblastoma"),
    ("head_and_neck", "les cancers de la tête et du cou", "head and neck cancers"),
    ("skin", "le mélanome avancé", "advanced melanoma"),
    ("thyroid", "le cancer anaplasique de la thyroïde", "anaplastic thyroid cancer"),
    ("sarcoma", "les sarcomes des tissus mous", "soft-tissue sarcomas"),
    ("leukaemia", "la leucémie aiguë myéloïde", "acute myeloid leukaemia"),
    ("lymphoma", "les lymphomes agressifs", "aggressive lymphomas"),
    ("myeloma", "le myélome multiple", "multiple myeloma"),
    ("paediatric", "les cancers de l'enfant", "childhood cancers"),
    ("rare", "les cancers rares", "rare cancers"),
];

/// Area, modality, what it is.
type Kind = (Area, Labelled);

const KINDS: &[Kind] = &[
    (Area::Therapeutics, ("small_molecule", "Inhibiteur oral de réparation de l'ADN", "Oral DNA-repair inhibitor")),
    (Area::Therapeutics, ("small_molecule", "Dégradeur de protéine oncogénique", "Degrader of an oncogenic protein")),
    (Area::Therapeutics, ("antibody", "Anticorps bispécifique", "Bispecific antibody")),
    (Area::Therapeutics, ("antibody", "Anticorps contre un point de contrôle inné", "Antibody against an innate checkpoint")),
    (Area::Therapeutics, ("antibody_drug_conjugate", "Anticorps conjugué à libération contrôlée", "Antibody-drug conjugate with controlled release")),
    (Area::Therapeutics, ("car_t", "Cellules CAR-T à double cible", "Dual-target CAR-T cells")),
    (Area::Therapeutics, ("cell_therapy", "Cellules NK allogéniques armées", "Armed allogeneic NK cells")),
    (Area::Therapeutics, ("gene_therapy", "Vecteur oncolytique", "Oncolytic vector")),
    (Area::Therapeutics, ("vaccine", "Vaccin thérapeutique à néoantigènes", "Therapeutic neoantigen vaccine")),
    (Area::Therapeutics, ("rna", "ARN messager immunostimulant", "Immunostimulating messenger RNA")),
    (Area::Therapeutics, ("radiopharmaceutical", "Radioligand alpha", "Alpha radioligand")),
    (Area::Diagnostics, ("liquid_biopsy", "Biopsie liquide ultrasensible", "Ultra-sensitive liquid biopsy")),
    (Area::Diagnostics, ("liquid_biopsy", "Signature d'ADN tumoral méthylé", "Methylated tumour-DNA signature")),
    (Area::Diagnostics, ("omics", "Signature transcriptomique de réponse", "Transcriptomic signature of response")),
    (Area::Diagnostics, ("omics", "Test protéomique sanguin", "Proteomic blood test")),
    (Area::Diagnostics, ("organoid", "Organoïdes de patients pour choisir le traitement", "Patient organoids to choose the treatment")),
    (Area::Diagnostics, ("imaging", "Traceur TEP spécifique", "Specific PET tracer")),
    (Area::MedicalDevices, ("radiotherapy", "Radiothérapie flash guidée", "Guided flash radiotherapy")),
    (Area::MedicalDevices, ("surgery", "Sonde peropératoire de marges", "Intraoperative margin probe")),
    (Area::MedicalDevices, ("surgery", "Robot de biopsie mini-invasive", "Minimally invasive biopsy robot")),
    (Area::MedicalDevices, ("imaging", "Échographe quantitatif portable", "Portable quantitative ultrasound")),
    (Area::MedicalDevices, ("other", "Implant à libération locale", "Implant for local release")),
    (Area::DigitalHealth, ("digital_pathology", "Lecture assistée des lames", "Assisted reading of slides")),
    (Area::DigitalHealth, ("software", "Jumeau numérique du patient", "Digital twin of the patient")),
    (Area::DigitalHealth, ("software", "Télésurveillance des effets indésirables", "Remote monitoring of side effects")),
    (Area::DigitalHealth, ("imaging", "Radiomique pour prédire la rechute", "Radiomics to predict relapse")),
    (Area::DigitalHealth, ("software", "Appariement des patients aux essais", "Matching of patients to trials")),
];

const PROBLEM_FR: &[&str] = &[
    "Contre {i}, la moitié des patients ne répondent pas au premier traitement.",
    "Le diagnostic arrive trop tard : contre {i}, les options restent peu nombreuses.",
    "Les rechutes sous dix-huit mois restent la règle contre {i}.",
    "Aucun test ne dit aujourd'hui qui tirera bénéfice du traitement contre {i}.",
    "La toxicité limite les doses utilisables contre {i}.",
];
const PROBLEM_EN: &[&str] = &[
    "Half of all patients do not respond to first-line treatment of {i}.",
    "Diagnosis comes too late: for {i}, few options are left.",
    "Relapse within eighteen months remains the rule in {i}.",
    "No test tells today who will benefit from treatment of {i}.",
    "Toxicity limits the doses that can be used against {i}.",
];
const APPROACH_FR: &[&str] = &[
    "L'équipe combine une cible validée et une chimie nouvelle.",
    "L'approche associe biologie, mathématiques et apprentissage automatique.",
    "Le procédé tient en une étape et s'intègre au parcours de soins.",
    "La technologie vient de dix ans de recherche académique et d'une famille de brevets.",
    "Le dispositif s'appuie sur un capteur optique breveté.",
    "Le modèle a été entraîné sur plusieurs milliers de dossiers anonymisés.",
];
const APPROACH_EN: &[&str] = &[
    "The team combines a validated target with new chemistry.",
    "The approach brings biology, mathematics and machine learning together.",
    "The process takes one step and fits the usual care pathway.",
    "The technology comes from ten years of academic research and one patent family.",
    "The device rests on a patented optical sensor.",
    "The model was trained on several thousand anonymised records.",
];
const EVIDENCE_FR: &[&str] = &[
    "Résultats obtenus sur trois modèles murins, dont un orthotopique.",
    "Preuve de concept sur 42 échantillons de plasma ; une cohorte de 300 est prévue.",
    "Une étude rétrospective sur deux centres donne une sensibilité de 87 %.",
    "Premiers essais sur tissu ex vivo, reproductibles sur deux sites.",
    "Preuve de concept in vitro ; le premier modèle animal est en cours.",
    "Prototype utilisé par quatre praticiens pendant six semaines.",
];
const EVIDENCE_EN: &[&str] = &[
    "Results in three mouse models, one of them orthotopic.",
    "Proof of concept on 42 plasma samples; a cohort of 300 is planned.",
    "A retrospective study in two centres shows a sensitivity of 87%.",
    "First trials on ex vivo tissue, reproducible at two sites.",
    "Proof of concept in vitro; the first animal model is under way.",
    "A prototype was used by four practitioners for six weeks.",
];
const ASK_FR: &[&str] = &[
    "L'équipe cherche un accès à des échantillons annotés et un accompagnement réglementaire.",
    "Besoin principal : un mentor pour la stratégie de développement clinique.",
    "L'équipe prépare la création d'une société et cherche un premier financement.",
    "Demande d'accès à une plateforme d'imagerie et à des données de vie réelle.",
    "Elle souhaite rencontrer des partenaires industriels avant le dépôt du prochain brevet.",
];
const ASK_EN: &[&str] = &[
    "The team looks for annotated samples and regulatory guidance.",
    "Main need: a mentor for the clinical development strategy.",
    "The team is about to found a company and looks for its first funding.",
    "It asks for access to an imaging platform and to real-world data.",
    "It would like to meet industrial partners before filing the next patent.",
];

/// Tells each project once.
#[derive(Debug, Default)]
pub(super) struct Ideas {
    titles: HashSet<String>,
}

impl Ideas {
    /// A project that nobody has told yet.
    pub(super) fn another(&mut self, dice: &mut Dice, language: Language) -> Idea {
        let ((area, kind), indication, title) = self.titled(dice, language);
        let stage = dice.weighted(&[
            (24, Stage::Ideation),
            (26, Stage::Creation),
            (24, Stage::PreSeed),
            (16, Stage::Seed),
            (7, Stage::Acceleration),
            (3, Stage::Unknown),
        ]);
        let unknown = stage == Stage::Unknown;
        Idea {
            summary: summary(dice, language, indication),
            title,
            language,
            stage,
            area: if unknown && dice.chance(40) { Area::Unknown } else { area },
            disciplines: disciplines(dice, area),
            modality: (!unknown).then_some(kind.0),
            indication: dice.chance(92).then_some(indication.0),
            needs: needs(dice),
        }
    }

    fn titled(&mut self, dice: &mut Dice, language: Language) -> (Kind, Labelled, String) {
        loop {
            let kind = *dice.pick(KINDS);
            let indication = *dice.pick(INDICATIONS);
            let title = title(dice, language, kind.1, indication);
            if self.titles.insert(title.clone()) {
                return (kind, indication, title);
            }
        }
    }
}

fn title(dice: &mut Dice, language: Language, kind: Labelled, indication: Labelled) -> String {
    match language {
        Language::Fr => {
            let tail = dice.pick(&["", "", " : étude pilote", ", deuxième génération"]);
            format!("{} contre {}{tail}", kind.1, indication.1)
        }
        Language::En => {
            let tail = dice.pick(&["", "", ": pilot study", ", second generation"]);
            format!("{} against {}{tail}", kind.2, indication.2)
        }
    }
}

fn summary(dice: &mut Dice, language: Language, indication: Labelled) -> String {
    let (pools, named) = match language {
        Language::Fr => ([PROBLEM_FR, APPROACH_FR, EVIDENCE_FR, ASK_FR], indication.1),
        Language::En => ([PROBLEM_EN, APPROACH_EN, EVIDENCE_EN, ASK_EN], indication.2),
    };
    let sentences = pools.map(|pool| dice.pick(pool).replace("{i}", named));
    sentences.join(" ")
}

fn disciplines(dice: &mut Dice, area: Area) -> Vec<Discipline> {
    use Discipline as D;
    let usual: &[D] = match area {
        Area::Therapeutics => &[D::Biology, D::Chemistry, D::Pharmacology, D::Medicine],
        Area::Diagnostics => &[D::Biology, D::Bioinformatics, D::Statistics, D::Medicine],
        Area::MedicalDevices => &[D::Physics, D::Engineering, D::Medicine, D::ComputerScience],
        Area::DigitalHealth => {
            &[D::ArtificialIntelligence, D::ComputerScience, D::Mathematics, D::Medicine]
        }
        Area::Unknown => &[D::Unknown],
    };
    let mut some = dice.some(usual, 62);
    if some.is_empty() {
        some.push(usual[0]);
    }
    if dice.chance(12) {
        some.push(D::SocialScience);
    }
    some
}

fn needs(dice: &mut Dice) -> Vec<OfferComponent> {
    use OfferComponent as O;
    let all = [
        (55, O::Mentors), (30, O::Networks), (50, O::Funding), (25, O::Data), (25, O::Samples),
        (35, O::Technologies), (18, O::Infrastructures), (22, O::Laboratories),
    ];
    all.into_iter().filter(|(percent, _)| dice.chance(*percent)).map(|(_, need)| need).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn no_two_projects_have_one_title() {
        let (mut ideas, mut dice) = (Ideas::default(), Dice::of(1, "ideas"));
        let titles: HashSet<String> = (0..700)
            .map(|number| {
                let language = if number % 3 == 0 { Language::En } else { Language::Fr };
                let idea = ideas.another(&mut dice, language);
                assert!(idea.title.parse::<events::Title>().is_ok(), "{}", idea.title);
                idea.title
            })
            .collect();
        assert_eq!(titles.len(), 700);
    }
}
