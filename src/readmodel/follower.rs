//! Reads the log as it grows.

use std::sync::Arc;
use std::time::Duration;

use super::batch::{self, Names, Written};
use super::{ReadError, ReadModel};
use crate::store::Stored;

/// Events that one transaction takes in.
const BATCH_EVENTS: usize = 1_000;
/// How long one wait for news lasts; then names that could not be opened are tried again.
const WAIT: Duration = Duration::from_secs(15);
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
                    self.note(followed.as_ref().err());
                    if followed.is_err() {
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
        self.store.wait_past(self.position(), WAIT).await?;
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
            // The next batch is fetched while this one is written.
            let next = self.store.read_all(Some(last), events_max);
            let (written, next) = tokio::join!(self.write(names, events), next);
            self.publish(written?).await;
            events = next?;
        }
        if !events.is_empty() {
            return Ok(());
        }
        let db = Arc::clone(&self.db);
        let removed = tokio::task::spawn_blocking(move || db.remove_others());
        removed.await.map_err(|_| ReadError::Stopped)?
    }

    async fn write(&self, names: &mut Names, events: Vec<Stored>) -> Result<Written, ReadError> {
        let db = Arc::clone(&self.db);
        // Names given in a transaction that fails are forgotten with it.
        let mut known = std::mem::take(names);
        let written = tokio::task::spawn_blocking(move || {
            let written = db.write(|db| batch::take(db, &mut known, &events))?;
            Ok::<_, ReadError>((known, written))
        });
        let (known, written) = written.await.map_err(|_| ReadError::Stopped)??;
        *names = known;
        Ok(written)
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
