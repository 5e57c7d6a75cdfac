//! Keys as operators keep them: on the command line, and through kills.

use std::fs::File;
use std::ops::ControlFlow;
use std::path::{Path, PathBuf};
use std::process::{Command, Output};

use events::{BlobId, Sealed, StreamName};
use guichet::clock::{Clock, SystemClock};
use guichet::store::SealedBlob;
use guichet::vault::{Opened, Point, Vault};
use serde_json::Value;

use crate::program::{Server, program};
use crate::store::worker::{Work, Worker};

/// So many people have a key while a process is killed: more than move at once.
const PEOPLE: usize = 300;
/// The child is killed after so many points at most: some rotations.
const POINTS_MAX: u32 = 30;

/// `GUICHET_KILLS` says how often.
#[test]
fn no_key_is_lost_when_a_process_is_killed_while_it_rotates_them() {
    let kills = std::env::var("GUICHET_KILLS").map_or(5, |kills| kills.parse().expect("a number"));
    let folder = tempfile::tempdir().expect("a folder");
    let open = || Vault::in_folder(folder.path(), &folder.path().join("root.key")).expect("opened");
    let texts: Vec<_> = {
        let vault = open();
        let holders: Vec<_> = (0..PEOPLE).map(holder).collect();
        vault.ensure(&holders).expect("keys");
        (0..PEOPLE).map(|at| seal(&vault, at)).collect()
    };
    let mut epoch = 1;
    for _ in 0..kills {
        let mut worker = Worker::start(Work::Rotate, folder.path(), &[]);
        for _ in 0..getrandom::u32().expect("chance") % POINTS_MAX {
            worker.hear().expect("a worker that goes on");
        }
        worker.process.kill().expect("a running child");
        while worker.hear().is_some() {}
        let vault = open();
        for (sealed, blob) in &texts {
            assert!(matches!(vault.open(sealed, Some(blob)), Ok(Opened::Text(_))));
        }
        let status = vault.status().expect("status");
        let newest = status.epochs.last().expect("an epoch").number;
        assert!(status.epochs.len() <= 2 && newest >= epoch, "{status:?}");
        assert_eq!((status.keys, newest as usize), (PEOPLE as u64, count(&status)));
        epoch = newest;
    }
}

/// Every epoch that ever was is told.
fn count(status: &guichet::vault::KeyStatus) -> usize {
    status.epochs.len() + status.retired.len()
}

fn holder(at: usize) -> StreamName {
    format!("person-{at}").parse().expect("a stream name")
}

fn seal(vault: &Vault, at: usize) -> (Sealed, SealedBlob) {
    vault.seal(&holder(at), BlobId::derived(&at.to_string()), "name", "Léa").expect("sealed")
}

/// An office with one person in it, whose folder and program are at hand.
struct Place(tempfile::TempDir);

impl Place {
    fn new() -> Self {
        let place = Self(tempfile::tempdir().expect("a folder"));
        let made = place.run(&[
            "user",
            "add",
            "--name",
            "Anne Roux",
            "--email",
            "a@example.org",
            "--role",
            "admin",
        ]);
        let said = text(&made.stderr);
        assert!(made.status.success(), "{said}");
        assert!(said.contains("made a root key; back it up now"), "{said}");
        place
    }

    fn path(&self, name: &str) -> PathBuf {
        self.0.path().join(name)
    }

    fn command(&self) -> Command {
        let mut command = program(&self.path("data"));
        command.current_dir(self.0.path());
        command
    }

    fn run(&self, arguments: &[&str]) -> Output {
        self.command().args(arguments).output().expect("it runs")
    }

    #[track_caller]
    fn told(&self, arguments: &[&str]) -> String {
        let output = self.run(arguments);
        assert!(output.status.success(), "{arguments:?}: {}", text(&output.stderr));
        text(&output.stdout)
    }

    #[track_caller]
    fn json(&self, arguments: &[&str]) -> Value {
        serde_json::from_str(&self.told(&[&["--json"], arguments].concat())).expect("JSON")
    }

    /// Serves, and gives where its log goes.
    fn serve(&self, root_key: Option<&Path>) -> (Server, PathBuf) {
        let log = self.path("log");
        let mut command = self.command();
        command.stderr(File::create(&log).expect("a file"));
        if let Some(root_key) = root_key {
            command.env("GUICHET_ROOT_KEY", root_key);
        }
        (Server::start(command), log)
    }
}

