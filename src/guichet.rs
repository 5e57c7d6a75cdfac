//! The whole office in one value: what the API, the pages and the command line work with.

use std::path::{Path, PathBuf};
use std::sync::{Arc, OnceLock};

use events::{Code, Time};

use crate::api::Metrics;
use crate::clock::{Clock, SystemClock};
use crate::readmodel::ReadModel;
use crate::store::{EventStore, SqliteStore};
use crate::transact::Office;
use crate::vault::{Documents, REGISTER_FILE, Schedule, Vault};

/// An open office.
pub struct Guichet {
    /// Takes commands.
    pub office: Arc<Office>,
    /// Seals and opens.
    pub vault: Arc<Vault>,
    /// Sealed files.
    pub documents: Documents,
    /// Answers what spans streams.
    pub readmodel: Arc<ReadModel>,
    /// What the server counts.
    pub metrics: Metrics,
    /// Whether it plays with invented data, which every answer then says.
    pub demonstration: bool,
    /// Where everything lies.
    pub layout: Layout,
    schedule: OnceLock<Schedule>,
}

/// Where everything lies in a data folder.
#[derive(Debug, Clone)]
pub struct Layout {
    /// The folder.
    pub data: PathBuf,
    /// The root key, which may lie elsewhere.
    pub root_key: PathBuf,
    /// The register of erasures, which may lie elsewhere.
    pub register: PathBuf,
}

impl Layout {
    /// A data folder, with its root key in it unless it lies elsewhere.
    pub fn new(data: &Path, root_key: Option<&Path>) -> Self {
        let root_key = root_key.map_or_else(|| data.join("keys/root.key"), Path::to_path_buf);
        let register = data.join("keys").join(REGISTER_FILE);
        Self { data: data.to_path_buf(), root_key, register }
    }

    /// The same, with the register of erasures elsewhere.
    pub fn registering(self, register: PathBuf) -> Self {
        Self { register, ..self }
    }

    /// Whether a root key lies in the data folder, where whoever copies the one has the other.
    pub fn holds(&self, root_key: &Path) -> bool {
        let real = |path: &Path| path.canonicalize().unwrap_or_else(|_| path.to_path_buf());
        real(root_key).starts_with(real(&self.data))
    }

    /// The log.
    pub fn log(&self) -> PathBuf {
        self.data.join("events.db")
    }

    /// The keys.
    pub fn keys(&self) -> PathBuf {
        self.data.join("keys")
    }

    /// The sealed files.
    pub fn documents(&self) -> PathBuf {
        self.data.join("documents")
    }

    /// Says that the folder is half restored, and by whom.
    pub fn restoring(&self) -> PathBuf {
        self.data.join("restoring")
    }

    /// The operator's socket.
    pub fn socket(&self) -> PathBuf {
        self.data.join("guichet.sock")
    }
}

/// Why an office can't be opened.
#[derive(Debug, thiserror::Error)]
pub enum OpenError {
    /// The folder can't be made.
    #[error("can't use the data folder {folder}: {source}")]
    Folder {
        /// Which.
        folder: PathBuf,
        /// Why.
        source: std::io::Error,
    },
    /// A restore was begun here and not finished.
    #[error(
        "{} is half restored: run the same `guichet restore` again, or remove the folder",
        .0.display()
    )]
    HalfRestored(PathBuf),
    /// The log can't be opened.
    #[error("can't open the log: {0}")]
    Log(String),
    /// The keys can't be opened.
    #[error("can't open the keys: {0}")]
    Keys(#[from] crate::vault::KeyError),
    /// The documents can't be opened.
    #[error("can't open the documents: {0}")]
    Documents(#[from] crate::vault::DocumentError),
    /// The read model can't be opened.
    #[error("can't open the read model: {0}")]
    ReadModel(String),
}

impl Guichet {
    /// Opens the office in a data folder, making what is not there yet.
    ///
    /// # Errors
    /// With what can't be opened and why; another process that has it open among them.
    pub async fn open(layout: &Layout, demonstration: bool) -> Result<Arc<Self>, OpenError> {
        if layout.restoring().exists() {
            return Err(OpenError::HalfRestored(layout.data.clone()));
        }
        make_folder(&layout.data)?;
        let log = |error: &dyn std::fmt::Display| OpenError::Log(error.to_string());
        let store = SqliteStore::open(&layout.log()).map_err(|error| log(&error))?;
        let identity = store.identity().to_string();
        let store: Arc<dyn EventStore> = Arc::new(store);
        let vault =
            Arc::new(Vault::registering(&layout.keys(), &layout.root_key, &layout.register)?);
        if vault.root_key_was_made() {
            tracing::warn!(
                root_key = %layout.root_key.display(),
                "made a root key; back it up now, apart from the data: without it nobody can read \
                 anything that is sealed"
            );
        }
        let erased = vault.erased_blobs();
        if !erased.is_empty() {
            // What a crash left of an erasure is finished before anything is answered.
            store.delete_blobs(&erased).await.map_err(|error| log(&error))?;
        }
        let folder = Some(layout.data.as_path());
        let readmodel =
            ReadModel::open(folder, Arc::clone(&store), &identity, Arc::clone(&vault)).await;
        let readmodel = readmodel.map_err(|error| OpenError::ReadModel(error.to_string()))?;
        Ok(Arc::new(Self {
            office: Office::new(store, Arc::new(SystemClock), build()),
            documents: Documents::open(layout.documents(), Arc::clone(&vault)).await?,
            vault,
            readmodel,
            metrics: Metrics::default(),
            demonstration,
            layout: layout.clone(),
            schedule: OnceLock::new(),
        }))
    }

    /// Says when the keys are to be rotated by themselves; once, before the office is served.
    pub fn rotate_keys(&self, schedule: Schedule) {
        // What was said first holds.
        let _ = self.schedule.set(schedule);
    }

    /// When the keys are rotated by themselves.
    pub fn schedule(&self) -> Schedule {
        self.schedule.get().copied().unwrap_or_default()
    }

    /// The log.
    pub fn store(&self) -> &Arc<dyn EventStore> {
        self.office.store()
    }

    /// The one clock reading of a request.
    pub fn now(&self) -> Time {
        Clock::now(&**self.office.clock())
    }
}

/// The build that decides, as envelopes name it.
pub fn build() -> Code {
    concat!("guichet-", env!("CARGO_PKG_VERSION")).parse().expect("a version makes a code")
}

fn make_folder(folder: &Path) -> Result<(), OpenError> {
    use std::os::unix::fs::DirBuilderExt;
    let made = std::fs::DirBuilder::new().recursive(true).mode(0o700).create(folder);
    made.map_err(|source| OpenError::Folder { folder: folder.to_path_buf(), source })
}
