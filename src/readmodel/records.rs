//! Records that go on under others: what names them counts for the one they go on as.
//!
//! Found among the facts within a cut, never among today's rows, so that an answer about the past
//! follows the merges of then.

use std::collections::BTreeMap;

use events::{CaseId, ObjectKind, PersonId, Stream, chain};
use projections::directory::PersonRow;
use projections::merges::Merges;
use rusqlite::{Connection, params_from_iter};
use uuid::Uuid;

use super::facts::{name, number};
use super::{Cut, ReadError, ReadModel};

impl ReadModel {
    /// A record, and after it those that go on under it, as of a cut. Records of other things than
    /// people and organisations are not merged.
    ///
    /// # Errors
    /// When the tables or the store can't be read.
    pub async fn records_of(&self, record: Stream, cut: Cut) -> Result<Vec<Stream>, ReadError> {
        let mut found = vec![record];
        let mut next = 0;
        while let Some(record) = found.get(next).copied() {
            next += 1;
            for other in self.merged_into(record, cut).await? {
                if !found.contains(&other) {
                    found.push(other);
                }
            }
        }
        Ok(found)
    }

    /// Records that gave way to this one, and still do.
    async fn merged_into(&self, record: Stream, cut: Cut) -> Result<Vec<Stream>, ReadError> {
        let fact = match record {
            Stream::Person(_) => "person.merged.v1",
            Stream::Organisation(_) => "organisation.merged.v1",
            _ => return Ok(Vec::new()),
        };
        let once = self.read(move |db| once_merged_into(db, record, fact, cut)).await?;
        let mut still = Vec::new();
        for other in once {
            let history = self.stream_history(&other.name(), Some(cut)).await?;
            let into = Merges::of(events::History::of(history.envelopes).facts()).into_of(other);
            if into == Some(record) {
                still.push(other);
            }
        }
        Ok(still)
    }

    /// The cases that a person speaks for or is in the team of, now, under whichever of their
    /// records.
    ///
    /// # Errors
    /// When the tables or the store can't be read.
    pub async fn cases_of(&self, person: PersonId) -> Result<Vec<CaseId>, ReadError> {
        let now = Stream::Person(self.person_now(person).await?);
        let records = self.records_of(now, self.now().await?).await?;
        let people: Vec<[u8; 16]> =
            records.into_iter().filter_map(Stream::subject).map(|it| it.id.into_bytes()).collect();
        self.read(move |db| {
            let marks = vec!["?"; people.len()].join(", ");
            let sql = format!(
                "SELECT DISTINCT cases.id FROM case_people JOIN cases USING (stream)
                WHERE person IN ({marks}) AND NOT mentor ORDER BY cases.id"
            );
            let mut select = db.prepare_cached(&sql)?;
            let found = select.query_map(params_from_iter(&people), |row| {
                Ok(CaseId::new(Uuid::from_bytes(row.get(0)?)))
            })?;
            Ok(found.collect::<Result<_, _>>()?)
        })
        .await
    }

    /// The record under which a person goes on, now.
    async fn person_now(&self, person: PersonId) -> Result<PersonId, ReadError> {
        let mut links = BTreeMap::new();
        let mut at = person;
        while !links.contains_key(&at) {
            let row = self.row::<PersonRow>(Stream::Person(at)).await?;
            let Some(into) = row.and_then(|row| row.merged_into) else { break };
            links.insert(at, into);
            at = into;
        }
        chain::end(person, |id| Ok(links.get(&id).copied()))
    }
}

/// Records in which a fact says that they gave way to `record`, whatever became of it.
fn once_merged_into(
    db: &Connection,
    record: Stream,
    fact: &str,
    cut: Cut,
) -> Result<Vec<Stream>, ReadError> {
    let (Some(last), Some(subject)) = (cut.position(), record.subject()) else {
        return Ok(Vec::new());
    };
    let sql = "SELECT DISTINCT streams.name
        FROM objects JOIN log ON log.position = objects.position
        JOIN kinds ON kinds.kind = log.kind JOIN streams ON streams.stream = log.stream
        WHERE objects.kind = ?1 AND objects.id = ?2 AND objects.position <= ?3
        AND kinds.name = ?4 ORDER BY streams.stream";
    let mut select = db.prepare_cached(sql)?;
    let kind: ObjectKind = subject.kind;
    let asked = (number(kind), subject.id.into_bytes(), last.0.cast_signed(), fact);
    let mut rows = select.query(asked)?;
    let mut found = Vec::new();
    while let Some(row) = rows.next()? {
        let name = name(row.get_ref(0)?.as_str().map_err(rusqlite::Error::from)?)?;
        found.extend(name.stream().filter(|other| *other != record));
    }
    Ok(found)
}

#[cfg(test)]
mod tests;