fn text(bytes: &[u8]) -> String {
    String::from_utf8_lossy(bytes).into_owned()
}

#[test]
fn the_operator_rotates_the_keys_with_a_server_and_without() {
    let place = Place::new();
    let rotated = place.json(&["keys", "rotate"]);
    assert_eq!((&rotated["retired"][0], &rotated["wiped"]), (&1.into(), &true.into()));
    let (server, log) = place.serve(None);
    let said = std::fs::read_to_string(&log).expect("a log");
    assert_eq!(said.matches("the root key lies in the data folder").count(), 1, "{said}");
    assert!(said.contains("--root-key FILE or GUICHET_ROOT_KEY"), "{said}");
    let told = place.told(&["keys", "rotate"]);
    assert!(told.contains("1 key moved to epoch 3; the key of epoch 2 is destroyed"), "{told}");
    assert!(place.told(&["user", "list"]).contains("Anne Roux"));
    let told = place.told(&["keys", "status"]);
    assert!(told.contains("0 destroyed by erasures") && told.contains("after 90 days"), "{told}");
    assert_eq!(server.stop().0, Some(0));
    let keys = place.json(&["keys", "status"]);
    assert_eq!(
        (&keys["epochs"][0]["number"], &keys["retired"][1]["number"]),
        (&3.into(), &2.into())
    );
    assert!(place.told(&["user", "list"]).contains("Anne Roux"));
}

#[test]
fn the_root_key_is_changed_while_the_server_runs() {
    let place = Place::new();
    let (server, _) = place.serve(None);
    let rotated = place.run(&["keys", "rotate", "--new-root-key", "elsewhere/root.key"]);
    let said = text(&rotated.stderr);
    assert!(rotated.status.success(), "{said}");
    assert!(said.contains("start the server with --root-key "), "{said}");
    let new = place.path("elsewhere/root.key");
    let keys = place.json(&["keys", "status"]);
    assert_eq!(keys["root_key_in_data_folder"], false);
    assert!(place.told(&["user", "list"]).contains("Anne Roux"));
    assert_eq!(server.stop().0, Some(0));
    // The error names the file that opens the keys.
    let refused = place.run(&["user", "list"]);
    let said = text(&refused.stderr);
    assert_eq!(refused.status.code(), Some(1), "{said}");
    assert!(said.contains(&format!("lay at {}", new.display())), "{said}");
    let (server, log) = place.serve(Some(&new));
    let said = std::fs::read_to_string(&log).expect("a log");
    assert!(!said.contains("data folder, so a copy"), "{said}");
    assert!(place.told(&["user", "list"]).contains("Anne Roux"));
    assert_eq!(server.stop().0, Some(0));
}

/// Waits until all keys are under one epoch of that number.
fn until_rotated(place: &Place, number: u64) {
    loop {
        let keys = place.json(&["keys", "status"]);
        let epochs = keys["epochs"].as_array().expect("epochs");
        if epochs.len() == 1 && epochs[0]["number"] == number {
            return;
        }
    }
}

#[test]
fn keys_that_are_too_old_are_rotated_by_the_server_itself() {
    let place = Place::new();
    let db = rusqlite::Connection::open(place.path("data/keys/keys.db")).expect("the keys");
    db.execute("UPDATE epochs SET made_at = 0", ()).expect("long ago");
    drop(db);
    let due = place.told(&["keys", "status"]);
    assert!(due.contains("within the hour, while the server runs"), "{due}");
    let (server, _) = place.serve(None);
    until_rotated(&place, 2);
    assert!(place.told(&["user", "list"]).contains("Anne Roux"));
    assert_eq!(server.stop().0, Some(0));
}

#[test]
fn what_was_begun_is_finished_when_the_server_starts() {
    let place = Place::new();
    let (keys, root) = (place.path("data/keys"), place.path("data/keys/root.key"));
    let vault = Vault::in_folder(&keys, &root).expect("the keys");
    let stop = &mut |point| match point {
        Point::EpochBegun => ControlFlow::Break(()),
        _ => ControlFlow::Continue(()),
    };
    vault.rotate(SystemClock.now(), None, stop).expect_err("it was stopped");
    drop(vault);
    let told = place.told(&["keys", "status"]);
    assert!(told.contains("under way, or stopped"), "{told}");
    let (server, _) = place.serve(None);
    until_rotated(&place, 2);
    assert_eq!(server.stop().0, Some(0));
}
