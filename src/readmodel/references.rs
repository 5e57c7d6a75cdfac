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

#[cfg(test)]
mod tests {
    use events::{CaseId, PersonId, Stream, intake, kinds};

    use super::super::testing::Log;
    use super::*;

    #[tokio::test]
    async fn an_id_is_found_by_itself_and_by_its_short_form() {
        let mut log = Log::new();
        let person = log.person("Léa Martin", "lea@example.org");
        let case = log.case("Organoids", person);
        let model = log.model().await;
        let short = case.reference().to_string();
        let plain = short.to_lowercase().replace('-', "");
        for text in [&case.to_string(), &short, &plain, &format!(" {short} ")] {
            assert_eq!(model.find::<kinds::Case>(text).await.expect("found"), case);
        }
        let other_kind = model.find::<kinds::Person>(&short).await;
        assert!(matches!(other_kind, Err(ReferenceError::Unknown)));
        let none = model.find::<kinds::Case>(&CaseId::derived("none").to_string()).await;
        assert!(matches!(none, Err(ReferenceError::Unknown)));
        let malformed = model.find::<kinds::Case>("Organoids").await;
        assert!(matches!(malformed, Err(ReferenceError::Malformed(_))));
    }

    #[tokio::test]
    async fn a_short_form_that_several_share_lists_them() {
        let mut log = Log::new();
        let low = CaseId::derived("a case").uuid().as_u128();
        let twins = [CaseId::new(Uuid::from_u128(low)), CaseId::new(Uuid::from_u128(low ^ 1))];
        for case in twins {
            let arrival = log.arrival(case, "Organoids", PersonId::derived("somebody"));
            log.record(Stream::Case(case), intake::Fact::Logged(arrival));
            log.record(Stream::Case(case), intake::Fact::Resumed {});
        }
        let model = log.model().await;
        let found = model.find::<kinds::Case>(&twins[0].reference().to_string()).await;
        let Err(ReferenceError::Ambiguous(mut candidates)) = found else {
            panic!("not ambiguous: {found:?}");
        };
        let mut expected = twins.map(|case| case.uuid());
        expected.sort();
        candidates.sort();
        assert_eq!(candidates, expected);
        let exact = model.find::<kinds::Case>(&twins[1].to_string()).await;
        assert_eq!(exact.expect("found"), twins[1]);
    }
}
