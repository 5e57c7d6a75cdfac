//! Requests about a person's own data.

use events::{Labelled, privacy};

use super::by_channel;
use crate::story::scene::{Scene, with};

pub(super) fn privacy(fact: &privacy::Fact, s: &Scene<'_>) -> String {
    use privacy::Fact;
    match fact {
        Fact::RequestReceived { kind, subject, due, channel, .. } => format!(
            "{} asked {} for something about their own data: {}; to be answered by {}.",
            s.person(*subject),
            by_channel(*channel),
            kind.label(s.language),
            s.date(*due)
        ),
        Fact::IdentityVerified { method } => {
            format!("It was made sure that they ask for themselves ({}).", s.code(method))
        }
        Fact::Extended { until, .. } => {
            format!("The answer takes longer, until {}.", s.date(*until))
        }
        Fact::Assessed { outcome, legal_basis, kept, .. } => {
            let basis = (!legal_basis.is_empty()).then(|| s.codes(legal_basis));
            let kept: Vec<_> = kept.iter().map(|kept| kept.what.clone()).collect();
            let kept = (!kept.is_empty()).then(|| s.codes(&kept));
            format!(
                "The request is {}{}{}.",
                outcome.label(s.language),
                with(basis, |basis| format!(" ({basis})")),
                with(kept, |kept| format!("; kept: {kept}"))
            )
        }
        Fact::Answered { channel, .. } => format!("They were told {}.", by_channel(*channel)),
        Fact::TextKept { event, basis, .. } => {
            let what = with(s.memory.told(*event), |said| format!(" of: {}", s.quote(said)));
            format!("A text was looked at and stays as it is ({}){what}.", s.code(basis))
        }
    }
}
