//! Les demandes d'une personne sur ses propres données.

use events::{Labelled, privacy};

use super::by_channel;
use crate::story::scene::{Scene, with};

pub(super) fn privacy(fact: &privacy::Fact, s: &Scene<'_>) -> String {
    use privacy::Fact;
    match fact {
        Fact::RequestReceived { kind, subject, due, channel, .. } => format!(
            "{} a fait une demande sur ses propres données {} : {} ; réponse due le {}.",
            s.person(*subject),
            by_channel(*channel),
            kind.label(s.language),
            s.date(*due)
        ),
        Fact::IdentityVerified { method } => {
            format!("L'identité de la personne a été vérifiée ({}).", s.code(method))
        }
        Fact::Extended { until, .. } => {
            format!("Le délai de réponse est prolongé jusqu'au {}.", s.date(*until))
        }
        Fact::Assessed { outcome, legal_basis, kept, .. } => {
            let basis = (!legal_basis.is_empty()).then(|| s.codes(legal_basis));
            let kept: Vec<_> = kept.iter().map(|kept| kept.what.clone()).collect();
            let kept = (!kept.is_empty()).then(|| s.codes(&kept));
            format!(
                "La demande est {}{}{}.",
                outcome.label(s.language),
                with(basis, |basis| format!(" ({basis})")),
                with(kept, |kept| format!(" ; conservé : {kept}"))
            )
        }
        Fact::Answered { channel, .. } => {
            format!("La personne a été informée {}.", by_channel(*channel))
        }
        Fact::TextKept { event, basis, .. } => {
            let what = with(s.memory.told(*event), |said| format!(" de : {}", s.quote(said)));
            format!("Un texte a été relu et reste tel quel ({}){what}.", s.code(basis))
        }
    }
}
