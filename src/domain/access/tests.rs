use events::{Fact as Any, Stream};
use proptest::prelude::*;

use super::*;
use crate::domain::testing::{
    Given, NOW, any_history, arrived, at, code, given, identity, person_of, user,
};

const LATER: &str = "2026-04-01T09:00:00Z";
const PAST: &str = "2026-03-01T09:00:00Z";

fn command() -> events::CommandId {
    events::CommandId::derived("the command")
}

fn case() -> CaseId {
    CaseId::derived("case")
}

fn second() -> UserId {
    UserId::derived("the advisor's second account")
}

fn given_access(facts: impl IntoIterator<Item = Fact>) -> Given {
    given(Stream::Access, facts.into_iter().map(Any::from)).by(Role::Admin)
}

fn with_case(story: Given) -> Given {
    story.and(Stream::Case(case()), [arrived()])
}

fn granted(user: UserId, role: Role) -> Fact {
    Fact::RoleGranted { user, role, scope: None, until: None }
}

fn grant(user: UserId, role: Role) -> Command {
    Command::GrantRole { user, role, scope: None, until: None }
}

fn token() -> TokenId {
    TokenId::derived("token")
}

fn issued(holder: Role) -> Fact {
    let (user, purpose) = (user(holder), code("browser"));
    Fact::TokenIssued { token: token(), user, hash: Digest([9; 32]), purpose, until: None }
}

fn issue(holder: Role, hash: u8) -> Command {
    let (user, purpose) = (user(holder), code("browser"));
    Command::IssueToken { user, hash: Digest([hash; 32]), purpose, until: None }
}

fn mission() -> MissionId {
    MissionId::derived("mission")
}

fn opened(mission: MissionId, until: &str) -> Fact {
    Fact::AuditMissionOpened {
        mission,
        auditor: user(Role::Auditor),
        authority: code("funder"),
        mandate: "F2030/118".parse().expect("a reference"),
        scope: MissionScope::Selection,
        until: at(until),
    }
}

fn open(auditor: UserId, until: &str) -> Command {
    Command::OpenAuditMission {
        auditor,
        authority: code("funder"),
        mandate: "F2030/118".parse().expect("a reference"),
        scope: MissionScope::Selection,
        until: at(until),
    }
}

fn folded(facts: impl IntoIterator<Item = Fact>) -> Access {
    let mut access = Access::default();
    let person = person_of(Role::Auditor);
    access.evolve(&Fact::UserEnrolled { user: user(Role::Auditor), person });
    facts.into_iter().for_each(|fact| access.evolve(&fact));
    access
}

#[test]
fn a_registered_person_gets_an_account() {
    let person = PersonId::derived("newcomer");
    let user = UserId::created_by(command());
    let story = given_access([]).and_person(person).when(Command::EnrolUser { person });
    story.then([Fact::UserEnrolled { user, person }.into()]);
    let unknown = given_access([]).when(Command::EnrolUser { person });
    unknown.then_refused(Rule::G9);
    given_access([Fact::UserEnrolled { user, person }])
        .and_person(person)
        .when(Command::EnrolUser { person })
        .then_nothing();
}

#[test]
fn only_administrators_give_rights() {
    let story = given_access([]).by(Role::Head);
    story.when(grant(user(Role::Advisor), Role::Funding)).then_refused(Rule::G4);
}

#[test]
fn a_role_is_granted_once() {
    let advisor = user(Role::Advisor);
    let fact = granted(advisor, Role::Funding);
    given_access([]).when(grant(advisor, Role::Funding)).then([fact.clone().into()]);
    given_access([fact.clone()]).when(grant(advisor, Role::Funding)).then_nothing();
    let longer = Command::GrantRole {
        user: advisor,
        role: Role::Funding,
        scope: None,
        until: Some(at(LATER)),
    };
    let until = Some(at(LATER));
    given_access([fact]).when(longer).then([Fact::RoleGranted {
        user: advisor,
        role: Role::Funding,
        scope: None,
        until,
    }
    .into()]);
}

#[test]
fn a_grant_names_an_account_a_case_and_an_end_to_come() {
    given_access([]).when(grant(UserId::derived("nobody"), Role::Funding)).then_refused(Rule::G9);
    let user = user(Role::Platform);
    let on_case = |scope, until: Option<&str>| Command::GrantRole {
        user,
        role: Role::Advisor,
        scope,
        until: until.map(at),
    };
    given_access([]).when(on_case(Some(case()), None)).then_refused(Rule::G9);
    given_access([]).when(on_case(None, Some(PAST))).then_refused(Rule::G9);
    with_case(given_access([])).when(on_case(Some(case()), Some(LATER))).then([
        Fact::RoleGranted {
            user,
            role: Role::Advisor,
            scope: Some(case()),
            until: Some(at(LATER)),
        }
        .into(),
    ]);
}

