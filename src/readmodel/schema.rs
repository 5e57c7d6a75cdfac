//! The tables, and the name of their shape.

use std::sync::LazyLock;

use events::ObjectKind;
use projections::{
    approvals::ApprovalBook, calls::CallRow, caseload::CaseRow, directory::OrganisationRow,
    directory::PersonRow, gatherings::GatheringRow, introductions::IntroductionRow,
    policies::PolicyFile, registers::RegisterBook, resources::ResourceRow, users::Accounts,
};
use sha2::{Digest as _, Sha256};

use super::lists::Listed;

/// Goes up by hand when the same tables must be filled otherwise: when a fold or what a fact is
/// about changes. What tables and rows look like is part of the shape's name by itself.
const VERSION: u32 = 2;

/// What every log is indexed by.
const LOG: &str = "
    CREATE TABLE source (identity TEXT NOT NULL) STRICT;
    CREATE TABLE streams (stream INTEGER PRIMARY KEY, name TEXT NOT NULL UNIQUE) STRICT;
    CREATE TABLE kinds (kind INTEGER PRIMARY KEY, name TEXT NOT NULL UNIQUE) STRICT;
    CREATE TABLE log (
        position INTEGER PRIMARY KEY, event BLOB NOT NULL, stream INTEGER NOT NULL,
        revision INTEGER NOT NULL, kind INTEGER NOT NULL, recorded_at INTEGER NOT NULL,
        latest INTEGER NOT NULL
    ) STRICT;
    CREATE INDEX log_event ON log (event);
    CREATE INDEX log_latest ON log (latest);
    CREATE TABLE objects (
        kind INTEGER NOT NULL, id BLOB NOT NULL, position INTEGER NOT NULL,
        PRIMARY KEY (kind, id, position)
    ) STRICT, WITHOUT ROWID;";

/// The definition of everything.
static TABLES: LazyLock<String> = LazyLock::new(|| {
    [
        LOG.to_owned(),
        of::<CaseRow>(),
        of::<PersonRow>(),
        of::<OrganisationRow>(),
        of::<IntroductionRow>(),
        of::<CallRow>(),
        of::<ResourceRow>(),
        of::<GatheringRow>(),
        of::<PolicyFile>(),
        of::<Accounts>(),
        of::<ApprovalBook>(),
        of::<RegisterBook>(),
    ]
    .concat()
});

static SHAPE: LazyLock<String> = LazyLock::new(|| {
    let mut hash = Sha256::new();
    hash.update(VERSION.to_be_bytes());
    hash.update(TABLES.as_bytes());
    for kind in ObjectKind::ALL {
        hash.update(kind.word());
    }
    for row in [
        row::<CaseRow>(),
        row::<PersonRow>(),
        row::<OrganisationRow>(),
        row::<IntroductionRow>(),
        row::<CallRow>(),
        row::<ResourceRow>(),
        row::<GatheringRow>(),
        row::<PolicyFile>(),
        row::<Accounts>(),
        row::<ApprovalBook>(),
        row::<RegisterBook>(),
    ] {
        hash.update(row);
    }
    data_encoding::HEXLOWER.encode(&hash.finalize()[..5])
});

/// The definition of everything.
pub(super) fn tables() -> &'static str {
    &TABLES
}

/// The name of the shape: another one when anything in the tables changes.
pub(super) fn shape() -> &'static str {
    &SHAPE
}

/// The tables of one list: its rows, and what they are looked for by.
pub(super) fn of<R: Listed>() -> String {
    format!(
        "CREATE TABLE {}_rows (stream INTEGER PRIMARY KEY, row BLOB NOT NULL) STRICT;{}",
        R::KIND,
        R::TABLES
    )
}

/// What a row looks like.
fn row<R: Listed>() -> String {
    schemars::schema_for!(R).to_value().to_string()
}
