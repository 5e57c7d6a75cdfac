//! Who is asking, and what they may see. What a role may *send* stands beside each command; what
//! it may *read* stands here, once, for the API and the command line alike.

mod token;

use events::{CaseId, MissionScope, PersonId, Role, Time, UserId};

use crate::domain::access::Access;

pub use token::{Token, TokenParts};

/// What there is to read.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Thing {
    /// Cases, their journeys and audit trails.
    Cases,
    /// People's records.
    People,
    /// Organisations' records.
    Organisations,
    /// Calls for projects.
    Calls,
    /// Resources and their calendars.
    Resources,
    /// Introductions.
    Introductions,
    /// Gatherings.
    Gatherings,
    /// The office's rules.
    Policies,
    /// Accounts, roles, tokens and missions.
    Users,
    /// How the keys are kept; the operator's alone.
    Keys,
    /// The whole log, event by event, texts sealed.
    Log,
    /// What waits, or waited, for a second person.
    Approvals,
    /// Irregularities, corrections, decisions, conflicts.
    Registers,
}

impl Thing {
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
        Self::Keys,
        Self::Log,
        Self::Approvals,
        Self::Registers,
    ];
}

/// How much of a thing somebody sees; more includes less.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Sight {
    /// Not that there is one.
    Nothing,
    /// What is about themselves.
    Own,
    /// Everything but personal data and free text.
    Pseudonymous,
    /// Everything.
    Whole,
}

/// What a role sees of a thing. An auditor sees it while on a mission that covers it.
pub const fn sight(role: Role, thing: Thing) -> Sight {
    use Sight::{Nothing, Own, Pseudonymous, Whole};
    use Thing as T;
    match (role, thing) {
        (Role::System, _) => Whole,
        (_, T::Keys) => Nothing,
        // What anybody at the office, and anybody it works with, may know.
        (_, T::Calls | T::Policies) => Whole,
        (Role::Advisor | Role::Head | Role::Deputy | Role::Director, _) => Whole,
        (Role::Auditor, _) => Whole,
        (Role::Analyst, T::Users | T::Approvals) => Nothing,
        (Role::Analyst, _) => Pseudonymous,
        (Role::Funding, T::Users | T::Log | T::Registers) => Nothing,
        (Role::Funding, _) => Whole,
        (Role::Platform, T::Resources | T::Organisations | T::People | T::Gatherings) => Whole,
        (Role::Platform, T::Approvals) => Whole,
        (Role::Platform, _) => Nothing,
        (Role::Innovator, T::Cases | T::People | T::Introductions) => Own,
        (Role::Innovator, T::Gatherings | T::Resources) => Own,
        (Role::Innovator, _) => Nothing,
        (Role::Dpo, T::People | T::Organisations | T::Approvals) => Whole,
        (Role::Dpo, T::Cases | T::Introductions | T::Log | T::Registers) => Pseudonymous,
        (Role::Dpo, _) => Nothing,
        (Role::Admin, T::Users | T::People | T::Organisations | T::Resources) => Whole,
        (Role::Admin, T::Approvals) => Whole,
        (Role::Admin, _) => Nothing,
        // The committee sees applications once it is convened on them, not before.
        (Role::Secretary | Role::Member | Role::Chair, T::Organisations | T::Resources) => Whole,
        (Role::Secretary | Role::Member | Role::Chair, _) => Nothing,
    }
}

/// Whether a mission covers a thing.
const fn covers(scope: MissionScope, thing: Thing) -> bool {
    match (scope, thing) {
        (MissionScope::Everything, _) => true,
        (_, Thing::Policies | Thing::Calls | Thing::Organisations) => true,
        (MissionScope::Selection, Thing::Cases | Thing::People | Thing::Users | Thing::Log) => true,
        (MissionScope::Selection, Thing::Registers | Thing::Approvals) => true,
        (MissionScope::Selection, _) => false,
        (MissionScope::Resources, Thing::Resources | Thing::People) => true,
        (MissionScope::Resources, _) => false,
        (MissionScope::Funding, Thing::Introductions | Thing::Cases | Thing::People) => true,
        (MissionScope::Funding, _) => false,
    }
}

