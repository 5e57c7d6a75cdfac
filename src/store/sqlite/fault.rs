//! What goes wrong between us and the file.

use rusqlite::ErrorCode;

use super::{ImportError, OpenError};
use crate::store::{AppendError, StoreError};

/// Why a statement or a reading failed.
#[derive(Debug, thiserror::Error)]
pub(super) enum Fault {
    #[error(transparent)]
    Sql(#[from] rusqlite::Error),
    #[error("damaged: {0}")]
    Damaged(String),
    #[error(transparent)]
    Open(#[from] OpenError),
}

impl Fault {
    /// A later attempt may succeed: the disk is full, the file is locked, the device stutters.
    pub(super) fn passes(&self) -> bool {
        let passing = [
            ErrorCode::DiskFull,
            ErrorCode::SystemIoFailure,
            ErrorCode::ReadOnly,
            ErrorCode::CannotOpen,
            ErrorCode::PermissionDenied,
            ErrorCode::OutOfMemory,
            ErrorCode::OperationInterrupted,
            ErrorCode::FileLockingProtocolFailed,
        ];
        self.is_busy() || self.code().is_some_and(|code| passing.contains(&code))
    }

    /// Somebody else holds the file; the connection itself is sound.
    pub(super) fn is_busy(&self) -> bool {
        matches!(self.code(), Some(ErrorCode::DatabaseBusy | ErrorCode::DatabaseLocked))
    }

    fn code(&self) -> Option<ErrorCode> {
        match self {
            Self::Sql(error) | Self::Open(OpenError::Sql(error)) => error.sqlite_error_code(),
            Self::Open(_) | Self::Damaged(_) => None,
        }
    }
}

impl From<&Fault> for AppendError {
    fn from(fault: &Fault) -> Self {
        match fault.passes() {
            true => Self::Unavailable(fault.to_string()),
            false => Self::Internal(fault.to_string()),
        }
    }
}

impl From<&Fault> for StoreError {
    fn from(fault: &Fault) -> Self {
        match fault.passes() {
            true => Self::Unavailable(fault.to_string()),
            false => Self::Internal(fault.to_string()),
        }
    }
}

impl From<&Fault> for ImportError {
    fn from(fault: &Fault) -> Self {
        match fault.passes() {
            true => Self::Unavailable(fault.to_string()),
            false => Self::Internal(fault.to_string()),
        }
    }
}
