//! Single records: people, organisations, calls, introductions, gatherings, policies and users.

use axum::extract::{Path, State};
use axum::response::Response;
use axum::routing::get;
use events::{CaseId, MissionScope, PersonId, Role, Stream, UserId};
use projections::Row;
use projections::calls::CallRow;
use projections::directory::{OrganisationRow, PersonRow};
use projections::gatherings::GatheringRow;
use projections::introductions::IntroductionFile;
use projections::journey::{Journey, Subject};
use projections::policies::PolicyFile;
use projections::resources::ResourceRow;
use projections::users::{Accounts, UserRow};
use schemars::JsonSchema;
use serde::Serialize;

use super::caller::Caller;
use super::cases::journey_of;
use super::moment::{Asked, Known, Moment, cut, known};
use super::one_person::{concerned, is_among};
use super::operation::{Operation, id_in_path};
use super::record::{RecordEvents, events_of, read_record, shown_history, stream_history};
use super::texts::opened;
use super::{Problem, Shared, reference};
use crate::access::{Sight, Thing};
use crate::domain::{Collection, State as Folded};
use crate::guichet::Guichet;

pub(super) fn operations() -> Vec<Operation> {
    let mut operations = Vec::new();
    operations.extend(record::<PersonRow>(Collection::People, Thing::People, "person"));
    operations.extend(record::<OrganisationRow>(
        Collection::Organisations,
        Thing::Organisations,
        "organisation",
    ));
    operations.extend(record::<CallRow>(Collection::Calls, Thing::Calls, "call"));
    operations.extend(record::<ResourceRow>(Collection::Resources, Thing::Resources, "resource"));
    operations.extend(record::<IntroductionFile>(
        Collection::Introductions,
        Thing::Introductions,
        "introduction",
    ));
    operations.extend(record::<GatheringRow>(
        Collection::Gatherings,
        Thing::Gatherings,
        "gathering",
    ));
    operations.extend(record::<PolicyFile>(Collection::Policies, Thing::Policies, "policy"));
    operations.push(
        Operation::get("/v1/users/{id}", "read-user", "users", "Read an account.", get(user))
            .with(id_in_path("id"))
            .query::<Moment>()
            .gives::<Known<UserRow>>("The account"),
    );
    operations.push(
        Operation::get("/v1/me", "read-me", "users", "Say who is asking, in which roles.", get(me))
            .gives::<Me>("Who is asking"),
    );
    operations.push(journey(Collection::People, Thing::People, "person"));
    operations.push(journey(Collection::Organisations, Thing::Organisations, "organisation"));
    operations
}

/// Who is asking.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, JsonSchema)]
struct Me {
    /// The account.
    user: UserId,
    /// Whose it is.
    person: PersonId,
    /// Roles held today, some on one case only.
    roles: Vec<HeldRole>,
    /// What open audit missions cover.
    missions: Vec<MissionScope>,
}

/// A role as it is held.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, JsonSchema)]
struct HeldRole {
    /// The role.
    role: Role,
    /// On this case only.
    #[serde(skip_serializing_if = "Option::is_none")]
    scope: Option<CaseId>,
}

async fn me(caller: Caller) -> axum::Json<Me> {
    let reader = caller.reader;
    let roles = reader.roles.into_iter().map(|(role, scope)| HeldRole { role, scope }).collect();
    axum::Json(Me { user: reader.user, person: reader.person, roles, missions: reader.missions })
}

