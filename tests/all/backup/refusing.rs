//! What no backup and no restore is made of.

use guichet::backup::verify;

use super::*;

fn still(_: At) -> ControlFlow<()> {
    ControlFlow::Continue(())
}

#[tokio::test]
async fn every_damaged_file_is_found_and_nothing_is_restored_from_it() {
    let place = Place::new().await;
    place.saved("backup").await;
    let folder = place.path("backup");
    let mut looked_at = 0;
    for path in files(&folder) {
        let name = path.file_name().unwrap_or_default().to_string_lossy().into_owned();
        if name == "backup.lock" {
            continue;
        }
        looked_at += 1;
        let whole = std::fs::read(&path).expect("a file");
        let middle = whole.len() / 2;
        let mut flipped = whole.clone();
        flipped[middle] ^= 1;
        for damaged in [Some(&flipped[..]), Some(&whole[..middle]), None] {
            match damaged {
                Some(bytes) => std::fs::write(&path, bytes).expect("damaged"),
                None => std::fs::remove_file(&path).expect("removed"),
            }
            let found = verify(&folder, &mut still);
            assert!(!found.is_ok_and(|found| found.is_sound()), "{name}");
            let other = place.other("other");
            let refused = place.restore("backup", &other, &Since::Nothing, still).await;
            assert!(refused.is_err(), "{name}");
            assert!(!other.data.exists(), "{name}");
        }
        std::fs::write(&path, whole).expect("mended");
        if looked_at > 12 {
            break;
        }
    }
    assert!(verify(&folder, &mut still).expect("read").is_sound());
}

#[tokio::test]
async fn keys_that_do_not_go_with_the_log_are_refused() {
    let place = Place::new().await;
    place.saved("backup").await;
    let (holder, _) = somebody(&place.layout()).await;
    place.add(&holder, "Later.").await;
    let (log, mut watch) = (place.path("backup"), still);
    save(&place.layout(), &log, build(), now(), &mut watch).await.expect("saved");
    let older = place.restore("backup", &place.other("other"), &Since::Nothing, still).await;
    assert!(matches!(older, Err(BackupError::KeysOlder { .. })), "{older:?}");
    let stranger = Place::new().await;
    let keys = stranger.path("keys");
    save_keys(&stranger.layout(), &keys, build(), now(), &mut watch).await.expect("saved");
    let to = place.other("other");
    let other = restore(&log, &keys, &Since::Nothing, &to, now(), &mut watch).await;
    assert!(matches!(other, Err(BackupError::OtherLog { .. })), "{other:?}");
    assert!(!to.data.exists());
}

#[tokio::test]
async fn a_folder_that_holds_something_else_is_left_alone() {
    let place = Place::new().await;
    std::fs::create_dir(place.path("photos")).expect("made");
    std::fs::write(place.path("photos/cat"), "cat").expect("written");
    let foreign = place.save("photos", still).await.err();
    assert!(matches!(foreign, Some(BackupError::Foreign(_))), "{foreign:?}");
    for inside in ["data", "data/backup", ""] {
        let refused = place.save(inside, still).await.err();
        assert!(matches!(refused, Some(BackupError::NotApart(..))), "{inside:?}: {refused:?}");
    }
    place.saved("backup").await;
    let occupied = place.other("photos");
    let refused = place.restore("backup", &occupied, &Since::Nothing, still).await.err();
    assert!(matches!(refused, Some(BackupError::NotEmpty(_))), "{refused:?}");
    assert_eq!(files(&place.path("photos")).len(), 1);
    let without_key = Layout::new(&place.path("other"), None);
    let refused = place.restore("backup", &without_key, &Since::Nothing, still).await.err();
    assert!(matches!(refused, Some(BackupError::NoRootKey(_))), "{refused:?}");
    let nowhere = Since::Register(place.path("nowhere"));
    let refused = place.restore("backup", &place.other("other"), &nowhere, still).await.err();
    assert!(matches!(refused, Some(BackupError::NoRegister(_))), "{refused:?}");
    assert!(!place.path("other").exists());
}

#[tokio::test]
async fn a_log_that_was_set_back_is_not_taken_for_one_that_went_on() {
    let place = Place::new().await;
    place.saved("early").await;
    let (holder, _) = somebody(&place.layout()).await;
    place.add(&holder, "It went on.").await;
    place.saved("late").await;
    // Set back to the first backup, and lived on from there.
    let other = place.other("other");
    place.restored("early", &other, &Since::Nothing).await;
    for what in [Some("It went another way."), Some("And further.")] {
        let late = place.path("late");
        let refused = save(&other, &late, build(), now(), &mut still).await.err();
        assert!(matches!(refused, Some(BackupError::Parted { .. })), "{refused:?}");
        let store = SqliteStore::open(&other.log()).expect("the log");
        let there = store.read_stream(&holder, 0, usize::MAX).await.expect("a stream");
        let (_, mut event) = there.last().expect("an event").clone().into_new();
        event.id = events::EventId::derived(what.expect("words"));
        event.data = b"{}".to_vec();
        let expected = Expected::after(there.len() as u64);
        store.append(&holder, expected, vec![event], vec![]).await.expect("appended");
    }
    // Into the backup that it came from it may go on.
    let early = place.path("early");
    let saved = save(&other, &early, build(), now(), &mut still).await.expect("saved");
    assert_eq!((saved.new_events, saved.verified.is_sound()), (2, true));
    let stranger = Place::new().await;
    let refused = save(&stranger.layout(), &early, build(), now(), &mut still).await.err();
    assert!(matches!(refused, Some(BackupError::OtherLog { .. })), "{refused:?}");
}

#[tokio::test]
async fn two_never_work_on_one_folder() {
    let place = Place::new().await;
    let mut inner = None;
    let (layout, folder) = (place.layout(), place.path("backup"));
    let saved = place
        .save("backup", |at| {
            if at.step == Step::Commit && inner.is_none() {
                inner = Some(verify(&folder, &mut still).err());
            }
            ControlFlow::Continue(())
        })
        .await;
    saved.expect("saved");
    let inner = inner.flatten();
    assert!(matches!(inner, Some(BackupError::Busy(_))), "{inner:?}");
    assert!(layout.log().exists());
}
