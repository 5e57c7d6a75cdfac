//! Rotation: a new epoch begins, every key moves to it, and the old epoch's key is destroyed,
//! while sealing and opening go on.

use std::path::Path;

use events::{StreamName, Time};

use super::keyfile::{KeyError, KeyStatus, NewRoot, Point, Witness, pass};
use super::keys::{FileLock, Keys};
use super::root;

/// So many keys move in one transaction; others wait no longer than it takes.
const BATCH_KEYS: u32 = 256;

/// What a rotation did.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Rotated {
    /// How many keys moved.
    pub moved: u64,
    /// The epochs whose keys are destroyed.
    pub retired: Vec<u32>,
    /// Whether their bytes are gone from every file; not yet while another process reads. The
    /// next rotation, erasure or start sees to it.
    pub wiped: bool,
    /// How the keys are now.
    pub status: KeyStatus,
}

impl Keys {
    /// Finishes the rotation that is under way, if any; else, or for a new root key, makes one
    /// from its beginning. One at a time: whoever comes second waits.
    pub(super) fn rotate(
        &self,
        now: Time,
        new_root: Option<&Path>,
        witness: Witness<'_>,
    ) -> Result<Rotated, KeyError> {
        let file = self.file()?;
        let _alone = self.alone();
        let (mut moved, mut retired) = (0, Vec::new());
        let was_rotating = file.lock().is_rotating()?;
        if was_rotating {
            finish(&file, now, witness, &mut moved, &mut retired)?;
        }
        if !was_rotating || new_root.is_some() {
            let new_root = new_root.map(|place| made(&file, place)).transpose()?;
            if new_root.is_some() {
                pass(witness, Point::RootMade)?;
            }
            file.lock().begin_epoch(now, new_root, witness)?;
            finish(&file, now, witness, &mut moved, &mut retired)?;
        }
        let wiped = file.lock().wipe()?;
        if wiped {
            pass(witness, Point::LogEmptied)?;
        }
        let status = file.lock().status()?;
        Ok(Rotated { moved, retired, wiped, status })
    }
}

/// The root key in a file, which is made unless it is there; it is durable before this returns.
fn made(file: &FileLock<'_>, place: &Path) -> Result<NewRoot, KeyError> {
    let io = |source| KeyError::Io { folder: place.to_owned(), source };
    let place = std::path::absolute(place).map_err(io)?;
    root::read_or_create(&place)?;
    // As the next start will read it: from then on nothing else opens the keys.
    let key = root::read_or_create(&place)?;
    if file.lock().is_root(&key)? {
        return Err(KeyError::RootSame(place));
    }
    Ok(NewRoot { key, place })
}

/// Moves every key to the newest epoch, and deletes the others.
fn finish(
    file: &FileLock<'_>,
    now: Time,
    witness: Witness<'_>,
    moved: &mut u64,
    retired: &mut Vec<u32>,
) -> Result<(), KeyError> {
    loop {
        let mut after: Option<StreamName> = None;
        loop {
            let (ring, batch) = file.lock().outdated(after.as_ref(), BATCH_KEYS)?;
            let Some(last) = batch.last() else { break };
            after = Some(last.holder.clone());
            // Nobody waits for this: the file is locked for reading and writing alone.
            let rewrapped = batch.into_iter().map(|old| ring.rewrap(old));
            let rewrapped = rewrapped.collect::<Result<Vec<_>, _>>()?;
            *moved += file.lock().replace(&ring, &rewrapped, witness)?;
        }
        if let Some(numbers) = file.lock().retire(now, witness)? {
            retired.extend(numbers);
            return Ok(());
        }
    }
}

#[cfg(test)]
mod tests {
    use std::collections::HashSet;
    use std::fs;
    use std::ops::ControlFlow;
    use std::path::PathBuf;
    use std::sync::atomic::{AtomicBool, Ordering};

    use chrono::TimeDelta;
    use events::{BlobId, Sealed};
    use proptest::prelude::*;
    use rusqlite::Connection;

    use super::super::{OpenError, Opened, SealError, Vault};
    use super::*;
    use crate::store::SealedBlob;

    /// More than fit into two batches.
    const MANY: usize = 2 * BATCH_KEYS as usize + 50;

    /// A place for keys, with a text of each of so many people.
    struct Place {
        folder: tempfile::TempDir,
        texts: Vec<(Sealed, SealedBlob)>,
    }

    fn holder(at: usize) -> StreamName {
        format!("person-{at}").parse().expect("a stream name")
    }

