//! A data folder of every landed version opens, and says what it said then.
//!
//! `tests/folders/VERSION/data` is a folder as that version left it, `expected.json` what it
//! answered. Folders that are there are never written again. Before a version lands, its own is
//! made by `UPDATE=1 cargo test --test all folders`; all of it is invented, so the root key lies in
//! it.

use std::fs::Permissions;
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};

use events::{Role, Stream};
use guichet::store::SqliteStore;
use guichet::vault::Vault;
use serde_json::{Value, json};

use crate::program::program;
use crate::setup::{Ask, Office, intake, text};

/// A folder is at most so large.
const FOLDER_BYTES_MAX: u64 = 512 * 1024;

fn folders() -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("tests/folders")
}

fn copy(from: &Path, to: &Path) -> u64 {
    std::fs::create_dir_all(to).expect("made");
    let mut bytes = 0;
    for entry in std::fs::read_dir(from).expect("a folder") {
        let (path, name) = entry.map(|it| (it.path(), it.file_name())).expect("an entry");
        let to = to.join(name);
        if path.is_dir() {
            bytes += copy(&path, &to);
        } else {
            bytes += std::fs::copy(&path, &to).expect("copied");
            // Which a version control system does not keep.
            std::fs::set_permissions(&to, Permissions::from_mode(0o600)).expect("set");
        }
    }
    bytes
}

/// What an office answers that its folder is known by.
async fn answers(office: &Office, case: &str, erased: &str) -> Value {
    let get = async |path: String| office.operator.send(&Ask::get(&path)).await.well().json();
    let mut journey = get(format!("/v1/cases/{case}/journey")).await;
    // What a journey says of itself may grow; what happened may not change.
    let steps = journey["steps"].take();
    let total = async |path: &str| get(format!("{path}?limit=1")).await["total"].clone();
    json!({
        "cases": total("/v1/cases").await,
        "people": total("/v1/people").await,
        "title": get(format!("/v1/cases/{case}")).await["project"]["title"],
        "steps": steps.as_array().expect("steps").iter().map(|step| json!({
            "event": step["event"], "kind": step["kind"],
        })).collect::<Vec<_>>(),
        "told": steps.to_string().contains("They have a third candidate."),
        "erased": get(format!("/v1/cases/{erased}")).await["project"]["summary"],
    })
}

#[tokio::test]
async fn the_folder_of_every_landed_version_opens() {
    let present = folders().join(format!("v{}", env!("CARGO_PKG_VERSION")));
    if !present.exists() && std::env::var_os("UPDATE").is_some() {
        make(&present).await;
    }
    let mut opened = 0;
    for entry in std::fs::read_dir(folders()).expect("tests/folders") {
        let version = entry.expect("an entry").path();
        if !version.is_dir() {
            continue;
        }
        let expected = std::fs::read(version.join("expected.json")).expect("what is expected");
        let expected: Value = serde_json::from_slice(&expected).expect("JSON");
        let place = tempfile::tempdir().expect("a folder");
        let data = place.path().join("data");
        let bytes = copy(&version.join("data"), &data);
        assert!(bytes <= FOLDER_BYTES_MAX, "{bytes} bytes in {}", version.display());
        let checked = program(&data).args(["store", "check"]).output().expect("it runs");
        assert!(checked.status.success(), "{}", String::from_utf8_lossy(&checked.stdout));
        for _again in 0..2 {
            let office = Office::serve(&data).await;
            let (case, erased) = (text(&expected, "/case"), text(&expected, "/erased_case"));
            assert_eq!(answers(&office, &case, &erased).await, expected["answers"]);
            office.close().await;
            // Connections that have ended let go of the folder in their own time.
            while SqliteStore::open(&data.join("events.db")).is_err() {
                tokio::task::yield_now().await;
            }
        }
        opened += 1;
    }
    assert!(opened > 0, "no folder at all");
}

/// Lives a short life, and leaves its folder.
async fn make(version: &Path) {
    let data = tempfile::tempdir().expect("a folder");
    let mut office = Office::serve(data.path()).await;
    office.staff().await;
    let contact = office.account(Role::Innovator).person.clone();
    let post = async |path: String, body: Value| {
        office.send(Role::Advisor, &Ask::post(&path, &body)).await.well().json()
    };
    let mut cases = Vec::new();
    for title in ["Liquid biopsy", "Not for long"] {
        cases.push(text(&post("/v1/cases".into(), intake(&contact, title)).await, "/id"));
    }
    let [case, erased] = &cases[..] else { panic!("two cases") };
    let advisor = json!({ "advisor": office.account(Role::Advisor).user });
    post(format!("/v1/cases/{case}/assign-advisor"), advisor).await;
    let spoke = json!({ "kind": "call", "minutes": 15, "summary": "They have a third candidate." });
    post(format!("/v1/cases/{case}/log-interaction"), spoke).await;
    let path = format!("/v1/cases/{case}/documents");
    let deck = Ask::raw(&path, "application/pdf", "a pitch deck");
    let deck = office.send(Role::Advisor, &deck).await.well().json();
    let attach = json!({ "document": deck["document"], "digest": deck["digest"],
        "size_bytes": deck["size_bytes"], "media_type": deck["media_type"],
        "name": "deck.pdf", "kind": "pitch_deck" });
    post(format!("/v1/cases/{case}/attach-document"), attach).await;
    let holder = Stream::Case(erased.parse().expect("an id")).name();
    office.guichet().vault.destroy(&holder, &[]).expect("destroyed");
    let expected = json!({
        "case": case,
        "erased_case": erased,
        "answers": answers(&office, case, erased).await,
    });
    office.close().await;
    copy(data.path(), &version.join("data"));
    for entry in std::fs::read_dir(version.join("data")).expect("a folder") {
        let path = entry.expect("an entry").path();
        let name = path.file_name().unwrap_or_default().to_string_lossy().into_owned();
        if name.starts_with("readmodel-") || name.ends_with("-lock") {
            std::fs::remove_file(path).expect("removed");
        }
    }
    // A version before the register of erasures had none; opening such a folder begins one.
    std::fs::remove_file(version.join("data/keys/erasures.log")).expect("removed");
    let expected = format!("{expected:#}\n");
    std::fs::write(version.join("expected.json"), expected).expect("written");
}

#[test]
fn opening_a_folder_without_a_register_of_erasures_begins_one() {
    let place = tempfile::tempdir().expect("a folder");
    let data = place.path().join("data");
    copy(&folders().join("v0.1.0/data"), &data);
    let (keys, register) = (data.join("keys"), data.join("keys/erasures.log"));
    let vault = Vault::in_folder(&keys, &keys.join("root.key")).expect("a vault");
    let erased = vault.erased().expect("keys");
    assert_eq!(erased.holders.len(), 1);
    let written = guichet::vault::Erasures::read(&register).expect("read");
    assert_eq!(written, Some(erased));
}
