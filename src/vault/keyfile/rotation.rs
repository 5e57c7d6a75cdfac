//! The steps of a rotation, each one transaction: what stands between two of them is a whole file
//! that opens, and says by itself what is still to do.

use std::ops::ControlFlow;
use std::path::PathBuf;

use events::{StreamName, Time};
use rusqlite::{Connection, TransactionBehavior};

use super::ring::Ring;
use super::{KeyError, KeyFile, epoch_name, key_name, schema, secret_name};
use crate::vault::key::Key;

/// A place in a rotation. Whoever is told may stop it there, as a crash might; the next rotation
/// goes on from it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Point {
    /// The new root key is on disk; it opens nothing yet.
    RootMade,
    /// The new epoch is written, and not committed.
    EpochWritten,
    /// The new epoch has begun.
    EpochBegun,
    /// Some keys are wrapped under it, and not committed.
    KeysWritten,
    /// Those keys have moved.
    KeysMoved,
    /// The old epochs are deleted, and it is not committed.
    EpochsDeleted,
    /// The old epochs are gone; their bytes may stand in the write-ahead log.
    EpochsRetired,
    /// No byte of them is left.
    LogEmptied,
}

/// Is told each point of a rotation, and says whether it goes on.
pub type Witness<'a> = &'a mut dyn FnMut(Point) -> ControlFlow<()>;

/// Tells a point.
pub(in crate::vault) fn pass(witness: Witness<'_>, point: Point) -> Result<(), KeyError> {
    match witness(point) {
        ControlFlow::Continue(()) => Ok(()),
        ControlFlow::Break(()) => Err(KeyError::Stopped),
    }
}

/// Another root key, on disk already, and where.
pub(in crate::vault) struct NewRoot {
    pub(in crate::vault) key: Key,
    pub(in crate::vault) place: PathBuf,
}

/// A wrapped key as it was read.
pub(in crate::vault) struct Wrapped {
    pub(in crate::vault) holder: StreamName,
    epoch: u32,
    bytes: Vec<u8>,
}

/// What stands in the place of a wrapped key, if that is still as it was read.
pub(in crate::vault) struct Rewrapped {
    old: Wrapped,
    bytes: Vec<u8>,
}

impl Ring {
    /// The same key under the newest epoch.
    pub(in crate::vault) fn rewrap(&self, old: Wrapped) -> Result<Rewrapped, KeyError> {
        let key = self.unwrap(&old.holder, old.epoch, &old.bytes)?;
        let (_, wrapping) = self.newest()?;
        let bytes = wrapping.wrap(&key_name(&old.holder), &key);
        Ok(Rewrapped { old, bytes })
    }
}

impl KeyFile {
    /// Whether a rotation has begun and is not over.
    pub(in crate::vault) fn is_rotating(&self) -> Result<bool, KeyError> {
        let sql = "SELECT count(*) > 1 FROM epochs";
        Ok(self.db.query_row(sql, (), |row| row.get(0))?)
    }

    /// Begins an epoch; under another root key if there is one, which from the same moment wraps
    /// all that the old one did.
    pub(in crate::vault) fn begin_epoch(
        &mut self,
        now: Time,
        new_root: Option<NewRoot>,
        witness: Witness<'_>,
    ) -> Result<(), KeyError> {
        let transaction = self.db.transaction_with_behavior(TransactionBehavior::Immediate)?;
        self.ring.reload(&transaction)?;
        let (newest, _) = self.ring.newest()?;
        let (epoch, key) = (newest + 1, Key::random()?);
        let root = new_root.as_ref().map_or(&self.ring.root, |new| &new.key);
        let row = (epoch, root.wrap(&epoch_name(epoch), &key), now.micros());
        transaction.execute("INSERT INTO epochs VALUES (?1, ?2, ?3)", row)?;
        if let Some(new) = &new_root {
            rewrap_under(&transaction, &self.ring, new, now)?;
        }
        pass(witness, Point::EpochWritten)?;
        transaction.commit()?;
        self.ring.epochs.insert(epoch, key);
        if let Some(NewRoot { key, .. }) = new_root {
            self.ring.root = key;
        }
        pass(witness, Point::EpochBegun)
    }

