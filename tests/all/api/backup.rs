//! A backup that is taken while clients write, restored elsewhere, answers every read the same.

use std::collections::BTreeSet;
use std::ops::ControlFlow;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use futures_util::future::join_all;
use guichet::backup::{Since, restore, save, save_keys};
use guichet::guichet::{Layout, build};
use serde_json::json;

use super::as_of::questions;
use super::contract::contract;
use super::everything::World;
use super::matrix::{Target, ask};
use super::*;
use crate::setup::now;

const CLIENTS: usize = 8;
/// Backups taken while they write.
const RUNS: usize = 4;
/// Questions asked at a time.
const ASKED: usize = 16;

/// Restores what was saved, under the root key of the office that was.
async fn restored(api: &Api, position: u64) -> (Office, TempDir) {
    let folder = tempfile::tempdir().expect("a folder");
    let root_key = Layout::new(api.folder.path(), None).root_key;
    let (from, keys) = places(api);
    let layout = Layout::new(folder.path(), Some(&root_key));
    let mut watch = |_| ControlFlow::Continue(());
    let restored = restore(&from, &keys, &Since::Nothing, &layout, now(), &mut watch).await;
    assert_eq!(restored.expect("restored").position, position);
    std::fs::copy(&root_key, Layout::new(folder.path(), None).root_key).expect("copied");
    let mut office = Office::serve(folder.path()).await;
    office.accounts.clone_from(&api.office.accounts);
    assert_eq!(read_up(&office).await, position);
    (office, folder)
}

fn places(api: &Api) -> (std::path::PathBuf, std::path::PathBuf) {
    let beside = |suffix| {
        let mut name = api.folder.path().as_os_str().to_owned();
        name.push(suffix);
        name.into()
    };
    (beside("-backup"), beside("-keys"))
}

/// Saves the office, and says up to where.
async fn saved(api: &Api) -> u64 {
    let (to, keys) = places(api);
    let layout = Layout::new(api.folder.path(), None);
    let mut watch = |_| ControlFlow::Continue(());
    let saved = save(&layout, &to, build(), now(), &mut watch).await.expect("saved");
    assert!(saved.verified.is_sound(), "{:?}", saved.verified.findings);
    save_keys(&layout, &keys, build(), now(), &mut watch).await.expect("saved");
    saved.verified.position
}

/// Waits until lists have read the whole log, and gives its head.
async fn read_up(office: &Office) -> u64 {
    let guichet = office.guichet();
    let head = guichet.store().head().await.expect("a head").expect("events");
    while !guichet.readmodel.wait_for(head, Duration::from_secs(1)).await {}
    guichet.readmodel.directory().ready().await;
    head.0
}

/// Interactions, one after the other, until told to stop.
async fn write(api: &Api, case: &str, stop: &AtomicBool) {
    for number in 0.. {
        if stop.load(Ordering::Relaxed) {
            break;
        }
        let body = json!({ "kind": "call", "minutes": 10, "summary": format!("Call {number}.") });
        let path = format!("/v1/cases/{case}/log-interaction");
        api.office.send(Role::Advisor, &Ask::post(&path, &body)).await.well();
    }
}

/// The same question to two offices; what is wrong, if anything.
async fn differs(one: &Office, other: &Office, role: Role, asks: (&Ask, &Ask)) -> Option<String> {
    let (here, there) = (one.send(role, asks.0).await, other.send(role, asks.1).await);
    let same = here.status == there.status && here.body == there.body;
    (!same).then(|| format!("{role}: {}\n{}\n{}", asks.0.path, here.text(), there.text()))
}

#[tokio::test(flavor = "multi_thread")]
async fn a_backup_taken_under_load_answers_every_read_the_same() {
    let api = Api::open().await;
    let world = World::live(&api).await;
    let mut cases = Vec::new();
    for client in 0..CLIENTS {
        cases.push(api.followed_case(&format!("Load {client}")).await);
    }
    let stop = AtomicBool::new(false);
    let writing = join_all(cases.iter().map(|case| write(&api, case, &stop)));
    let saving = async {
        // Several runs, each of which met something new.
        let mut positions = BTreeSet::new();
        while positions.len() < RUNS {
            positions.insert(saved(&api).await);
        }
        stop.store(true, Ordering::Relaxed);
        positions
    };
    let (positions, _) = tokio::join!(saving, writing);
    let position = *positions.last().expect("several");
    let head = read_up(&api.office).await;

    let (other, folder) = restored(&api, position).await;
    let mut wrong = compare_then(&api, &other, position).await;
    other.close().await;
    drop(folder);

    // Then once more, when nobody writes: now everything is the same, also what knows no past.
    let position = saved(&api).await;
    assert_eq!(position, head);
    let (other, folder) = restored(&api, position).await;
    wrong.extend(compare_now(&api, &other, &world).await);
    other.close().await;
    drop(folder);
    assert!(wrong.is_empty(), "{} wrong:\n{}", wrong.len(), wrong[..wrong.len().min(3)].join("\n"));
    let (backup, keys) = places(&api);
    for folder in [backup, keys] {
        std::fs::remove_dir_all(folder).expect("removed");
    }
    api.close().await;
}

/// Every question that takes a moment, about every record: there as of the backup, here as it is.
async fn compare_then(api: &Api, other: &Office, position: u64) -> Vec<String> {
    let log = api.office.guichet().store().read_all(None, usize::MAX).await.expect("the log");
    let questions = questions(log.iter().map(|event| &event.stream));
    let roles = [Role::Head, Role::Auditor];
    let questions: Vec<_> = questions.iter().filter(|it| roles.contains(&it.role)).collect();
    assert!(questions.len() > 300, "{}", questions.len());
    let mut wrong = Vec::new();
    for asked in questions.chunks(ASKED) {
        let asked = asked.iter().map(|question| async move {
            let sign = if question.path.contains('?') { '&' } else { '?' };
            let then = Ask::get(&format!("{}{sign}as_of={position}", question.path));
            differs(&api.office, other, question.role, (&then, &then)).await
        });
        wrong.extend(join_all(asked).await.into_iter().flatten());
    }
    wrong
}

/// Every operation that reads, for every role.
async fn compare_now(api: &Api, other: &Office, world: &World<'_>) -> Vec<String> {
    let mut wrong = Vec::new();
    // What these tell is about the server and where its files are.
    let reads = |id: &str| !["metrics", "follow-events", "read-keys"].contains(&id);
    for operation in contract().operations.iter().filter(|it| it.method == "GET" && reads(&it.id)) {
        for target in [Target::Own, Target::Others] {
            for role in <[Role]>::iter(<Role as events::Labelled>::ALL) {
                let mut ask = ask(world, operation, target);
                if operation.takes("free_minutes") {
                    // Without any days it is asked about those from this very moment on.
                    ask.path += "?from=2026-01-01T00:00:00Z&until=2027-01-01T00:00:00Z";
                }
                wrong.extend(differs(&api.office, other, *role, (&ask, &ask)).await);
            }
        }
    }
    wrong
}
