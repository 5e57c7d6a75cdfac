//! Reads the log as it grows.

use std::sync::Arc;
use std::time::Duration;

use super::batch::{self, Amended, Names, Written};
use super::{ReadError, ReadModel};
use crate::store::Stored;

/// Events that one transaction takes in: each row that they touch is read and written once.
const BATCH_EVENTS: usize = 4_000;
/// How long one wait for news lasts; then names that could not be opened are tried again.
const WAIT: Duration = Duration::from_secs(15);
/// How long events gather before they are taken in together, unless somebody waits for them.
const GATHERING: Duration = Duration::from_millis(20);
/// The pause after a failure, before it is tried again.
const PAUSE: Duration = Duration::from_secs(1);

impl ReadModel {
    /// Follows the log until `shutdown`. A failure is said in the status, logged once and tried
    /// again; a fact that can't be read halts the model for good.
    pub async fn follow(self: Arc<Self>, shutdown: impl Future<Output = ()> + Send) {
        tokio::pin!(shutdown);
        while !self.is_halted() {
            tokio::select! {
                () = &mut shutdown => return,
                followed = self.follow_once() => {
                    if let Err(error) = followed {
                        self.note(Some(&error));
                        tokio::select! {
                            () = &mut shutdown => return,
                            () = tokio::time::sleep(PAUSE) => {}
                        }
                    }
                }
            }
        }
        shutdown.await;
    }

    /// Reads on to where the log ends now, or to the first fact that can't be read.
    ///
    /// # Errors
    /// When the store can't be read or the tables can't be written. What was read stays.
    pub async fn catch_up(self: &Arc<Self>) -> Result<(), ReadError> {
        self.advance(BATCH_EVENTS, usize::MAX).await
    }

    async fn follow_once(self: &Arc<Self>) -> Result<(), ReadError> {
        self.catch_up().await?;
        self.directory.open_waiting().await;
        self.note(None);
        self.store.wait_past(self.position(), WAIT).await?;
        tokio::select! {
            () = self.wanted.notified() => {}
            () = tokio::time::sleep(GATHERING) => {}
        }
        Ok(())
    }

    /// Reads on by so many batches at most. Goes on to its end even when nobody waits for it any
    /// more: what was written must be published.
    async fn advance(
        self: &Arc<Self>,
        events_max: usize,
        batches_max: usize,
    ) -> Result<(), ReadError> {
        let model = Arc::clone(self);
        let task = tokio::spawn(async move {
            let mut names = model.following.lock().await;
            model.take_batches(&mut names, events_max, batches_max).await
        });
        task.await.map_err(|_| ReadError::Stopped)?
    }

    async fn take_batches(
        &self,
        names: &mut Names,
        events_max: usize,
        batches_max: usize,
    ) -> Result<(), ReadError> {
        let mut events = self.store.read_all(self.position(), events_max).await?;
        for _ in 0..batches_max {
            let Some(last) = events.last().map(|last| last.position) else { break };
            if self.is_halted() {
                return Ok(());
            }
            if events.len() < events_max {
                // The log ended here when it was read.
                let written = self.write(names, events).await?;
                self.publish(written).await;
                return self.db.remove_others();
            }
            // The next batch is fetched while this one is written.
            let next = self.store.read_all(Some(last), events_max);
            let (written, next) = tokio::join!(self.write(names, events), next);
            self.publish(written?).await;
            events = next?;
        }
        if !events.is_empty() {
            return Ok(());
        }
        self.db.remove_others()
    }

    async fn write(&self, names: &mut Names, events: Vec<Stored>) -> Result<Written, ReadError> {
        let amended = self.amended(&events).await?;
        let db = Arc::clone(&self.db);
        // Names given in a transaction that fails are forgotten with it.
        let mut known = std::mem::take(names);
        let written = tokio::task::spawn_blocking(move || {
            let written = db.write(|db| batch::take(db, &mut known, &events, &amended))?;
            Ok::<_, ReadError>((known, written))
        });
        let (known, written) = written.await.map_err(|_| ReadError::Stopped)??;
        *names = known;
        Ok(written)
    }

