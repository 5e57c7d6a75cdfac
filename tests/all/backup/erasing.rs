//! What was erased stays erased, in the next backup and in every restored office.

use events::Sealed;
use guichet::vault::{Document, Erasures, Opened};

use super::*;

/// A sealed value of the log that a blob belongs to.
fn sealed(blob: &SealedBlob) -> Sealed {
    Sealed { blob: blob.id, digest: Digest(Sha256::digest(&blob.bytes).into()) }
}

#[tokio::test]
async fn a_restored_office_forgets_again_what_was_erased_after_the_backup() {
    let place = Place::new().await;
    let saved = place.saved("backup").await;
    let (holder, texts) = somebody(&place.layout()).await;
    let redacted = place.add(&"case-other".parse().expect("a name"), "Not for long.").await;
    place.saved("backup").await;
    let vault_then = place.vault();
    vault_then.destroy(&holder, &[texts[0].id]).expect("destroyed");
    vault_then.redact(&[redacted.id]).expect("redacted");
    let register = place.layout().register;
    assert!(Erasures::read(&register).expect("read").is_some());

    let other = place.other("other");
    let restored = place.restored("backup", &other, &Since::Register(register.clone())).await;
    assert_eq!(restored.destroyed_keys, 1);
    assert_eq!(restored.erased_texts, texts.len() as u64 + 1);
    assert!(restored.erased_documents > 0);
    assert_eq!(restored.documents + restored.erased_documents, saved.verified.documents);
    let vault = vault(&other);
    for blob in texts.iter().chain([&redacted]) {
        assert!(!holds(&other.data, &blob.bytes));
        let opened = vault.open(&sealed(blob), None);
        assert!(matches!(opened, Ok(Opened::Erased)), "{opened:?}");
    }
    let known = vault.erased().expect("keys");
    assert!(known.holders.contains(&holder) && known.blobs.contains(&redacted.id));
    // And the restored office has a register of its own, for the next time.
    assert_eq!(Erasures::read(&other.register).expect("read"), Some(known));
    let documents = Documents::open(other.documents(), vault.into()).await.expect("documents");
    let (digest, id) = (Digest([0; 32]), events::DocumentId::derived("any"));
    let document = documents.read(digest, &holder, id).await;
    assert!(matches!(document, Ok(Document::Erased)), "{document:?}");
}

#[tokio::test]
async fn whoever_says_that_nothing_was_erased_since_gets_what_was_saved() {
    let place = Place::new().await;
    place.saved("backup").await;
    let (holder, texts) = somebody(&place.layout()).await;
    place.vault().destroy(&holder, &[]).expect("destroyed");
    let other = place.other("other");
    let restored = place.restored("backup", &other, &Since::Nothing).await;
    assert_eq!(restored.destroyed_keys, 0);
    assert!(holds(&other.data, &texts[0].bytes));
    let known = vault(&other).erased().expect("keys");
    assert!(!known.holders.contains(&holder), "only who was erased before is known");
}

#[tokio::test]
async fn the_next_backup_drops_what_was_erased_with_its_documents() {
    let place = Place::new().await;
    let first = place.saved("backup").await;
    let (holder, texts) = somebody(&place.layout()).await;
    place.vault().destroy(&holder, &[]).expect("destroyed");
    let second = place.saved("backup").await;
    assert_eq!(second.dropped_texts, texts.len() as u64);
    assert!(second.dropped_documents > 0);
    assert_eq!(second.verified.texts, first.verified.texts - second.dropped_texts);
    let before = first.verified.erased_texts;
    assert_eq!(second.verified.erased_texts, before + second.dropped_texts);
    assert!(texts.iter().all(|text| !holds(&place.path("backup"), &text.bytes)));
    // Those texts are known to be erased, and not missing, in whatever comes of the backup.
    let other = place.other("other");
    place.restored("backup", &other, &Since::Nothing).await;
    for blob in &texts {
        let opened = vault(&other).open(&sealed(blob), None);
        assert!(matches!(opened, Ok(Opened::Erased)), "{opened:?}");
    }
    let third = place.saved("backup").await;
    assert_eq!((third.dropped_texts, third.dropped_documents), (0, 0));
}

#[tokio::test]
async fn an_old_copy_of_the_keys_forgets_what_the_register_knows() {
    let place = Place::new().await;
    let layout = place.layout();
    let (holder, texts) = somebody(&layout).await;
    drop(place.vault());
    copy_folder(&layout.keys(), &place.path("old"));
    place.vault().destroy(&holder, &[texts[0].id]).expect("destroyed");
    // Somebody puts the old keys back, by hand; the register lies elsewhere.
    let register = place.path("register/erasures.log");
    std::fs::create_dir(place.path("register")).expect("made");
    std::fs::copy(&layout.register, &register).expect("copied");
    std::fs::remove_dir_all(layout.keys()).expect("removed");
    copy_folder(&place.path("old"), &layout.keys());
    let vault = Vault::registering(&layout.keys(), &layout.root_key, &register).expect("opens");
    let known = vault.erased().expect("keys");
    assert!(known.holders.contains(&holder) && known.blobs.contains(&texts[0].id));
}
