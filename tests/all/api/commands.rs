//! What is sent: examples, repetition, revisions, late entries, and bodies that don't fit.

use axum::http::header;
use events::{CommandId, Stream};
use guichet::api::BODY_BYTES_MAX;
use guichet::domain::Collection;
use guichet::door::{self, DoorError};
use guichet::vault::Vault;
use serde_json::json;

use super::everything::minutes;
use super::*;
use crate::setup::intake;

#[test]
fn every_example_is_read_as_its_command_and_fits_the_document() {
    let vault = Vault::seeded([7; 32]);
    for collection in Collection::ALL {
        for spec in collection.specs() {
            let id = format!("{collection}.{}", spec.name);
            let example: Value = serde_json::from_str(spec.example).expect("JSON");
            let operation = contract().operation(&id);
            let mut documented = operation.example().expect("an example").clone();
            contract().check_body(operation, &documented);
            if spec.name == "issue-token" {
                // The server makes the hash, so that no sender writes one.
                assert!(documented.get("hash").is_none(), "{documented}");
                documented["hash"] = example["hash"].clone();
            }
            assert_eq!(documented, example, "{id}");
            let Value::Object(mut body) = example else { panic!("{id} takes an object") };
            let (stream, command) = (Stream::Access.name(), CommandId::derived("example"));
            // What the path names, and what the counter makes whole.
            let named = events::EventId::derived("named by the path");
            let named = match collection {
                Collection::Events => Some("target"),
                Collection::Approvals => Some("approval"),
                _ => None,
            }
            .map(|member| (member.to_owned(), json!(named)));
            body.extend(named);
            let kept = match spec.name {
                "correct" => door::make_whole(&meeting(), &mut body).expect("a correction"),
                _ => vec![],
            };
            let read =
                door::enter_keeping(&vault, *collection, spec.name, &stream, command, body, &kept);
            let entered = read.unwrap_or_else(|error: DoorError| panic!("{id}: {error}"));
            assert_eq!(entered.command.name(), spec.name);
        }
    }
}

/// A meeting of an hour.
fn meeting() -> events::Fact {
    let body = include_bytes!("../../../events/samples/followup.interaction-logged.v1.json");
    events::Fact::decode("followup.interaction-logged.v1", body).expect("the sample")
}

fn note(text: &str) -> Value {
    json!({ "text": text })
}

