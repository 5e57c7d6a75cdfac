//! Cut short at every step: what is there afterwards is the backup before or the next, and a
//! folder that is half restored says so.

use guichet::backup::verify;
use guichet::guichet::{Guichet, OpenError};

use super::*;

fn still(_: At) -> ControlFlow<()> {
    ControlFlow::Continue(())
}

#[tokio::test]
async fn a_first_backup_cut_short_at_any_step_is_there_or_not_begun() {
    let place = Place::new().await;
    let whole = place.saved("whole").await;
    for n in 0.. {
        let name = format!("backup-{n}");
        let cut = place.save(&name, stop_at(n)).await;
        match verify(&place.path(&name), &mut still) {
            Ok(verified) => {
                assert!(verified.is_sound(), "step {n}: {:?}", verified.findings);
                assert_eq!(verified.position, whole.verified.position);
            }
            Err(BackupError::Missing(_)) => assert!(cut.is_err(), "step {n}"),
            Err(error) => panic!("step {n}: {error}"),
        }
        let finished = cut.is_ok();
        let again = place.saved(&name).await;
        assert_eq!(again.verified.events, whole.verified.events, "step {n}");
        assert_eq!(again.verified.texts, whole.verified.texts, "step {n}");
        assert_eq!(again.verified.documents, whole.verified.documents, "step {n}");
        no_leftovers(&place.path(&name));
        no_leftovers(&place.path(&format!("{name}-keys")));
        std::fs::remove_dir_all(place.path(&name)).expect("removed");
        if finished {
            assert!(n > 8, "only {n} steps");
            break;
        }
    }
}

#[tokio::test]
async fn a_later_backup_cut_short_at_any_step_is_the_one_before_or_the_next() {
    let place = Place::new().await;
    let before = place.saved("before").await;
    let (holder, texts) = somebody(&place.layout()).await;
    let kept = place.add(&"case-kept".parse().expect("a name"), "Stays.").await;
    place.vault().destroy(&holder, &[texts[0].id]).expect("destroyed");
    for n in 0.. {
        let name = format!("backup-{n}");
        for part in ["", "-keys"] {
            let from = place.path(&format!("before{part}"));
            copy_folder(&from, &place.path(&format!("{name}{part}")));
        }
        let cut = place.save(&name, stop_at(n)).await;
        let verified = verify(&place.path(&name), &mut still).expect("a backup");
        let left = verified.findings.iter().filter(|it| !it.ends_with("is still there"));
        assert_eq!(left.count(), 0, "step {n}: {:?}", verified.findings);
        let position = verified.position;
        assert!([before.verified.position, before.verified.position + 1].contains(&position));
        let finished = cut.is_ok();
        let after = place.saved(&name).await;
        assert_eq!(after.verified.position, before.verified.position + 1, "step {n}");
        let erased = before.verified.erased_texts + texts.len() as u64;
        assert_eq!(after.verified.erased_texts, erased, "step {n}");
        let folder = place.path(&name);
        assert!(holds(&folder, &kept.bytes), "step {n}");
        assert!(texts.iter().all(|text| !holds(&folder, &text.bytes)), "step {n}");
        no_leftovers(&folder);
        std::fs::remove_dir_all(folder).expect("removed");
        if finished {
            break;
        }
    }
}

fn no_leftovers(folder: &Path) {
    let unfinished = files(folder)
        .into_iter()
        .find(|path| path.extension().is_some_and(|extension| extension == "unfinished"));
    assert_eq!(unfinished, None);
}

#[tokio::test]
async fn a_restore_cut_short_at_any_step_is_refused_until_it_is_done() {
    let place = Place::new().await;
    let expected = held(&place.layout()).await;
    place.saved("backup").await;
    for n in 0.. {
        let other = place.other(&format!("other-{n}"));
        let cut = place.restore("backup", &other, &Since::Nothing, stop_at(n)).await;
        let finished = cut.is_ok();
        if !finished && other.data.exists() {
            let opened = Guichet::open(&other, false).await;
            assert!(matches!(opened, Err(OpenError::HalfRestored(_))), "step {n}");
        }
        if !finished {
            place.restored("backup", &other, &Since::Nothing).await;
        }
        assert_eq!(held(&other).await, expected, "step {n}");
        drop(Guichet::open(&other, false).await.expect("an office"));
        std::fs::remove_dir_all(&other.data).expect("removed");
        if finished {
            assert!(n > 8, "only {n} steps");
            break;
        }
    }
}
