//! What people ask about their own data, and erasing: over HTTP, stopped anywhere, down to bytes.

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};
use std::process::Stdio;
use std::time::Duration;

use events::{ApprovalId, BlobId, Channel, CommandId, Digest, PersonId, Sealed, Stream, UserId};
use guichet::domain::{Request, State, amendment, approval};
use guichet::guichet::Guichet;
use guichet::process::{self, erasure, redaction};
use serde_json::json;

use super::everything::{MARK, World, say};
use super::matrix::{Target, ask};
use super::*;
use crate::program::{Server, program};
use crate::setup::{Door, Office, enrol, publish_policies};

/// Somebody with something sealed wherever they can have it.
async fn somebody(api: &Api) -> String {
    let notice = json!({ "version": "2026-01", "given_at": "2026-03-02T08:45:00Z" });
    let person = json!({ "name": say("Zoé Cartier"), "email": say("zoe@example.org"),
        "phone": say("+33 1 11 11 11 11"), "orcid": say("0000-0002-1825-0097"),
        "language": "fr", "privacy_notice": notice });
    let person = text(&api.done(Role::Advisor, "/v1/people", person).await, "/id");
    let path = format!("/v1/people/{person}");
    let details = json!({ "name": say("Zoé Cartier-Roux"), "email": say("roux@example.org") });
    api.done(Role::Advisor, &format!("{path}/correct-details"), details).await;
    let trader = json!({ "sole_trader_name": say("Zoé Cartier EI"), "kind": "sole_trader",
        "country": "FR" });
    let trader = text(&api.done(Role::Advisor, "/v1/organisations", trader).await, "/id");
    let place = json!({ "organisation": trader, "function": "owner", "from": "2024-09-01" });
    api.done(Role::Advisor, &format!("{path}/declare-affiliation"), place).await;
    person
}

/// Records what somebody asks, and makes sure of who they are.
async fn asks(api: &Api, kind: &str, person: &str) -> String {
    let request = json!({ "kind": kind, "subject": person, "received_at": crate::setup::now(),
        "channel": "email", "words": say("Please erase me") });
    let request = api.done(Role::Dpo, "/v1/privacy-requests", request).await;
    let request = text(&request, "/id");
    let path = format!("/v1/privacy-requests/{request}/verify-identity");
    api.done(Role::Dpo, &path, json!({ "method": "identity_document" })).await;
    request
}

async fn grant(api: &Api, request: &str) {
    let path = format!("/v1/privacy-requests/{request}/assess");
    let granted = json!({ "outcome": "granted", "reason": say("Nothing stands against it") });
    api.decided(Role::Dpo, &path, granted).await;
}

/// Asks for the erasure of somebody; gives the approval that waits.
async fn ask_erasure(api: &Api, person: &str, request: &str) -> String {
    let path = format!("/v1/people/{person}/request-erasure");
    let body = json!({ "request": request, "purposes": ["follow_up"] });
    text(&api.done(Role::Dpo, &path, body).await, "/waits_for_approval")
}

async fn give(api: &Api, role: Role, approval: &str) -> Value {
    api.decided(role, &format!("/v1/approvals/{approval}/give"), json!({})).await
}

/// Somebody whose erasure waits for a second person.
async fn about_to_be_erased(api: &Api) -> (PersonId, String) {
    let person = somebody(api).await;
    let request = asks(api, "erasure", &person).await;
    grant(api, &request).await;
    let approval = ask_erasure(api, &person, &request).await;
    (person.parse().expect("an id"), approval)
}

/// The ids of everything sealed in a stream.
async fn sealed_in(guichet: &Guichet, stream: &events::StreamName) -> Vec<BlobId> {
    let events = guichet.store().read_stream(stream, 0, 1_000).await.expect("read");
    let mut found = BTreeSet::new();
    for event in events {
        for bytes in [&event.data, &event.metadata] {
            collect(&serde_json::from_slice(bytes).expect("JSON"), &mut found);
        }
    }
    found.into_iter().collect()
}

fn collect(value: &Value, found: &mut BTreeSet<BlobId>) {
    match value {
        Value::Object(map) => match serde_json::from_value::<Sealed>(value.clone()) {
            Ok(sealed) => drop(found.insert(sealed.blob)),
            Err(_) => map.values().for_each(|value| collect(value, found)),
        },
        Value::Array(items) => items.iter().for_each(|item| collect(item, found)),
        _ => {}
    }
}

