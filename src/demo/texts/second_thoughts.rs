//! Why something is corrected or annulled; no reason names anybody.

use super::Pool;

pub(in crate::demo) const SLIP: Pool = Pool::of(
    &[
        "Erreur de saisie.",
        "Vérifié dans l'agenda : la durée était autre.",
        "Le compte rendu l'indique autrement.",
    ],
    &[
        "A slip of the pen.",
        "Checked with the diary: it took longer.",
        "The minutes say otherwise.",
    ],
);

pub(in crate::demo) const BETTER_SAID: Pool = Pool::of(
    &[
        "Relu ensemble : l'équipe cherche d'abord des échantillons, le financement vient ensuite.",
        "Précision apportée par l'équipe : la cohorte compte 300 patients, non 30.",
    ],
    &[
        "Read again together: samples come first, money second.",
        "The team added: the cohort has 300 patients, not 30.",
    ],
);

pub(in crate::demo) const WRONG_DAY: Pool = Pool::of(
    &["L'échange datait de la veille.", "Noté à la mauvaise date."],
    &["It was the day before.", "Noted under the wrong date."],
);

pub(in crate::demo) const TWICE: Pool =
    Pool::of(&["Saisi deux fois.", "Doublon."], &["Logged twice.", "A duplicate."]);

pub(in crate::demo) const BY_TWO: Pool = Pool::of(
    &["L'échange concernait un autre projet.", "L'entretien n'a finalement pas eu lieu."],
    &["It was about another project.", "The meeting had not taken place after all."],
);

pub(in crate::demo) const WRONG_ROW: Pool = Pool::of(
    &["Décision portée sur la mauvaise ligne du tableau."],
    &["Decided on the wrong row of the table."],
);

pub(in crate::demo) const IT_WAS_SO: Pool = Pool::of(
    &["L'échange a bien eu lieu ; le compte rendu est au dossier."],
    &["It did take place; the minutes are in the file."],
);

pub(in crate::demo) const SEEN_SINCE: Pool = Pool::of(
    &["Voir aussi le compte rendu versé au dossier.", "Confirmé depuis par courriel."],
    &["See the minutes in the file as well.", "Confirmed since by e-mail."],
);