/// Reading a record of a collection, and its events.
fn record<R>(collection: Collection, thing: Thing, noun: &'static str) -> [Operation; 2]
where
    R: Row + JsonSchema + Send + 'static,
{
    let read = move |State(guichet): State<Shared>,
                     caller: Caller,
                     Path(id): Path<String>,
                     Asked(moment): Asked<Moment>| async move {
        let (stream, sight) = sighted(&guichet, &caller, collection, thing, &id).await?;
        read_record::<R>(&guichet, stream, sight, moment, noun).await
    };
    let events = move |State(guichet): State<Shared>,
                       caller: Caller,
                       Path(id): Path<String>,
                       Asked(moment): Asked<Moment>| async move {
        let (stream, _) = sighted(&guichet, &caller, collection, thing, &id).await?;
        caller.sees(Thing::Log)?;
        events_of(&guichet, stream, moment).await
    };
    let tag = collection.word();
    let path = format!("/v1/{collection}/{{id}}");
    let summary = format!("Read {} {noun}.", if noun.starts_with(['o', 'i']) { "an" } else { "a" });
    [
        Operation::get(&path, &format!("read-{noun}"), tag, &summary, get(read))
            .with(id_in_path("id"))
            .query::<Moment>()
            .gives::<Known<R>>("The record; its ETag is the revision to decide on"),
        Operation::get(
            &format!("{path}/events"),
            &format!("read-{noun}-events"),
            tag,
            &format!("Read the events of one {noun} as stored."),
            get(events),
        )
        .with(id_in_path("id"))
        .query::<Moment>()
        .gives::<Known<RecordEvents>>("The events"),
    ]
}

fn journey(collection: Collection, thing: Thing, noun: &'static str) -> Operation {
    let handler = move |State(guichet): State<Shared>,
                        caller: Caller,
                        Path(id): Path<String>,
                        Asked(moment): Asked<Moment>| async move {
        let (stream, sight) = sighted(&guichet, &caller, collection, thing, &id).await?;
        let subject = match stream {
            Stream::Person(id) => Subject::Person(id),
            Stream::Organisation(id) => Subject::Organisation(id),
            _ => return Err(Problem::not_found(noun)),
        };
        journey_of(&guichet, subject, sight, moment).await
    };
    let path = format!("/v1/{collection}/{{id}}/journey");
    let id = format!("read-{noun}-journey");
    let summary = format!("Read everything that one {noun} took part in.");
    Operation::get(&path, &id, collection.word(), &summary, get(handler))
        .described(
            "What names a record that was merged into it is told too. Told in French with \
             `lang=fr`, else in English.",
        )
        .with(id_in_path("id"))
        .query::<Moment>()
        .gives::<Known<Journey>>("The journey")
}

/// The record that is named, and how much of it the caller sees.
pub(super) async fn sighted(
    guichet: &Guichet,
    caller: &Caller,
    collection: Collection,
    thing: Thing,
    id: &str,
) -> Result<(Stream, Sight), Problem> {
    let sight = caller.sees(thing)?;
    let stream = reference::stream(guichet, collection, id).await?;
    let folded = guichet.office.load(stream).await?;
    let own = match sight {
        Sight::Own => is_own(guichet, caller, stream, &folded.state).await?,
        Sight::Nothing | Sight::Pseudonymous | Sight::Whole => true,
    };
    // A rule of which nothing was ever drafted is not there, though its kind is known.
    if !own || folded.revision.is_none() {
        return Err(Problem::not_found("record"));
    }
    Ok((stream, sight.max(if sight == Sight::Own { Sight::Whole } else { sight })))
}

/// Whether a record is the caller's own: about them, or about a case of theirs.
async fn is_own(
    guichet: &Guichet,
    caller: &Caller,
    stream: Stream,
    state: &Folded,
) -> Result<bool, Problem> {
    let cases: Vec<events::CaseId> = match (stream, state) {
        (Stream::Person(id), _) => return is_among(guichet, caller, [id]).await,
        // What can be booked is no secret; for whom it is booked is.
        (Stream::Resource(_), _) => return Ok(true),
        (_, Folded::Introduction(introduction)) => {
            introduction.proposal.iter().map(|proposal| proposal.case).collect()
        }
        (Stream::Gathering(_), _) => {
            let history = stream_history(guichet, stream, cut(guichet, None).await?).await?;
            GatheringRow::fold(&history).map_or(vec![], |gathering| gathering.cases)
        }
        _ => return Ok(false),
    };
    for case in cases {
        if let Folded::Case(case) = &guichet.office.load(Stream::Case(case)).await?.state
            && concerned(guichet, caller, case).await?
        {
            return Ok(true);
        }
    }
    Ok(false)
}

async fn user(
    State(guichet): State<Shared>,
    caller: Caller,
    Path(id): Path<String>,
    Asked(moment): Asked<Moment>,
) -> Result<Response, Problem> {
    let sight = caller.sees(Thing::Users)?;
    let cut = cut(&guichet, moment.as_of).await?;
    let history = shown_history(&guichet, Stream::Access, &moment, cut).await?;
    let accounts = Accounts::fold(&history).ok_or_else(|| Problem::not_found("user"))?;
    let typed = id.replace('-', "").to_uppercase();
    let named = |user: &&UserRow| {
        user.user.to_string() == id.to_lowercase() || user.reference.replace('-', "") == typed
    };
    let user = accounts.users.iter().find(named).ok_or_else(|| Problem::not_found("user"))?;
    Ok(known(opened(&guichet, sight, user).await?, cut))
}