/// Bytes of the store that hold what these texts say.
async fn ciphertexts(guichet: &Guichet, blobs: &[BlobId]) -> Vec<Vec<u8>> {
    let blobs = guichet.store().read_blobs(blobs).await.expect("read");
    // The head of each is the holder's name and the field's, which are not personal.
    blobs.into_iter().flatten().map(|blob| blob.bytes[blob.bytes.len() - 24..].to_vec()).collect()
}

fn files(folder: &Path) -> Vec<PathBuf> {
    let entries = folder.read_dir().expect("a folder").map(|entry| entry.expect("an entry").path());
    let below = |path: PathBuf| if path.is_dir() { files(&path) } else { vec![path] };
    entries.filter(|path| path.is_dir() || path.is_file()).flat_map(below).collect()
}

/// In which files of a folder one of these stands.
fn found_in(folder: &Path, parts: &[Vec<u8>]) -> BTreeSet<String> {
    let mut found = BTreeSet::new();
    for path in files(folder) {
        let bytes = std::fs::read(&path).expect("readable");
        for part in parts {
            if bytes.windows(part.len()).any(|window| window == part) {
                found.insert(path.display().to_string());
            }
        }
    }
    found
}

/// The wrapped key of a holder.
fn wrapped_key(folder: &Path, holder: &str) -> Option<Vec<u8>> {
    let keys = rusqlite::Connection::open(folder.join("keys/keys.db")).expect("the keys");
    let sql = "SELECT wrapped FROM keys WHERE holder = ?1";
    let found = keys.query_row(sql, [holder], |row| row.get(0));
    found.ok()
}

#[tokio::test(flavor = "multi_thread")]
async fn an_erased_persons_texts_and_key_are_in_no_file_any_more() {
    let api = Api::open().await;
    let (person, approval) = about_to_be_erased(&api).await;
    let guichet = api.office.guichet();
    let stream = Stream::Person(person).name();
    let mut texts = sealed_in(guichet, &stream).await;
    let list = api.read(Role::Dpo, &format!("/v1/privacy-requests?subject={person}")).await;
    let request = text(&list, "/items/0/id");
    let of_request: events::StreamName = format!("privacy-{request}").parse().expect("a name");
    texts.extend(sealed_in(guichet, &of_request).await);
    let record = api.read(Role::Dpo, &format!("/v1/people/{person}")).await;
    let trader = text(&record, "/affiliations/0/organisation");
    let of_trader: events::StreamName = format!("organisation-{trader}").parse().expect("a name");
    texts.extend(sealed_in(guichet, &of_trader).await);
    let bytes = ciphertexts(guichet, &texts).await;
    assert_eq!(bytes.len(), 9, "name, address, number, ORCID, two corrections, a request, a firm");
    let key = wrapped_key(api.folder.path(), stream.as_str()).expect("a key");
    assert!(!found_in(api.folder.path(), &bytes).is_empty());
    assert!(!found_in(api.folder.path(), std::slice::from_ref(&key)).is_empty());
    let found = api.read(Role::Head, "/v1/people/find?text=Cartier").await;
    assert_eq!(found["hits"].as_array().map(Vec::len), Some(1));

    give(&api, Role::Head, &approval).await;

    let gone = [bytes, vec![key]].concat();
    assert_eq!(found_in(api.folder.path(), &gone), BTreeSet::new(), "while it serves");
    let found = api.read(Role::Head, "/v1/people/find?text=Cartier").await;
    assert_eq!(found["hits"], json!([]), "names in memory are forgotten at once");
    let record = api.read(Role::Dpo, &format!("/v1/people/{person}")).await;
    assert_eq!(record["name"], json!({ "erased": true }));
    assert!(record["erased_at"].is_string(), "{record:#}");
    let request = api.read(Role::Dpo, &format!("/v1/privacy-requests/{request}")).await;
    assert_eq!(request["words"], json!({ "erased": true }));
    assert_eq!(request["assessments"][0]["outcome"], "granted", "what proves the answer stays");
    let journey = api.read(Role::Head, &format!("/v1/people/{person}/journey?lang=fr")).await;
    assert!(!journey.to_string().contains(MARK), "{journey:#}");
    let events = api.read(Role::Dpo, &format!("/v1/people/{person}/events")).await;
    let last = events["items"].as_array().and_then(|items| items.last()).expect("events");
    assert_eq!(last["type"], "person.personal-data-erased.v1");
    assert_eq!(last["data"]["purposes"], json!(["follow_up"]));
    let given = events["items"].as_array().into_iter().flatten().rev().nth(1).expect("before");
    assert_eq!(last["metadata"]["causation"], given["id"]);
    assert_eq!(last["metadata"]["approved"]["given"], given["id"]);

    let Api { office, folder } = api;
    office.close().await;
    assert_eq!(found_in(folder.path(), &gone), BTreeSet::new(), "when it has stopped");
    let office = Office::serve(folder.path()).await;
    process::resume(office.guichet()).await.expect("nothing to do");
    assert_eq!(found_in(folder.path(), &gone), BTreeSet::new(), "when it serves again");
    office.close().await;
}

