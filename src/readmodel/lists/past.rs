//! Lists as they were: folded from the log up to a cut, into tables of their own.

use std::collections::{HashMap, HashSet};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use events::{StreamName, Time};
use rusqlite::{Connection, params};

use super::Listed;
use crate::log;
use crate::readmodel::{Cut, ReadError, ReadModel, batch, db, schema};
use crate::store::Stored;

/// Events that one read of the log takes.
const PAGE_EVENTS: usize = 1_000;
/// Past lists that are kept for the next page; they never change.
const KEPT_MAX: usize = 3;

/// A list as it was: of what had been recorded by then, and if asked so, only of what had happened
/// by then.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Then {
    /// What had been recorded.
    pub cut: Cut,
    /// Only what had happened by this moment; absent: all of it.
    pub occurred_until: Option<Time>,
}

impl From<Cut> for Then {
    fn from(cut: Cut) -> Self {
        Self { cut, occurred_until: None }
    }
}

/// The past lists asked for last, the latest at the end.
#[derive(Default)]
pub(in crate::readmodel) struct Past(Vec<(&'static str, Then, Arc<Tables>)>);

/// The tables of one list as of one cut.
pub(in crate::readmodel) struct Tables(Mutex<Connection>);

impl Tables {
    pub(super) fn db(&self) -> MutexGuard<'_, Connection> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl ReadModel {
    /// The tables of a list as they were.
    pub(super) async fn as_of<R: Listed>(&self, then: Then) -> Result<Arc<Tables>, ReadError> {
        let past = || self.past.lock().unwrap_or_else(PoisonError::into_inner);
        let known = past().0.iter().find(|(kind, of, _)| *kind == R::KIND && *of == then).cloned();
        if let Some((_, _, tables)) = known {
            return Ok(tables);
        }
        let rows = self.fold_log::<R>(then).await?;
        let filled = tokio::task::spawn_blocking(move || fill(rows));
        let tables = Arc::new(Tables(Mutex::new(filled.await.map_err(|_| ReadError::Stopped)??)));
        let mut past = past();
        if past.0.len() >= KEPT_MAX {
            past.0.remove(0);
        }
        past.0.push((R::KIND, then, Arc::clone(&tables)));
        Ok(tables)
    }

    /// The rows that the log up to a cut folds to.
    async fn fold_log<R: Listed>(&self, then: Then) -> Result<Vec<R>, ReadError> {
        let Then { cut, occurred_until } = then;
        let mut rows: HashMap<StreamName, Option<R>> = HashMap::new();
        let mut amended = HashSet::new();
        let mut after = None;
        while after < cut.position() {
            let page = self.store.read_all(after, PAGE_EVENTS).await?;
            let Some(last) = page.last() else { break };
            after = Some(last.position);
            for stored in page.iter().filter(|stored| cut.holds(stored.position)) {
                if batch::may_amend(&stored.kind) && rows.contains_key(&stored.stream) {
                    amended.insert(stored.stream.clone());
                }
                take(&mut rows, stored, occurred_until)?;
            }
        }
        // What was folded step by step reads otherwise where something was said about it.
        for stream in amended {
            let history = self.stream_history(&stream, Some(cut)).await?;
            let history = events::History::of(history.envelopes).until(occurred_until);
            rows.insert(stream, R::fold(&history));
        }
        Ok(rows.into_values().flatten().collect())
    }
}

fn take<R: Listed>(
    rows: &mut HashMap<StreamName, Option<R>>,
    stored: &Stored,
    occurred_until: Option<Time>,
) -> Result<(), ReadError> {
    if !rows.contains_key(&stored.stream) {
        if !stored.stream.stream().is_some_and(R::answers) {
            return Ok(());
        }
        rows.insert(stored.stream.clone(), None);
    }
    let next = log::read(stored);
    let next = next.map_err(|source| ReadError::Fact { event: stored.id, source })?;
    let had_happened = occurred_until.is_none_or(|until| next.meta.occurred_at <= until);
    if had_happened && let Some(row) = rows.get_mut(&stored.stream) {
        *row = R::after(row.take(), &next);
    }
    Ok(())
}

fn fill<R: Listed>(rows: Vec<R>) -> Result<Connection, ReadError> {
    let mut db = db::scratch(&schema::of::<R>())?;
    let transaction = db.transaction()?;
    let sql = format!("INSERT INTO {}_rows VALUES (?1, ?2)", R::KIND);
    for (stream, row) in rows.iter().enumerate() {
        let stream = stream as i64;
        let bytes = serde_json::to_vec(row)?;
        transaction.prepare_cached(&sql)?.execute(params![stream, bytes])?;
        row.index(None, &transaction, stream)?;
    }
    transaction.commit()?;
    Ok(db)
}

#[cfg(test)]
mod tests {
    use std::fmt::Debug;

    use projections::{
        approvals::ApprovalBook, calls::CallRow, caseload::CaseRow, directory::OrganisationRow,
        directory::PersonRow, gatherings::GatheringRow, introductions::IntroductionRow,
        policies::PolicyFile, registers::RegisterBook, resources::ResourceRow, users::Accounts,
    };
    use proptest::prelude::*;

    use super::*;
    use crate::readmodel::cut::AsOf;
    use crate::readmodel::lists::Paging;
    use crate::readmodel::testing::{Chance, Log};
    use crate::store::EventStore;

    /// The same list, as of the cut now and as it was when the log ended there.
    async fn compare<R: Listed>(now: &ReadModel, then: &ReadModel, cut: Cut)
    where
        R::Filter: Default,
        R::Item: PartialEq + Debug,
    {
        let paging = Paging { limit: Some(200), cursor: None };
        let past = now.list::<R>(R::Filter::default(), paging.clone(), Some(cut.into())).await;
        let page = then.list::<R>(R::Filter::default(), paging, None).await.expect("a page");
        assert_eq!(past.expect("a page"), page, "{}", R::KIND);
        assert_eq!(page.cut, cut);
    }

    async fn compare_all(seed: u64) {
        let mut log = Log::new();
        log.scribble(seed, 150);
        let model = log.model().await;
        let events = Chance(seed).below(150);
        let prefix = log.prefix(events);
        let then = prefix.model().await;
        let cut = match prefix.store.head().await.expect("a head") {
            Some(head) => model.resolve(AsOf::Position(head.0)).await.expect("a cut"),
            None => Cut::EMPTY,
        };
        for _asked_again in 0..2 {
            compare::<CaseRow>(&model, &then, cut).await;
            compare::<PersonRow>(&model, &then, cut).await;
            compare::<OrganisationRow>(&model, &then, cut).await;
            compare::<IntroductionRow>(&model, &then, cut).await;
            compare::<CallRow>(&model, &then, cut).await;
            compare::<ResourceRow>(&model, &then, cut).await;
            compare::<GatheringRow>(&model, &then, cut).await;
            compare::<PolicyFile>(&model, &then, cut).await;
            compare::<Accounts>(&model, &then, cut).await;
            compare::<ApprovalBook>(&model, &then, cut).await;
            compare::<RegisterBook>(&model, &then, cut).await;
        }
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(12))]

        #[test]
        fn a_list_as_of_a_cut_is_the_list_of_then(seed in any::<u64>()) {
            let runtime = tokio::runtime::Builder::new_current_thread().build().expect("runtime");
            runtime.block_on(compare_all(seed));
        }
    }
}
