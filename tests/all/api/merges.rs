//! Records of one person or organisation: merged, followed, and parted again after later events.

use serde_json::json;

use super::everything::minutes;
use super::*;
use crate::setup::intake;

impl Api {
    async fn person(&self, name: &str, email: &str) -> String {
        let person = json!({ "name": name, "email": email, "language": "fr",
            "privacy_notice": { "version": "2026-01", "given_at": minutes(-5) } });
        text(&self.done(Role::Advisor, "/v1/people", person).await, "/id")
    }

    async fn case_of(&self, contact: &str, title: &str) -> String {
        text(&self.done(Role::Advisor, "/v1/cases", intake(contact, title)).await, "/id")
    }

    async fn merge(&self, collection: &str, record: &str, into: &str) -> Value {
        let path = format!("/v1/{collection}/{record}/merge");
        self.decided(Role::Advisor, &path, json!({ "into": into })).await
    }

    async fn part(&self, collection: &str, record: &str, from: &str) -> Value {
        let path = format!("/v1/{collection}/{record}/revert-merge");
        self.decided(Role::Advisor, &path, json!({ "from": from })).await
    }

    /// The events of a journey, in their order.
    async fn steps(&self, record: &str) -> Vec<String> {
        let (record, query) = record.split_once('?').unwrap_or((record, ""));
        let journey = self.read(Role::Advisor, &format!("{record}/journey?{query}")).await;
        let steps = journey["steps"].as_array().expect("steps");
        steps.iter().map(|step| text(step, "/event")).collect()
    }