/// A command as it comes from a page, whatever was seen of the record.
fn command_of(
    stream: Stream,
    command: impl Into<guichet::domain::Command>,
    name: &str,
    user: &str,
) -> Request {
    Request {
        stream,
        command: command.into(),
        id: CommandId::derived(name),
        digest: Digest([1; 32]),
        user: user.parse::<UserId>().expect("an id"),
        on_behalf_of: None,
        channel: Channel::Web,
        occurred_at: None,
        late_entry_reason: None,
        report: None,
        expected: None,
        correlation: None,
        causation: None,
    }
}

/// Agrees to what waits, as the head does, and goes no further.
async fn agree_and_stop(guichet: &Guichet, person: PersonId, approval: &str, head: &str) {
    let stream = Stream::Person(person);
    let seen = guichet.office.load(stream).await.expect("read").revision;
    let approval: ApprovalId = approval.parse().expect("an id");
    let asked =
        command_of(stream, approval::Command::Give { approval }, &format!("agree {person}"), head);
    let request = Request { expected: seen, ..asked };
    guichet.office.transact(request, vec![]).await.expect("agreed");
}

async fn is_erased(guichet: &Guichet, person: PersonId) -> bool {
    let folded = guichet.office.load(Stream::Person(person)).await.expect("read");
    matches!(&folded.state, State::Person(person) if person.erased)
}

