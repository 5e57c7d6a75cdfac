use events::{Digest, Fact as Any, Stream, approval, followup, person};

use super::*;
use crate::domain::testing::{
    Given, NOW, arrived, at, code, created, given, person_of, sealed, user,
};

fn case() -> CaseId {
    CaseId::derived("case")
}

fn stream() -> Stream {
    Stream::Case(case())
}

fn partner() -> OrganisationId {
    OrganisationId::derived("partner")
}

fn given_case(facts: impl IntoIterator<Item = Fact>) -> Given {
    let facts = facts.into_iter().map(Any::from);
    given(stream(), [arrived()].into_iter().chain(facts)).and_organisation(partner())
}

fn given_closed(facts: impl IntoIterator<Item = Fact>) -> Given {
    given_case(facts.into_iter().chain([closed()]))
}

fn closed() -> Fact {
    Fact::Closed { reason: ClosingReason::Graduated, note: None }
}

fn arrival() -> Arrival {
    match arrived() {
        Any::Intake(Fact::Logged(arrival)) => arrival,
        other => panic!("an arrival, not {other:?}"),
    }
}

fn document() -> DocumentId {
    DocumentId::derived("document")
}

/// A case with one document in its file.
fn given_file(facts: impl IntoIterator<Item = Fact>) -> Given {
    let attachment = followup::Attachment {
        document: document(),
        kind: events::DocumentKind::Letter,
        name: sealed("name"),
        size_bytes: 10,
        media_type: "application/pdf".parse().expect("a media type"),
        digest: Digest([3; 32]),
        supersedes: None,
    };
    let attached = followup::Fact::DocumentAttached(attachment).into();
    let facts = facts.into_iter().map(Any::from);
    given(stream(), [arrived(), attached].into_iter().chain(facts))
}

fn someone() -> PersonId {
    person_of(Role::Innovator)
}

/// A command that changes nothing in a closed case, and is irregular there as a report.
#[track_caller]
fn needs_an_open_case(before: Vec<Fact>, command: Command, fact: Fact) {
    let story = || given_closed(before.clone()).and_person(someone()).when(command.clone());
    assert_eq!(story().then_refused(Rule::C7).reason, "case_closed");
    story().reported().then_irregular([fact.into()], [Rule::C7]);
}

mod a_case_begins {
    use super::*;

    fn log(arrival: Arrival) -> Command {
        Command::LogIntake(arrival)
    }

    fn nothing() -> Given {
        given(stream(), []).and_person(someone()).and_organisation(partner())
    }

    #[test]
    fn with_a_contact_who_is_known() {
        nothing().when(log(arrival())).then([arrived()]);
        let strange = Arrival { contact: person_of(Role::Dpo), ..arrival() };
        assert_eq!(nothing().when(log(strange)).then_refused(Rule::G9).field, Some("contact"));
    }

    #[test]
    fn with_organisations_that_are_known() {
        let from = Some(partner());
        let whole = Arrival { organisation: from, referred_by: from, ..arrival() };
        nothing().when(log(whole.clone())).then([Fact::Logged(whole).into()]);
        let strange = Some(OrganisationId::derived("strange"));
        for (arrival, field) in [
            (Arrival { organisation: strange, ..arrival() }, "organisation"),
            (Arrival { referred_by: strange, ..arrival() }, "referred_by"),
        ] {
            let refusal = nothing().when(log(arrival)).then_refused(Rule::G9);
            assert_eq!(refusal.field, Some(field));
        }
    }

    #[test]
    fn once_it_came_in_and_only_once() {
        let tomorrow = Arrival { received_at: at("2026-03-03T09:00:00Z"), ..arrival() };
        nothing().when(log(tomorrow.clone())).then_refused(Rule::G3);
        nothing().when(log(tomorrow)).reported().then_refused(Rule::G3);
        given_case([]).when(log(arrival())).then_nothing();
    }

    #[test]
    fn on_a_clock_that_may_go_wrong_by_minutes() {
        let ahead = Arrival { received_at: at("2026-03-02T09:04:00Z"), ..arrival() };
        nothing().when(log(ahead.clone())).then([Fact::Logged(ahead).into()]);
    }
}

#[test]
fn an_applicant_is_told_once() {
    let tell = |letter| Command::Acknowledge { letter };
    let told = |letter| Fact::Acknowledged { letter };
    given_case([]).when(tell(None)).then([told(None).into()]);
    given_case([told(None)]).when(tell(None)).then_nothing();
    given_file([]).when(tell(Some(document()))).then([told(Some(document())).into()]);
    given_case([]).when(tell(Some(document()))).then_refused(Rule::G9);
}