    /// Streams that read otherwise after these events, with all their events.
    async fn amended(&self, events: &[Stored]) -> Result<Amended, ReadError> {
        let mut amended = Amended::new();
        for stored in events.iter().filter(|stored| batch::may_amend(&stored.kind)) {
            if !amended.contains_key(&stored.stream) {
                let recorded = self.recorded(&stored.stream).await?;
                amended.insert(stored.stream.clone(), recorded);
            }
        }
        Ok(amended)
    }

    /// Says how far the log was read, once the names that came with it can be found too.
    async fn publish(&self, written: Written) {
        let Written { touched, position, halted } = written;
        self.directory.take(&touched).await;
        if let Some(halt) = &halted {
            tracing::error!(
                position = halt.position,
                event = %halt.event,
                kind = halt.kind,
                error = halt.error,
                "the read model halted at a fact that this build can't read"
            );
        }
        self.progress.send_modify(|progress| {
            progress.position = position.or(progress.position);
            progress.halted = halted;
        });
    }

    fn is_halted(&self) -> bool {
        self.progress.borrow().halted.is_some()
    }

    fn note(&self, error: Option<&ReadError>) {
        let trouble = error.map(ToString::to_string);
        self.progress.send_if_modified(|progress| {
            if progress.trouble == trouble {
                return false;
            }
            match &trouble {
                Some(trouble) => tracing::error!(trouble, "the read model does not get on"),
                None => tracing::info!("the read model gets on again"),
            }
            progress.trouble.clone_from(&trouble);
            true
        });
    }
}

#[cfg(test)]
mod tests {
    use std::sync::atomic::{AtomicBool, Ordering};

    use events::{CaseId, PersonId, Stream, intake};
    use proptest::prelude::*;

    use super::super::batch;
    use super::super::lists::{CaseFilter, Paging};
    use super::super::testing::{Chance, Log, Unsteady, dump};
    use super::*;
    use crate::store::{EventStore, Position};
    use projections::caseload::CaseRow;

    const NO_TIME: Duration = Duration::ZERO;

    fn runtime() -> tokio::runtime::Runtime {
        let mut builder = tokio::runtime::Builder::new_current_thread();
        builder.enable_all().build().expect("a runtime")
    }

