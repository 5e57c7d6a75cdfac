//! From what people read out and type to ids.

use events::{BadId, Id, Reference, Subject};
use rusqlite::{Connection, OptionalExtension};
use uuid::Uuid;

use super::{ReadError, ReadModel, facts};

/// The most candidates that an ambiguous reference lists.
const CANDIDATES_MAX: usize = 20;

/// Why a reference gives no id.
#[derive(Debug, thiserror::Error)]
pub enum ReferenceError {
    /// It is neither a UUID nor a short reference.
    #[error(transparent)]
    Malformed(#[from] BadId),
    /// No fact read so far is about such a thing.
    #[error("there is nothing by this reference")]
    Unknown,
    /// Several things share the short reference.
    #[error("the reference stands for several: {}", list(.0))]
    Ambiguous(Vec<Uuid>),
    /// It could not be looked up.
    #[error(transparent)]
    Read(#[from] ReadError),
}

fn list(candidates: &[Uuid]) -> String {
    candidates.iter().map(Uuid::to_string).collect::<Vec<_>>().join(", ")
}

impl ReadModel {
    /// The id that a UUID or a short reference stands for: `find::<kinds::Case>("7K3M-9QXA")`.
    /// Only things that some fact is about are found.
    ///
    /// # Errors
    /// When there is none, or more than one.
    pub async fn find<K: Subject + 'static>(&self, text: &str) -> Result<Id<K>, ReferenceError> {
        let text = text.trim();
        let (low, high) = match Uuid::parse_str(text) {
            Ok(id) => (id, id),
            Err(_) => text.parse::<Reference>()?.range(),
        };
        let kind = facts::number(K::OBJECT);
        let mut candidates = self.read(move |db| candidates(db, kind, low, high)).await?;
        match (candidates.pop(), candidates.is_empty()) {
            (None, _) => Err(ReferenceError::Unknown),
            (Some(id), true) => Ok(Id::new(id)),
            (Some(id), false) => {
                candidates.push(id);
                Err(ReferenceError::Ambiguous(candidates))
            }
        }
    }
}

/// The things in a range of ids, in order. A thing may have many facts, so each is leapt to.
fn candidates(db: &Connection, kind: i64, low: Uuid, high: Uuid) -> Result<Vec<Uuid>, ReadError> {
    let mut found = Vec::new();
    let sql =
        "SELECT id FROM objects WHERE kind = ?1 AND id >= ?2 AND id <= ?3 ORDER BY id LIMIT 1";
    let mut select = db.prepare_cached(sql)?;
    let mut next = Some(low);
    while let Some(from) = next
        && found.len() < CANDIDATES_MAX
    {
        let range = (kind, from.into_bytes(), high.into_bytes());
        let id = select.query_row(range, |row| row.get(0).map(Uuid::from_bytes)).optional()?;
        found.extend(id);
        next = id.and_then(|id| id.as_u128().checked_add(1)).map(Uuid::from_u128);
        next = next.filter(|next| *next <= high);
    }
    Ok(found)
}