    async fn total(&self, role: Role, path: &str) -> u64 {
        self.read(role, path).await["total"].as_u64().expect("a total")
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_journey_follows_its_person_and_parting_after_later_events_loses_nothing() {
    let api = Api::open().await;
    let one = api.person("Inès Martin", "ines.martin@example.org").await;
    let other = api.person("Inès Roux", "i.roux@example.com").await;
    let (first, second) = (api.case_of(&one, "First").await, api.case_of(&other, "Second").await);
    let (of_one, of_other) = (format!("/v1/people/{one}"), format!("/v1/people/{other}"));
    let before = (api.steps(&of_one).await, api.steps(&of_other).await);
    assert_eq!((before.0.len(), before.1.len()), (2, 2));

    let merged = text(&api.merge("people", &other, &one).await, "/events/0");
    let log = api.read(Role::Advisor, "/v1/events?limit=1000").await;
    let log: Vec<_> =
        log["items"].as_array().expect("events").iter().map(|it| text(it, "/id")).collect();
    let known = |it: &&String| before.0.contains(*it) || before.1.contains(*it) || **it == merged;
    let both: Vec<_> = log.iter().filter(known).cloned().collect();
    assert_eq!(api.steps(&of_one).await, both, "both, in the order of the log");
    assert_eq!(api.steps(&of_other).await, [&before.1[..], std::slice::from_ref(&merged)].concat());
    let journey = api.read(Role::Advisor, &format!("{of_other}/journey")).await;
    assert!(text(&journey, "/state").contains("goes on: Inès Martin"), "{}", journey["state"]);
    let journey = api.read(Role::Advisor, &format!("{of_other}/journey?lang=fr")).await;
    assert!(text(&journey, "/state").contains("continue : Inès Martin"), "{}", journey["state"]);
    assert_eq!(api.read(Role::Advisor, &of_other).await["merged_into"], one.as_str());

    // What names the record that gave way is refused, and told where it goes on …
    let problem = api.post(Role::Advisor, "/v1/cases", intake(&other, "Third")).await.refused(422);
    assert_eq!((&problem["rule"], &problem["field"]), (&json!("G-9"), &json!("contact")));
    assert!(text(&problem, "/detail").contains(&one), "{problem}");
    let correct = format!("{of_other}/correct-details");
    let problem = api.post(Role::Advisor, &correct, json!({ "language": "en" })).await.refused(422);
    assert!(text(&problem, "/detail").contains(&one), "{problem}");
    // … while cases that named it before go on.
    let note = json!({ "text": "Later" });
    api.done(Role::Advisor, &format!("/v1/cases/{second}/add-note"), note.clone()).await;
    let talk = json!({ "kind": "call", "participants": [one], "summary": "Later" });
    let path = format!("/v1/cases/{second}/log-interaction");
    let later = text(&api.done(Role::Advisor, &path, talk).await, "/events/0");
    assert_eq!(api.steps(&of_one).await, [&both[..], std::slice::from_ref(&later)].concat());
    assert_eq!(api.total(Role::Advisor, &format!("/v1/cases?person={one}")).await, 2);
    assert_eq!(api.total(Role::Advisor, &format!("/v1/cases?person={other}")).await, 1);

    // Parted, each has its own again; what named the survivor meanwhile stays with the survivor.
    let parted = text(&api.part("people", &other, &one).await, "/events/0");
    let own = [&before.0[..], &[merged.clone(), later, parted.clone()]].concat();
    assert_eq!(api.steps(&of_one).await, own);
    let own = [&before.1[..], &[merged.clone(), parted]].concat();
    assert_eq!(api.steps(&of_other).await, own);
    assert_eq!(api.total(Role::Advisor, &format!("/v1/cases?person={one}")).await, 1);
    assert_eq!(api.read(Role::Advisor, &of_other).await["merged_into"], Value::Null);
    // The past follows the merges of then.
    assert_eq!(api.steps(&format!("{of_one}?as_of={merged}")).await, both);
    let then = api.total(Role::Advisor, &format!("/v1/cases?person={one}&as_of={merged}")).await;
    assert_eq!(then, 2);
    let unmerged = &before.1[1];
    assert_eq!(api.steps(&format!("{of_one}?as_of={unmerged}")).await, before.0);
    assert_eq!(api.case_of(&other, &first).await.len(), 36, "it can be named again");
    api.close().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn rights_follow_the_person() {
    let api = Api::open().await;
    let own = api.account(Role::Innovator).person.clone();
    let twin = api.person("Camille innovator", "camille@example.com").await;
    let case = api.case_of(&twin, "Theirs too").await;
    let path = format!("/v1/cases/{case}");
    api.get(Role::Innovator, &path).await.refused(404);
    for (record, into) in [(&own, &twin), (&twin, &own)] {
        api.merge("people", record, into).await;
        for shown in [
            path.clone(),
            format!("{path}/journey"),
            format!("/v1/people/{twin}"),
            format!("/v1/people/{own}/journey"),
            format!("/v1/people/{twin}/journey"),
        ] {
            api.get(Role::Innovator, &shown).await.well();
        }
        assert_eq!(api.total(Role::Innovator, "/v1/cases").await, 1);
        let asked = json!({ "question": "Which organ?" });
        let asked = api.done(Role::Advisor, &format!("{path}/request-information"), asked).await;
        let answer = json!({ "request": asked["created"]["request"], "answer": "The lung" });
        api.done(Role::Innovator, &format!("{path}/provide-information"), answer).await;
        api.part("people", record, into).await;
        api.get(Role::Innovator, &path).await.refused(404);
        api.get(Role::Innovator, &format!("/v1/people/{twin}")).await.refused(404);
        assert_eq!(api.total(Role::Innovator, "/v1/cases").await, 0);
    }
    api.close().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn two_records_of_one_person_do_not_decide_as_two() {
    let api = Api::open().await;
    let case = api.followed_case("Two persons").await;
    let call = api.open_call("Call").await;
    let application = api.eligible_application(&case, &call).await;
    let case = format!("/v1/cases/{case}");
    let (advisor, head) = (api.account(Role::Advisor), api.account(Role::Head));
    let merge = format!("/v1/people/{}/merge", advisor.person);
    // Nobody says so of themselves.
    let seen = api.get(Role::Head, &format!("/v1/people/{}", advisor.person)).await.well();
    let seen = seen.header("etag").expect("a revision").to_owned();
    let into = json!({ "into": head.person });
    for role in [Role::Advisor, Role::Head] {
        let ask = Ask::post(&merge, &into).seen(&seen);
        assert_eq!(api.send(role, &ask).await.refused(409)["rule"], "G-8", "{role}");
    }
    api.decided(Role::Deputy, &merge, into).await;
    let ruling = json!({ "outcome": "forward", "rationale": "Sound", "strengths": [], "gaps": [] });
    let proposal = json!({ "application": application, "ruling": ruling });
    let path = format!("{case}/propose-preselection");
    let proposed = api.decided(Role::Advisor, &path, proposal).await;
    let mut decision = json!({ "application": application, "ruling": ruling,
        "proposal": proposed["events"][0] });
    let path = format!("{case}/decide-preselection");
    let seen = api.get(Role::Head, &case).await.well();
    let seen = seen.header("etag").expect("a revision").to_owned();
    let problem = api.send(Role::Head, &Ask::post(&path, &decision).seen(seen)).await.refused(409);
    assert_eq!(problem["rule"], "C-4", "{problem}");
    // A report is kept, and the trail shows that one person did both.
    decision["report"] = json!({ "source": "paper" });
    api.decided(Role::Head, &path, decision).await;
    let trail = api.read(Role::Auditor, &format!("{case}/audit")).await;
    let entries = trail["entries"].as_array().expect("entries");
    let decided = entries.iter().find(|it| it["kind"] == "selection.preselection-decided.v1");
    let checks = decided.expect("a decision")["checks"].as_array().expect("checks").clone();
    let two = checks.iter().find(|check| check["rule"] == "C-4").expect("a check");
    assert_eq!(two["held"], false, "{two}");
    api.close().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn an_organisations_lists_and_names_follow_it() {
    let api = Api::open().await;
    let (one, two) =
        (api.organisation("Fonds Alpha").await, api.organisation("Alfa Ventures").await);
    let contact = api.person("Inès Martin", "ines.martin@example.org").await;
    for carrier in [&one, &two] {
        let mut case = intake(&contact, "Carried");
        case["organisation"] = json!(carrier);
        let case = text(&api.done(Role::Advisor, "/v1/cases", case).await, "/id");
        let advisor = json!({ "advisor": api.account(Role::Advisor).user });
        api.done(Role::Advisor, &format!("/v1/cases/{case}/assign-advisor"), advisor).await;
        let proposal = json!({ "case": case, "target": carrier, "kind": "funding",
            "initiated_by": "office", "owner": api.account(Role::Funding).user,
            "rationale": "They may fit" });
        api.done(Role::Funding, "/v1/introductions", proposal).await;
    }
    let place = json!({ "organisation": two, "function": "professor", "from": "2024-09-01" });
    let path = format!("/v1/people/{contact}/declare-affiliation");
    api.done(Role::Advisor, &path, place).await;
    let lists = [
        ("cases?organisation", 1, 2),
        ("introductions?target", 1, 2),
        ("people?organisation", 0, 1),
    ];
    for (list, before, _) in lists {
        assert_eq!(api.total(Role::Advisor, &format!("/v1/{list}={one}")).await, before, "{list}");
    }
    api.merge("organisations", &two, &one).await;
    for (list, _, after) in lists {
        assert_eq!(api.total(Role::Advisor, &format!("/v1/{list}={one}")).await, after, "{list}");
    }
    let found = api.read(Role::Advisor, "/v1/organisations/find?text=alfa%20ventures").await;
    assert_eq!(found["hits"][0]["organisation"], one.as_str(), "{found:#}");
    assert_eq!(found["hits"][0]["matched"], "former_name");
    assert_eq!(found["hits"][1]["merged_into"], one.as_str());
    // Who registers it once more is told of the record that goes on.
    let again = json!({ "legal_name": "Alfa Ventures", "kind": "vc", "country": "FR" });
    let again = api.done(Role::Advisor, "/v1/organisations", again).await;
    let likely = again["likely_duplicates"].as_array().expect("likely duplicates");
    assert_eq!(likely.len(), 1, "{likely:?}");
    assert_eq!(likely[0]["id"], one.as_str());
    api.close().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn of_two_merges_that_point_at_each_other_one_is_refused() {
    let api = Api::open().await;
    for round in 0..8 {
        let one = api.person(&format!("One {round}"), "one@example.org").await;
        let two = api.person(&format!("Two {round}"), "two@example.org").await;
        let send = async |record: &str, into: &str| {
            let path = format!("/v1/people/{record}/merge");
            let ask = Ask::post(&path, &json!({ "into": into })).seen("\"0\"");
            api.send(Role::Advisor, &ask).await.status.as_u16()
        };
        let (first, second) = tokio::join!(send(&one, &two), send(&two, &one));
        let mut answers = [first, second];
        answers.sort_unstable();
        assert_eq!(answers, [200, 422], "round {round}");
    }
    api.close().await;
}
