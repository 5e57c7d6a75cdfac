//! What is written around applications: reasons that name no one.

use super::Pool;

pub(in crate::demo) const FORWARD: Pool = Pool::of(
    &[
        "Science originale, équipe complète, besoin clinique clair.",
        "Le projet répond aux trois critères de la grille et tire parti de l'offre du cluster.",
        "Preuve de concept solide ; l'accès aux plateformes ferait gagner un an.",
        "Potentiel diagnostique élevé ; les réserves sur le marché relèvent du comité.",
    ],
    &[
        "Original science, a complete team, a clear clinical need.",
        "The project meets the three criteria and would make good use of the cluster's offer.",
        "Sound proof of concept; access to platforms would save a year.",
        "High diagnostic potential; doubts about the market are for the committee.",
    ],
);

pub(in crate::demo) const DEFER: Pool = Pool::of(
    &[
        "Science prometteuse ; le volet économique n'est pas prêt.",
        "À revoir une fois le brevet déposé.",
        "L'équipe doit d'abord s'adjoindre une compétence clinique.",
    ],
    &[
        "Promising science; the business side is not ready.",
        "To be seen again once the patent is filed.",
        "The team first needs somebody with clinical skills.",
    ],
);

pub(in crate::demo) const DECLINE: Pool = Pool::of(
    &[
        "La différence avec l'existant n'est pas établie.",
        "Les données présentées ne soutiennent pas encore l'hypothèse centrale.",
        "Le besoin clinique décrit est déjà couvert par deux produits.",
        "Le projet n'a pas besoin de l'offre du cluster à ce stade.",
        "Le plan de travail ne tient pas dans les moyens demandés.",
    ],
    &[
        "The difference from what exists is not established.",
        "The data shown do not support the central hypothesis yet.",
        "The clinical need described is met by two products already.",
        "The project does not need the cluster's offer at this stage.",
        "The work plan does not fit the means asked for.",
    ],
);

pub(in crate::demo) const REFER: Pool = Pool::of(
    &[
        "Le besoin relève d'un incubateur ; un partenaire est proposé.",
        "Projet hors de la cancérologie pour l'essentiel ; une autre structure est mieux placée.",
    ],
    &[
        "What they need is an incubator; a partner is suggested.",
        "Mostly outside oncology; another structure is better placed.",
    ],
);

pub(in crate::demo) const STRENGTH: Pool = Pool::of(
    &[
        "Données sur plus de quarante échantillons.", "Équipe pluridisciplinaire.",
        "Brevet prioritaire déposé.", "Soutien écrit de deux services cliniques.",
        "Calendrier réaliste.", "Besoin médical fort.",
    ],
    &[
        "Data on more than forty samples.", "An interdisciplinary team.", "Priority patent filed.",
        "Written support from two clinical departments.", "A realistic calendar.",
        "A strong medical need.",
    ],
);

pub(in crate::demo) const GAP: Pool = Pool::of(
    &[
        "Personne pour le volet économique.", "Pas de validation externe.",
        "Position de propriété intellectuelle floue.", "Budget sous-estimé.",
        "Comparateur absent.", "Pas de stratégie réglementaire.",
    ],
    &[
        "Nobody for the business side.", "No external validation.",
        "Unclear position on intellectual property.", "Budget underestimated.", "No comparator.",
        "No regulatory strategy.",
    ],
);

pub(in crate::demo) const OPINION: Pool = Pool::of(
    &["Avis favorable, sous réserve d'un plan clinique.", "Réservé : trop tôt à mon sens."],
    &["In favour, provided there is a clinical plan.", "With reservations: too early, I think."],
);

pub(in crate::demo) const NOT_MET: Pool = Pool::of(
    &[
        "Aucun lien avec la cancérologie dans le dossier.",
        "Le projet est déjà en phase commerciale.",
        "Aucune activité prévue en France.",
        "Le dossier contient des éléments confidentiels d'un tiers.",
        "Les courriels restent sans réponse depuis un mois.",
    ],
    &[
        "No link with oncology in the file.", "The project is on the market already.",
        "No activity planned in France.",
        "The file holds confidential material of a third party.",
        "E-mails have gone unanswered for a month.",
    ],
);

pub(in crate::demo) const UNKNOWN: Pool = Pool::of(
    &["Le dossier ne permet pas de conclure ; question posée à l'équipe."],
    &["The file does not tell; the team was asked."],
);

pub(in crate::demo) const MET: Pool = Pool::of(
    &["Voir la première page du dossier.", "Confirmé au téléphone.", "Indiqué dans le formulaire."],
    &["See the first page of the file.", "Confirmed by phone.", "Stated in the form."],
);

pub(in crate::demo) const ADMITTED: Pool = Pool::of(
    &[
        "Le formulaire était indisponible durant la dernière heure.",
        "Retard de quelques minutes, dossier complet.",
    ],
    &["The form was out of order in the last hour.", "A few minutes late, and complete."],
);

pub(in crate::demo) const NOT_ADMITTED: Pool = Pool::of(
    &["Deux jours de retard sans motif ; le prochain appel ouvre bientôt."],
    &["Two days late without a reason; the next call opens soon."],
);

pub(in crate::demo) const WITHDRAWN: Pool = Pool::of(
    &[
        "L'équipe souhaite d'abord déposer son brevet.", "Le porteur a accepté un autre poste.",
        "Un autre programme finance le projet.",
    ],
    &[
        "The team first wants its patent filed.", "The project's lead took another position.",
        "Another programme funds the project.",
    ],
);

pub(in crate::demo) const CONFLICT: Pool = Pool::of(
    &[
        "Deux publications communes en 2022.", "Encadrement de thèse jusqu'en 2021.",
        "Ancien employeur du porteur.", "Participation minoritaire dans la société porteuse.",
    ],
    &[
        "Two papers together in 2022.", "Supervised their thesis until 2021.",
        "Used to employ the project's lead.", "Holds a small stake in the company.",
    ],
);

pub(in crate::demo) const CLOSED: Pool = Pool::of(
    &[
        "Orientation donnée, plus d'action prévue.", "La société vole de ses propres ailes.",
        "L'équipe s'est dispersée.", "Sans nouvelles malgré trois relances.",
    ],
    &[
        "Guidance was given, nothing more is planned.", "The company stands alone.",
        "The team dispersed.", "No news after three reminders.",
    ],
);

pub(in crate::demo) const REOPENED: Pool = Pool::of(
    &["L'équipe revient avec une seconde indication.", "Nouveau financement, nouvelle équipe."],
    &["They come back with a second indication.", "New funding, a new team."],
);

pub(in crate::demo) const ON_HOLD: Pool = Pool::of(
    &[
        "L'équipe attend l'avis du comité d'éthique.", "Congé du porteur.",
        "Négociation en cours avec l'établissement.",
    ],
    &[
        "The team waits for its ethics approval.", "The project's lead is on leave.",
        "Negotiation with the parent institution is under way.",
    ],
);

pub(in crate::demo) const REFERRED: Pool = Pool::of(
    &[
        "Leur incubateur convient à ce stade.", "Ils financent la maturation de ce type de projet.",
        "Ils disposent de la plateforme qui manque ici.",
    ],
    &[
        "They run the incubator that fits this stage.", "They fund maturation of such projects.",
        "They have the platform that is missing here.",
    ],
);

pub(in crate::demo) const REFERRAL_NOTE: Pool = Pool::of(
    &["Rencontrés à notre journée portes ouvertes.", "Projet suivi chez nous depuis un an."],
    &["Met them at our open day.", "Followed here for a year."],
);
