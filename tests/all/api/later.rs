//! An office whose log holds a fact of a later build: this one reads around it and says so, and
//! refuses to write where it can't know what it would contradict.

use events::Stream;
use guichet::store::{Expected, NewEvent};
use serde_json::json;

use super::*;

#[tokio::test(flavor = "multi_thread")]
async fn a_fact_of_a_later_build_stops_writing_in_its_stream_alone() {
    let api = Api::open().await;
    let case = api.followed_case("Liquid biopsy").await;
    let other = api.followed_case("Organoids").await;
    let store = api.office.guichet().store();
    let stream = Stream::Case(case.parse().expect("an id")).name();
    let there = store.read_stream(&stream, 0, usize::MAX).await.expect("a stream");
    let (_, last) = there.last().expect("an event").clone().into_new();
    let later = NewEvent {
        id: events::EventId::derived("later"),
        kind: "intake.teleported.v1".to_owned(),
        data: b"{}".to_vec(),
        ..last
    };
    let expected = Expected::after(there.len() as u64);
    let appended = store.append(&stream, expected, vec![later], vec![]).await.expect("appended");

    // Writing there is refused, as something that a later build can do.
    let note = json!({ "text": "Not by this build." });
    let ask = Ask::post(&format!("/v1/cases/{case}/add-note"), &note);
    // Not through the check of answers: no error of a server is ever expected there.
    let refused = api.office.send(Role::Advisor, &ask).await.refused(503);
    assert!(refused["detail"].to_string().contains("intake.teleported.v1"), "{refused:#}");
    assert!(refused["remedy"].to_string().contains("have that build run"), "{refused:#}");
    let after = store.read_stream(&stream, 0, usize::MAX).await.expect("a stream");
    assert_eq!(after.len(), there.len() + 1, "and nothing was written");
    // Elsewhere it goes on.
    api.done(Role::Advisor, &format!("/v1/cases/{other}/add-note"), note).await;

    // Whoever reads is told: lists say where they stand, and the fact is shown as it is.
    let ready = Ask::get("/readyz");
    let mut told = api.office.operator.send(&ready).await;
    while told.status.is_success() {
        tokio::task::yield_now().await;
        told = api.office.operator.send(&ready).await;
    }
    let told = told.refused(503);
    assert!(told["readmodel_halted"].to_string().contains("intake.teleported.v1"), "{told:#}");
    let after = appended.position.0 - 1;
    let log = api.read(Role::Auditor, &format!("/v1/events?limit=1&after={after}")).await;
    assert_eq!(log["items"][0]["type"], "intake.teleported.v1");
    let journey = api.read(Role::Auditor, &format!("/v1/cases/{case}/journey")).await;
    assert_eq!(journey["steps"].as_array().map(Vec::len), Some(there.len()), "{journey:#}");
    api.close().await;
}
