//! The rules for every event store, whichever it is.

use std::collections::HashSet;
use std::sync::Arc;
use std::time::Duration;

use events::{BlobId, EventId, Revision, StreamName};
use guichet::store::{
    APPEND_BYTES_MAX, APPEND_EVENTS_MAX, AppendError, Appended, EventStore, Expected, NewEvent,
    Position, SealedBlob, Stored,
};

use super::faulty::{Faulty, When};
use super::{blob, event, events, put, stream};

type Store = Arc<dyn EventStore>;

/// Far longer than anything here takes.
const LONG: Duration = Duration::from_secs(60);

/// Runs each rule against each store.
macro_rules! every_store {
    ($($rule:ident)*) => {
        every_store!(memory $($rule)*; sqlite $($rule)*; sqlite_reopened $($rule)*);
    };
    ($($store:ident $($rule:ident)*);*) => {
        $(mod $store {
            $(#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
            async fn $rule() {
                let fixture = crate::store::$store();
                super::$rule(&fixture.store).await;
            })*
        })*
    };
}

every_store! {
    an_empty_log_has_no_head
    a_missing_stream_reads_empty
    revisions_are_dense_from_0
    what_is_written_reads_back
    positions_increase
    the_reply_says_where_the_last_event_stands
    an_append_elsewhere_conflicts_and_says_where_the_stream_is
    the_same_append_again_gives_the_first_reply_and_writes_nothing
    a_partly_same_append_conflicts
    one_id_may_stand_in_two_streams
    the_log_reads_in_order_and_whole
    reading_after_a_position_excludes_it
    paging_by_two_loses_and_repeats_nothing
    streams_are_paged_too
    nothing_is_found_for_a_limit_of_0
    an_empty_append_is_refused
    an_append_with_the_same_id_twice_is_refused
    an_append_that_is_too_large_is_refused
    racing_writers_lose_no_update
    a_tailing_reader_sees_each_event_once
    waiting_ends_in_time_where_nothing_comes
    waiting_ends_when_an_event_comes
    an_unknown_outcome_is_one_write_when_repeated
    a_thousand_events_are_atomic
    revisions_at_the_edge_of_their_numbers_are_nowhere
    a_dropped_append_is_written_once
    a_blob_reads_back_as_written
    no_event_is_seen_before_its_blobs
    deleted_blobs_are_gone_and_their_events_unchanged
    the_id_of_a_blob_is_never_given_to_other_bytes
}

async fn append(
    store: &Store,
    name: &str,
    expected: Expected,
    events: Vec<NewEvent>,
) -> Result<Appended, AppendError> {
    store.append(&stream(name), expected, events, vec![]).await
}

async fn wrote(store: &Store, name: &str, expected: Expected, events: Vec<NewEvent>) -> Appended {
    append(store, name, expected, events).await.expect("an append that holds")
}

async fn read(store: &Store, name: &str) -> Vec<Stored> {
    store.read_stream(&stream(name), 0, usize::MAX).await.expect("a stream")
}

async fn read_all(store: &Store) -> Vec<Stored> {
    store.read_all(None, usize::MAX).await.expect("the log")
}

fn ids(stored: &[Stored]) -> Vec<EventId> {
    stored.iter().map(|event| event.id).collect()
}

fn derived<const N: usize>(names: [&str; N]) -> Vec<EventId> {
    names.map(EventId::derived).into()
}

#[track_caller]
fn conflicts(outcome: Result<Appended, AppendError>, at: Option<Revision>) {
    match outcome {
        Err(AppendError::Conflict { actual }) => assert_eq!(actual, at),
        other => panic!("a conflict expected, not {other:?}"),
    }
}

#[track_caller]
fn refused(outcome: Result<Appended, AppendError>) {
    assert!(matches!(outcome, Err(AppendError::Invalid(_))), "refusal expected, not {outcome:?}");
}

async fn an_empty_log_has_no_head(store: &Store) {
    assert_eq!(store.head().await.expect("a head"), None);
    assert_eq!(read_all(store).await, []);
    let blobs = store.read_blobs(&[BlobId::derived("x")]).await.expect("no blobs");
    assert_eq!(blobs, [None]);
}

async fn a_missing_stream_reads_empty(store: &Store) {
    wrote(store, "a", Expected::NoStream, events(["1"])).await;
    assert_eq!(read(store, "b").await, []);
    let later = store.read_stream(&stream("b"), 7, 10).await.expect("nothing");
    assert_eq!(later, []);
}