#[tokio::test(flavor = "multi_thread")]
async fn the_same_key_gives_the_same_answer_and_no_second_event() {
    let api = Api::open().await;
    let contact = api.account(Role::Innovator).person.clone();
    let ask = Ask::post("/v1/cases", &intake(&contact, "Once")).keyed("k-1");
    let first = api.send(Role::Advisor, &ask).await.well();
    let again = api.send(Role::Advisor, &ask).await.well();
    assert_eq!(again.status, 201);
    let (mut first, again) = (first.json(), again.json());
    assert_eq!((&first["repeated"], &again["repeated"]), (&json!(false), &json!(true)));
    first["repeated"] = json!(true);
    assert_eq!(first, again);
    let case = format!("/v1/cases/{}", text(&first, "/id"));
    let events = api.read(Role::Advisor, &format!("{case}/events")).await;
    assert_eq!(events["items"].as_array().map(Vec::len), Some(1));
    // With its members in another order it is the same request still.
    let (noted, json) = (format!("{case}/add-note"), "application/json");
    let one = Ask::raw(&noted, json, r#"{"text":"Once","via":"phone"}"#).keyed("k-2");
    let turned = Ask::raw(&noted, json, r#"{ "via": "phone", "text": "Once" }"#).keyed("k-2");
    api.send(Role::Advisor, &one).await.well();
    assert_eq!(api.send(Role::Advisor, &turned).await.well().json()["repeated"], true);

    let other = Ask::post("/v1/cases", &intake(&contact, "Another")).keyed("k-1");
    let problem = api.send(Role::Advisor, &other).await.refused(422);
    assert_eq!(problem["rule"], "G-1");
    // Keys are each sender's own.
    let others = api.send(Role::Head, &other).await.well().json();
    assert_eq!(others["repeated"], false);
    let unfit = Ask::post("/v1/cases", &intake(&contact, "X")).keyed(&"k".repeat(201));
    assert_eq!(api.send(Role::Advisor, &unfit).await.refused(422)["field"], "Idempotency-Key");
}

#[tokio::test(flavor = "multi_thread")]
async fn the_same_key_issues_the_same_token() {
    let api = Api::open().await;
    let user = &api.account(Role::Advisor).user;
    let body = json!({ "user": user, "purpose": "command_line" });
    let ask = Ask::post("/v1/users/issue-token", &body).keyed("token");
    let first = api.send(Role::Advisor, &ask).await.well().json();
    let again = api.send(Role::Advisor, &ask).await.well().json();
    assert_eq!(first["token"], again["token"]);
    let other = Ask::post("/v1/users/issue-token", &body);
    let other = api.send(Role::Advisor, &other).await.well().json();
    assert_ne!(first["token"], other["token"]);
}

#[tokio::test(flavor = "multi_thread")]
async fn revisions_are_held_to_and_decisions_must_state_one() {
    let api = Api::open().await;
    let case = format!("/v1/cases/{}", api.followed_case("Revisions").await);
    let (close, body) = (format!("{case}/close"), json!({ "reason": "duplicate" }));
    let problem = api.post(Role::Head, &close, body.clone()).await.refused(428);
    assert_eq!(problem["rule"], "G-2");
    let seen = api.get(Role::Head, &case).await.well();
    let seen = seen.header("etag").expect("an ETag").to_owned();
    let noted = Ask::post(&format!("{case}/add-note"), &note("since")).seen(&seen);
    let now = api.send(Role::Advisor, &noted).await.well();
    let now = now.header("etag").expect("an ETag").to_owned();
    assert_ne!(seen, now);
    // A note needs no revision; one that is stated must hold all the same.
    assert_eq!(api.send(Role::Advisor, &noted).await.refused(412)["rule"], "G-2");
    let stale = api.send(Role::Head, &Ask::post(&close, &body).seen(&seen)).await.refused(412);
    assert_eq!(stale["rule"], "G-2");
    let events = api.read(Role::Head, &format!("{case}/events")).await;
    assert_eq!(events["items"].as_array().map(Vec::len), Some(3));
    api.send(Role::Head, &Ask::post(&close, &body).seen(&now)).await.well();
    for unfit in ["12", "W/\"12\"", "\"x\"", "*"] {
        let ask = Ask::post(&close, &body).seen(unfit);
        assert_eq!(api.send(Role::Head, &ask).await.refused(422)["field"], "If-Match", "{unfit}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_late_entry_says_why() {
    let api = Api::open().await;
    let path = format!("/v1/cases/{}/add-note", api.followed_case("Late").await);
    let mut late = json!({ "text": "What was said", "occurred_at": minutes(-20 * 24 * 60) });
    let problem = api.post(Role::Advisor, &path, late.clone()).await.refused(422);
    assert_eq!((&problem["rule"], &problem["field"]), (&json!("G-3"), &json!("late_entry_reason")));
    late["late_entry_reason"] = json!("no_such_reason");
    let problem = api.post(Role::Advisor, &path, late.clone()).await.refused(422);
    assert_eq!(problem["field"], "late_entry_reason");
    late["late_entry_reason"] = json!("forgotten");
    api.done(Role::Advisor, &path, late).await;
    let ahead = json!({ "text": "Tomorrow", "occurred_at": minutes(24 * 60) });
    let problem = api.post(Role::Advisor, &path, ahead).await.refused(422);
    assert_eq!((&problem["rule"], &problem["field"]), (&json!("G-3"), &json!("occurred_at")));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_field_that_does_not_fit_is_named() {
    let api = Api::open().await;
    let good = intake(&api.account(Role::Innovator).person, "Fields");
    let with = |pointer: &str, value: Value| {
        let mut body = good.clone();
        let (parent, name) = pointer.rsplit_once('/').expect("a pointer");
        body.pointer_mut(parent).expect("a parent")[name] = value;
        body
    };
    let without = |pointer: &str| {
        let mut body = good.clone();
        let (parent, name) = pointer.rsplit_once('/').expect("a pointer");
        let parent = body.pointer_mut(parent).and_then(Value::as_object_mut).expect("a parent");
        parent.remove(name);
        body
    };
    let unfit = [
        (with("/project/title", json!(7)), "project.title"),
        (with("/project/title", json!(" ")), "project.title"),
        (without("/project/title"), "project.title"),
        (with("/project/nickname", json!("x")), "project.nickname"),
        (with("/project/summary", json!("")), "project.summary"),
        (with("/project/summary", json!("x".repeat(20_001))), "project.summary"),
        (with("/project/summary", json!({ "blob": "x", "digest": "y" })), "project.summary"),
        (with("/project/disciplines", json!(["biology", "astrology"])), "project.disciplines.1"),
        (with("/contact", json!("not an id")), "contact"),
        (with("/contact", json!("6f9619ff-8b86-4011-b42d-00c04fc964ff")), "contact"),
        (without("/channel"), "channel"),
        (with("/country", json!("France")), "country"),
        (with("/surprise", json!(1)), "surprise"),
        (with("/occurred_at", json!("yesterday")), "occurred_at"),
        (with("/report", json!({ "evidence": "x" })), "report.source"),
        (with("/report", json!("email")), "report"),
        (with("/via", json!("pigeon")), "via"),
        (with("/received_at", json!("2026-13-01T00:00:00Z")), "received_at"),
    ];
    for (body, field) in unfit {
        let problem = api.post(Role::Advisor, "/v1/cases", body).await.refused(422);
        assert_eq!(problem["field"], field, "{problem:#}");
    }
    let cases = api.read(Role::Advisor, "/v1/cases").await;
    assert_eq!(cases["total"], 0, "nothing was recorded");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_body_that_can_not_be_read_is_refused() {
    let api = Api::open().await;
    let send = async |ask: Ask| api.send(Role::Advisor, &ask).await;
    let json = "application/json";
    send(Ask::raw("/v1/cases", json, "{\"channel\":")).await.refused(400);
    send(Ask::raw("/v1/cases", json, "")).await.refused(400);
    send(Ask::raw("/v1/cases", json, &b"{\"a\":\"\xff\"}"[..])).await.refused(400);
    send(Ask::raw("/v1/cases", json, "[]")).await.refused(422);
    send(Ask::raw("/v1/cases", json, "null")).await.refused(422);
    send(Ask::raw("/v1/cases", "text/plain", "{}")).await.refused(415);
    let mut bare = Ask::raw("/v1/cases", json, "{}");
    bare.headers.remove(header::CONTENT_TYPE);
    send(bare).await.refused(415);
    let long = format!("{{\"note\":\"{}\"}}", "x".repeat(BODY_BYTES_MAX));
    send(Ask::raw("/v1/cases", json, long)).await.refused(413);
    let deep = format!("{{\"project\":{}1{}}}", "[".repeat(5_000), "]".repeat(5_000));
    send(Ask::raw("/v1/cases", json, deep)).await.refused(400);
    let charset = "application/json; charset=utf-8";
    send(Ask::raw("/v1/cases", charset, "{}")).await.refused(422);
    let mut put = Ask::get("/v1/cases");
    put.method = axum::http::Method::PUT;
    send(put).await.refused(405);
    send(Ask::get("/v1/nothing")).await.refused(404);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_report_is_kept_with_the_rules_it_broke() {
    let api = Api::open().await;
    let case = api.others_case("Reported").await;
    let fund = api.organisation("Fonds").await;
    let resource = api.instrument(&fund).await;
    // Nobody follows the case, so an act is refused.
    let mut slot = json!({ "for": { "case": case }, "user": api.account(Role::Platform).person,
        "interval": { "from": minutes(-120), "until": minutes(-60) } });
    let path = format!("/v1/resources/{resource}/book");
    api.post(Role::Platform, &path, slot.clone()).await.refused(409);
    slot["report"] = json!({ "source": "platform_tool", "evidence": "Line 7 of their list" });
    let booked = api.done(Role::Platform, &path, slot).await;
    let broken: Vec<_> = booked["irregularities"]
        .as_array()
        .expect("irregularities")
        .iter()
        .map(|broken| (text(broken, "/rule"), text(broken, "/reason")))
        .collect();
    assert!(broken.contains(&("R-4".to_owned(), "not_followed".to_owned())), "{broken:?}");
    assert!(broken.contains(&("R-2".to_owned(), "too_soon".to_owned())), "{broken:?}");
    let journey = api.read(Role::Advisor, &format!("/v1/cases/{case}/journey")).await;
    let step = journey["steps"].as_array().and_then(|steps| steps.last()).expect("a step");
    assert_eq!(step["report"]["evidence"], "Line 7 of their list");
    assert_eq!(step["irregularities"].as_array().map(Vec::len), Some(broken.len()));
    // Rights bind reports too.
    let mut ruling = json!({ "reason": "duplicate" });
    ruling["report"] = json!({ "source": "paper" });
    let close = format!("/v1/cases/{case}/close");
    assert_eq!(api.post(Role::Advisor, &close, ruling).await.refused(403)["rule"], "G-4");
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_so_already_is_answered_without_an_event() {
    let api = Api::open().await;
    let case = format!("/v1/cases/{}", api.followed_case("Silence").await);
    let needs = json!({ "needs": ["mentors"] });
    let first = api.done(Role::Advisor, &format!("{case}/express-needs"), needs.clone()).await;
    let again = api.done(Role::Advisor, &format!("{case}/express-needs"), needs).await;
    assert_eq!(again["events"], json!([]));
    assert_eq!(first["revision"], again["revision"]);
}

#[tokio::test(flavor = "multi_thread")]
async fn who_registers_somebody_again_is_told() {
    let api = Api::open().await;
    let person = |name: &str, email: &str| {
        json!({ "name": name, "email": email, "language": "fr",
            "privacy_notice": { "version": "2026-01", "given_at": minutes(-5) } })
    };
    let first = person("Inès Martin", "ines.martin@example.org");
    let first = api.done(Role::Advisor, "/v1/people", first).await;
    assert!(first.get("likely_duplicates").is_none(), "{first}");
    let again = person("Ines MARTIN", "i.martin@example.com");
    let again = api.done(Role::Advisor, "/v1/people", again).await;
    assert_eq!(again["likely_duplicates"][0]["id"], first["id"]);
    let by_mail = person("Somebody Else", "INES.MARTIN@example.org");
    let by_mail = api.done(Role::Advisor, "/v1/people", by_mail).await;
    assert_eq!(by_mail["likely_duplicates"][0]["id"], first["id"]);
    assert_eq!(by_mail["likely_duplicates"][0]["by"], "email");
    let found = api.read(Role::Advisor, "/v1/people/find?text=martni%20ines").await;
    assert_eq!(found["hits"].as_array().map(Vec::len), Some(2), "{found:#}");
    let company = json!({ "legal_name": "Oncoseed", "kind": "startup", "country": "FR",
        "siren": "732829320" });
    let first = api.done(Role::Advisor, "/v1/organisations", company.clone()).await;
    let again = api.done(Role::Advisor, "/v1/organisations", company).await;
    assert_eq!(again["likely_duplicates"][0]["id"], first["id"]);
}