#[test]
fn nobody_is_made_the_system() {
    given_access([]).when(grant(user(Role::Head), Role::System)).then_refused(Rule::G4);
}

#[test]
fn incompatible_roles_do_not_meet_in_one_person() {
    for (held, asked) in [
        (Role::Advisor, Role::Member),
        (Role::Member, Role::Advisor),
        (Role::Secretary, Role::Member),
        (Role::Chair, Role::Secretary),
        (Role::Admin, Role::Head),
        (Role::Deputy, Role::Admin),
        (Role::Director, Role::Admin),
        (Role::Admin, Role::Member),
        (Role::Admin, Role::Chair),
    ] {
        let story = given_access([]).when(grant(user(held), asked));
        let refusal = story.then_refused(Rule::G4);
        assert_eq!(refusal.reason, "incompatible_roles");
    }
    // Neither under a second account of theirs …
    let person = person_of(Role::Advisor);
    given_access([Fact::UserEnrolled { user: second(), person }])
        .when(grant(second(), Role::Member))
        .then_refused(Rule::G4);
    // … nor under another record of theirs …
    let merged = events::person::Fact::Merged { into: person };
    given_access([])
        .and(Stream::Person(person_of(Role::Dpo)), [merged.into()])
        .when(grant(user(Role::Dpo), Role::Member))
        .then_refused(Rule::G4);
    // … but once the first is over.
    let advisor = user(Role::Advisor);
    let revoked = Fact::RoleRevoked { user: advisor, role: Role::Advisor, scope: None };
    given_access([revoked]).when(grant(advisor, Role::Member)).then([granted(
        advisor,
        Role::Member,
    )
    .into()]);
}

#[test]
fn an_advisor_of_one_case_may_judge_another() {
    let user = user(Role::Platform);
    let here = |role| Fact::RoleGranted { user, role, scope: Some(case()), until: None };
    let elsewhere = CaseId::derived("another case");
    let there =
        Fact::RoleGranted { user, role: Role::Advisor, scope: Some(elsewhere), until: None };
    let ask = Command::GrantRole { user, role: Role::Member, scope: Some(case()), until: None };
    with_case(given_access([there])).when(ask.clone()).then([here(Role::Member).into()]);
    with_case(given_access([here(Role::Advisor)])).when(ask).then_refused(Rule::G4);
}

#[test]
fn a_role_is_revoked_as_it_was_granted() {
    let user = user(Role::Advisor);
    let revoke = |role, scope| Command::RevokeRole { user, role, scope };
    given_access([]).when(revoke(Role::Advisor, None)).then([Fact::RoleRevoked {
        user,
        role: Role::Advisor,
        scope: None,
    }
    .into()]);
    given_access([]).when(revoke(Role::Advisor, Some(case()))).then_nothing();
    given_access([]).when(revoke(Role::Dpo, None)).then_nothing();
    let unknown = UserId::derived("nobody");
    given_access([])
        .when(Command::RevokeRole { user: unknown, role: Role::Dpo, scope: None })
        .then_refused(Rule::G9);
}

#[test]
fn everybody_issues_tokens_for_themselves_and_administrators_for_all() {
    let fact = |holder| {
        let (user, purpose) = (user(holder), code("browser"));
        let token = TokenId::created_by(command());
        Fact::TokenIssued { token, user, hash: Digest([3; 32]), purpose, until: None }
    };
    let advisor = || given_access([]).by(Role::Advisor);
    advisor().when(issue(Role::Advisor, 3)).then([fact(Role::Advisor).into()]);
    advisor().when(issue(Role::Head, 3)).then_refused(Rule::G4);
    given_access([]).when(issue(Role::Head, 3)).then([fact(Role::Head).into()]);
    given_access([fact(Role::Head)]).when(issue(Role::Head, 3)).then_nothing();
    // A token opens one account only.
    given_access([issued(Role::Head)]).when(issue(Role::Advisor, 9)).then_refused(Rule::G4);
}

#[test]
fn everybody_revokes_their_own_tokens() {
    let revoke = Command::RevokeToken { token: token() };
    let revoked = Fact::TokenRevoked { token: token() };
    let by = |role| given_access([issued(Role::Head)]).by(role).when(revoke.clone());
    by(Role::Head).then([revoked.clone().into()]);
    by(Role::Admin).then([revoked.clone().into()]);
    by(Role::Deputy).then_refused(Rule::G4);
    given_access([]).when(revoke.clone()).then_refused(Rule::G9);
    given_access([issued(Role::Head), revoked]).when(revoke).then_nothing();
}