async fn revisions_are_dense_from_0(store: &Store) {
    wrote(store, "a", Expected::NoStream, events(["1", "2", "3"])).await;
    wrote(store, "b", Expected::NoStream, events(["4"])).await;
    wrote(store, "a", Expected::At(2), events(["5", "6"])).await;
    let revisions: Vec<_> = read(store, "a").await.iter().map(|event| event.revision).collect();
    assert_eq!(revisions, [0, 1, 2, 3, 4]);
}

async fn what_is_written_reads_back(store: &Store) {
    let mut written = events(["1", "2", "3", "4"]);
    written[1].data = "Hôpital Gustave-Roussy \u{1f3e5} \u{202e}".into();
    written[1].kind = "essai.créé.v1".into();
    written[2].data = vec![0, 0xff, 0, b'"', 0xc3];
    written[2].metadata = vec![0; 300];
    written[3].data = vec![];
    written[3].metadata = vec![];
    let longest = "Az09_.~-".repeat(25);
    for name in ["a", &longest] {
        wrote(store, name, Expected::NoStream, written.clone()).await;
        let (streams, found): (HashSet<StreamName>, Vec<NewEvent>) =
            read(store, name).await.into_iter().map(Stored::into_new).unzip();
        assert_eq!(found, written);
        assert_eq!(streams, HashSet::from([stream(name)]));
    }
    let found = read_all(store).await.into_iter().map(|event| event.into_new().1);
    assert_eq!(found.collect::<Vec<_>>(), [written.clone(), written].concat());
}

async fn positions_increase(store: &Store) {
    wrote(store, "a", Expected::NoStream, events(["1", "2", "3"])).await;
    wrote(store, "b", Expected::NoStream, events(["4", "5"])).await;
    let log = read_all(store).await;
    assert!(log.is_sorted_by(|one, next| one.position < next.position));
}

async fn the_reply_says_where_the_last_event_stands(store: &Store) {
    for (expected, batch, revision) in [
        (Expected::NoStream, events(["1", "2", "3"]), 2),
        (Expected::At(2), events(["4", "5", "6"]), 5),
    ] {
        let appended = wrote(store, "a", expected, batch).await;
        assert_eq!(appended.revision, revision);
        assert_eq!(store.head().await.expect("a head"), Some(appended.position));
        let last = read(store, "a").await.pop().expect("events");
        assert_eq!((last.revision, last.position), (appended.revision, appended.position));
    }
}

async fn an_append_elsewhere_conflicts_and_says_where_the_stream_is(store: &Store) {
    wrote(store, "a", Expected::NoStream, events(["1", "2", "3"])).await;
    for (name, expected, actual) in [
        ("a", Expected::NoStream, Some(2)),
        ("a", Expected::At(1), Some(2)),
        ("a", Expected::At(3), Some(2)),
        ("b", Expected::At(0), None),
    ] {
        conflicts(append(store, name, expected, events(["new"])).await, actual);
    }
    assert_eq!(ids(&read_all(store).await), derived(["1", "2", "3"]));
}

async fn the_same_append_again_gives_the_first_reply_and_writes_nothing(store: &Store) {
    let first = wrote(store, "a", Expected::NoStream, events(["1", "2"])).await;
    assert_eq!(wrote(store, "a", Expected::NoStream, events(["1", "2"])).await, first);
    let second = wrote(store, "a", Expected::At(1), events(["3", "4"])).await;
    wrote(store, "b", Expected::NoStream, events(["5"])).await;
    wrote(store, "a", Expected::At(3), events(["6"])).await;
    assert_eq!(wrote(store, "a", Expected::NoStream, events(["1", "2"])).await, first);
    assert_eq!(wrote(store, "a", Expected::At(1), events(["3", "4"])).await, second);
    let log = read_all(store).await;
    assert_eq!(ids(&log), derived(["1", "2", "3", "4", "5", "6"]));
    assert_eq!(store.head().await.expect("a head"), log.last().map(|event| event.position));
}

async fn a_partly_same_append_conflicts(store: &Store) {
    wrote(store, "a", Expected::NoStream, events(["1", "2", "3"])).await;
    for (expected, names) in [
        (Expected::NoStream, vec!["1", "new"]),
        (Expected::NoStream, vec!["new", "2"]),
        (Expected::NoStream, vec!["2", "1"]),
        (Expected::NoStream, vec!["1", "2", "3", "new"]),
        (Expected::At(0), vec!["2", "3", "new"]),
        (Expected::At(1), vec!["2", "3"]),
    ] {
        let batch = names.into_iter().map(event).collect();
        conflicts(append(store, "a", expected, batch).await, Some(2));
    }
    assert_eq!(read_all(store).await.len(), 3);
}