#[test]
fn an_advisor_takes_a_case_on() {
    let assign = |role| Command::AssignAdvisor { advisor: user(role) };
    let assigned = Fact::AdvisorAssigned { advisor: user(Role::Advisor), previous: None };
    given_case([]).when(assign(Role::Advisor)).then([assigned.clone().into()]);
    given_case([assigned.clone()]).when(assign(Role::Advisor)).then_nothing();
    given_case([]).when(assign(Role::Member)).then_refused(Rule::G4);
    given_case([]).when(assign(Role::Member)).reported().then_refused(Rule::G4);
    let previous = Fact::AdvisorAssigned { advisor: user(Role::Head), previous: None };
    let after =
        Fact::AdvisorAssigned { advisor: user(Role::Advisor), previous: Some(user(Role::Head)) };
    given_case([previous]).when(assign(Role::Advisor)).then([after.into()]);
    needs_an_open_case(vec![], assign(Role::Advisor), assigned);
}

#[test]
fn a_description_that_says_something_new_counts() {
    let describe = Command::DescribeProject;
    let described = |project| Fact::ProjectDescribed { project };
    let new = || Project { summary: sealed("new"), ..arrival().project };
    given_case([]).when(describe(new())).then([described(new()).into()]);
    given_case([]).when(describe(arrival().project)).then_nothing();
    needs_an_open_case(vec![], describe(new()), described(new()));
}

#[test]
fn a_description_does_not_move_the_stage() {
    let further = || Project { stage: Stage::Seed, ..arrival().project };
    let describe = || given_case([]).when(Command::DescribeProject(further()));
    assert_eq!(describe().then_refused(Rule::C6).field, Some("stage"));
    let fact = || Fact::ProjectDescribed { project: further() };
    describe().reported().then_irregular([fact().into()], [Rule::C6]);
    let unknown = Fact::Logged(Arrival {
        project: Project { stage: Stage::Unknown, ..arrival().project },
        ..arrival()
    });
    given(stream(), [unknown.into()])
        .when(Command::DescribeProject(further()))
        .then([fact().into()]);
}

#[test]
fn needs_are_a_set() {
    use OfferComponent::{Funding, Mentors};
    let express = |needs| Command::ExpressNeeds { needs };
    let expressed = |needs| Fact::NeedsExpressed { needs };
    let both = vec![Mentors, Funding];
    given_case([]).when(express(both.clone())).then([expressed(both.clone()).into()]);
    given_case([expressed(both.clone())]).when(express(vec![Funding, Mentors])).then_nothing();
    given_case([expressed(both)]).when(express(vec![])).then([expressed(vec![]).into()]);
    needs_an_open_case(vec![], express(vec![Funding]), expressed(vec![Funding]));
}

#[test]
fn readiness_lies_on_its_scale() {
    let assess = |scale, level| Command::AssessReadiness { scale, level, evidence: None };
    let assessed = |scale, level| Fact::ReadinessAssessed { scale, level, evidence: None };
    for (scale, level) in [(ReadinessScale::Trl, 9), (ReadinessScale::Mrl, 10)] {
        given_case([]).when(assess(scale, level)).then([assessed(scale, level).into()]);
        given_case([]).when(assess(scale, level + 1)).then_refused(Rule::G9);
        given_case([]).when(assess(scale, 0)).reported().then_refused(Rule::G9);
        needs_an_open_case(vec![], assess(scale, level), assessed(scale, level));
    }
}

#[test]
fn a_member_joins_once_for_each_function() {
    let add = |function| Command::AddTeamMember { person: someone(), function: code(function) };
    let joined = |function| Fact::TeamMemberJoined { person: someone(), function: code(function) };
    let known = |facts: Vec<Fact>| given_case(facts).and_person(someone());
    known(vec![]).when(add("cso")).then([joined("cso").into()]);
    known(vec![joined("cso")]).when(add("cso")).then_nothing();
    known(vec![joined("cso")]).when(add("ceo")).then([joined("ceo").into()]);
    given_case([]).when(add("cso")).then_refused(Rule::G9);
    needs_an_open_case(vec![], add("cso"), joined("cso"));
}

#[test]
fn a_member_leaves_once() {
    let remove = || Command::RemoveTeamMember { person: someone() };
    let joined = || Fact::TeamMemberJoined { person: someone(), function: code("cso") };
    let left = || Fact::TeamMemberLeft { person: someone() };
    given_case([joined()]).when(remove()).then([left().into()]);
    given_case([]).when(remove()).then_nothing();
    given_case([joined(), left()]).when(remove()).then_nothing();
    needs_an_open_case(vec![joined()], remove(), left());
}

