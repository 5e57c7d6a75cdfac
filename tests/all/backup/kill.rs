//! Killing the program while it saves and while it restores, at any moment.

use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

use super::*;
use crate::program::program;

/// So often at most, whatever is asked for: each round reads everything.
const ROUNDS_MAX: usize = 20;

fn saving(place: &Place) -> Command {
    let mut command = program(&place.layout().data);
    command.arg("backup").arg(place.path("backup")).arg("--keys").arg(place.path("keys"));
    command
}

fn restoring(place: &Place, to: &Path) -> Command {
    let mut command = program(to);
    command.arg("restore").arg(place.path("backup")).arg("--keys").arg(place.path("keys"));
    command.arg("--root-key").arg(place.layout().root_key).arg("--no-erasures-since");
    command
}

/// Runs to the end, and says how long that took.
fn runs(mut command: Command) -> Duration {
    let started = Instant::now();
    let output = command.output().expect("it runs");
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    started.elapsed()
}

/// Ends it as a power cut would, somewhere within the time it takes.
fn killed(mut command: Command, takes: Duration) {
    let mut process =
        command.stdout(Stdio::null()).stderr(Stdio::null()).spawn().expect("it starts");
    let share = f64::from(getrandom::u32().expect("chance")) / f64::from(u32::MAX);
    std::thread::sleep(takes.mul_f64(share));
    process.kill().expect("killed or ended");
    process.wait().expect("it ends");
}

/// `GUICHET_KILLS` says how often.
#[tokio::test]
async fn a_kill_leaves_a_backup_and_a_restore_finished_or_not_begun() {
    let kills = std::env::var("GUICHET_KILLS").map_or(5, |kills| kills.parse().expect("a number"));
    let place = Place::new().await;
    let (holder, _) = somebody(&place.layout()).await;
    let takes = runs(saving(&place));
    let check = || {
        let mut command = program(&place.layout().data);
        command.args(["backup", "verify"]).arg(place.path("backup"));
        command
    };
    for round in 0..kills.min(ROUNDS_MAX) {
        if round % 2 == 0 {
            std::fs::remove_dir_all(place.path("backup")).expect("removed");
        }
        place.add(&holder, &format!("Round {round}.")).await;
        killed(saving(&place), takes);
        if place.path("backup/backup.json").exists() {
            runs(check());
        }
        runs(saving(&place));
    }
    let expected = held(&place.layout()).await;
    let takes = runs(restoring(&place, &place.path("first")));
    for round in 0..kills.min(ROUNDS_MAX) {
        let other = place.other(&format!("other-{round}"));
        killed(restoring(&place, &other.data), takes);
        if other.restoring().exists() {
            for arguments in [&["store", "check"][..], &["user", "list"], &["serve"]] {
                let refused = program(&other.data).args(arguments).output().expect("it runs");
                assert_eq!(refused.status.code(), Some(2), "{arguments:?}");
                let said = String::from_utf8_lossy(&refused.stderr);
                assert!(said.contains("half restored"), "{said}");
            }
        }
        if other.restoring().exists() || !other.log().exists() {
            runs(restoring(&place, &other.data));
        }
        assert_eq!(held(&other).await, expected, "round {round}");
        std::fs::remove_dir_all(&other.data).expect("removed");
    }
}
