//! Killing the whole server while clients log interactions.

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;
use std::process::Stdio;

use serde_json::json;
use tokio::sync::mpsc;
use tokio::task::JoinSet;

use super::*;
use crate::program::{Server, program};
use crate::setup::{Door, Small, exchange, small};

/// How often a server is killed before a new office takes its place, lest reading it takes long.
const ROUNDS_PER_OFFICE: usize = 50;
const CLIENTS: usize = 8;
const CASES: usize = 4;
/// The server is killed after so many acknowledgements at most.
const ACKNOWLEDGED_MAX: u32 = 60;

/// A request by its key, and the event it was acknowledged with.
type Acknowledged = (String, String);

/// `GUICHET_KILLS` says how often.
#[tokio::test(flavor = "multi_thread")]
async fn every_acknowledged_interaction_survives_a_kill_of_the_server() {
    let kills = std::env::var("GUICHET_KILLS").map_or(5, |kills| kills.parse().expect("a number"));
    for begun in (0..kills).step_by(ROUNDS_PER_OFFICE) {
        let folder = tempfile::tempdir().expect("a folder");
        let data = folder.path().join("data");
        let (mut server, mut office) = serve(&data);
        let small = small(&office.operator, CASES).await;
        let mut known = BTreeMap::new();
        for round in begun..kills.min(begun + ROUNDS_PER_OFFICE) {
            let sent = log_and_kill(server, &office.public, &small, round, &mut known).await;
            (server, office) = serve(&data);
            repeat_unanswered(&office.public, &small, &sent, &mut known).await;
            check(&office.operator, &small, &known).await;
        }
        assert_eq!(server.stop().0, Some(0));
        let checked = program(&data).args(["store", "check"]).output().expect("it runs");
        assert!(checked.status.success(), "{}", String::from_utf8_lossy(&checked.stdout));
    }
}

fn serve(data: &Path) -> (Server, Office) {
    let mut command = program(data);
    command.stderr(Stdio::null());
    let server = Server::start(command);
    let office = Office::elsewhere(data, server.address);
    (server, office)
}

fn interaction(small: &Small, key: &str) -> Ask {
    let client: usize = key.split('/').nth(1).and_then(|it| it.parse().ok()).expect("a client");
    let path = format!("/v1/cases/{}/log-interaction", small.cases[client % CASES]);
    let body = json!({ "kind": "call", "minutes": 10, "summary": format!("We spoke of {key}.") });
    Ask::post(&path, &body).keyed(key).by_token(&small.token)
}

/// Logs interactions until the server dies; gives the keys of all that were sent.
async fn log_and_kill(
    mut server: Server,
    door: &Door,
    small: &Small,
    round: usize,
    known: &mut BTreeMap<String, String>,
) -> BTreeSet<String> {
    let (say, mut heard) = mpsc::unbounded_channel::<Acknowledged>();
    let mut clients = JoinSet::new();
    for client in 0..CLIENTS {
        let (say, mut sender) = (say.clone(), door.connect().await);
        let asks = (0..).map(move |number| format!("{round}/{client}/{number}"));
        let asks: Box<dyn Iterator<Item = String> + Send> = Box::new(asks);
        let small = Small { token: small.token.clone(), cases: small.cases.clone() };
        clients.spawn(async move {
            let mut sent = Vec::new();
            for key in asks {
                sent.push(key.clone());
                let Ok(answer) = exchange(&mut sender, &interaction(&small, &key)).await else {
                    break;
                };
                let event = text(&answer.well().json(), "/events/0");
                say.send((key, event)).expect("somebody who listens");
            }
            sent
        });
    }
    drop(say);
    for _ in 0..getrandom::u32().expect("chance") % ACKNOWLEDGED_MAX {
        known.extend(heard.recv().await);
    }
    server.kill();
    // What it could still say before it died counts too.
    while let Some(acknowledged) = heard.recv().await {
        known.extend([acknowledged]);
    }
    clients.join_all().await.into_iter().flatten().collect()
}

/// Does what a client does that got no answer.
async fn repeat_unanswered(
    door: &Door,
    small: &Small,
    sent: &BTreeSet<String>,
    known: &mut BTreeMap<String, String>,
) {
    for key in sent {
        if !known.contains_key(key) {
            let answer = door.send(&interaction(small, key)).await.well().json();
            known.insert(key.clone(), text(&answer, "/events/0"));
        }
    }
}

/// Every interaction stands in the log once, and nothing else does.
async fn check(door: &Door, small: &Small, known: &BTreeMap<String, String>) {
    let mut stored = BTreeSet::new();
    for case in &small.cases {
        let events = door.send(&Ask::get(&format!("/v1/cases/{case}/events"))).await.well().json();
        for (revision, event) in events["items"].as_array().expect("items").iter().enumerate() {
            assert_eq!(event["revision"], revision, "revisions are dense");
            if event["type"] == "followup.interaction-logged.v1" {
                assert!(stored.insert(text(event, "/id")), "an event stands twice");
            }
        }
    }
    assert_eq!(stored, known.values().cloned().collect());
    assert_eq!(stored.len(), known.len(), "two requests, one event");
}
