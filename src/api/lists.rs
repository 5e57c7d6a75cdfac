//! Filtered, paged lists, now or as of any past moment.

use axum::extract::{RawQuery, State as Extension};
use axum::response::Response;
use axum::routing::get;
use events::approval::Matter;
use events::{ApprovalId, Stream, Time};
use projections::approvals::{ApprovalBook, ApprovalState};
use projections::calls::CallRow;
use projections::caseload::CaseRow;
use projections::directory::{OrganisationRow, PersonRow};
use projections::gatherings::GatheringRow;
use projections::introductions::IntroductionRow;
use projections::policies::PolicyFile;
use projections::registers::RegisterBook;
use projections::resources::ResourceRow;
use projections::users::Accounts;
use schemars::{JsonSchema, SchemaGenerator};
use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

use super::caller::Caller;
use super::moment::{AsKnown, cut, internal, known};
use super::operation::{Operation, schema_of};
use super::texts::opened;
use super::{Problem, Shared};
use crate::access::{Sight, Thing};
use crate::domain::{State, approval};
use crate::guichet::Guichet;
use crate::readmodel::AsOf;
use crate::readmodel::lists::{
    ApprovalFilter, CaseFilter, GatheringFilter, IntroductionFilter, LIMIT_MAX, ListError, Listed,
    PAGING_FIELDS, Paging, Then,
};

/// As of when a list is asked for.
#[derive(Debug, Clone, Default, Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields)]
struct ListMoment {
    /// As it was known then: a moment (2026-03-01T09:30:00Z), an event's id or a position.
    as_of: Option<AsOf>,
    /// Only what had happened by then.
    occurred_until: Option<Time>,
}

/// The fields of [`ListMoment`].
const MOMENT_FIELDS: &[&str] = &["as_of", "occurred_until"];

/// A page of a list.
#[derive(Debug, Clone, PartialEq, Serialize, JsonSchema)]
#[schemars(rename = "{T}Page")]
struct ListPage<T> {
    /// What it holds.
    items: Vec<T>,
    /// How many there are on all pages.
    total: u64,
    /// Ask for the next page with `cursor` this; absent on the last.
    #[serde(skip_serializing_if = "Option::is_none")]
    next: Option<String>,
    /// The last event it knew of.
    as_known: AsKnown,
}

/// A list that the API gives: of what, and how much of it its reader may see.
trait Given: Listed<Filter: DeserializeOwned + Default + JsonSchema> {
    /// The word in its path.
    const WORD: &'static str;
    const THING: Thing;

    /// Fills in what a filter says about whoever asks.
    fn ask(
        _: &mut Self::Filter,
        _: &Guichet,
        _: &Caller,
    ) -> impl Future<Output = Result<(), Problem>> + Send {
        std::future::ready(Ok(()))
    }

    /// Narrows the list to what is the reader's own; `false` when nothing is.
    fn narrow(_: &mut Self::Filter, _: Own) -> bool {
        false
    }
}

/// The cases that are a reader's own.
struct Own(Vec<events::CaseId>);

impl Given for CaseRow {
    const WORD: &'static str = "cases";
    const THING: Thing = Thing::Cases;
    fn narrow(filter: &mut CaseFilter, own: Own) -> bool {
        filter.sight.only = Some(own.0);
        true
    }
}

impl Given for IntroductionRow {
    const WORD: &'static str = "introductions";
    const THING: Thing = Thing::Introductions;
    fn narrow(filter: &mut IntroductionFilter, own: Own) -> bool {
        filter.sight.only = Some(own.0);
        true
    }
}

impl Given for GatheringRow {
    const WORD: &'static str = "gatherings";
    const THING: Thing = Thing::Gatherings;
    fn narrow(filter: &mut GatheringFilter, own: Own) -> bool {
        filter.sight.only = Some(own.0);
        true
    }
}

impl Given for PersonRow {
    const WORD: &'static str = "people";
    const THING: Thing = Thing::People;
}

impl Given for OrganisationRow {
    const WORD: &'static str = "organisations";
    const THING: Thing = Thing::Organisations;
}