async fn one_id_may_stand_in_two_streams(store: &Store) {
    wrote(store, "a", Expected::NoStream, events(["1"])).await;
    wrote(store, "b", Expected::NoStream, events(["1"])).await;
    assert_eq!(ids(&read_all(store).await), derived(["1", "1"]));
}

async fn the_log_reads_in_order_and_whole(store: &Store) {
    let mut expected = Vec::new();
    for round in 0..5_u64 {
        for name in ["a", "b", "c"] {
            let id = format!("{name}{round}");
            wrote(store, name, Expected::after(round), vec![event(&id)]).await;
            expected.push((stream(name), round, EventId::derived(&id)));
        }
    }
    let log = read_all(store).await.into_iter().map(|e| (e.stream, e.revision, e.id));
    assert_eq!(log.collect::<Vec<_>>(), expected);
}

async fn reading_after_a_position_excludes_it(store: &Store) {
    wrote(store, "a", Expected::NoStream, events(["1", "2", "3"])).await;
    let log = read_all(store).await;
    for (place, event) in log.iter().enumerate() {
        let rest = store.read_all(Some(event.position), 10).await.expect("the rest");
        assert_eq!(rest, log[place + 1..]);
    }
}

async fn paging_by_two_loses_and_repeats_nothing(store: &Store) {
    for count in 0..7_u64 {
        let id = count.to_string();
        wrote(store, "a", Expected::after(count), vec![event(&id)]).await;
    }
    let mut found = Vec::new();
    loop {
        let after = found.last().map(|event: &Stored| event.position);
        let page = store.read_all(after, 2).await.expect("a page");
        assert!(page.len() <= 2);
        if page.is_empty() {
            break;
        }
        found.extend(page);
    }
    assert_eq!(found, read_all(store).await);
    assert_eq!(found.len(), 7);
}

async fn streams_are_paged_too(store: &Store) {
    wrote(store, "a", Expected::NoStream, events(["1", "2", "3"])).await;
    wrote(store, "b", Expected::NoStream, events(["x"])).await;
    wrote(store, "a", Expected::At(2), events(["4", "5"])).await;
    let page = async |from| store.read_stream(&stream("a"), from, 2).await.expect("a page");
    assert_eq!(ids(&page(0).await), derived(["1", "2"]));
    assert_eq!(ids(&page(2).await), derived(["3", "4"]));
    assert_eq!(ids(&page(4).await), derived(["5"]));
    assert_eq!(page(5).await, []);
}

async fn nothing_is_found_for_a_limit_of_0(store: &Store) {
    wrote(store, "a", Expected::NoStream, events(["1"])).await;
    assert_eq!(store.read_all(None, 0).await.expect("nothing"), []);
    assert_eq!(store.read_stream(&stream("a"), 0, 0).await.expect("nothing"), []);
}

async fn an_empty_append_is_refused(store: &Store) {
    refused(append(store, "a", Expected::NoStream, vec![]).await);
    let alone = vec![blob("b", b"alone")];
    refused(store.append(&stream("a"), Expected::NoStream, vec![], alone).await);
    let mut nameless = events(["1"]);
    nameless[0].kind.clear();
    refused(append(store, "a", Expected::NoStream, nameless).await);
    assert_eq!(store.head().await.expect("no head"), None);
}

async fn an_append_with_the_same_id_twice_is_refused(store: &Store) {
    refused(append(store, "a", Expected::NoStream, events(["1", "1"])).await);
    let blobs = vec![blob("b", b"one"), blob("b", b"one")];
    refused(store.append(&stream("a"), Expected::NoStream, events(["1"]), blobs).await);
    assert_eq!(store.head().await.expect("no head"), None);
}

async fn an_append_that_is_too_large_is_refused(store: &Store) {
    let many = |count: usize| (0..count).map(|number| event(&number.to_string())).collect();
    refused(append(store, "a", Expected::NoStream, many(APPEND_EVENTS_MAX + 1)).await);
    let mut full = events(["1"]);
    let room = APPEND_BYTES_MAX - full[0].kind.len() - full[0].metadata.len();
    full[0].data = vec![b'x'; room];
    let one_more = vec![blob("b", b"x")];
    refused(store.append(&stream("a"), Expected::NoStream, full.clone(), one_more).await);
    wrote(store, "a", Expected::NoStream, full).await;
}

