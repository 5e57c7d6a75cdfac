//! Filtered, paged lists: now from the tables, as of a cut from the log by the same folds.
//!
//! One file per list: its filter, its table and what it sorts by. An answer as of a cut is folded
//! into the same tables, in memory, and asked the same question.

mod approvals;
mod calls;
mod cases;
mod gatherings;
mod introductions;
mod organisations;
mod past;
mod people;
mod policies;
mod query;
mod registers;
mod resources;
mod users;

use events::{OrganisationId, PersonId, Stream};
use projections::Row;
use rusqlite::Connection;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use uuid::Uuid;

pub use approvals::ApprovalFilter;
pub use calls::CallFilter;
pub use cases::{CaseFilter, CaseSort, Sight};
pub use gatherings::GatheringFilter;
pub use introductions::IntroductionFilter;
pub use organisations::OrganisationFilter;
pub(super) use past::Past;
pub use past::Then;
pub use people::PersonFilter;
pub use policies::PolicyFilter;
pub use query::{Cursor, LIMIT_DEFAULT, LIMIT_MAX, Query};
pub use registers::RegisterFilter;
pub use resources::ResourceFilter;
pub use users::UserFilter;

use super::{Cut, ReadError, ReadModel, cut};

/// Rows that can be listed: `CaseRow`, `PersonRow`, `OrganisationRow`, `CallRow`,
/// `IntroductionRow`, `ResourceRow`, `GatheringRow`, `PolicyFile`; and `Accounts`, `ApprovalBook`
/// and `RegisterBook`, whose items are their parts.
pub trait Listed: Row + Clone + JsonSchema + Send + 'static {
    /// What a page lists: the row itself, or each of its parts.
    type Item: Serialize + JsonSchema + Send + 'static;
    /// What can be asked for.
    type Filter: Clone + Send + 'static;
    /// The definition of the tables in which its rows are looked for.
    const TABLES: &'static str;

    /// Writes what `self`, the row of `stream`, is looked for by; the tables say so of `before`.
    ///
    /// # Errors
    /// When the database fails.
    fn index(&self, before: Option<&Self>, db: &Connection, stream: i64) -> rusqlite::Result<()>;

    /// The people and organisations that a filter names. What names a record that goes on under
    /// theirs is listed too.
    fn named(_: &Self::Filter) -> Vec<Stream> {
        Vec::new()
    }

    /// Makes a filter look for these records as well.
    fn follow(_: &mut Self::Filter, _: Merged) {}

    /// The question that a filter asks.
    fn query(filter: &Self::Filter) -> Query;

    /// The item of this id.
    fn item(&self, id: Uuid) -> Option<Self::Item>;
}

/// Records that go on under those that a filter names. Never read from a request.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Merged {
    /// Of people.
    pub people: Vec<PersonId>,
    /// Of organisations.
    pub organisations: Vec<OrganisationId>,
}

/// How much of a list to give.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields)]
pub struct Paging {
    /// The most items on a page; absent: 50.
    #[schemars(range(min = 1, max = 200))]
    pub limit: Option<u16>,
    /// Where to go on: `next` of the page before.
    pub cursor: Option<Cursor>,
}

/// The fields of [`Paging`], which stand beside those of a filter in a query string.
pub const PAGING_FIELDS: &[&str] = &["limit", "cursor"];

/// One page of a list.
#[derive(Debug, Clone, PartialEq, Serialize, JsonSchema)]
pub struct Page<T> {
    /// What it holds.
    pub items: Vec<T>,
    /// How many there are on all pages.
    pub total: u64,
    /// Where the next page starts; absent on the last.
    pub next: Option<Cursor>,
    /// As of when.
    #[serde(skip)]
    pub cut: Cut,
}

/// Why there is no such page.
#[derive(Debug, thiserror::Error)]
pub enum ListError {
    /// A page has its limits.
    #[error("a page has 1 to {LIMIT_MAX} items")]
    Limit,
    /// The cursor is not one of this list with this filter and order.
    #[error("the cursor does not belong to this list with this filter")]
    BadCursor,
    /// The tables or the log can't be read.
    #[error(transparent)]
    Read(#[from] ReadError),
}

impl ReadModel {
    /// A page of a list, now or as it was.
    ///
    /// # Errors
    /// When the page is none, or can't be read.
    pub async fn list<R: Listed>(
        &self,
        mut filter: R::Filter,
        paging: Paging,
        then: Option<Then>,
    ) -> Result<Page<R::Item>, ListError> {
        let merged = self.merged(R::named(&filter), then).await?;
        R::follow(&mut filter, merged);
        let Some(then) = then else {
            return self
                .read(move |db| Ok(query::page::<R>(db, &filter, &paging, cut::now(db)?)))
                .await?;
        };
        let past = self.as_of::<R>(then).await?;
        let read = move || query::page::<R>(&past.db(), &filter, &paging, then.cut);
        tokio::task::spawn_blocking(read).await.map_err(|_| ReadError::Stopped)?
    }

    /// The records that go on under these, now or as of then.
    async fn merged(&self, named: Vec<Stream>, then: Option<Then>) -> Result<Merged, ReadError> {
        let mut merged = Merged::default();
        for record in named {
            let cut = match then {
                Some(then) => then.cut,
                None => self.now().await?,
            };
            for other in self.records_of(record, cut).await?.into_iter().skip(1) {
                match other {
                    Stream::Person(id) => merged.people.push(id),
                    Stream::Organisation(id) => merged.organisations.push(id),
                    _ => {}
                }
            }
        }
        Ok(merged)
    }

    /// The row of one stream, now.
    ///
    /// # Errors
    /// When the tables can't be read.
    pub async fn row<R: Listed>(&self, stream: Stream) -> Result<Option<R>, ReadError> {
        self.read(move |db| query::row(db, &stream.name())).await
    }
}