    fn now() -> Time {
        Time::from_micros(1_772_355_600_000_000).expect("a moment")
    }

    fn seal(vault: &Vault, at: usize) -> (Sealed, SealedBlob) {
        let id = BlobId::derived(&at.to_string());
        vault.seal(&holder(at), id, "name", &format!("name {at}")).expect("sealed")
    }

    fn on(_: Point) -> ControlFlow<()> {
        ControlFlow::Continue(())
    }

    fn rotate(vault: &Vault) -> Rotated {
        vault.rotate(now(), None, &mut on).expect("rotated")
    }

    impl Place {
        fn with(count: usize) -> Self {
            let folder = tempfile::tempdir().expect("a folder");
            let mut place = Self { folder, texts: Vec::new() };
            let vault = place.open();
            let holders: Vec<_> = (0..count).map(holder).collect();
            vault.ensure(&holders).expect("keys");
            place.texts = (0..count).map(|at| seal(&vault, at)).collect();
            place
        }

        fn path(&self, name: &str) -> PathBuf {
            self.folder.path().join(name)
        }

        fn open(&self) -> Vault {
            self.open_with("root.key").expect("opened")
        }

        fn open_with(&self, root_key: &str) -> Result<Vault, KeyError> {
            Vault::in_folder(&self.path("keys"), &self.path(root_key))
        }

        #[track_caller]
        fn all_open(&self, vault: &Vault) {
            for (at, (sealed, blob)) in self.texts.iter().enumerate() {
                let opened = vault.open(sealed, Some(blob));
                let right =
                    matches!(&opened, Ok(Opened::Text(text)) if **text == format!("name {at}"));
                assert!(right, "{at}: {opened:?}");
            }
        }

        /// What a power cut or a kill would leave behind now, in a folder of its own.
        fn image(&self, name: &str) -> PathBuf {
            let image = self.path(name);
            fs::create_dir(&image).expect("a folder");
            for file in ["keys.db", "keys.db-wal"] {
                fs::copy(self.path("keys").join(file), image.join(file)).expect("copied");
            }
            image
        }

        /// Every wrapped key that stands in a table.
        fn wrapped(&self, table: &str) -> Vec<Vec<u8>> {
            let db = Connection::open(self.path("keys/keys.db")).expect("the file");
            let mut statement =
                db.prepare(&format!("SELECT wrapped FROM {table}")).expect("a query");
            let rows = statement.query_map((), |row| row.get(0)).expect("rows");
            rows.collect::<Result<_, _>>().expect("bytes")
        }

        /// How many of these stand anywhere in the folder of the keys.
        fn found(&self, needles: &[Vec<u8>]) -> usize {
            let length = needles[0].len();
            let needles: HashSet<&[u8]> = needles.iter().map(Vec::as_slice).collect();
            let files = fs::read_dir(self.path("keys")).expect("a folder");
            let files = files.map(|file| fs::read(file.expect("a file").path()).expect("bytes"));
            let found: HashSet<Vec<u8>> = files
                .flat_map(|bytes| {
                    let hits = bytes.windows(length).filter(|window| needles.contains(window));
                    hits.map(<[u8]>::to_vec).collect::<Vec<_>>()
                })
                .collect();
            found.len()
        }
    }

    #[test]
    fn every_key_moves_to_a_new_epoch_and_the_old_one_is_gone() {
        let place = Place::with(MANY);
        let vault = place.open();
        let digest = vault.digest(b"request");
        vault.destroy(&holder(7), &[]).expect("destroyed");
        let later = now().plus(TimeDelta::days(1));
        let rotated = vault.rotate(later, None, &mut on).expect("rotated");
        assert_eq!((rotated.moved, rotated.wiped), (MANY as u64 - 1, true));
        assert_eq!(rotated.retired, [1]);
        let status = vault.status().expect("status");
        assert_eq!(status, rotated.status);
        assert!(!status.is_rotating());
        let [epoch] = &status.epochs[..] else { panic!("{status:?}") };
        assert_eq!((epoch.number, epoch.made_at, epoch.keys), (2, Some(later), MANY as u64 - 1));
        assert_eq!((status.retired[0].number, status.retired[0].retired_at), (1, later));
        assert_eq!((status.keys, status.destroyed), (MANY as u64 - 1, 1));
        for vault in [vault, place.open()] {
            assert_eq!(seal(&vault, 3), place.texts[3], "texts are as they were");
            assert_eq!(vault.digest(b"request"), digest);
            let (sealed, blob) = &place.texts[7];
            assert!(matches!(vault.open(sealed, Some(blob)), Ok(Opened::Erased)));
        }
    }

