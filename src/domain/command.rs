//! All commands, and what is said of each beside it: who may send it, an example, its texts' key.

use std::fmt;

use events::{Role, Stream};
use serde::Deserialize;

use super::{
    access, amendment, approval, booking, call, coaching, followup, gathering, intake,
    introduction, organisation, outcome, person, policy, resource, selection,
};

/// Something that somebody asks the office to record or to do.
#[derive(Debug, Clone, PartialEq)]
pub enum Command {
    /// On a person's record.
    Person(person::Command),
    /// On an organisation's record.
    Organisation(organisation::Command),
    /// On a rule.
    Policy(policy::Command),
    /// On a call.
    Call(call::Command),
    /// Around a case.
    Intake(intake::Command),
    /// With a project.
    Followup(followup::Command),
    /// In coaching.
    Coaching(coaching::Command),
    /// On an application.
    Selection(selection::Command),
    /// On what came of a project.
    Outcome(outcome::Command),
    /// On a resource.
    Resource(resource::Command),
    /// On a booking.
    Booking(booking::Command),
    /// On an introduction.
    Introduction(introduction::Command),
    /// On a gathering.
    Gathering(gathering::Command),
    /// On people's rights.
    Access(access::Command),
    /// On an earlier fact.
    Amendment(amendment::Command),
    /// On what a second person is asked for.
    Approval(approval::Command),
}

impl Command {
    /// Whether it lets a record give way to another, which must not give way meanwhile.
    pub const fn merges(&self) -> bool {
        matches!(
            self,
            Self::Person(person::Command::Merge { .. })
                | Self::Organisation(organisation::Command::Merge { .. })
        )
    }
}

/// What is said of a command beside it; routes, the API document, the role table and the
/// reference are built from this.
#[derive(Debug, Clone, Copy)]
pub struct Spec {
    /// Its name on the wire, as in the path.
    pub name: &'static str,
    /// Who may send it; the first role held is the one it is recorded in.
    pub roles: &'static [Role],
    /// What it does to the log.
    pub effect: Effect,
    /// Whose key seals its texts.
    pub texts: Texts,
    /// A body as one would send it.
    pub example: &'static str,
}

/// What a command does to the log.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Effect {
    /// Begins a stream.
    Creates,
    /// Adds to a stream.
    Adds,
    /// Decides: states the revision it was decided on (G-2).
    Decides,
}

/// Whose key seals a command's texts.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Texts {
    /// The stream's own subject's.
    OfStream,
    /// The case's that the body names at this JSON pointer; the stream's own without one.
    OfCaseAt(&'static str),
}

/// Kinds of streams as the API groups them.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Collection {
    /// `/v1/cases`
    Cases,
    /// `/v1/people`
    People,
    /// `/v1/organisations`
    Organisations,
    /// `/v1/calls`
    Calls,
    /// `/v1/resources`
    Resources,
    /// `/v1/introductions`
    Introductions,
    /// `/v1/gatherings`
    Gatherings,
    /// `/v1/policies`
    Policies,
    /// `/v1/users`
    Users,
    /// `/v1/events`: an event of whichever record.
    Events,
    /// `/v1/approvals`: what was asked for on whichever record.
    Approvals,
}

impl Collection {
    /// All of them.
    pub const ALL: &'static [Self] = &[
        Self::Cases,
        Self::People,
        Self::Organisations,
        Self::Calls,
        Self::Resources,
        Self::Introductions,
        Self::Gatherings,
        Self::Policies,
        Self::Users,
        Self::Events,
        Self::Approvals,
    ];

    /// The word in the path.
    pub const fn word(self) -> &'static str {
        match self {
            Self::Cases => "cases",
            Self::People => "people",
            Self::Organisations => "organisations",
            Self::Calls => "calls",
            Self::Resources => "resources",
            Self::Introductions => "introductions",
            Self::Gatherings => "gatherings",
            Self::Policies => "policies",
            Self::Users => "users",
            Self::Events => "events",
            Self::Approvals => "approvals",
        }
    }

    /// The collection that a stream belongs to.
    pub const fn of(stream: Stream) -> Self {
        match stream {
            Stream::Access => Self::Users,
            Stream::Person(_) => Self::People,
            Stream::Organisation(_) => Self::Organisations,
            Stream::Policy(_) => Self::Policies,
            Stream::Call(_) => Self::Calls,
            Stream::Case(_) => Self::Cases,
            Stream::Resource(_) => Self::Resources,
            Stream::Introduction(_) => Self::Introductions,
            Stream::Gathering(_) => Self::Gatherings,
        }
    }

    /// The families whose commands it takes.
    pub const fn families(self) -> &'static [Family] {
        match self {
            Self::Cases => &[INTAKE, FOLLOWUP, COACHING, SELECTION, OUTCOME],
            Self::People => &[PERSON],
            Self::Organisations => &[ORGANISATION],
            Self::Calls => &[CALL],
            Self::Resources => &[RESOURCE, BOOKING],
            Self::Introductions => &[INTRODUCTION],
            Self::Gatherings => &[GATHERING],
            Self::Policies => &[POLICY],
            Self::Users => &[ACCESS],
            Self::Events => &[AMENDMENT],
            Self::Approvals => &[APPROVAL],
        }
    }

    /// What is said of a command of this collection.
    pub fn spec(self, name: &str) -> Option<&'static Spec> {
        self.specs().find(|spec| spec.name == name)
    }

    /// What is said of all its commands.
    pub fn specs(self) -> impl Iterator<Item = &'static Spec> {
        self.families().iter().flat_map(|family| family.specs)
    }

    /// Reads one of its commands by name; `None` when it has no such command.
    pub fn read<'de, D>(self, name: &str, body: D) -> Option<Result<Command, D::Error>>
    where
        D: serde::Deserializer<'de>,
    {
        let family = self
            .families()
            .iter()
            .find(|family| family.specs.iter().any(|spec| spec.name == name))?;
        Some(family.read(body))
    }
}

