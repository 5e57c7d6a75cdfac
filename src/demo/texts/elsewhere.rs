//! What is written about introductions, resources, gatherings and outcomes.

use super::Pool;

pub(in crate::demo) const WHY_MEET: Pool = Pool::of(
    &[
        "Ils financent le diagnostic à ce stade.", "Leur pipeline laisse une place à cette cible.",
        "Ils cherchent un partenaire clinique dans cette indication.",
        "Leur expertise réglementaire manque à l'équipe.", "Demande exprimée par l'équipe.",
    ],
    &[
        "They fund diagnostics at this stage.", "Their pipeline has room for this target.",
        "They look for a clinical partner in this indication.",
        "Their regulatory expertise is what the team lacks.", "The team asked for it.",
    ],
);

pub(in crate::demo) const HOW_IT_GOES: Pool = Pool::of(
    &[
        "Deux rencontres ont eu lieu ; ils échangent des données.",
        "Un comité d'investissement est prévu le mois prochain.",
        "Pas encore de retour, relance envoyée.", "Intérêt confirmé, valorisation discutée.",
        "Les juristes négocient la confidentialité.",
    ],
    &[
        "They met twice and exchange data now.", "An investment committee is due next month.",
        "No answer yet, a reminder went out.", "Interest confirmed, valuation under discussion.",
        "Lawyers negotiate confidentiality.",
    ],
);

pub(in crate::demo) const WHAT_CAME: Pool = Pool::of(
    &[
        "Réponse attendue avant l'été.", "Lettre d'intention reçue.", "Décision motivée reçue.",
        "Accord signé la semaine dernière.",
    ],
    &[
        "An answer is expected by the summer.", "A letter of intent came in.",
        "A reasoned answer came in.", "Signed last week.",
    ],
);

pub(in crate::demo) const GIVEN_UP: Pool = Pool::of(
    &["Le fonds n'investit plus cette année.", "L'équipe a changé de priorité."],
    &["The fund does not invest any more this year.", "The team has other priorities now."],
);

pub(in crate::demo) const PURPOSE: Pool = Pool::of(
    &[
        "Séquencer quarante échantillons de plasma de la seconde cohorte.",
        "Acquérir des images des coupes traitées.", "Trier des lymphocytes infiltrants.",
        "Mesurer la biodistribution du traceur.", "Entraîner le modèle sur la base élargie.",
        "Produire un lot pilote.", "Répéter l'expérience du mois dernier.",
        "Caractériser la fraction purifiée.", "Réunion de l'équipe avec ses partenaires.",
    ],
    &[
        "Sequence forty plasma samples of the second cohort.", "Image the treated sections.",
        "Sort infiltrating lymphocytes.", "Measure the biodistribution of the tracer.",
        "Train the model on the larger database.", "Make a pilot batch.",
        "Repeat last month's experiment.", "Characterise the purified fraction.",
        "Meeting of the team with its partners.",
    ],
);

pub(in crate::demo) const OUTAGE: Pool = Pool::of(
    &[
        "Remplacement du laser.", "Fuite du circuit de refroidissement.",
        "Maintenance annuelle.", "Panne du poste d'acquisition.", "Coupure électrique du bâtiment.",
    ],
    &[
        "The laser is being replaced.", "Leak in the cooling circuit.", "Yearly maintenance.",
        "The acquisition station failed.", "Power cut in the building.",
    ],
);

/// Titles of gatherings stand in clear, in both languages as it comes.
pub(in crate::demo) const GATHERING_TITLE: Pool = Pool::of(
    &[
        "Atelier réglementaire", "Atelier propriété intellectuelle", "Visite de la plateforme d'imagerie",
        "Rencontre investisseurs", "Formation aux bonnes pratiques cliniques",
        "Journée des porteurs de projets", "Séance de pitch à blanc",
    ],
    &[
        "Regulatory workshop", "Workshop on intellectual property", "Visit of the imaging platform",
        "Meeting with investors", "Training in good clinical practice", "Project leaders' day",
        "Rehearsal of pitches",
    ],
);

pub(in crate::demo) const GATHERED: Pool = Pool::of(
    &[
        "Règles des tests compagnons, avec deux exemples.", "Trois projets ont vu la plateforme.",
        "Questions nombreuses sur le remboursement.", "Dix minutes par projet, retours à chaud.",
    ],
    &[
        "The rules on companion diagnostics, with two examples.",
        "Three projects saw the platform.", "Many questions on reimbursement.",
        "Ten minutes per project, feedback on the spot.",
    ],
);

pub(in crate::demo) const CALLED_OFF: Pool = Pool::of(
    &["Trop peu d'inscrits.", "La salle est inondée.", "L'intervenant est souffrant."],
    &["Too few came forward.", "The room is flooded.", "The speaker is ill."],
);

pub(in crate::demo) const OUTCOME_SHOWN: Pool = Pool::of(
    &[
        "Communiqué de presse et lettre d'intention signée.", "Extrait du registre.",
        "Numéro de dépôt transmis.", "Notification du financeur.", "Article en ligne.",
    ],
    &[
        "Press release and the signed term sheet.", "Excerpt from the register.",
        "Filing number received.", "The funder's notification.", "Article online.",
    ],
);

pub(in crate::demo) const VERIFIED: Pool = Pool::of(
    &["Vu l'extrait du registre.", "Vu l'acte signé.", "Vu la notification."],
    &["Saw the register entry.", "Saw the signed deed.", "Saw the notification."],
);

pub(in crate::demo) const CONTESTED: Pool = Pool::of(
    &["Un investisseur indique que sa part était un prêt."],
    &["One investor says that their part was a loan."],
);

pub(in crate::demo) const RETRACTED: Pool = Pool::of(
    &["Appartient à un autre projet.", "Remplacé par une version complète."],
    &["It belongs to another project.", "A complete version takes its place."],
);

pub(in crate::demo) const SEEN_ELSEWHERE: Pool = Pool::of(
    &["Export de l'outil de la plateforme.", "Ligne du planning papier."],
    &["Export of the platform's tool.", "A line of the paper schedule."],
);