#[test]
fn a_token_opens_its_account_until_it_ends() {
    let mut access = folded([Fact::TokenIssued {
        token: token(),
        user: user(Role::Auditor),
        hash: Digest([9; 32]),
        purpose: code("browser"),
        until: Some(at(LATER)),
    }]);
    let opens = Some((token(), user(Role::Auditor)));
    assert_eq!(access.user_of_token(Digest([9; 32]), at(NOW)), opens);
    assert_eq!(access.user_of_token(Digest([8; 32]), at(NOW)), None);
    assert_eq!(access.user_of_token(Digest([9; 32]), at(LATER)), None);
    access.evolve(&Fact::TokenRevoked { token: token() });
    assert_eq!(access.user_of_token(Digest([9; 32]), at(NOW)), None);
}

#[test]
fn a_mission_is_for_an_auditor_and_has_an_end() {
    let mission = MissionId::created_by(command());
    let auditor = user(Role::Auditor);
    let fact = opened(mission, LATER);
    given_access([]).when(open(auditor, LATER)).then([fact.clone().into()]);
    given_access([fact]).when(open(auditor, LATER)).then_nothing();
    given_access([]).when(open(auditor, PAST)).then_refused(Rule::G9);
    given_access([]).when(open(user(Role::Advisor), LATER)).then_refused(Rule::G4);
    given_access([]).when(open(UserId::derived("nobody"), LATER)).then_refused(Rule::G9);
}

#[test]
fn a_mission_is_closed_once() {
    let close = Command::CloseAuditMission { mission: mission() };
    let closed = Fact::AuditMissionClosed { mission: mission() };
    given_access([opened(mission(), LATER)]).when(close.clone()).then([closed.clone().into()]);
    given_access([]).when(close.clone()).then_refused(Rule::G9);
    given_access([opened(mission(), LATER), closed]).when(close).then_nothing();
}

#[test]
fn an_auditor_counts_as_one_only_within_an_open_mission() {
    let auditor = user(Role::Auditor);
    let mut access = folded([granted(auditor, Role::Auditor)]);
    let holds = |access: &Access, when: &str| access.holds(auditor, Role::Auditor, None, at(when));
    assert!(!holds(&access, NOW));
    access.evolve(&opened(mission(), LATER));
    assert!(holds(&access, NOW) && !holds(&access, LATER));
    assert_eq!(access.missions_of(auditor, at(NOW)), [MissionScope::Selection]);
    access.evolve(&Fact::AuditMissionClosed { mission: mission() });
    assert!(!holds(&access, NOW));
    assert_eq!(access.missions_of(auditor, at(NOW)), []);
}

#[test]
fn a_role_on_one_case_counts_there_only_and_until_its_end() {
    let user = user(Role::Auditor);
    let access = folded([Fact::RoleGranted {
        user,
        role: Role::Advisor,
        scope: Some(case()),
        until: Some(at(LATER)),
    }]);
    let holds = |case, when| access.holds(user, Role::Advisor, case, at(when));
    assert!(holds(Some(case()), NOW));
    assert!(!holds(None, NOW) && !holds(Some(CaseId::derived("another")), NOW));
    assert!(!holds(Some(case()), LATER));
    assert_eq!(access.roles_of(user, at(NOW)), [(Role::Advisor, Some(case()))]);
}

fn facts() -> Vec<Any> {
    let auditor = user(Role::Auditor);
    let enrolled = |user| Fact::UserEnrolled { user, person: person_of(Role::Advisor) };
    let scoped = |role, scope| Fact::RoleGranted { user: second(), role, scope, until: None };
    [
        enrolled(second()),
        enrolled(UserId::derived("nobody")),
        granted(second(), Role::Advisor),
        scoped(Role::Member, Some(case())),
        Fact::RoleRevoked { user: second(), role: Role::Advisor, scope: None },
        Fact::RoleRevoked { user: auditor, role: Role::Auditor, scope: None },
        issued(Role::Head),
        Fact::TokenRevoked { token: token() },
        opened(mission(), LATER),
        Fact::AuditMissionClosed { mission: mission() },
    ]
    .map(Any::from)
    .to_vec()
}

fn commands() -> Vec<Command> {
    vec![
        Command::EnrolUser { person: PersonId::derived("newcomer") },
        grant(second(), Role::Member),
        grant(second(), Role::Advisor),
        Command::RevokeRole { user: second(), role: Role::Advisor, scope: None },
        issue(Role::Head, 9),
        Command::RevokeToken { token: token() },
        open(user(Role::Auditor), LATER),
        Command::CloseAuditMission { mission: mission() },
    ]
}

proptest! {
    #[test]
    fn any_history_evolves_and_what_is_decided_on_it_is_decided_once(
        history in any_history(facts()),
        command in proptest::sample::select(commands()),
    ) {
        let person = PersonId::derived("newcomer");
        let registered = events::person::Fact::Registered(identity());
        given(Stream::Access, history)
            .by(Role::Admin)
            .and(Stream::Person(person), [registered.into()])
            .when(command)
            .settles();
    }
}
