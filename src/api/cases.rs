//! A case: as it stands, its journey, its audit trail and its events.

use std::collections::btree_map::Entry;
use std::collections::{BTreeMap, BTreeSet};

use axum::extract::{Path, State};
use axum::response::Response;
use axum::routing::get;
use events::{CaseId, Envelope, History, Language, Object, ObjectKind, PolicyKind, Stream};
use projections::audit::AuditTrail;
use projections::case_file::CaseFile;
use projections::journey::{Journey, Reading, Subject};
use projections::story::Names;
use uuid::Uuid;

use super::caller::Caller;
use super::moment::{Asked, Known, Moment, cut, internal, known};
use super::names::{self, Seen, Then};
use super::one_person::concerned;
use super::operation::{Operation, id_in_path};
use super::record::{RecordEvents, events_of, read_record, stored_history, stream_history};
use super::texts::opened;
use super::{Problem, Shared, reference};
use crate::access::{Sight, Thing};
use crate::domain::{Collection, State as Folded};
use crate::guichet::Guichet;
use crate::readmodel::Cut;
use crate::store::Position;

pub(super) fn operations() -> Vec<Operation> {
    let case = |suffix: &str, id, summary, handler| {
        let path = format!("/v1/cases/{{id}}{suffix}");
        Operation::get(&path, id, "cases", summary, handler)
            .with(id_in_path("id"))
            .query::<Moment>()
    };
    vec![
        case("", "read-case", "Read a case as it stands, or stood.", get(read))
            .gives::<Known<CaseFile>>("The case; its ETag is the revision to decide on"),
        case("/journey", "read-case-journey", "Read a case's journey, step by step.", get(journey))
            .described("Told in French with `lang=fr`, else in English.")
            .gives::<Known<Journey>>("The journey"),
        case("/audit", "read-case-audit", "Read who decided what in a case, and why.", get(audit))
            .described(
                "For every decision: who proposed and decided in which role, when it happened and \
                 was recorded, the rule and its version, the reasons, what was known then, and \
                 what came later.",
            )
            .gives::<Known<AuditTrail>>("The audit trail"),
        case("/events", "read-case-events", "Read a case's events as stored.", get(events))
            .gives::<Known<RecordEvents>>("The events"),
    ]
}

/// A case that the caller may see: how much of it, and how it stands.
pub(super) async fn visible(
    guichet: &Guichet,
    caller: &Caller,
    id: &str,
) -> Result<(CaseId, Sight, CaseFile), Problem> {
    let (case, sight) = sighted(guichet, caller, id).await?;
    let cut = cut(guichet, None).await?;
    let history = stream_history(guichet, Stream::Case(case), cut).await?;
    let file = CaseFile::of(case, &history).ok_or_else(|| Problem::not_found("case"))?;
    Ok((case, sight, file))
}

/// The case, and how much of it the caller sees.
pub(super) async fn sighted(
    guichet: &Guichet,
    caller: &Caller,
    id: &str,
) -> Result<(CaseId, Sight), Problem> {
    // Who sees no case at all learns nothing about which there are.
    if caller.reader.roles.iter().all(|(_, scope)| scope.is_none()) {
        caller.sees(Thing::Cases)?;
    }
    let stream = reference::stream(guichet, Collection::Cases, id).await?;
    let folded = guichet.office.load(stream).await?;
    match (&folded.state, stream) {
        (Folded::Case(case), Stream::Case(id)) if case.exists() => {
            let asks = caller.reader.sight_of_case(id) == Sight::Own;
            let theirs = asks && concerned(guichet, caller, case).await?;
            Ok((id, caller.sees_case(id, theirs)?))
        }
        _ => Err(Problem::not_found("case")),
    }
}

async fn read(
    State(guichet): State<Shared>,
    caller: Caller,
    Path(id): Path<String>,
    Asked(moment): Asked<Moment>,
) -> Result<Response, Problem> {
    let (case, sight) = sighted(&guichet, &caller, &id).await?;
    read_record::<CaseFile>(&guichet, Stream::Case(case), sight, moment, "case").await
}

async fn journey(
    State(guichet): State<Shared>,
    caller: Caller,
    Path(id): Path<String>,
    Asked(moment): Asked<Moment>,
) -> Result<Response, Problem> {
    let (case, sight) = sighted(&guichet, &caller, &id).await?;
    journey_of(&guichet, Subject::Case(case), sight, moment).await
}

fn reading<'a>(moment: &Moment, names: &'a dyn Names) -> Reading<'a> {
    let language = moment.lang.unwrap_or(Language::En);
    Reading { language, names, occurred_until: moment.occurred_until }
}