    /// Some keys of older epochs, behind a holder in the order of their names, and what opens
    /// them: they are re-wrapped while others use the file.
    pub(in crate::vault) fn outdated(
        &mut self,
        after: Option<&StreamName>,
        limit: u32,
    ) -> Result<(Ring, Vec<Wrapped>), KeyError> {
        let transaction = self.db.transaction()?;
        self.ring.keep_up(&transaction)?;
        let (newest, _) = self.ring.newest()?;
        let sql = "SELECT holder, epoch, wrapped FROM keys
                   WHERE holder > ?1 AND epoch < ?2 ORDER BY holder LIMIT ?3";
        let mut statement = transaction.prepare_cached(sql)?;
        let after = after.map_or("", StreamName::as_str);
        let row =
            |row: &rusqlite::Row<'_>| Ok((row.get::<_, String>(0)?, row.get(1)?, row.get(2)?));
        let rows = statement.query_map((after, newest, limit), row)?;
        let mut found = Vec::new();
        for row in rows {
            let (holder, epoch, bytes) = row?;
            let damaged = |error| KeyError::Row(format!("{holder:?}: {error}"));
            found.push(Wrapped { holder: holder.parse().map_err(damaged)?, epoch, bytes });
        }
        Ok((self.ring.clone(), found))
    }

    /// Puts re-wrapped keys in the place of what was read; a key that was destroyed meanwhile
    /// stays destroyed. Gives how many have moved.
    pub(in crate::vault) fn replace(
        &mut self,
        ring: &Ring,
        rewrapped: &[Rewrapped],
        witness: Witness<'_>,
    ) -> Result<u64, KeyError> {
        let (epoch, _) = ring.newest()?;
        let transaction = self.db.transaction_with_behavior(TransactionBehavior::Immediate)?;
        let mut moved = 0;
        {
            let sql = "UPDATE keys SET epoch = ?1, wrapped = ?2
                       WHERE holder = ?3 AND epoch = ?4 AND wrapped = ?5";
            let mut update = transaction.prepare_cached(sql)?;
            for Rewrapped { old, bytes } in rewrapped {
                let row = (epoch, bytes, old.holder.as_str(), old.epoch, &old.bytes);
                moved += update.execute(row)? as u64;
            }
        }
        pass(witness, Point::KeysWritten)?;
        transaction.commit()?;
        pass(witness, Point::KeysMoved)?;
        Ok(moved)
    }

    /// Deletes every epoch but the newest, and gives their numbers; `None` while a key is left
    /// under one of them.
    pub(in crate::vault) fn retire(
        &mut self,
        now: Time,
        witness: Witness<'_>,
    ) -> Result<Option<Vec<u32>>, KeyError> {
        let transaction = self.db.transaction_with_behavior(TransactionBehavior::Immediate)?;
        self.ring.keep_up(&transaction)?;
        let (newest, _) = self.ring.newest()?;
        let sql = "SELECT EXISTS (SELECT 1 FROM keys WHERE epoch < ?1)";
        if transaction.query_row(sql, [newest], |row| row.get(0))? {
            return Ok(None);
        }
        let sql = "INSERT INTO retired_epochs
                   SELECT epoch, made_at, ?2 FROM epochs WHERE epoch < ?1 RETURNING epoch";
        let numbers = {
            let mut statement = transaction.prepare(sql)?;
            let numbers = statement.query_map((newest, now.micros()), |row| row.get(0))?;
            numbers.collect::<Result<Vec<u32>, _>>()?
        };
        transaction.execute("DELETE FROM epochs WHERE epoch < ?1", [newest])?;
        schema::note_destroyed(&transaction)?;
        pass(witness, Point::EpochsDeleted)?;
        transaction.commit()?;
        self.ring.epochs.retain(|epoch, _| *epoch == newest);
        pass(witness, Point::EpochsRetired)?;
        Ok(Some(numbers))
    }
}

/// Wraps epochs and secrets under another root key, in the place of what the old one wrapped.
fn rewrap_under(db: &Connection, ring: &Ring, new: &NewRoot, now: Time) -> Result<(), KeyError> {
    for (epoch, key) in &ring.epochs {
        let wrapped = new.key.wrap(&epoch_name(*epoch), key);
        db.execute("UPDATE epochs SET wrapped = ?1 WHERE epoch = ?2", (wrapped, epoch))?;
    }
    let mut statement = db.prepare("SELECT name, wrapped FROM secrets")?;
    let row = |row: &rusqlite::Row<'_>| Ok((row.get(0)?, row.get(1)?));
    let secrets = statement.query_map((), row)?.collect::<Result<Vec<(String, Vec<u8>)>, _>>()?;
    for (name, wrapped) in secrets {
        let called = secret_name(&name);
        let secret = ring.root.unwrapped(&called, &wrapped);
        let secret = secret.ok_or_else(|| KeyError::Row(format!("secret {name} is damaged")))?;
        let wrapped = new.key.wrap(&called, &secret);
        db.execute("UPDATE secrets SET wrapped = ?1 WHERE name = ?2", (wrapped, name))?;
    }
    let place = new.place.to_string_lossy();
    db.execute("UPDATE state SET root_key = ?1, root_since = ?2", (place, now.micros()))?;
    schema::note_destroyed(db)
}
