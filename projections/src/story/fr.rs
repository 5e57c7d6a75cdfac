//! Le récit en français.

mod amendments;
mod coaching;
mod network;
mod people;
mod platform;
mod project;
mod rules;
mod selection;

use events::{Channel, Fact, Party};

use super::scene::Scene;

/// What happened, in French.
pub(super) fn tell(fact: &Fact, s: &Scene<'_>) -> String {
    let sentence = match fact {
        Fact::Person(fact) => people::person(fact, s),
        Fact::Organisation(fact) => people::organisation(fact, s),
        Fact::Access(fact) => people::access(fact, s),
        Fact::Policy(fact) => rules::policy(fact, s),
        Fact::Call(fact) => rules::call(fact, s),
        Fact::Intake(fact) => project::intake(fact, s),
        Fact::Followup(fact) => project::followup(fact, s),
        Fact::Outcome(fact) => project::outcome(fact, s),
        Fact::Coaching(fact) => coaching::coaching(fact, s),
        Fact::Selection(fact) => selection::selection(fact, s),
        Fact::Resource(fact) => platform::resource(fact, s),
        Fact::Booking(fact) => platform::booking(fact, s),
        Fact::Introduction(fact) => network::introduction(fact, s),
        Fact::Gathering(fact) => network::gathering(fact, s),
        Fact::Amendment(fact) => amendments::amendment(fact, s),
        Fact::Approval(fact) => amendments::approval(fact, s),
    };
    typeset(&sentence)
}

/// No line breaks before the marks that French sets off by a space.
fn typeset(sentence: &str) -> String {
    sentence.replace(" :", "\u{a0}:").replace(" ;", "\u{a0};")
}

/// `par courriel`.
const fn by_channel(channel: Channel) -> &'static str {
    match channel {
        Channel::Web => "en ligne",
        Channel::Api => "par interface de programmation",
        Channel::Email => "par courriel",
        Channel::Phone => "par téléphone",
        Channel::Video => "en visioconférence",
        Channel::InPerson => "en personne",
        Channel::Import => "par reprise de données",
        Channel::Timer => "automatiquement",
    }
}

/// `du guichet`.
const fn of_party(party: Party) -> &'static str {
    match party {
        Party::Office => "du guichet",
        Party::Innovator => "du porteur",
        Party::Mentor => "du mentor",
        Party::Partner => "du partenaire",
    }
}