/// The journey of a case, a person or an organisation.
pub(super) async fn journey_of(
    guichet: &Guichet,
    subject: Subject,
    sight: Sight,
    moment: Moment,
) -> Result<Response, Problem> {
    let stream = match subject {
        Subject::Case(id) => Stream::Case(id),
        Subject::Person(id) => Stream::Person(id),
        Subject::Organisation(id) => Stream::Organisation(id),
    };
    let cut = cut(guichet, moment.as_of).await?;
    let facts: History = threads(guichet, stream, cut).await?.into_values().collect();
    let then = named_then(guichet, &moment, cut, &facts).await?;
    let journey = {
        let names = Seen::new(guichet.readmodel.directory(), sight, then);
        Journey::of(subject, &facts, &reading(&moment, &names))
            .ok_or_else(|| Problem::not_found("record at that moment"))?
    };
    Ok(known(opened(guichet, sight, &journey).await?, cut))
}

/// The facts about a record and those that go on under it, and the facts that carry on what they
/// take part in: a booking's confirmation names the booking alone, an introduction's outcome the
/// introduction.
async fn threads(
    guichet: &Guichet,
    record: Stream,
    cut: Cut,
) -> Result<BTreeMap<Position, Envelope>, Problem> {
    let readmodel = &guichet.readmodel;
    let mut facts: BTreeMap<Position, Envelope> = BTreeMap::new();
    for record in readmodel.records_of(record, cut).await.map_err(internal)? {
        let Some(Object { kind, id, .. }) = record.subject() else { continue };
        let history = readmodel.history(kind, id, Some(cut)).await.map_err(internal)?;
        facts.extend(history.positions.into_iter().zip(history.envelopes));
    }
    let carried_on = |object: &Object| {
        matches!(
            object.kind,
            ObjectKind::Booking | ObjectKind::Introduction | ObjectKind::Gathering
        )
    };
    let threads: BTreeSet<(ObjectKind, Uuid)> = facts
        .values()
        .flat_map(|envelope| envelope.fact.objects(&envelope.stream))
        .filter(carried_on)
        .map(|object| (object.kind, object.id))
        .collect();
    for (kind, id) in threads {
        let more = readmodel.history(kind, id, Some(cut)).await.map_err(internal)?;
        facts.extend(more.positions.into_iter().zip(more.envelopes));
    }
    Ok(facts)
}

/// What things were called then, for an answer about the past.
async fn named_then(
    guichet: &Guichet,
    moment: &Moment,
    cut: Cut,
    facts: &History,
) -> Result<Option<Then>, Problem> {
    match moment.as_of {
        Some(_) => names::then(guichet, cut, facts).await.map(Some),
        None => Ok(None),
    }
}

/// A case's history together with what its decisions stood on: rights, rules, calls, consents.
async fn with_grounds(
    guichet: &Guichet,
    mut facts: BTreeMap<Position, Envelope>,
    cut: Cut,
) -> Result<History, Problem> {
    let mut grounds: BTreeSet<Stream> =
        BTreeSet::from([Stream::Access, Stream::Policy(PolicyKind::Eligibility)]);
    for envelope in facts.values() {
        for basis in &envelope.meta.based_on {
            grounds.extend(basis.stream.stream().filter(|stream| {
                matches!(
                    stream,
                    Stream::Call(_)
                        | Stream::Person(_)
                        | Stream::Organisation(_)
                        | Stream::Policy(_)
                )
            }));
        }
    }
    for stream in grounds {
        for stored in stored_history(guichet, stream, cut).await? {
            if let Entry::Vacant(place) = facts.entry(stored.position) {
                place.insert(crate::log::read(&stored).map_err(internal)?);
            }
        }
    }
    Ok(facts.into_values().collect())
}

async fn audit(
    State(guichet): State<Shared>,
    caller: Caller,
    Path(id): Path<String>,
    Asked(moment): Asked<Moment>,
) -> Result<Response, Problem> {
    let (case, sight) = sighted(&guichet, &caller, &id).await?;
    if sight == Sight::Own || caller.reader.sight_of_case(case) == Sight::Own {
        return Err(Problem::forbidden("your roles do not show audit trails"));
    }
    let cut = cut(&guichet, moment.as_of).await?;
    let facts = threads(&guichet, Stream::Case(case), cut).await?;
    let facts = with_grounds(&guichet, facts, cut).await?;
    let then = named_then(&guichet, &moment, cut, &facts).await?;
    let trail = {
        let names = Seen::new(guichet.readmodel.directory(), sight, then);
        AuditTrail::of(case, &facts, &reading(&moment, &names))
            .ok_or_else(|| Problem::not_found("case at that moment"))?
    };
    Ok(known(opened(&guichet, sight, &trail).await?, cut))
}

async fn events(
    State(guichet): State<Shared>,
    caller: Caller,
    Path(id): Path<String>,
    Asked(moment): Asked<Moment>,
) -> Result<Response, Problem> {
    let (case, _) = sighted(&guichet, &caller, &id).await?;
    events_of(&guichet, Stream::Case(case), moment).await
}