#[test]
fn an_organisation_that_is_known_carries_the_project() {
    let from = "2026-03-01".parse().expect("a day");
    let change = |organisation| Command::ChangeCarrier { organisation, from };
    let changed = || Fact::CarrierChanged { organisation: partner(), from };
    given_case([]).when(change(partner())).then([changed().into()]);
    given_case([changed()]).when(change(partner())).then_nothing();
    given_case([]).when(change(OrganisationId::derived("strange"))).then_refused(Rule::G9);
    needs_an_open_case(vec![], change(partner()), changed());
}

#[test]
fn information_is_asked_for_in_open_cases() {
    let ask = || Command::RequestInformation { question: sealed("question"), due: None };
    let (request, question) = (created(), sealed("question"));
    let asked = Fact::InformationRequested { request, question, due: None };
    given_case([]).when(ask()).then([asked.clone().into()]);
    needs_an_open_case(vec![], ask(), asked);
}

#[test]
fn innovators_answer_in_words_or_with_documents() {
    let request = RequestId::derived("request");
    let asked = || Fact::InformationRequested { request, question: sealed("question"), due: None };
    let provide = |answer: Option<Sealed>, documents: Vec<DocumentId>| {
        Command::ProvideInformation { request, answer, documents }
    };
    let answer = Some(sealed("answer"));
    let provided = |answer: &Option<Sealed>, documents| Fact::InformationProvided {
        request,
        answer: answer.clone(),
        documents,
    };
    given_case([asked()])
        .by(Role::Innovator)
        .when(provide(answer.clone(), vec![]))
        .then([provided(&answer, vec![]).into()]);
    given_file([asked()]).when(provide(None, vec![document()])).then([provided(
        &None,
        vec![document()],
    )
    .into()]);
    given_case([asked()]).when(provide(None, vec![])).then_refused(Rule::G9);
    given_case([asked()]).when(provide(None, vec![document()])).then_refused(Rule::G9);
    given_case([]).when(provide(answer, vec![])).then_refused(Rule::G9);
}

#[test]
fn partners_who_are_known_tell_of_projects_even_closed_ones() {
    let receive = |partner| Command::ReceiveReferral { partner, note: None };
    let received = Fact::ReferralReceived { partner: partner(), note: None };
    given_closed([]).when(receive(partner())).then([received.into()]);
    given_case([]).when(receive(OrganisationId::derived("strange"))).then_refused(Rule::G9);
}

mod a_project_is_passed_on {
    use super::*;

    fn consent() -> ConsentId {
        ConsentId::derived("consent")
    }

    fn send(kind: ReferralKind, consent: Option<ConsentId>) -> Command {
        Command::SendReferral { partner: partner(), kind, consent, reason: sealed("reason") }
    }

    fn sent(kind: ReferralKind, consent: Option<ConsentId>) -> Fact {
        let (referral, reason) = (created(), sealed("reason"));
        Fact::ReferralSent { referral, partner: partner(), kind, consent, reason }
    }

    /// The contact consents to what is named, until `until`.
    fn consented(scope: ConsentScope, recipient: OrganisationId, until: &str) -> Given {
        let (recipient, until) = (Some(recipient), at(until));
        let given = person::Fact::ConsentGiven { consent: consent(), recipient, scope, until };
        given_case([]).and_person(someone()).and(Stream::Person(someone()), [given.into()])
    }

    const LATER: &str = "2027-01-01T00:00:00Z";

    #[test]
    fn by_signposting_without_consent() {
        let signposted = ReferralKind::Signposted;
        given_case([]).when(send(signposted, None)).then([sent(signposted, None).into()]);
        given_case([]).when(send(signposted, Some(consent()))).then_refused(Rule::F1);
        needs_an_open_case(vec![], send(signposted, None), sent(signposted, None));
        let strange = Command::SendReferral {
            partner: OrganisationId::derived("strange"),
            kind: signposted,
            consent: None,
            reason: sealed("reason"),
        };
        given_case([]).when(strange).then_refused(Rule::G9);
    }

    #[test]
    fn by_hand_with_consent_that_names_the_partner_and_holds() {
        let handed_over = ReferralKind::HandedOver;
        let send = || send(handed_over, Some(consent()));
        let to_partner = ConsentScope::ReferralToPartner;
        consented(to_partner, partner(), LATER).when(send()).then([sent(
            handed_over,
            Some(consent()),
        )
        .into()]);
        for story in [
            given_case([]).and_person(someone()),
            consented(ConsentScope::ShareWithFunders, partner(), LATER),
            consented(to_partner, OrganisationId::derived("another"), LATER),
            consented(to_partner, partner(), NOW),
        ] {
            story.when(send()).then_refused(Rule::F1);
        }
    }

