//! Second thoughts over HTTP: corrected, moved, and what takes two persons.

use serde_json::json;

use super::*;

#[tokio::test(flavor = "multi_thread")]
async fn what_was_logged_on_the_wrong_case_moves_and_says_so_on_both() {
    let api = Api::open().await;
    let (case, other) = (api.followed_case("One").await, api.followed_case("Another").await);
    let meeting = json!({ "kind": "meeting", "minutes": 60, "summary": "What was said",
        "commitments": [{ "by": "office", "what": "Send the list" }] });
    let path = format!("/v1/cases/{case}/log-interaction");
    let logged = api.done(Role::Advisor, &path, meeting).await;
    let event = text(&logged, "/events/0");
    let wish = json!({ "case": other, "reason": "It was the other project." });
    let ask = Ask::post(&format!("/v1/events/{event}/move"), &wish).keyed("move-1");
    // Somebody else's is not moved: annulling it takes two.
    let refused = api.send(Role::Head, &ask).await.refused(409);
    assert_eq!(refused["rule"], "X-2", "{refused}");
    let moved = api.send(Role::Advisor, &ask).await.well().json();
    let again = api.send(Role::Advisor, &ask).await.well().json();
    assert_eq!(moved["logged"]["events"], again["logged"]["events"]);
    assert_eq!(moved["annulled"]["events"], again["annulled"]["events"]);

    let there = api.read(Role::Auditor, &format!("/v1/cases/{other}/journey")).await;
    let step = there["steps"].as_array().and_then(|steps| steps.last()).expect("a step").clone();
    assert_eq!(step["event"], moved["logged"]["events"][0]);
    assert!(step["texts"].to_string().contains("What was said"), "{step:#}");
    let here = api.read(Role::Auditor, &format!("/v1/cases/{case}/journey")).await;
    let steps = here["steps"].as_array().expect("steps").clone();
    let struck = steps.iter().find(|step| step["event"] == event.as_str()).expect("it stays");
    assert_eq!(struck["annulled"], true);
    assert_eq!(struck["amendments"][0]["again"], moved["logged"]["events"][0]);
    let file = api.read(Role::Auditor, &format!("/v1/cases/{case}")).await;
    assert_eq!(file["counts"]["interactions"], 0);
    let file = api.read(Role::Auditor, &format!("/v1/cases/{other}")).await;
    assert_eq!(file["counts"]["interactions"], 1);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_correction_counts_from_then_on_and_what_was_known_before_stays() {
    let api = Api::open().await;
    let case = api.followed_case("One").await;
    let meeting = json!({ "kind": "meeting", "minutes": 60, "summary": "As first written" });
    let path = format!("/v1/cases/{case}/log-interaction");
    let event = text(&api.done(Role::Advisor, &path, meeting).await, "/events/0");
    let before = api.read(Role::Auditor, &format!("/v1/cases/{case}/journey")).await;
    let correction = json!({ "changes": { "minutes": 45 }, "reason": "Checked" });
    let path = format!("/v1/events/{event}/correct");
    api.done(Role::Advisor, &path, correction.clone()).await;
    let same = api.done(Role::Advisor, &path, correction).await;
    assert_eq!(same["events"], json!([]), "it says so already");

    let now = api.read(Role::Auditor, &format!("/v1/cases/{case}/journey")).await;
    let step = |journey: &Value| {
        let steps = journey["steps"].as_array().expect("steps");
        steps.iter().find(|step| step["event"] == event.as_str()).expect("the meeting").clone()
    };
    let (was, is) = (step(&before), step(&now));
    assert!(text(&was, "/sentence").contains("1\u{a0}h"), "{was:#}");
    assert!(text(&is, "/sentence").contains("45\u{a0}min"), "{is:#}");
    assert_eq!(is["recorded"]["sentence"], was["sentence"]);
    assert_eq!(is["amendments"][0]["before"], was["sentence"]);
    assert_eq!(is["amendments"][0]["texts"][0]["text"], "Checked");
    // A text that nobody touched is still the one that was sealed first.
    assert_eq!(is["texts"], was["texts"]);
    let then = api.read(Role::Auditor, &format!("/v1/cases/{case}/journey?as_of={event}")).await;
    assert_eq!(then["steps"], before["steps"]);
    let file = api.read(Role::Auditor, &format!("/v1/events/{event}")).await;
    assert_eq!(file["versions"][0]["data"]["minutes"], 60);
    assert_eq!(file["versions"][1]["data"]["minutes"], 45);
    let register = api.read(Role::Auditor, "/v1/registers?register=correction").await;
    assert_eq!(register["total"], 1);
}

#[tokio::test(flavor = "multi_thread")]
async fn what_takes_two_waits_for_whoever_may_agree_and_did_not_ask() {
    let api = Api::open().await;
    let case = api.followed_case("One").await;
    let close = json!({ "reason": "graduated" });
    api.decided(Role::Head, &format!("/v1/cases/{case}/close"), close).await;
    let reopen = json!({ "reason": "They came back" });
    let asked = api.decided(Role::Head, &format!("/v1/cases/{case}/reopen"), reopen).await;
    let approval = text(&asked, "/waits_for_approval");
    let mine = async |role: Role| {
        let list = api.read(role, "/v1/approvals?waits_for_me=true&state=waiting").await;
        list["total"].as_u64().expect("a number")
    };
    assert_eq!((mine(Role::Head).await, mine(Role::Deputy).await), (0, 1));
    assert_eq!((mine(Role::Admin).await, mine(Role::Director).await), (0, 1));
    let give = format!("/v1/approvals/{approval}/give");
    let seen = api.get(Role::Head, &format!("/v1/approvals/{approval}")).await;
    let tag = seen.header("etag").expect("a revision").to_owned();
    let own = api.send(Role::Head, &Ask::post(&give, &json!({})).seen(&tag)).await.refused(409);
    assert_eq!(own["rule"], "G-8");
    let closed = api.read(Role::Head, &format!("/v1/cases/{case}")).await;
    assert_eq!(closed["status"], "closed");
    api.decided(Role::Deputy, &give, json!({})).await;
    let reopened = api.read(Role::Head, &format!("/v1/cases/{case}")).await;
    assert_eq!(reopened["status"], "followed");
    assert_eq!(mine(Role::Director).await, 0);
    let trail = api.read(Role::Auditor, &format!("/v1/cases/{case}/audit")).await;
    let entry = trail["entries"].as_array().and_then(|entries| entries.last()).expect("one");
    assert_eq!(entry["kind"], "intake.reopened.v1");
    assert_eq!(entry["proposed_by"]["role"], "head");
    assert_eq!(entry["decided_by"]["role"], "deputy");
}
