//! Many clients at once, on real sockets: nothing lost, nothing doubled. And an erased key.

use std::collections::BTreeSet;

use events::Stream;
use futures_util::future::join_all;
use serde_json::json;

use super::*;

const CLIENTS: usize = 64;
const EACH: usize = 6;
const CASES: usize = 8;

#[tokio::test(flavor = "multi_thread")]
async fn sixty_four_clients_lose_nothing_and_double_nothing() {
    let api = Api::open().await;
    let mut cases = Vec::new();
    for case in 0..CASES {
        cases.push(api.followed_case(&format!("Project {case}")).await);
    }
    let clients = (0..CLIENTS).map(|client| {
        let (api, case) = (&api, &cases[client % CASES]);
        async move {
            let path = format!("/v1/cases/{case}/log-interaction");
            let mut acknowledged = Vec::new();
            for call in 0..EACH {
                let body = json!({ "kind": "call", "minutes": 10,
                    "summary": format!("Client {client}, call {call}.") });
                let ask = Ask::post(&path, &body).keyed(&format!("{client}/{call}"));
                // Each is sent twice at once, as an impatient client would.
                let answers = join_all([
                    api.office.send(Role::Advisor, &ask),
                    api.office.send(Role::Advisor, &ask),
                ]);
                for answer in answers.await {
                    acknowledged.push(text(&answer.well().json(), "/events/0"));
                }
            }
            acknowledged
        }
    });
    let acknowledged: Vec<String> = join_all(clients).await.into_iter().flatten().collect();
    assert_eq!(acknowledged.len(), 2 * CLIENTS * EACH);
    let acknowledged: BTreeSet<String> = acknowledged.into_iter().collect();
    let mut stored = BTreeSet::new();
    for case in &cases {
        let events = api.read(Role::Auditor, &format!("/v1/cases/{case}/events")).await;
        for (revision, event) in events["items"].as_array().expect("items").iter().enumerate() {
            assert_eq!(event["revision"], revision, "revisions are dense");
            if event["type"] == "followup.interaction-logged.v1" {
                assert!(stored.insert(text(event, "/id")), "an event stands twice");
            }
        }
    }
    assert_eq!(stored.len(), CLIENTS * EACH);
    assert_eq!(stored, acknowledged);
    api.close().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_destroyed_key_leaves_every_answer_standing() {
    let api = Api::open().await;
    let case = api.followed_case("Liquid biopsy").await;
    let path = format!("/v1/cases/{case}");
    api.done(Role::Advisor, &format!("{path}/add-note"), json!({ "text": "Not for long." })).await;
    let before = api.read(Role::Advisor, &format!("{path}/journey")).await;
    assert!(before.to_string().contains("Not for long."));
    let holder = Stream::Case(case.parse().expect("an id")).name();
    api.office.guichet().vault.destroy(&holder, &[]).expect("a key to destroy");
    let after = api.read(Role::Advisor, &format!("{path}/journey")).await;
    assert!(!after.to_string().contains("Not for long."));
    assert!(after.to_string().contains(r#"{"erased":true}"#), "{after:#}");
    let steps = |journey: &Value| journey["steps"].as_array().map(Vec::len);
    assert_eq!(steps(&after), steps(&before));
    let refused = json!({ "text": "Nothing is added." });
    let answer = api.post(Role::Advisor, &format!("{path}/add-note"), refused).await;
    assert_eq!(answer.json()["rule"], "G-7");
    api.close().await;
}