    /// Reads a part of the log, then stops in the midst of a batch, as if the power were cut.
    async fn crash(model: &Arc<ReadModel>, chance: &mut Chance) {
        let events_max = 1 + chance.below(9);
        model.advance(events_max, chance.below(6)).await.expect("read on");
        let next = model.store.read_all(model.position(), 5).await.expect("events");
        let amended = model.amended(&next).await.expect("read");
        let cut: Result<(), ReadError> = model.db.write(|db| {
            batch::take(db, &mut Names::default(), &next, &amended)?;
            Err(ReadError::Stopped)
        });
        assert!(cut.is_err());
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(12))]

        #[test]
        fn tables_built_with_crashes_are_those_built_at_once(seed in any::<u64>()) {
            runtime().block_on(async {
                let folder = tempfile::tempdir().expect("folder");
                let mut log = Log::new();
                let mut chance = Chance(seed);
                for part in 0..4 {
                    log.scribble(seed.wrapping_add(part), 40);
                    let model = log.opened(Some(folder.path()), "a store").await;
                    crash(&model, &mut chance).await;
                }
                let model = log.opened(Some(folder.path()), "a store").await;
                model.catch_up().await.expect("caught up");
                assert_eq!(model.position(), log.store.head().await.expect("a head"));
                let (stepwise, at_once) = (dump(&model), dump(&*log.model().await));
                let differ = |one: &[String], other: &[String]| -> Vec<String> {
                    one.iter().filter(|line| !other.contains(line)).cloned().collect()
                };
                assert_eq!(differ(&stepwise, &at_once), differ(&at_once, &stepwise));
            });
        }
    }

    #[tokio::test]
    async fn a_fact_of_an_unknown_type_halts_the_model_which_keeps_what_it_has() {
        let mut log = Log::new();
        let person = log.person("Léa Martin", "lea@example.org");
        let case = log.case("Organoids", person);
        let known = log.store.head().await.expect("a head");
        let event = log.record_raw(Stream::Case(case), "intake.teleported.v1", b"{}");
        log.case("Antibodies", person);
        let model = log.model().await;
        let status = model.status();
        let halt = status.halted.expect("halted");
        assert_eq!((halt.event, halt.kind.as_str()), (event, "intake.teleported.v1"));
        assert!(halt.error.contains("later build"), "{}", halt.error);
        assert_eq!(model.position(), known);
        let list = model.list::<CaseRow>(CaseFilter::default(), Paging::default(), None).await;
        let titles: Vec<_> =
            list.expect("a page").items.iter().map(|case| case.title.to_string()).collect();
        assert_eq!(titles, ["Organoids"]);
        let head = log.store.head().await.expect("a head").expect("events");
        assert!(model.wait_for(known.expect("events"), NO_TIME).await);
        assert!(!model.wait_for(head, Duration::from_secs(60)).await, "it says so at once");
        model.catch_up().await.expect("nothing is skipped");
        assert_eq!(model.position(), known);
    }

    #[tokio::test]
    async fn a_fact_that_does_not_fit_its_type_halts_the_model_too() {
        let mut log = Log::new();
        let case = Stream::Case(CaseId::derived("a case"));
        log.record(case, intake::Fact::Resumed {});
        log.record_raw(case, "intake.logged.v1", b"{\"contact\": 7}");
        let model = log.model().await;
        assert_eq!(model.status().halted.expect("halted").kind, "intake.logged.v1");
    }

    #[tokio::test]
    async fn a_writer_reads_its_own_write() {
        let mut log = Log::new();
        let model = log.model().await;
        let (stop, stopped) = tokio::sync::oneshot::channel::<()>();
        let following = tokio::spawn(Arc::clone(&model).follow(async {
            let _ = stopped.await;
        }));
        for turn in 0..20 {
            let person = log.person(&format!("Person {turn}"), "someone@example.org");
            let head = log.store.head().await.expect("a head").expect("events");
            assert!(model.wait_for(head, Duration::from_secs(60)).await);
            let hits = model.directory().find_people(&format!("Person {turn}"), 1).hits;
            assert_eq!(hits.first().map(|hit| hit.person), Some(person));
        }
        let beyond = Position(u64::MAX >> 1);
        assert!(!model.wait_for(beyond, NO_TIME).await);
        stop.send(()).expect("following");
        following.await.expect("stopped");
    }

    #[tokio::test]
    async fn a_store_that_fails_is_said_and_names_are_opened_once_it_is_back() {
        let mut log = Log::new();
        let person = log.person("Léa Martin", "lea@example.org");
        let unsteady =
            Arc::new(Unsteady { store: Arc::clone(&log.store), up: AtomicBool::new(false) });
        let store: Arc<dyn EventStore> = Arc::<Unsteady>::clone(&unsteady);
        let model = ReadModel::open(None, store, "a store", Arc::clone(&log.vault)).await;
        let model = model.expect("opened");
        let following = tokio::spawn(Arc::clone(&model).follow(std::future::pending()));
        let mut progress = model.progress.subscribe();
        let troubled = progress.wait_for(|progress| progress.trouble.is_some());
        troubled.await.expect("a model");
        let (of, covered) = (model.status().people.of, model.status().people.covered);
        assert_eq!((of, covered), (1, 0));
        assert_eq!(model.position(), log.store.head().await.expect("a head"));
        unsteady.up.store(true, Ordering::Relaxed);
        let steady = progress.wait_for(|progress| progress.trouble.is_none());
        steady.await.expect("a model");
        let hits = model.directory().find_people("lea martin", 1).hits;
        assert_eq!(hits.first().map(|hit| hit.person), Some(person));
        following.abort();
    }

    #[tokio::test]
    async fn tables_of_another_store_are_built_anew() {
        let folder = tempfile::tempdir().expect("folder");
        let mut log = Log::new();
        log.scribble(1, 30);
        let model = log.opened(Some(folder.path()), "a store").await;
        model.catch_up().await.expect("caught up");
        drop(model);
        let mut other = Log::new();
        other.scribble(2, 20);
        let model = other.opened(Some(folder.path()), "another store").await;
        assert_eq!(model.position(), None);
        model.catch_up().await.expect("caught up");
        let model = other.opened(Some(folder.path()), "another store").await;
        assert_eq!(model.position(), other.store.head().await.expect("a head"));
    }

    #[tokio::test]
    async fn tables_ahead_of_a_store_restored_from_a_backup_are_built_anew() {
        let folder = tempfile::tempdir().expect("folder");
        let mut log = Log::new();
        log.scribble(1, 30);
        let mut restored = log.prefix(20);
        let model = log.opened(Some(folder.path()), "a store").await;
        model.catch_up().await.expect("caught up");
        drop(model);
        restored.scribble(2, 20);
        let model = restored.opened(Some(folder.path()), "a store").await;
        model.catch_up().await.expect("caught up");
        assert_eq!(dump(&model), dump(&*restored.prefix(40).model().await));
    }

    #[tokio::test]
    async fn a_file_of_another_shape_stays_until_the_new_one_has_caught_up() {
        let folder = tempfile::tempdir().expect("folder");
        let old = folder.path().join("readmodel-0123456789.db");
        let foreign = folder.path().join("notes.txt");
        std::fs::write(&old, "of an older build").expect("written");
        std::fs::write(&foreign, "not ours").expect("written");
        let mut log = Log::new();
        log.scribble(1, 30);
        let model = log.opened(Some(folder.path()), "a store").await;
        model.advance(10, 1).await.expect("read on");
        assert!(old.exists());
        model.catch_up().await.expect("caught up");
        assert!(!old.exists() && foreign.exists());
    }

    #[tokio::test]
    async fn a_damaged_file_is_built_anew() {
        let folder = tempfile::tempdir().expect("folder");
        let mut log = Log::new();
        log.scribble(1, 30);
        let shape = super::super::schema::shape();
        let file = folder.path().join(format!("readmodel-{shape}.db"));
        std::fs::write(file, vec![7; 10_000]).expect("written");
        let model = log.opened(Some(folder.path()), "a store").await;
        model.catch_up().await.expect("caught up");
        assert_eq!(dump(&model), dump(&*log.model().await));
    }

    #[tokio::test]
    async fn no_name_is_in_any_byte_of_the_files() {
        let folder = tempfile::tempdir().expect("folder");
        let mut log = Log::new();
        let needles = ["Needlewitz", "zephyrine@needle.example"];
        let person: PersonId = log.person("Zéphyrine Needlewitz", needles[1]);
        log.case("Organoids", person);
        let model = log.opened(Some(folder.path()), "a store").await;
        model.catch_up().await.expect("caught up");
        for asked in ["needlewitz", needles[1]] {
            assert_eq!(model.directory().find_people(asked, 5).hits.len(), 1, "{asked}");
        }
        let mut files = 0;
        for entry in std::fs::read_dir(folder.path()).expect("a folder") {
            let bytes = std::fs::read(entry.expect("a file").path()).expect("its bytes");
            files += 1;
            for needle in ["needlewitz", "zephyrine"] {
                let found = bytes
                    .windows(needle.len())
                    .any(|bytes| bytes.eq_ignore_ascii_case(needle.as_bytes()));
                assert!(!found, "{needle} is on the disk");
            }
        }
        assert!(files > 0);
    }
}