impl Given for CallRow {
    const WORD: &'static str = "calls";
    const THING: Thing = Thing::Calls;
}

impl Given for ResourceRow {
    const WORD: &'static str = "resources";
    const THING: Thing = Thing::Resources;
    /// What can be booked is everyone's to know.
    fn narrow(_: &mut Self::Filter, _: Own) -> bool {
        true
    }
}

impl Given for PolicyFile {
    const WORD: &'static str = "policies";
    const THING: Thing = Thing::Policies;
}

impl Given for Accounts {
    const WORD: &'static str = "users";
    const THING: Thing = Thing::Users;
}

impl Given for ApprovalBook {
    const WORD: &'static str = "approvals";
    const THING: Thing = Thing::Approvals;

    async fn ask(
        filter: &mut ApprovalFilter,
        guichet: &Guichet,
        caller: &Caller,
    ) -> Result<(), Problem> {
        if filter.waits_for_me == Some(true) {
            filter.only = Some(waiting_for(guichet, caller).await?);
        }
        Ok(())
    }
}

/// What waits for whoever asks: they may agree, and are not the person who asked.
async fn waiting_for(guichet: &Guichet, caller: &Caller) -> Result<Vec<ApprovalId>, Problem> {
    let access = guichet.office.load(Stream::Access).await?;
    let State::Access(access) = &access.state else { return Err(Problem::internal()) };
    let waiting =
        ApprovalFilter { state: Some(ApprovalState::Waiting), ..ApprovalFilter::default() };
    let (mut found, mut cursor) = (Vec::new(), None);
    // The read model may not have caught up with what was just written.
    cut(guichet, None).await?;
    loop {
        let paging = Paging { limit: Some(LIMIT_MAX), cursor };
        let page = guichet.readmodel.list::<ApprovalBook>(waiting.clone(), paging, None).await;
        let page = page.map_err(internal)?;
        let mine = page.items.iter().filter(|row| {
            let asker = row.requested.by.user;
            let gains = matches!(row.matter, Matter::Role { user, .. }
                if access.person_of(user) == Some(caller.reader.person));
            caller.holds_one_of(approval::agreed_by(&row.matter))
                && access.person_of(asker) != Some(caller.reader.person)
                && !gains
        });
        found.extend(mine.map(|row| row.approval));
        cursor = page.next;
        if cursor.is_none() {
            return Ok(found);
        }
    }
}

impl Given for RegisterBook {
    const WORD: &'static str = "registers";
    const THING: Thing = Thing::Registers;
}

pub(super) fn operations() -> Vec<Operation> {
    vec![
        operation::<CaseRow>(),
        operation::<PersonRow>(),
        operation::<OrganisationRow>(),
        operation::<CallRow>(),
        operation::<ResourceRow>(),
        operation::<IntroductionRow>(),
        operation::<GatheringRow>(),
        operation::<PolicyFile>(),
        operation::<Accounts>(),
        operation::<ApprovalBook>(),
        operation::<RegisterBook>(),
    ]
}

fn operation<R: Given>() -> Operation {
    let word = R::WORD;
    let handler =
        get(|Extension(guichet): Extension<Shared>, caller: Caller, query: RawQuery| async move {
            list::<R>(&guichet, &caller, query.0.as_deref().unwrap_or_default()).await
        });
    let mut operation = Operation::get(
        &format!("/v1/{word}"),
        &format!("list-{word}"),
        word,
        &format!("List {word}."),
        handler,
    )
    .gives::<ListPage<R::Item>>("A page of the list");
    operation.query = Some(query_schema::<R>);
    operation
}

/// The filter's fields, the page's and the moment's, side by side.
fn query_schema<R: Given>(generator: &mut SchemaGenerator) -> Value {
    let mut properties = serde_json::Map::new();
    let parts: [Value; 3] = [
        <R::Filter as JsonSchema>::json_schema(generator).into(),
        Paging::json_schema(generator).into(),
        schema_of::<InlineMoment>(generator),
    ];
    for part in parts {
        let part = part.get("properties").and_then(Value::as_object).cloned();
        properties.extend(part.unwrap_or_default());
    }
    json!({ "type": "object", "properties": properties })
}

