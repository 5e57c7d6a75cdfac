//! What `keys.db` says of itself; no key is among it.

use std::path::PathBuf;

use events::Time;
use rusqlite::Row;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::{KeyError, KeyFile};
use crate::vault::schedule::{Due, Schedule};

/// An epoch whose key wraps others.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Epoch {
    /// Its number; the highest wraps new keys.
    pub number: u32,
    /// When its key was made; absent when an earlier build made it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub made_at: Option<Time>,
    /// How many keys it wraps.
    pub keys: u64,
}

/// An epoch whose key was destroyed when it wrapped no other any more.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct RetiredEpoch {
    /// Its number.
    pub number: u32,
    /// When its key was made; absent when an earlier build made it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub made_at: Option<Time>,
    /// When its key was destroyed.
    pub retired_at: Time,
}

/// What is known of the keys.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct KeyStatus {
    /// The epochs, oldest first; more than one while a rotation is under way.
    pub epochs: Vec<Epoch>,
    /// The epochs of the past, oldest first.
    pub retired: Vec<RetiredEpoch>,
    /// How many holders have a key.
    pub keys: u64,
    /// How many holders were erased.
    pub destroyed: u64,
    /// Where the root key lies.
    pub root_key: PathBuf,
    /// Since when it is the root key; `None` when an earlier build made it so.
    pub root_since: Option<Time>,
}

impl KeyStatus {
    /// Whether keys are being moved to a newer epoch, or were until somebody stopped it.
    pub fn is_rotating(&self) -> bool {
        self.epochs.len() > 1
    }

    /// When the next rotation is due; one that was stopped is due now.
    pub fn due(&self, schedule: Schedule, now: Time) -> Due {
        if self.is_rotating() {
            return Due::Now;
        }
        schedule.due(self.epochs.last().and_then(|epoch| epoch.made_at), now)
    }
}

impl KeyFile {
    /// All that can be said, as of one moment.
    pub(in crate::vault) fn status(&mut self) -> Result<KeyStatus, KeyError> {
        let snapshot = self.db.transaction()?;
        let sql = "SELECT epoch, made_at,
                      (SELECT count(*) FROM keys WHERE keys.epoch = epochs.epoch)
                   FROM epochs ORDER BY epoch";
        let epoch = |row: &Row<'_>| {
            let keys = row.get::<_, i64>(2)?.unsigned_abs();
            Ok(Epoch { number: row.get(0)?, made_at: moment(row, 1)?, keys })
        };
        let epochs: Vec<_> =
            snapshot.prepare(sql)?.query_map((), epoch)?.collect::<Result<_, _>>()?;
        let sql = "SELECT epoch, made_at, retired_at FROM retired_epochs ORDER BY epoch";
        let retired = |row: &Row<'_>| {
            let (number, made_at) = (row.get(0)?, moment(row, 1)?);
            let retired_at = moment(row, 2)?.ok_or(rusqlite::Error::QueryReturnedNoRows)?;
            Ok(RetiredEpoch { number, made_at, retired_at })
        };
        let retired = snapshot.prepare(sql)?.query_map((), retired)?.collect::<Result<_, _>>()?;
        let destroyed = "SELECT count(*) FROM tombstones";
        let destroyed: i64 = snapshot.query_row(destroyed, (), |row| row.get(0))?;
        let root = |row: &Row<'_>| Ok((row.get::<_, String>(0)?, moment(row, 1)?));
        let sql = "SELECT root_key, root_since FROM state";
        let (place, since) = snapshot.query_row(sql, (), root)?;
        Ok(KeyStatus {
            keys: epochs.iter().map(|epoch| epoch.keys).sum(),
            epochs,
            retired,
            destroyed: destroyed.unsigned_abs(),
            root_key: PathBuf::from(place),
            root_since: since,
        })
    }
}

/// A moment in a column, if there is one.
fn moment(row: &Row<'_>, column: usize) -> rusqlite::Result<Option<Time>> {
    let micros: Option<i64> = row.get(column)?;
    let moment = |micros| {
        let range = || rusqlite::Error::IntegralValueOutOfRange(column, micros);
        Time::from_micros(micros).ok_or_else(range)
    };
    micros.map(moment).transpose()
}