    #[test]
    fn after_a_rotation_no_byte_is_left_of_what_the_old_epoch_wrapped_nor_of_its_key() {
        let place = Place::with(MANY);
        let vault = place.open();
        let (keys, epoch) = (place.wrapped("keys"), place.wrapped("epochs"));
        assert_eq!((place.found(&keys), place.found(&epoch)), (MANY, 1), "the search finds things");
        assert!(rotate(&vault).wiped);
        assert_eq!((place.found(&keys), place.found(&epoch)), (0, 0));
        assert_eq!(place.found(&place.wrapped("keys")), MANY);
        let (epoch, secret) = (place.wrapped("epochs"), place.wrapped("secrets"));
        let new = place.path("new.key");
        assert!(vault.rotate(now(), Some(&new), &mut on).expect("rotated").wiped);
        assert_eq!((place.found(&epoch), place.found(&secret)), (0, 0));
        place.all_open(&place.open_with("new.key").expect("opened"));
    }

    #[test]
    fn killed_at_any_point_a_rotation_has_not_begun_or_is_finished_later() {
        let place = Place::with(MANY);
        let vault = place.open();
        let mut images = Vec::new();
        let kill = &mut |point| {
            images.push((point, place.image(&format!("killed-{}", images.len()))));
            ControlFlow::Continue(())
        };
        vault.rotate(now(), None, kill).expect("rotated");
        assert_eq!(images.len(), 11, "each point of each batch");
        for (point, folder) in images {
            let open = || Vault::in_folder(&folder, &place.path("root.key")).expect("opened");
            let vault = open();
            place.all_open(&vault);
            let status = vault.status().expect("status");
            assert_eq!(status.keys, MANY as u64, "{point:?}");
            let expected = match point {
                Point::RootMade | Point::EpochWritten => (false, 1),
                Point::EpochBegun | Point::KeysWritten | Point::KeysMoved => (true, 2),
                Point::EpochsDeleted => (true, 2),
                Point::EpochsRetired | Point::LogEmptied => (false, 2),
            };
            let newest = status.epochs.last().expect("an epoch").number;
            assert_eq!((status.is_rotating(), newest), expected, "{point:?}");
            let rotated = rotate(&vault);
            assert_eq!(rotated.status.epochs.len(), 1, "{point:?}");
            assert_eq!(rotated.status.keys, MANY as u64, "{point:?}");
            place.all_open(&open());
        }
    }

    #[test]
    fn stopped_at_any_point_a_rotation_is_finished_by_the_next_one() {
        let place = Place::with(MANY);
        let vault = place.open();
        let mut stops = 0;
        loop {
            let mut left = stops;
            let stop = &mut |_| {
                left -= 1;
                if left < 0 { ControlFlow::Break(()) } else { ControlFlow::Continue(()) }
            };
            let outcome = vault.rotate(now(), None, stop);
            place.all_open(&place.open());
            match outcome {
                Err(KeyError::Stopped) => {}
                Ok(_) => break,
                Err(error) => panic!("{error}"),
            }
            assert_eq!(rotate(&vault).status.epochs.len(), 1);
            place.all_open(&place.open());
            stops += 1;
        }
        assert_eq!(stops, 11);
    }

    #[test]
    fn killed_at_any_point_exactly_one_of_two_root_keys_opens_the_keys_and_the_error_says_which() {
        let place = Place::with(MANY);
        let vault = place.open();
        let (old, new) = (place.path("root.key"), place.path("elsewhere/new.key"));
        let mut images = Vec::new();
        let kill = &mut |point| {
            images.push((point, place.image(&format!("killed-{}", images.len()))));
            ControlFlow::Continue(())
        };
        let rotated = vault.rotate(now(), Some(&new), kill).expect("rotated");
        assert_eq!((&rotated.status.root_key, rotated.status.root_since), (&new, Some(now())));
        assert_eq!(images.len(), 12);
        for (point, folder) in images {
            let (right, wrong) = match point {
                Point::RootMade | Point::EpochWritten => (&old, &new),
                _ => (&new, &old),
            };
            let refused = Vault::in_folder(&folder, wrong).err().expect("refused").to_string();
            let place_of_right = format!("lay at {} when", right.display());
            assert!(refused.contains(&place_of_right), "{point:?}: {refused}");
            let vault = Vault::in_folder(&folder, right).expect("opened");
            place.all_open(&vault);
            // Who sends the same order again gets what was ordered.
            match vault.rotate(now(), Some(&new), &mut on) {
                Ok(rotated) => assert_eq!(rotated.status.root_key, new, "{point:?}"),
                Err(KeyError::RootSame(same)) => assert_eq!((&same, right), (&new, &new)),
                Err(error) => panic!("{point:?}: {error}"),
            }
            drop(vault);
            let vault = Vault::in_folder(&folder, &new).expect("opened");
            assert_eq!(vault.status().expect("status").epochs.len(), 1, "{point:?}");
            place.all_open(&vault);
        }
    }