/// [`ListMoment`], always inline.
struct InlineMoment;

impl JsonSchema for InlineMoment {
    fn inline_schema() -> bool {
        true
    }

    fn schema_name() -> std::borrow::Cow<'static, str> {
        ListMoment::schema_name()
    }

    fn json_schema(generator: &mut SchemaGenerator) -> schemars::Schema {
        ListMoment::json_schema(generator)
    }
}

async fn list<R: Given>(
    guichet: &Guichet,
    caller: &Caller,
    query: &str,
) -> Result<Response, Problem> {
    let sight = caller.sees(R::THING)?;
    let mut parts = Parts::of(query);
    let moment: ListMoment = parts.take(MOMENT_FIELDS)?;
    let paging: Paging = parts.take(PAGING_FIELDS)?;
    let mut filter: R::Filter = parts.rest()?;
    R::ask(&mut filter, guichet, caller).await?;
    // Who lists and who wrote a moment ago may be the same.
    let cut = cut(guichet, moment.as_of).await?;
    let ListMoment { as_of, occurred_until } = moment;
    let past = as_of.is_some() || occurred_until.is_some();
    let then = past.then_some(Then { cut, occurred_until });
    let mut sight = sight;
    if sight == Sight::Own {
        let own = guichet.readmodel.cases_of(caller.reader.person).await.map_err(internal)?;
        if !R::narrow(&mut filter, Own(own)) {
            return Err(Problem::forbidden("your roles show single records, no lists of these"));
        }
        sight = Sight::Whole;
    }
    let page = guichet.readmodel.list::<R>(filter, paging, then).await;
    let page = page.map_err(|error| match error {
        ListError::Limit => Problem::input("limit", error.to_string()),
        ListError::BadCursor => Problem::input("cursor", error.to_string()),
        ListError::Read(error) => internal(error),
    })?;
    let cut = page.cut;
    let mut answer = opened(guichet, sight, &page).await?;
    if let Some(map) = answer.as_object_mut() {
        map.retain(|_, value| !value.is_null());
    }
    Ok(known(answer, cut))
}

/// A query string, taken apart by the names of its fields.
struct Parts<'q>(Vec<&'q str>);

impl<'q> Parts<'q> {
    fn of(query: &'q str) -> Self {
        Self(query.split('&').filter(|pair| !pair.is_empty()).collect())
    }

    /// Reads the fields of these names, and leaves the others.
    fn take<Q: DeserializeOwned>(&mut self, names: &[&str]) -> Result<Q, Problem> {
        let (taken, left) = self.0.iter().partition(|pair| {
            let name = pair.split_once('=').map_or(**pair, |(name, _)| name);
            names.contains(&name)
        });
        self.0 = left;
        read(taken)
    }

    fn rest<Q: DeserializeOwned>(self) -> Result<Q, Problem> {
        read(self.0)
    }
}

fn read<Q: DeserializeOwned>(pairs: Vec<&str>) -> Result<Q, Problem> {
    let query = pairs.join("&");
    serde_urlencoded::from_str(&query).map_err(|error| Problem::input("query", error.to_string()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_query_is_taken_apart_by_name_and_unknown_fields_are_told() {
        let mut parts = Parts::of("limit=7&status=closed&as_of=12");
        let paging: Paging = parts.take(PAGING_FIELDS).expect("fits");
        assert_eq!(paging.limit, Some(7));
        let moment: ListMoment = parts.take(MOMENT_FIELDS).expect("fits");
        assert_eq!(moment.as_of, Some(AsOf::Position(12)));
        let filter: CaseFilter = parts.rest().expect("fits");
        assert_eq!(filter.status, Some(events::CaseStatus::Closed));
        assert!(Parts::of("no_such=1").rest::<CaseFilter>().is_err());
        assert!(Parts::of("limit=x").take::<Paging>(PAGING_FIELDS).is_err());
    }
}
