//! The one thread that writes.

use std::path::PathBuf;
use std::sync::Arc;
use std::sync::mpsc::{self, Receiver, SyncSender, TrySendError};
use std::thread::{self, JoinHandle};
use std::time::{Duration, Instant};

use events::{BlobId, StreamName};
use rusqlite::{Connection, TransactionBehavior};
use tokio::sync::{oneshot, watch};

use super::fault::Fault;
use super::lock::Lock;
use super::log::{self, Append};
use super::{ImportError, OpenError, schema};
use crate::store::{AppendError, Appended, NewEvent, Position, SealedBlob, StoreError};

/// How many writes wait at most; the next is told that the store is unavailable.
pub const QUEUE_WRITES_MAX: usize = 256;
/// Appends join a commit until it holds this much.
const GROUP_BYTES_MAX: usize = 8 * 1024 * 1024;

/// Where the head is told.
pub(super) type Head = watch::Sender<Option<Position>>;
/// Where the outcome of a write goes. Whoever asked may have gone: the write stands all the same.
pub(super) type Reply<T, E> = oneshot::Sender<Result<T, E>>;

/// A write, and where its outcome goes.
pub(super) enum Write {
    Append(Append, Reply<Appended, AppendError>),
    DeleteBlobs(Vec<BlobId>, Reply<(), StoreError>),
    Import(Import, Reply<Option<Position>, ImportError>),
}

/// Appends that share a commit, and where their outcomes go.
type Group = (Vec<Append>, Vec<Reply<Appended, AppendError>>);

/// A whole log to be written at once.
pub(super) struct Import {
    pub(super) events: Box<dyn Iterator<Item = (StreamName, NewEvent)> + Send>,
    pub(super) blobs: Box<dyn Iterator<Item = SealedBlob> + Send>,
}

/// The way to the writing thread. Dropping it lets the thread finish what waits, and waits for it.
pub(super) struct Writer {
    queue: Option<SyncSender<Write>>,
    thread: Option<JoinHandle<()>>,
}

impl Writer {
    /// Starts the thread.
    pub(super) fn start(
        path: PathBuf,
        lock: Lock,
        db: Connection,
        head: Arc<Head>,
    ) -> Result<Self, OpenError> {
        let (queue, writes) = mpsc::sync_channel(QUEUE_WRITES_MAX);
        let last = Last { appends: 1, took: Duration::ZERO };
        let writing = Writing { db: Some(db), path, head, last, _lock: lock };
        let thread = thread::Builder::new()
            .name("store-writer".into())
            .spawn(move || writing.run(&writes))
            .map_err(OpenError::Thread)?;
        Ok(Self { queue: Some(queue), thread: Some(thread) })
    }

    /// Puts a write into the queue, or says at once why not.
    pub(super) fn submit(&self, write: Write) -> Result<(), String> {
        let stopped = || "the writing thread has stopped".to_owned();
        match self.queue.as_ref().ok_or_else(stopped)?.try_send(write) {
            Ok(()) => Ok(()),
            Err(TrySendError::Full(_)) => {
                Err(format!("{QUEUE_WRITES_MAX} writes are waiting already"))
            }
            Err(TrySendError::Disconnected(_)) => Err(stopped()),
        }
    }
}

impl Drop for Writer {
    fn drop(&mut self) {
        self.queue = None;
        if let Some(thread) = self.thread.take() {
            // Where it panicked, the waiting writes have been told already.
            let _ = thread.join();
        }
    }
}

/// What the thread owns. The lock comes last: it is let go when the file is closed.
struct Writing {
    /// `None` after a failure: it is opened anew for the next write.
    db: Option<Connection>,
    path: PathBuf,
    head: Arc<Head>,
    last: Last,
    _lock: Lock,
}

/// The last commit. Who waited for it tends to come back at once, and then shares the next.
struct Last {
    appends: usize,
    took: Duration,
}

impl Writing {
    fn run(mut self, writes: &Receiver<Write>) {
        let mut next = writes.recv().ok();
        while let Some(write) = next {
            next = match write {
                Write::Append(append, reply) => {
                    let mut group = (vec![append], vec![reply]);
                    let next = self.gather(writes, &mut group);
                    self.append(&group.0, group.1);
                    next
                }
                Write::DeleteBlobs(ids, reply) => {
                    let _ = reply.send(self.delete_blobs(&ids));
                    None
                }
                Write::Import(import, reply) => {
                    let _ = reply.send(self.import(import));
                    None
                }
            };
            next = next.or_else(|| writes.recv().ok());
        }
    }