    #[test]
    fn a_root_key_is_not_changed_for_itself_and_not_for_what_is_none() {
        let place = Place::with(1);
        let vault = place.open();
        let before = vault.status().expect("status");
        let same = vault.rotate(now(), Some(&place.path("root.key")), &mut on);
        assert!(matches!(same, Err(KeyError::RootSame(_))));
        fs::write(place.path("short.key"), b"short").expect("written");
        let none = vault.rotate(now(), Some(&place.path("short.key")), &mut on);
        assert!(matches!(none, Err(KeyError::Root(_))));
        assert_eq!(vault.status().expect("status"), before);
        let seeded = Vault::seeded([1; 32]).rotate(now(), None, &mut on);
        assert!(matches!(seeded, Err(KeyError::Seeded)));
    }

    #[test]
    fn another_process_goes_on_with_keys_that_were_rotated_behind_its_back() {
        let mut place = Place::with(20);
        let (one, other) = (place.open(), place.open());
        rotate(&one);
        rotate(&one);
        place.all_open(&other);
        place.texts.push(seal(&other, 20));
        let status = one.status().expect("status");
        assert_eq!((status.epochs.len(), status.epochs[0].keys), (1, 21), "under the newest epoch");
        let third = place.open();
        one.rotate(now(), Some(&place.path("new.key")), &mut on).expect("rotated");
        place.all_open(&third);
        place.texts.push(seal(&third, 21));
        rotate(&third);
        rotate(&other);
        for vault in [one, other, third, place.open_with("new.key").expect("opened")] {
            place.all_open(&vault);
        }
        assert!(matches!(place.open_with("root.key"), Err(KeyError::RootWrong { .. })));
    }

    #[test]
    fn sealing_opening_and_erasing_go_on_while_keys_are_rotated() {
        let place = Place::with(MANY);
        let vault = place.open();
        let done = AtomicBool::new(false);
        std::thread::scope(|scope| {
            let erase = scope.spawn(|| {
                let erased = (0..20).map(|at| holder(MANY + at));
                for (at, holder) in erased.enumerate() {
                    seal(&vault, MANY + at);
                    vault.destroy(&holder, &[]).expect("destroyed");
                }
            });
            let work = scope.spawn(|| {
                let mut at = MANY + 100;
                while !done.load(Ordering::Relaxed) {
                    seal(&vault, at);
                    place.all_open(&place.open());
                    at += 1;
                }
            });
            for _ in 0..3 {
                rotate(&vault);
            }
            let erased = erase.join();
            done.store(true, Ordering::Relaxed);
            erased.expect("no failure");
            work.join().expect("no failure");
        });
        rotate(&vault);
        let vault = place.open();
        place.all_open(&vault);
        for at in 0..20 {
            let refused = vault.ensure(&[holder(MANY + at)]);
            assert!(matches!(refused, Err(SealError::Erased { .. })));
        }
    }

    #[test]
    fn a_damaged_key_stops_the_rotation_and_nothing_else_is_lost() {
        let place = Place::with(3);
        let db = Connection::open(place.path("keys/keys.db")).expect("the file");
        let sql = "UPDATE keys SET wrapped = zeroblob(72) WHERE holder = 'person-1'";
        db.execute(sql, ()).expect("damaged");
        let vault = place.open();
        let refused = vault.rotate(now(), None, &mut on);
        assert!(
            matches!(refused, Err(KeyError::Damaged { holder }) if holder.as_str() == "person-1")
        );
        for at in [0, 2] {
            let (sealed, blob) = &place.texts[at];
            assert!(matches!(place.open().open(sealed, Some(blob)), Ok(Opened::Text(_))));
        }
        let (sealed, blob) = &place.texts[1];
        assert!(matches!(place.open().open(sealed, Some(blob)), Err(OpenError::Keys(_))));
    }

