//! One writing process for each file.

use std::fs::{File, TryLockError};
use std::io::{Read, Write};
use std::path::{Path, PathBuf};

use super::OpenError;

/// Held by the process that writes; the system lets go of it when the process ends, however.
#[derive(Debug)]
pub(super) struct Lock {
    _file: File,
}

impl Lock {
    /// Takes the lock beside a store's file.
    pub(super) fn take(store: &Path) -> Result<Self, OpenError> {
        let path = beside(store);
        let failed = |source| OpenError::Lock { path: path.clone(), source };
        // Not truncated: until it is ours, what stands in it is another process's.
        let mut options = File::options();
        let options = options.read(true).write(true).create(true).truncate(false);
        let mut file = options.open(&path).map_err(failed)?;
        match file.try_lock() {
            Ok(()) => {}
            Err(TryLockError::WouldBlock) => {
                let mut holder = String::new();
                file.read_to_string(&mut holder).map_err(failed)?;
                let holder = holder.trim().parse().ok();
                return Err(OpenError::InUse { path, holder });
            }
            Err(TryLockError::Error(source)) => return Err(failed(source)),
        }
        // Who holds it is only told to the next who asks: a full disk must not prevent reading.
        let _ = file.set_len(0).and_then(|()| writeln!(file, "{}", std::process::id()));
        Ok(Self { _file: file })
    }
}

/// `guichet.db` is guarded by `guichet.db-lock`. The file stays: removing it would let two
/// processes lock two files of that name.
fn beside(store: &Path) -> PathBuf {
    let mut name = store.as_os_str().to_owned();
    name.push("-lock");
    name.into()
}