#[tokio::test(flavor = "multi_thread")]
async fn an_erasure_that_stops_after_any_step_is_finished_at_the_next_start() {
    let mut seen = Vec::new();
    for stop_after in 0..4 {
        let api = Api::open().await;
        let (person, approval) = about_to_be_erased(&api).await;
        let guichet = std::sync::Arc::clone(api.office.guichet());
        assert_eq!(erasure::next(&guichet, person).await.expect("read"), None, "not agreed to");
        let texts = sealed_in(&guichet, &Stream::Person(person).name()).await;
        let bytes = ciphertexts(&guichet, &texts).await;
        agree_and_stop(&guichet, person, &approval, &api.account(Role::Head).user).await;
        let mut steps = Vec::new();
        for _ in 0..stop_after {
            steps.extend(erasure::next(&guichet, person).await.expect("a step"));
        }
        assert_eq!(is_erased(&guichet, person).await, steps.contains(&erasure::Step::Recorded));
        seen.push(steps);
        drop(guichet);
        let Api { office, folder } = api;
        office.close().await;

        let office = Office::serve(folder.path()).await;
        let guichet = office.guichet();
        for _ in 0..200 {
            if is_erased(guichet, person).await {
                break;
            }
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
        assert!(is_erased(guichet, person).await, "finished by itself at the next start");
        process::resume(guichet).await.expect("once more does no harm");
        assert_eq!(erasure::next(guichet, person).await.expect("read"), None);
        assert_eq!(found_in(folder.path(), &bytes), BTreeSet::new(), "after {stop_after} steps");
        let events = guichet
            .store()
            .read_stream(&Stream::Person(person).name(), 0, 100)
            .await
            .expect("read");
        let erased = events.iter().filter(|it| it.kind == "person.personal-data-erased.v1");
        assert_eq!(erased.count(), 1, "said once");
        office.close().await;
    }
    use erasure::Step::{KeyDestroyed, Recorded, TextsRemoved};
    assert_eq!(seen[3], [KeyDestroyed, TextsRemoved, Recorded]);
}

#[tokio::test(flavor = "multi_thread")]
async fn what_a_hold_keeps_is_erased_once_it_is_released_and_never_comes_back() {
    let api = Api::open().await;
    let person = somebody(&api).await;
    let path = format!("/v1/people/{person}");
    let hold = json!({ "authority": "court", "scope": "everything" });
    let asked = api.done(Role::Dpo, &format!("{path}/place-hold"), hold).await;
    give(&api, Role::Head, &text(&asked, "/waits_for_approval")).await;
    let request = asks(&api, "erasure", &person).await;
    let assess = format!("/v1/privacy-requests/{request}/assess");
    let etag = api.get(Role::Dpo, &format!("/v1/privacy-requests/{request}")).await;
    let etag = etag.header("etag").expect("a revision").to_owned();
    let granted = Ask::post(&assess, &json!({ "outcome": "granted" })).seen(etag);
    assert_eq!(api.send(Role::Dpo, &granted).await.refused(409)["rule"], "D-1");
    let kept = json!({ "outcome": "refused", "legal_basis": ["legal_hold"],
        "kept": [{ "what": "everything", "legal_basis": "legal_hold" }] });
    api.decided(Role::Dpo, &assess, kept).await;
    let erase = format!("{path}/request-erasure");
    let body = json!({ "request": request });
    let refused = api.post(Role::Dpo, &erase, body.clone()).await;
    assert_eq!(refused.refused(409)["rule"], "D-1");

    let record = api.read(Role::Dpo, &path).await;
    let release = json!({ "hold": record["holds"][0]["hold"] });
    let asked = api.done(Role::Dpo, &format!("{path}/release-hold"), release).await;
    give(&api, Role::Director, &text(&asked, "/waits_for_approval")).await;
    api.decided(Role::Dpo, &assess, json!({ "outcome": "granted" })).await;
    let approval = ask_erasure(&api, &person, &request).await;
    let answer = format!("/v1/privacy-requests/{request}/answer");
    let early = api.post(Role::Dpo, &answer, json!({ "channel": "phone" })).await;
    assert_eq!(early.refused(409)["type"], "urn:guichet:problem:D-1:not_erased_yet");
    let own = api.get(Role::Dpo, &format!("/v1/approvals/{approval}")).await;
    let own_give = Ask::post(&format!("/v1/approvals/{approval}/give"), &json!({}))
        .seen(own.header("etag").expect("a revision"));
    assert_eq!(api.send(Role::Dpo, &own_give).await.refused(409)["rule"], "G-8");
    give(&api, Role::Head, &approval).await;
    let letter = json!({ "channel": "phone", "letter": "It is done." });
    api.post(Role::Dpo, &answer, letter).await.refused(409);
    api.done(Role::Dpo, &answer, json!({ "channel": "phone" })).await;

    let again = json!({ "name": "Zoé", "email": "zoe@example.org" });
    let again = api.post(Role::Advisor, &format!("{path}/correct-details"), again).await;
    assert_eq!(again.refused(409)["type"], "urn:guichet:problem:G-7:erased");
    let guichet = api.office.guichet();
    let holder: events::StreamName = format!("person-{person}").parse().expect("a name");
    let sealed = guichet.vault.seal(&holder, BlobId::derived("x"), "name", "Zoé");
    assert!(matches!(sealed, Err(guichet::vault::SealError::Erased { .. })));
    let person: PersonId = person.parse().expect("an id");
    let identity = events::person::Identity {
        name: Sealed { blob: BlobId::derived("x"), digest: Digest([0; 32]) },
        email: Sealed { blob: BlobId::derived("y"), digest: Digest([0; 32]) },
        phone: None,
        orcid: None,
        language: events::Language::Fr,
        privacy_notice: events::person::PrivacyNotice {
            version: "2026-01".parse().expect("a code"),
            given_at: crate::setup::now(),
        },
    };
    let request = command_of(
        Stream::Person(person),
        guichet::domain::person::Command::RegisterPerson(identity),
        "again",
        &api.account(Role::Advisor).user,
    );
    let refused = guichet.office.transact(request, vec![]).await;
    let Err(guichet::transact::Failure::Refused(refusal)) = refused else {
        panic!("{refused:?}");
    };
    assert_eq!(refusal.rule, events::Rule::G7);
    api.close().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_redacted_text_is_in_no_file_any_more_however_it_was_stopped() {
    let api = Api::open().await;
    let contact = api.account(Role::Innovator).person.clone();
    let case = api.done(Role::Advisor, "/v1/cases", crate::setup::intake(&contact, "Organoids"));
    let case = text(&case.await, "/id");
    let note = json!({ "kind": "call", "minutes": 5, "summary": say("Something personal") });
    let path = format!("/v1/cases/{case}/log-interaction");
    let first = text(&api.done(Role::Advisor, &path, note.clone()).await, "/events/0");
    let second = text(&api.done(Role::Advisor, &path, note).await, "/events/0");
    let correct = json!({ "changes": { "summary": say("Something else") }, "reason": "Wrong" });
    api.done(Role::Advisor, &format!("/v1/events/{first}/correct"), correct).await;
    let stream: events::StreamName = format!("case-{case}").parse().expect("a name");
    let guichet = std::sync::Arc::clone(api.office.guichet());
    let all = sealed_in(&guichet, &stream).await;
    let redact = json!({ "field": "summary", "text": "In other words" });
    api.done(Role::Dpo, &format!("/v1/events/{first}/redact"), redact).await;
    let there =
        |blobs: Vec<Option<guichet::store::SealedBlob>>| blobs.into_iter().flatten().count();
    let left = there(guichet.store().read_blobs(&all).await.expect("read"));
    assert_eq!(all.len() - left, 2, "as it was logged, and as it was corrected");
    let read = api.read(Role::Head, &format!("/v1/events/{first}")).await;
    let said = read["versions"].as_array().expect("versions");
    assert_eq!(said[0]["data"]["summary"], json!({ "erased": true }));
    assert_eq!(said[2]["data"]["summary"], "In other words");

    let request = command_of(
        stream.stream().expect("a case"),
        amendment::Command::Redact {
            target: second.parse().expect("an id"),
            field: "summary".parse().expect("a path"),
            text: None,
        },
        "redact and stop",
        &api.account(Role::Dpo).user,
    );
    guichet.office.transact(request, vec![]).await.expect("redacted");
    let left = there(guichet.store().read_blobs(&all).await.expect("read"));
    assert_eq!(all.len() - left, 2, "stopped before its bytes were removed");
    drop(guichet);
    let Api { office, folder } = api;
    office.close().await;
    let office = Office::serve(folder.path()).await;
    let guichet = office.guichet();
    process::resume(guichet).await.expect("finished");
    let left = there(guichet.store().read_blobs(&all).await.expect("read"));
    assert_eq!(all.len() - left, 3);
    let done = redaction::finish(guichet, stream.stream().expect("a case")).await;
    assert!(!done.expect("read"), "nothing is left");
    office.close().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn texts_are_kept_or_redacted_one_by_one_by_somebody() {
    let api = Api::open().await;
    let contact = api.account(Role::Innovator).person.clone();
    let case = api.done(Role::Advisor, "/v1/cases", crate::setup::intake(&contact, "Organoids"));
    let case = text(&case.await, "/id");
    let note = json!({ "text": say("They spoke of their health") });
    api.done(Role::Advisor, &format!("/v1/cases/{case}/add-note"), note).await;
    let request = asks(&api, "erasure", &contact).await;
    let texts = format!("/v1/privacy-requests/{request}/texts");
    let open = api.read(Role::Dpo, &texts).await;
    assert_eq!((&open["open"], &open["kept"]), (&json!(2), &json!(0)), "{open:#}");
    assert_eq!(open["items"][1]["text"], say("They spoke of their health"));
    let keep = format!("/v1/privacy-requests/{request}/keep-text");
    let place =
        |at: usize| (open["items"][at]["event"].clone(), open["items"][at]["field"].clone());
    let (event, field) = place(0);
    let kept = json!({ "event": event, "field": field, "basis": "not_about_the_person" });
    api.done(Role::Dpo, &keep, kept).await;
    let nowhere = json!({ "event": event, "field": "no/such", "basis": "not_about_the_person" });
    api.post(Role::Dpo, &keep, nowhere).await.refused(404);
    let (event, field) = place(1);
    let event = event.as_str().expect("an id");
    let redact = json!({ "field": field });
    api.done(Role::Dpo, &format!("/v1/events/{event}/redact"), redact).await;
    let done = api.read(Role::Head, &texts).await;
    let counts = (&done["open"], &done["kept"], &done["redacted"]);
    assert_eq!(counts, (&json!(0), &json!(1), &json!(1)), "{done:#}");
    assert_eq!(done["items"][1]["decided"]["by"]["role"], "dpo");
    let open = api.read(Role::Head, &format!("{texts}?state=open")).await;
    assert_eq!(open["items"], json!([]));
    api.close().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn lists_of_requests_say_what_is_due() {
    let api = Api::open().await;
    let person = somebody(&api).await;
    let late = json!({ "kind": "access", "subject": person, "channel": "phone",
        "received_at": "2026-01-31T09:00:00Z" });
    let late = text(&api.done(Role::Dpo, "/v1/privacy-requests", late).await, "/id");
    let before = api.get(Role::Dpo, "/v1/privacy-requests").await;
    let position = before.header("guichet-position").expect("a position").to_owned();
    asks(&api, "portability", &person).await;
    let ids = async |query: &str| {
        let list = api.read(Role::Head, &format!("/v1/privacy-requests?{query}")).await;
        let items = list["items"].as_array().expect("items").clone();
        items.iter().map(|it| text(it, "/id")).collect::<Vec<_>>()
    };
    assert_eq!(ids("").await.len(), 2);
    assert_eq!(ids("overdue=true").await, std::slice::from_ref(&late));
    assert_eq!(ids("kind=access&state=received").await, std::slice::from_ref(&late));
    assert_eq!(ids("state=verified").await.len(), 1);
    assert_eq!(
        ids(&format!("subject={person}&as_of={position}")).await,
        std::slice::from_ref(&late)
    );
    let record = api.read(Role::Director, &format!("/v1/privacy-requests/{late}")).await;
    assert_eq!(record["due"], "2026-02-28");
    api.get(Role::Advisor, "/v1/privacy-requests").await.refused(403);
    api.close().await;
}

/// What is asked twice, before and after.
async fn answers(api: &Api, world: &World<'_>, role: Role, question: &str) -> Vec<(String, Value)> {
    let mut answers = Vec::new();
    for operation in contract().operations.iter().filter(|operation| operation.method == "GET") {
        // How far the log has come is everybody's.
        let of_now = ["read-document", "read-calendar", "find-free"];
        if !operation.guarded || of_now.contains(&operation.id.as_str()) {
            continue;
        }
        if !question.is_empty() && !operation.takes("as_of") {
            continue;
        }
        for target in [Target::Own, Target::Others] {
            let path = ask(world, operation, target).path;
            let joint = if path.contains('?') { "&" } else { "?" };
            let path = if question.is_empty() { path } else { format!("{path}{joint}{question}") };
            let answer = api.get(role, &path).await;
            if answer.status.is_success()
                && let Ok(mut answer) = serde_json::from_slice::<Value>(&answer.body)
            {
                if question.is_empty() {
                    answer.as_object_mut().map(|map| map.remove("as_known"));
                }
                answers.push((path, answer));
            }
        }
    }
    answers
}

/// D-2. Somebody who takes part in nothing but their own record is erased from an office in which
/// everything has happened.
#[tokio::test(flavor = "multi_thread")]
async fn answers_that_are_not_about_the_erased_stay_equal_byte_by_byte() {
    let api = Api::open().await;
    let world = World::live(&api).await;
    let (person, approval) = about_to_be_erased(&api).await;
    let seen = api.get(Role::Head, "/v1/cases").await;
    let position = seen.header("guichet-position").expect("a position").to_owned();
    let as_of = format!("as_of={position}");
    let record = api.read(Role::Head, &format!("/v1/people/{person}")).await;
    // A sole trader is the person under another name.
    let theirs = [person.to_string(), text(&record, "/affiliations/0/organisation")];
    let about = |answer: &Value| theirs.iter().any(|id| answer.to_string().contains(id.as_str()));
    let mut before = Vec::new();
    for role in [Role::Head, Role::Analyst, Role::Auditor] {
        for question in ["", as_of.as_str()] {
            before.push((role, question, answers(&api, &world, role, question).await));
        }
    }
    give(&api, Role::Head, &approval).await;
    let mut compared = 0;
    for (role, question, before) in before {
        let after = answers(&api, &world, role, question).await;
        let after: std::collections::BTreeMap<_, _> = after.into_iter().collect();
        for (path, before) in before {
            let after = &after[&path];
            // Of the past, whatever was said without their name stands; of today, what is about
            // others.
            let pseudonymous = role == Role::Analyst && !question.is_empty();
            if pseudonymous || !about(&before) && !about(after) {
                compared += 1;
                assert_eq!(before.to_string(), after.to_string(), "{role} {path}");
            }
        }
    }
    assert!(compared > 150, "only {compared} answers were compared");
    api.close().await;
}

fn serve(data: &Path) -> (Server, Office) {
    let mut command = program(data);
    command.stderr(Stdio::null());
    let server = Server::start(command);
    let office = Office::elsewhere(data, server.address);
    (server, office)
}

async fn by(door: &Door, token: &str, path: &str, body: Value) -> Value {
    door.send(&Ask::post(path, &body).by_token(token)).await.well().json()
}

/// `GUICHET_KILLS` says how often.
#[tokio::test(flavor = "multi_thread")]
async fn an_erasure_survives_a_kill_of_the_server_at_any_moment() {
    let kills: usize = std::env::var("GUICHET_KILLS").map_or(4, |n| n.parse().expect("a number"));
    let folder = tempfile::tempdir().expect("a folder");
    let data = folder.path().join("data");
    let (mut server, mut office) = serve(&data);
    publish_policies(&office.operator).await;
    let dpo = enrol(&office.operator, "Dominique Protection", Role::Dpo).await.token;
    let head = enrol(&office.operator, "Hélène Tête", Role::Head).await.token;
    for round in 0..kills {
        let door = office.public.clone();
        let notice = json!({ "version": "2026-01", "given_at": "2026-03-02T08:45:00Z" });
        let person = json!({ "name": format!("Person {round}"), "email": "p@example.org",
            "language": "fr", "privacy_notice": notice });
        let person = text(&by(&door, &head, "/v1/people", person).await, "/id");
        let request = json!({ "kind": "erasure", "subject": person, "channel": "email",
            "received_at": crate::setup::now() });
        let request = text(&by(&door, &dpo, "/v1/privacy-requests", request).await, "/id");
        let path = format!("/v1/privacy-requests/{request}");
        let how = json!({ "method": "known_in_person" });
        by(&door, &dpo, &format!("{path}/verify-identity"), how).await;
        let granted = Ask::post(&format!("{path}/assess"), &json!({ "outcome": "granted" }));
        door.send(&granted.seen("\"1\"").by_token(&dpo)).await.well();
        let erase = json!({ "request": request });
        let asked = by(&door, &dpo, &format!("/v1/people/{person}/request-erasure"), erase).await;
        let approval = text(&asked, "/waits_for_approval");
        let give = Ask::post(&format!("/v1/approvals/{approval}/give"), &json!({}));
        let give = give.keyed(&format!("give-{round}")).seen("\"1\"").by_token(&head);
        let mut sender = door.connect().await;
        let sent = give.clone();
        let giving = tokio::spawn(async move { crate::setup::exchange(&mut sender, &sent).await });
        let micros = u64::from(getrandom::u32().expect("chance")) % 30_000;
        tokio::time::sleep(Duration::from_micros(micros)).await;
        server.kill();
        drop(giving.await);

        (server, office) = serve(&data);
        // What a client does that got no answer.
        office.public.send(&give).await.well();
        let record = Ask::get(&format!("/v1/people/{person}"));
        let record = office.operator.send(&record).await.well().json();
        assert_eq!(record["name"], json!({ "erased": true }), "killed after {micros} µs");
        assert!(record["erased_at"].is_string(), "{record:#}");
    }
    assert_eq!(server.stop().0, Some(0));
    let checked = program(&data).args(["store", "check"]).output().expect("it runs");
    assert!(checked.status.success(), "{}", String::from_utf8_lossy(&checked.stdout));
}
