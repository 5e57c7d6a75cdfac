//! What goes wrong on the command line, and with which code the program then ends.

use std::fmt;
use std::process::ExitCode;

use crate::backup::BackupError;
use crate::guichet::OpenError;

/// What `guichet --help` says of exit codes; a test compares it with [`Kind::code`].
pub(super) const EXIT_CODES: &str = "\
Exit codes:
  0  done
  1  failed, or `store check` or `backup verify` found something
  2  wrong usage: an option, a value or a folder
  3  refused by one of the office's rules, which is named
  4  there is no such thing, or none that this user may see
  5  unavailable: the store is in use or can't answer; try again";

/// Why a command did not do what was asked.
#[derive(Debug)]
pub(super) struct Fault {
    kind: Kind,
    message: String,
}

/// The kinds of faults, each with an exit code of its own.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Kind {
    /// Whoever read the output stopped reading, which is theirs to do.
    Unread,
    /// A defect, damage, or findings.
    Failed,
    /// The command line does not fit.
    Usage,
    /// A rule forbids it.
    Refused,
    /// There is no such thing.
    NotFound,
    /// It can't be answered now.
    Unavailable,
}

impl Kind {
    const fn code(self) -> u8 {
        match self {
            Self::Unread => 0,
            Self::Failed => 1,
            Self::Usage => 2,
            Self::Refused => 3,
            Self::NotFound => 4,
            Self::Unavailable => 5,
        }
    }
}

impl Fault {
    pub(super) fn failed(cause: impl fmt::Display) -> Self {
        Self { kind: Kind::Failed, message: cause.to_string() }
    }

    pub(super) fn usage(cause: impl fmt::Display) -> Self {
        Self { kind: Kind::Usage, message: cause.to_string() }
    }

    pub(super) fn refused(cause: impl fmt::Display) -> Self {
        Self { kind: Kind::Refused, message: cause.to_string() }
    }

    pub(super) fn not_found(cause: impl fmt::Display) -> Self {
        Self { kind: Kind::NotFound, message: cause.to_string() }
    }

    pub(super) fn unavailable(cause: impl fmt::Display) -> Self {
        Self { kind: Kind::Unavailable, message: cause.to_string() }
    }

    /// The code that the program ends with.
    pub(super) fn exit_code(&self) -> ExitCode {
        ExitCode::from(self.kind.code())
    }

    /// What is said about it; nothing where nobody listens any more.
    pub(super) fn said(&self) -> Option<&str> {
        (self.kind != Kind::Unread).then_some(&self.message)
    }

    /// Whether there is no such thing.
    pub(super) fn is_not_found(&self) -> bool {
        self.kind == Kind::NotFound
    }

    /// Whether a rule forbids it.
    pub(super) fn is_refused(&self) -> bool {
        self.kind == Kind::Refused
    }
}

impl From<std::io::Error> for Fault {
    fn from(error: std::io::Error) -> Self {
        let kind = match error.kind() {
            std::io::ErrorKind::BrokenPipe => Kind::Unread,
            _ => Kind::Failed,
        };
        Self { kind, message: error.to_string() }
    }
}

impl From<OpenError> for Fault {
    fn from(error: OpenError) -> Self {
        match error {
            OpenError::Folder { .. } | OpenError::HalfRestored(_) => Self::usage(error),
            OpenError::Log(_) => Self::unavailable(error),
            OpenError::Keys(_) | OpenError::Documents(_) | OpenError::ReadModel(_) => {
                Self::failed(error)
            }
        }
    }
}

impl From<BackupError> for Fault {
    fn from(error: BackupError) -> Self {
        match error {
            BackupError::Foreign(_)
            | BackupError::NotApart(..)
            | BackupError::Missing(_)
            | BackupError::OtherLog { .. }
            | BackupError::Parted { .. }
            | BackupError::KeysOlder { .. }
            | BackupError::NotEmpty(_)
            | BackupError::NoRootKey(_)
            | BackupError::NoRegister(_) => Self::usage(error),
            BackupError::Busy(_) | BackupError::Stopped => Self::unavailable(error),
            BackupError::Io { .. }
            | BackupError::Manifest { .. }
            | BackupError::Format { .. }
            | BackupError::Lost(_)
            | BackupError::Damaged { .. }
            | BackupError::NoKey(_)
            | BackupError::Open(_)
            | BackupError::Store(_)
            | BackupError::Import(_)
            | BackupError::Keys(_)
            | BackupError::Register(_) => Self::failed(error),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_exit_code_is_documented_once() {
        let kinds = [
            Kind::Unread,
            Kind::Failed,
            Kind::Usage,
            Kind::Refused,
            Kind::NotFound,
            Kind::Unavailable,
        ];
        for kind in kinds {
            let line = format!("\n  {}  ", kind.code());
            assert_eq!(EXIT_CODES.matches(&line).count(), 1, "{kind:?}");
        }
    }

    #[test]
    fn a_reader_who_stops_reading_is_no_failure() {
        let fault = Fault::from(std::io::Error::from(std::io::ErrorKind::BrokenPipe));
        assert_eq!((fault.said(), fault.kind.code()), (None, 0));
        let fault = Fault::from(std::io::Error::other("disk full"));
        assert_eq!((fault.said(), fault.kind.code()), (Some("disk full"), 1));
    }
}