    /// What may happen to the keys, through either of two processes.
    #[derive(Debug, Clone)]
    enum Happening {
        Seal(usize),
        Destroy(usize),
        Redact(usize),
        /// Stopped after so many points.
        Rotate(u32),
        ChangeRoot(u32),
        Reopen,
    }

    const HOLDERS: usize = 6;

    fn happening() -> impl Strategy<Value = (bool, Happening)> {
        let happening = prop_oneof![
            4 => (0..HOLDERS).prop_map(Happening::Seal),
            1 => (0..HOLDERS).prop_map(Happening::Destroy),
            1 => (0..HOLDERS).prop_map(Happening::Redact),
            3 => (0..9_u32).prop_map(Happening::Rotate),
            1 => (0..9_u32).prop_map(Happening::ChangeRoot),
            2 => Just(Happening::Reopen),
        ];
        (any::<bool>(), happening)
    }

    /// Two processes on one folder, and what is known to have happened.
    struct Model {
        place: Place,
        vaults: [Vault; 2],
        root_key: PathBuf,
        roots: usize,
        sealed: Vec<Option<(Sealed, SealedBlob)>>,
        destroyed: HashSet<usize>,
        redacted: HashSet<usize>,
    }

    impl Model {
        fn new() -> Self {
            let place = Place::with(0);
            let vaults = [place.open(), place.open()];
            let (root_key, sealed) = (place.path("root.key"), vec![None; HOLDERS]);
            let (destroyed, redacted) = Default::default();
            Self { place, vaults, root_key, roots: 0, sealed, destroyed, redacted }
        }

        fn reopened(&self) -> Vault {
            Vault::in_folder(&self.place.path("keys"), &self.root_key).expect("reopened")
        }

        fn happens(&mut self, through: usize, happening: &Happening) {
            let id = |at: usize| BlobId::derived(&at.to_string());
            match *happening {
                Happening::Seal(at) => {
                    let text = format!("name {at}");
                    let sealed = self.vaults[through].seal(&holder(at), id(at), "name", &text);
                    match sealed {
                        Ok(sealed) => self.sealed[at] = Some(sealed),
                        Err(SealError::Erased { .. }) => assert!(self.destroyed.contains(&at)),
                        Err(SealError::TextErased { .. }) => {}
                        Err(error) => panic!("{error}"),
                    }
                }
                Happening::Destroy(at) => {
                    self.vaults[through].destroy(&holder(at), &[]).expect("destroyed");
                    self.destroyed.insert(at);
                }
                Happening::Redact(at) => {
                    self.vaults[through].redact(&[id(at)]).expect("redacted");
                    self.redacted.insert(at);
                }
                Happening::Rotate(stop) => self.rotate(through, None, stop),
                Happening::ChangeRoot(stop) => {
                    self.roots += 1;
                    let new = self.place.path(&format!("root-{}.key", self.roots));
                    self.rotate(through, Some(&new), stop);
                    self.root_key = self.vaults[through].status().expect("status").root_key;
                }
                Happening::Reopen => self.vaults[through] = self.reopened(),
            }
        }

        fn rotate(&self, through: usize, new_root: Option<&Path>, stop: u32) {
            let mut left = stop;
            let witness = &mut |_| match left.checked_sub(1) {
                Some(fewer) => {
                    left = fewer;
                    ControlFlow::Continue(())
                }
                None => ControlFlow::Break(()),
            };
            match self.vaults[through].rotate(now(), new_root, witness) {
                Ok(_) | Err(KeyError::Stopped) => {}
                Err(error) => panic!("{error}"),
            }
        }

        fn holds(&self) {
            let vault = self.reopened();
            for (at, sealed) in self.sealed.iter().enumerate() {
                let Some((sealed, blob)) = sealed else { continue };
                let opened = vault.open(sealed, Some(blob)).expect("opened");
                let gone = self.destroyed.contains(&at) || self.redacted.contains(&at);
                assert_eq!(matches!(opened, Opened::Erased), gone, "{at}");
            }
            for at in &self.destroyed {
                let refused = vault.ensure(&[holder(*at)]);
                assert!(matches!(refused, Err(SealError::Erased { .. })), "{at}");
            }
        }
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(24))]

        #[test]
        fn whatever_happens_the_living_open_and_the_destroyed_stay_destroyed(
            story in prop::collection::vec(happening(), 1..25),
        ) {
            let mut model = Model::new();
            for (through, happening) in &story {
                model.happens(usize::from(*through), happening);
                model.holds();
            }
            rotate(&model.reopened());
            model.holds();
        }
    }
}