    /// Takes the appends that wait at this moment, and for a fraction of a commit's time those
    /// that were with the last one; a lone writer is never made to wait. Gives back the first
    /// other write it met.
    fn gather(&self, writes: &Receiver<Write>, group: &mut Group) -> Option<Write> {
        let size = |append: &Append| crate::store::bytes(&append.events, &append.blobs);
        let mut bytes: usize = group.0.iter().map(size).sum();
        let end = Instant::now() + self.last.took / 4;
        while bytes < GROUP_BYTES_MAX {
            let next = writes.try_recv().ok().or_else(|| {
                let left = end.saturating_duration_since(Instant::now());
                let missing = group.0.len() < self.last.appends;
                missing.then(|| writes.recv_timeout(left).ok()).flatten()
            });
            match next {
                Some(Write::Append(append, reply)) => {
                    bytes += size(&append);
                    group.0.push(append);
                    group.1.push(reply);
                }
                other => return other,
            }
        }
        None
    }

    /// One commit for the whole group, then every answer. A conflict is answered after the commit
    /// too: it may be with a neighbour, which is only there once the commit is done.
    fn append(&mut self, group: &[Append], replies: Vec<Reply<Appended, AppendError>>) {
        let begin = Instant::now();
        let outcome = self.with(|db| commit(db, group));
        self.last = Last { appends: group.len(), took: begin.elapsed() };
        match outcome {
            Ok(answers) => {
                let last = answers.iter().flatten().map(|appended| appended.position).max();
                self.tell(last);
                for (reply, answer) in replies.into_iter().zip(answers) {
                    let _ = reply.send(answer);
                }
            }
            Err(fault) => {
                for reply in replies {
                    let _ = reply.send(Err(AppendError::from(&fault)));
                }
            }
        }
    }

    /// The write-ahead log is emptied too, so that nothing of the blobs remains in any file.
    fn delete_blobs(&mut self, ids: &[BlobId]) -> Result<(), StoreError> {
        let emptied = self.with(|db| {
            let tx = db.transaction_with_behavior(TransactionBehavior::Immediate)?;
            log::delete_blobs(&tx, ids)?;
            tx.commit()?;
            Ok(empty_wal(db)?)
        });
        match emptied {
            Ok(true) => Ok(()),
            Ok(false) => Err(StoreError::Unavailable(
                "the blobs are deleted, but a reader keeps their pages in the write-ahead log; \
                 delete them again"
                    .into(),
            )),
            Err(fault) => Err(StoreError::from(&fault)),
        }
    }

    fn import(&mut self, import: Import) -> Result<Option<Position>, ImportError> {
        let outcome = self.with(|db| {
            let tx = db.transaction_with_behavior(TransactionBehavior::Immediate)?;
            let imported = log::import(&tx, import.events, import.blobs)?;
            if imported.is_ok() {
                tx.commit()?;
            }
            Ok(imported)
        });
        let head = position(outcome.map_err(|fault| ImportError::from(&fault))??);
        self.tell(head);
        Ok(head)
    }

    /// Works on the connection. One that failed is not trusted again: the next write opens another.
    fn with<T>(
        &mut self,
        work: impl FnOnce(&mut Connection) -> Result<T, Fault>,
    ) -> Result<T, Fault> {
        let mut db = match self.db.take() {
            Some(db) => db,
            None => schema::open_writer(&self.path)?,
        };
        let outcome = work(&mut db);
        if outcome.as_ref().err().is_none_or(Fault::is_busy) {
            self.db = Some(db);
        }
        outcome
    }

    fn tell(&self, position: Option<Position>) {
        self.head.send_if_modified(|head| {
            let further = position > *head;
            *head = position.max(*head);
            further
        });
    }
}

/// Each append has its own savepoint, so that one that fails does not take its neighbours along.
fn commit(
    db: &mut Connection,
    group: &[Append],
) -> Result<Vec<Result<Appended, AppendError>>, Fault> {
    let mut tx = db.transaction_with_behavior(TransactionBehavior::Immediate)?;
    let mut head = log::head(&tx)?;
    let mut answers = Vec::with_capacity(group.len());
    for append in group {
        let point = tx.savepoint()?;
        let answer = match log::append(&point, head, append) {
            Ok(Ok(appended)) => {
                point.commit()?;
                head = head.max(appended.position.0.cast_signed());
                Ok(appended)
            }
            Ok(refused) => refused,
            // A full disk, for one, undoes the transaction whole.
            Err(fault) if point.is_autocommit() => return Err(fault),
            Err(fault) => Err(AppendError::from(&fault)),
        };
        answers.push(answer);
    }
    tx.commit()?;
    Ok(answers)
}

/// Moves everything into the main file; `false` when a reader was in the way.
fn empty_wal(db: &Connection) -> rusqlite::Result<bool> {
    let busy: i64 = db.query_row("PRAGMA wal_checkpoint(TRUNCATE)", [], |row| row.get(0))?;
    Ok(busy == 0)
}

/// A position from its number in the file, where 0 means none.
pub(super) fn position(number: i64) -> Option<Position> {
    (number > 0).then(|| Position(number.cast_unsigned()))
}
