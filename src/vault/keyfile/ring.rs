//! What opens the rows of `keys.db`: the root key, and the epoch keys that it wraps.

use std::collections::BTreeMap;
use std::path::Path;

use events::StreamName;
use rusqlite::Connection;

use super::{DIGEST_SECRET, KeyError, epoch_name, key_name, schema, secret_name};
use crate::vault::key::Key;
use crate::vault::root;

/// The keys that wrap other keys, by number; new ones are wrapped by the last.
pub(in crate::vault) type Epochs = BTreeMap<u32, Key>;

/// The keys that are needed to open or wrap others.
#[derive(Clone)]
pub(in crate::vault) struct Ring {
    pub(super) root: Key,
    pub(super) epochs: Epochs,
}

impl Ring {
    /// The ring, and the secret for digests; `None` when the root key does not open them.
    pub(super) fn open(db: &Connection, root: &Key) -> Result<Option<(Self, Key)>, KeyError> {
        let mut statement = db.prepare("SELECT epoch, wrapped FROM epochs")?;
        let rows = statement.query_map((), |row| Ok((row.get(0)?, row.get::<_, Vec<u8>>(1)?)))?;
        let mut epochs = Epochs::new();
        for row in rows {
            let (epoch, wrapped) = row?;
            let Some(key) = root.unwrapped(&epoch_name(epoch), &wrapped) else { return Ok(None) };
            epochs.insert(epoch, key);
        }
        let sql = "SELECT wrapped FROM secrets WHERE name = ?1";
        let wrapped: Vec<u8> = db.query_row(sql, [DIGEST_SECRET], |row| row.get(0))?;
        let secret = root.unwrapped(&secret_name(DIGEST_SECRET), &wrapped);
        Ok(secret.map(|secret| (Self { root: root.clone(), epochs }, secret)))
    }

    /// Reads the epochs again when there is a newer one than the ring knows: another process has
    /// rotated the keys. Whoever calls this then sees the file as it is in this transaction.
    pub(super) fn keep_up(&mut self, db: &Connection) -> Result<(), KeyError> {
        let newest: Option<u32> =
            db.query_row("SELECT max(epoch) FROM epochs", (), |row| row.get(0))?;
        if newest == self.epochs.last_key_value().map(|(epoch, _)| *epoch) {
            return Ok(());
        }
        self.reload(db)
    }

    /// Reads the epochs again, with another root key where another process has changed that.
    pub(super) fn reload(&mut self, db: &Connection) -> Result<(), KeyError> {
        if let Some((ring, _)) = Self::open(db, &self.root)? {
            *self = ring;
            return Ok(());
        }
        let place = schema::place_of_root(db)?.unwrap_or_default();
        let root = root::read(Path::new(&place))?;
        let opened = root.map(|root| Self::open(db, &root)).transpose()?.flatten();
        let unreadable = || KeyError::Row(format!("the root key at {place} opens no epoch"));
        (*self, _) = opened.ok_or_else(unreadable)?;
        Ok(())
    }

    /// The number and the key of the newest epoch.
    pub(super) fn newest(&self) -> Result<(u32, &Key), KeyError> {
        newest(&self.epochs)
    }

    /// The key of a holder, unless its row is not what was stored.
    pub(super) fn unwrap(
        &self,
        holder: &StreamName,
        epoch: u32,
        wrapped: &[u8],
    ) -> Result<Key, KeyError> {
        let key = self.epochs.get(&epoch).and_then(|key| key.unwrapped(&key_name(holder), wrapped));
        key.ok_or_else(|| KeyError::Damaged { holder: holder.clone() })
    }
}

/// The number and the key of the newest of these.
pub(super) fn newest(epochs: &Epochs) -> Result<(u32, &Key), KeyError> {
    let newest = epochs.last_key_value().map(|(epoch, key)| (*epoch, key));
    newest.ok_or_else(|| KeyError::Row("no epoch".to_owned()))
}