impl fmt::Display for Collection {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.word())
    }
}

/// A family of commands.
#[derive(Debug, Clone, Copy)]
pub struct Family {
    /// Its word: the prefix of the facts it leads to.
    pub word: &'static str,
    /// What is said of its commands.
    pub specs: &'static [Spec],
    /// The JSON Schema of its enum.
    pub schema: fn(&mut schemars::SchemaGenerator) -> schemars::Schema,
}

impl Family {
    fn read<'de, D: serde::Deserializer<'de>>(self, body: D) -> Result<Command, D::Error> {
        match self.word {
            "person" => Deserialize::deserialize(body).map(Command::Person),
            "organisation" => Deserialize::deserialize(body).map(Command::Organisation),
            "policy" => Deserialize::deserialize(body).map(Command::Policy),
            "call" => Deserialize::deserialize(body).map(Command::Call),
            "intake" => Deserialize::deserialize(body).map(Command::Intake),
            "followup" => Deserialize::deserialize(body).map(Command::Followup),
            "coaching" => Deserialize::deserialize(body).map(Command::Coaching),
            "selection" => Deserialize::deserialize(body).map(Command::Selection),
            "outcome" => Deserialize::deserialize(body).map(Command::Outcome),
            "resource" => Deserialize::deserialize(body).map(Command::Resource),
            "booking" => Deserialize::deserialize(body).map(Command::Booking),
            "introduction" => Deserialize::deserialize(body).map(Command::Introduction),
            "gathering" => Deserialize::deserialize(body).map(Command::Gathering),
            "amendment" => Deserialize::deserialize(body).map(Command::Amendment),
            "approval" => Deserialize::deserialize(body).map(Command::Approval),
            _ => Deserialize::deserialize(body).map(Command::Access),
        }
    }
}

macro_rules! families {
    ($($constant:ident $module:ident $variant:ident;)*) => {
        $(const $constant: Family = Family {
            word: stringify!($module),
            specs: $module::SPECS,
            schema: <$module::Command as schemars::JsonSchema>::json_schema,
        };)*

        impl Command {
            /// Its name on the wire.
            pub fn name(&self) -> &'static str {
                match self { $(Self::$variant(command) => command.into(),)* }
            }

            /// What is said of it.
            pub fn spec(&self) -> &'static Spec {
                let (specs, name) = match self {
                    $(Self::$variant(command) => ($module::SPECS, <&'static str>::from(command)),)*
                };
                specs
                    .iter()
                    .find(|spec| spec.name == name)
                    .expect("a test finds a spec for every variant")
            }
        }

        $(impl From<$module::Command> for Command {
            fn from(command: $module::Command) -> Self {
                Self::$variant(command)
            }
        })*

        #[cfg(test)]
        mod tests {
            use strum::VariantNames as _;

            #[test]
            fn every_command_is_described_once_under_its_name() {
                $(
                    let mut names = super::$module::Command::VARIANTS.to_vec();
                    let mut specs: Vec<_> =
                        super::$module::SPECS.iter().map(|spec| spec.name).collect();
                    names.sort_unstable();
                    specs.sort_unstable();
                    assert_eq!(names, specs, "{}", stringify!($module));
                )*
            }
        }
    };
}

families! {
    PERSON person Person;
    ORGANISATION organisation Organisation;
    POLICY policy Policy;
    CALL call Call;
    INTAKE intake Intake;
    FOLLOWUP followup Followup;
    COACHING coaching Coaching;
    SELECTION selection Selection;
    OUTCOME outcome Outcome;
    RESOURCE resource Resource;
    BOOKING booking Booking;
    INTRODUCTION introduction Introduction;
    GATHERING gathering Gathering;
    ACCESS access Access;
    AMENDMENT amendment Amendment;
    APPROVAL approval Approval;
}