async fn racing_writers_lose_no_update(store: &Store) {
    const WRITERS: u64 = 8;
    const EACH: u64 = 12;
    let write = |store: Store, writer: u64| async move {
        for number in 0..EACH {
            let batch = vec![event(&format!("{writer}/{number}"))];
            let mut expected = Expected::NoStream;
            while let Err(error) = append(&store, "a", expected, batch.clone()).await {
                match error {
                    AppendError::Conflict { actual } => {
                        expected = actual.map_or(Expected::NoStream, Expected::At);
                    }
                    other => panic!("only conflicts are expected, not {other}"),
                }
            }
        }
    };
    let writers = (0..WRITERS).map(|writer| tokio::spawn(write(store.clone(), writer)));
    for writer in writers.collect::<Vec<_>>() {
        writer.await.expect("a writer that ends well");
    }
    let found = read(store, "a").await;
    assert!(found.iter().map(|event| event.revision).eq(0..WRITERS * EACH));
    let distinct: HashSet<_> = ids(&found).into_iter().collect();
    assert_eq!(distinct.len() as u64, WRITERS * EACH);
}

async fn a_tailing_reader_sees_each_event_once(store: &Store) {
    const WRITERS: u64 = 4;
    const EACH: u64 = 15;
    let write = |store: Store, writer: u64| async move {
        for number in 0..EACH {
            let id = format!("{writer}/{number}");
            let name = format!("stream-{writer}");
            wrote(&store, &name, Expected::after(number), vec![event(&id)]).await;
        }
    };
    for writer in 0..WRITERS {
        tokio::spawn(write(store.clone(), writer));
    }
    let mut seen: Vec<Stored> = Vec::new();
    while (seen.len() as u64) < WRITERS * EACH {
        let after = seen.last().map(|event| event.position);
        assert!(store.wait_past(after, LONG).await.expect("a wait"), "a writer has failed");
        seen.extend(store.read_all(after, 3).await.expect("a page"));
    }
    assert_eq!(seen, read_all(store).await);
}

async fn waiting_ends_in_time_where_nothing_comes(store: &Store) {
    let brief = Duration::from_millis(5);
    assert!(!store.wait_past(None, brief).await.expect("a wait"));
    let appended = wrote(store, "a", Expected::NoStream, events(["1"])).await;
    assert!(!store.wait_past(Some(appended.position), brief).await.expect("a wait"));
    assert!(store.wait_past(None, Duration::ZERO).await.expect("a wait"));
}

async fn waiting_ends_when_an_event_comes(store: &Store) {
    let mut head = None;
    for count in 0..5_u64 {
        let waiting = store.clone();
        let waiting = tokio::spawn(async move { waiting.wait_past(head, LONG).await });
        let id = count.to_string();
        let appended = wrote(store, "a", Expected::after(count), vec![event(&id)]).await;
        assert!(waiting.await.expect("no panic").expect("a wait"));
        head = Some(appended.position);
    }
}

async fn an_unknown_outcome_is_one_write_when_repeated(store: &Store) {
    let faulty = Faulty::new(store.clone());
    for (count, when) in [When::BeforeCommit, When::AfterCommit].into_iter().enumerate() {
        let expected = Expected::after(count as u64);
        let batch = vec![event(&count.to_string())];
        faulty.fail_next(when);
        let outcome = faulty.append(&stream("a"), expected, batch.clone(), vec![]).await;
        assert!(matches!(outcome, Err(AppendError::Unavailable(_))), "{outcome:?}");
        let again = faulty.append(&stream("a"), expected, batch, vec![]).await;
        assert_eq!(again.expect("a repeated append").revision, count as u64);
        assert_eq!(read_all(store).await.len(), count + 1);
    }
}

async fn a_thousand_events_are_atomic(store: &Store) {
    let batch: Vec<_> = (0..APPEND_EVENTS_MAX).map(|number| event(&number.to_string())).collect();
    let writing = store.clone();
    let names = batch.clone();
    let writing = tokio::spawn(async move {
        wrote(&writing, "a", Expected::NoStream, names).await;
    });
    while !writing.is_finished() {
        let found = read(store, "a").await.len();
        assert!(found == 0 || found == APPEND_EVENTS_MAX, "{found} of them");
        tokio::task::yield_now().await;
    }
    writing.await.expect("a writer that ends well");
    let found = read(store, "a").await;
    assert!(found.into_iter().map(|event| event.into_new().1).eq(batch));
}