/// Somebody who reads: their roles and missions today.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Reader {
    /// The account.
    pub user: UserId,
    /// The person behind it.
    pub person: PersonId,
    /// Their roles, some on one case only.
    pub roles: Vec<(Role, Option<CaseId>)>,
    /// What their open missions cover.
    pub missions: Vec<MissionScope>,
}

impl Reader {
    /// What an account may read at a moment; `None` when there is no such account.
    pub fn of(access: &Access, user: UserId, now: Time) -> Option<Self> {
        Some(Self {
            user,
            person: access.person_of(user)?,
            roles: access.roles_of(user, now),
            missions: access.missions_of(user, now),
        })
    }

    /// The most that their roles show of a thing, whichever one it is.
    pub fn sight(&self, thing: Thing) -> Sight {
        self.roles
            .iter()
            .filter(|(_, scope)| scope.is_none())
            .map(|(role, _)| self.sight_in(*role, thing))
            .max()
            .unwrap_or(Sight::Nothing)
    }

    /// The most that their roles show of one case.
    pub fn sight_of_case(&self, case: CaseId) -> Sight {
        self.roles
            .iter()
            .filter(|(_, scope)| scope.is_none_or(|scope| scope == case))
            .map(|(role, _)| self.sight_in(*role, Thing::Cases))
            .max()
            .unwrap_or(Sight::Nothing)
    }

    fn sight_in(&self, role: Role, thing: Thing) -> Sight {
        let on_mission = || self.missions.iter().any(|scope| covers(*scope, thing));
        if role == Role::Auditor && !on_mission() {
            return Sight::Nothing;
        }
        sight(role, thing)
    }

    /// Whether they hold a role, on whichever case.
    pub fn is(&self, role: Role) -> bool {
        self.roles.iter().any(|(held, _)| *held == role)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn reader(role: Role, missions: &[MissionScope]) -> Reader {
        Reader {
            user: UserId::derived("u"),
            person: PersonId::derived("p"),
            roles: vec![(role, None)],
            missions: missions.to_vec(),
        }
    }

    #[test]
    fn an_auditor_sees_nothing_without_a_mission() {
        for thing in Thing::ALL {
            assert_eq!(reader(Role::Auditor, &[]).sight(*thing), Sight::Nothing, "{thing:?}");
        }
        let on_mission = reader(Role::Auditor, &[MissionScope::Everything]);
        assert_eq!(on_mission.sight(Thing::Keys), Sight::Nothing);
        let on_mission = reader(Role::Auditor, &[MissionScope::Resources]);
        assert_eq!(on_mission.sight(Thing::Resources), Sight::Whole);
        assert_eq!(on_mission.sight(Thing::Cases), Sight::Nothing);
    }

    #[test]
    fn an_analyst_never_sees_sealed_personal_data() {
        for thing in [Thing::Cases, Thing::People, Thing::Introductions, Thing::Gatherings] {
            assert_eq!(reader(Role::Analyst, &[]).sight(thing), Sight::Pseudonymous);
        }
    }

    #[test]
    fn a_role_on_one_case_shows_no_other() {
        let case = CaseId::derived("c");
        let mut reader = reader(Role::Advisor, &[]);
        reader.roles = vec![(Role::Advisor, Some(case))];
        assert_eq!(reader.sight(Thing::Cases), Sight::Nothing);
        assert_eq!(reader.sight_of_case(case), Sight::Whole);
        assert_eq!(reader.sight_of_case(CaseId::derived("d")), Sight::Nothing);
    }

    #[test]
    fn innovators_see_only_their_own_cases() {
        assert_eq!(reader(Role::Innovator, &[]).sight(Thing::Cases), Sight::Own);
        assert_eq!(reader(Role::Innovator, &[]).sight(Thing::Log), Sight::Nothing);
    }
}
