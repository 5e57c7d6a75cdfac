//! The story in English.

mod amendments;
mod coaching;
mod network;
mod people;
mod platform;
mod project;
mod rules;
mod selection;

use events::{Channel, Fact};

use super::scene::Scene;

/// What happened, in English.
pub(super) fn tell(fact: &Fact, s: &Scene<'_>) -> String {
    match fact {
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
    }
}

/// `by e-mail`.
const fn by_channel(channel: Channel) -> &'static str {
    match channel {
        Channel::Web => "online",
        Channel::Api => "through the programming interface",
        Channel::Email => "by e-mail",
        Channel::Phone => "by phone",
        Channel::Video => "by video call",
        Channel::InPerson => "in person",
        Channel::Import => "by import",
        Channel::Timer => "automatically",
    }
}