    #[test]
    fn by_hand_with_consent_given_on_or_to_a_record_that_gave_way() {
        let to_partner = ConsentScope::ReferralToPartner;
        let send = || send(ReferralKind::HandedOver, Some(consent()));
        let fact = || sent(ReferralKind::HandedOver, Some(consent())).into();
        let before = OrganisationId::derived("another");
        let merged = events::organisation::Fact::Merged { into: partner() };
        consented(to_partner, before, LATER)
            .and(Stream::Organisation(before), [merged.into()])
            .when(send())
            .then([fact()]);
        let into = PersonId::derived("the contact's other record");
        consented(to_partner, partner(), LATER)
            .and(Stream::Person(someone()), [person::Fact::Merged { into }.into()])
            .when(send())
            .then([fact()]);
    }

    #[test]
    fn never_by_hand_without_consent_not_even_in_a_report() {
        let hand_over = || send(ReferralKind::HandedOver, None);
        given_case([]).when(hand_over()).then_refused(Rule::F1);
        given_case([]).when(hand_over()).reported().then_refused(Rule::F1);
    }

    #[test]
    fn and_the_last_answer_of_the_partner_counts() {
        use ReferralAnswer::{Accepted, NoReply};
        let referral = ReferralId::derived("referral");
        let answer = |answer| Command::AnswerReferral { referral, answer };
        let answered = |answer| Fact::ReferralAnswered { referral, answer };
        let sent = || Fact::ReferralSent {
            referral,
            partner: partner(),
            kind: ReferralKind::Signposted,
            consent: None,
            reason: sealed("reason"),
        };
        given_closed([sent()]).when(answer(NoReply)).then([answered(NoReply).into()]);
        given_case([sent(), answered(NoReply)]).when(answer(NoReply)).then_nothing();
        given_case([sent(), answered(NoReply)])
            .when(answer(Accepted))
            .then([answered(Accepted).into()]);
        given_case([]).when(answer(NoReply)).then_refused(Rule::G9);
    }
}

#[test]
fn a_case_is_linked_with_another() {
    let other = CaseId::derived("other");
    let link = |other, relation| Command::LinkCase { other, relation };
    let linked = |relation| Fact::CaseLinked { other, relation };
    let known = |facts: Vec<Fact>| given_case(facts).and(Stream::Case(other), [arrived()]);
    let (team, spin_off) = (CaseRelation::SameTeam, CaseRelation::SpinOffOf);
    known(vec![]).when(link(other, team)).then([linked(team).into()]);
    known(vec![linked(team)]).when(link(other, team)).then_nothing();
    known(vec![linked(team)]).when(link(other, spin_off)).then([linked(spin_off).into()]);
    given_case([]).when(link(other, team)).then_refused(Rule::G9);
    let refusal = given_case([]).when(link(case(), team)).then_refused(Rule::G9);
    assert_eq!(refusal.reason, "itself");
}

#[test]
fn a_case_is_put_on_hold_until_another_day_and_resumed() {
    let put = |until: Option<Date>| Command::PutOnHold { reason: sealed("reason"), until };
    let held = |until: Option<Date>| Fact::PutOnHold { reason: sealed("reason"), until };
    let june: Option<Date> = "2026-06-01".parse().ok();
    given_case([]).when(put(june)).then([held(june).into()]);
    given_case([held(june)]).when(put(june)).then_nothing();
    given_case([held(june)]).when(put(None)).then([held(None).into()]);
    needs_an_open_case(vec![], put(june), held(june));
    let resume = || Command::Resume {};
    given_case([held(june)]).when(resume()).then([Fact::Resumed {}.into()]);
    given_case([]).when(resume()).then_nothing();
    given_case([held(june), Fact::Resumed {}]).when(resume()).then_nothing();
}

#[test]
fn the_head_closes_and_reopens() {
    let close = || Command::Close { reason: ClosingReason::Graduated, note: None };
    let reopen = || Command::Reopen { reason: sealed("reason") };
    let reopened = || Fact::Reopened { reason: sealed("reason") };
    given_case([]).by(Role::Head).when(close()).then([closed().into()]);
    given_closed([]).by(Role::Deputy).when(close()).then_nothing();
    let asked = approval::Fact::Requested {
        approval: created(),
        matter: approval::Matter::Reopening { reason: sealed("reason") },
    };
    given_closed([]).by(Role::Deputy).when(reopen()).then([asked.into()]);
    given_case([]).by(Role::Head).when(reopen()).then_nothing();
    given_case([closed(), reopened()]).by(Role::Head).when(reopen()).then_nothing();
    given_case([]).when(close()).then_refused(Rule::G4);
    given_closed([]).when(reopen()).then_refused(Rule::G4);
}

#[test]
fn a_reopened_case_is_worked_on_again() {
    let reopened = Fact::Reopened { reason: sealed("reason") };
    let asked = Fact::NeedsExpressed { needs: vec![OfferComponent::Data] };
    given_case([closed(), reopened])
        .when(Command::ExpressNeeds { needs: vec![OfferComponent::Data] })
        .then([asked.into()]);
}