async fn revisions_at_the_edge_of_their_numbers_are_nowhere(store: &Store) {
    wrote(store, "a", Expected::NoStream, events(["1"])).await;
    for edge in [u64::MAX, u64::MAX - 1, i64::MAX as u64, i64::MAX as u64 + 1] {
        conflicts(append(store, "a", Expected::At(edge), events(["2"])).await, Some(0));
        conflicts(append(store, "b", Expected::At(edge), events(["2"])).await, None);
        let found = store.read_stream(&stream("a"), edge, usize::MAX).await.expect("nothing");
        assert_eq!(found, []);
        let found = store.read_all(Some(Position(edge)), usize::MAX).await.expect("nothing");
        assert_eq!(found, []);
        assert!(!store.wait_past(Some(Position(edge)), Duration::ZERO).await.expect("a wait"));
    }
}

async fn a_dropped_append_is_written_once(store: &Store) {
    for count in 0..20_u64 {
        let batch = vec![event(&count.to_string())];
        let expected = Expected::after(count);
        let name = stream("a");
        let once = store.append(&name, expected, batch.clone(), vec![]);
        // Begun, and then dropped where it is not done at once.
        let _ = tokio::time::timeout(Duration::ZERO, once).await;
        wrote(store, "a", expected, batch).await;
    }
    assert!(read(store, "a").await.iter().map(|event| event.revision).eq(0..20));
}

async fn a_blob_reads_back_as_written(store: &Store) {
    let written = vec![blob("1", b"one"), blob("2", &[0, 0xff, 0]), blob("3", &[7; 100_000])];
    put(&**store, Expected::NoStream, events(["1"]), written.clone()).await;
    let wanted = ["3", "none", "1", "2", "1"].map(BlobId::derived);
    let found = store.read_blobs(&wanted).await.expect("blobs");
    let expected = [Some(2), None, Some(0), Some(1), Some(0)];
    assert_eq!(found, expected.map(|place: Option<usize>| place.map(|at| written[at].clone())));
}

async fn no_event_is_seen_before_its_blobs(store: &Store) {
    const EVENTS: u64 = 20;
    let writing = store.clone();
    tokio::spawn(async move {
        for count in 0..EVENTS {
            let id = count.to_string();
            let (batch, blobs) = (vec![event(&id)], vec![blob(&id, id.as_bytes())]);
            put(&*writing, Expected::after(count), batch, blobs).await;
        }
    });
    let (mut head, mut seen) = (None, 0);
    while seen < EVENTS {
        assert!(store.wait_past(head, LONG).await.expect("a wait"), "the writer has failed");
        for event in store.read_all(head, usize::MAX).await.expect("events") {
            let found = store.read_blobs(&[BlobId::derived(&seen.to_string())]).await;
            assert!(found.expect("blobs")[0].is_some(), "event {seen} came without its blob");
            (head, seen) = (Some(event.position), seen + 1);
        }
    }
}

async fn deleted_blobs_are_gone_and_their_events_unchanged(store: &Store) {
    let blobs = vec![blob("1", b"one"), blob("2", b"two")];
    put(&**store, Expected::NoStream, events(["1"]), blobs.clone()).await;
    let before = read_all(store).await;
    let gone = ["1", "never there"].map(BlobId::derived);
    for _ in 0..2 {
        store.delete_blobs(&gone).await.expect("a deletion");
        let found = store.read_blobs(&[blobs[0].id, blobs[1].id]).await.expect("blobs");
        assert_eq!(found, [None, Some(blobs[1].clone())]);
    }
    assert_eq!(read_all(store).await, before);
    // An erased blob does not come back with a repeated append.
    put(&**store, Expected::NoStream, events(["1"]), blobs.clone()).await;
    assert_eq!(store.read_blobs(&[blobs[0].id]).await.expect("blobs"), [None]);
}

async fn the_id_of_a_blob_is_never_given_to_other_bytes(store: &Store) {
    let with = async |expected, name: &str, blobs: Vec<SealedBlob>| {
        store.append(&stream("a"), expected, vec![event(name)], blobs).await
    };
    with(Expected::NoStream, "1", vec![blob("1", b"one")]).await.expect("an append");
    let other = vec![blob("2", b"two"), blob("1", b"other")];
    refused(with(Expected::At(0), "2", other).await);
    assert_eq!(read_all(store).await.len(), 1);
    assert_eq!(store.read_blobs(&[BlobId::derived("2")]).await.expect("blobs"), [None]);
    with(Expected::At(0), "2", vec![blob("1", b"one")]).await.expect("the same blob again");
}

#[test]
fn a_bad_name_is_no_stream() {
    let long = "x".repeat(201);
    for name in ["", "$all", "a b", "a/b", "é", "a\0", &long] {
        assert!(name.parse::<StreamName>().is_err(), "{name}");
    }
}
