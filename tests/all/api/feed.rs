//! The log as it grows: pages, the live feed, and going on where a reader left off.

use std::time::Duration;

use axum::http::{HeaderName, header};
use http_body_util::BodyExt;
use hyper::body::Incoming;
use serde_json::json;

use super::*;

/// A feed that hangs is a failure, however slow the machine.
const PATIENCE: Duration = Duration::from_secs(60);

/// A live feed that is being read.
struct Feed {
    body: Incoming,
    unread: String,
}

/// A message of a feed.
#[derive(Debug, PartialEq)]
struct Message {
    id: String,
    kind: String,
    event: Value,
}

impl Feed {
    async fn open(api: &Api, path: &str, last_event_id: Option<&str>) -> Self {
        let mut ask = Ask::get(path).with(header::ACCEPT, "text/event-stream");
        if let Some(last) = last_event_id {
            ask = ask.with(HeaderName::from_static("last-event-id"), last);
        }
        let ask = ask.by_token(&api.account(Role::Auditor).token);
        let mut sender = api.office.public.connect().await;
        let response = sender.send_request(ask.request()).await.expect("an answer");
        assert_eq!(response.status(), 200);
        assert_eq!(response.headers()[header::CONTENT_TYPE], "text/event-stream");
        Self { body: response.into_body(), unread: String::new() }
    }

    /// The next message; `None` when the feed has ended.
    async fn next(&mut self) -> Option<Message> {
        loop {
            if let Some((message, rest)) = self.unread.split_once("\n\n") {
                let field = |name: &str| {
                    let line = message.lines().find_map(|line| line.strip_prefix(name))?;
                    Some(line.trim_start_matches(' ').to_owned())
                };
                let read = || {
                    let event = serde_json::from_str(&field("data:")?).expect("JSON");
                    Some(Message { id: field("id:")?, kind: field("event:")?, event })
                };
                let message = read();
                self.unread = rest.to_owned();
                if message.is_some() {
                    return message;
                }
                continue;
            }
            let frame = tokio::time::timeout(PATIENCE, self.body.frame()).await;
            let frame = frame.expect("something within a minute")?.expect("a frame");
            let data = frame.into_data().expect("data");
            self.unread.push_str(std::str::from_utf8(&data).expect("text"));
        }
    }
}

/// The whole log, in pages of so many.
async fn log(api: &Api, limit: usize) -> Vec<Value> {
    let (mut items, mut after) = (Vec::new(), String::new());
    loop {
        let path = format!("/v1/events?limit={limit}{after}");
        let page = api.read(Role::Auditor, &path).await;
        let found = page["items"].as_array().expect("items");
        items.extend(found.iter().cloned());
        let Some(next) = page["next"].as_u64() else { return items };
        assert_eq!(found.len(), limit);
        after = format!("&after={next}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn the_log_reads_the_same_in_pages_of_any_size_and_as_a_feed() {
    let api = Api::open().await;
    let whole = log(&api, 1_000).await;
    for limit in [1, 7, whole.len(), whole.len() + 1] {
        assert_eq!(log(&api, limit).await, whole, "in pages of {limit}");
    }
    let mut feed = Feed::open(&api, "/v1/events", None).await;
    for event in &whole {
        let message = feed.next().await.expect("a message");
        let expected = Message {
            id: event["position"].to_string(),
            kind: "fact".to_owned(),
            event: event.clone(),
        };
        assert_eq!(message, expected);
    }
    api.close().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_feed_goes_on_live_and_where_its_reader_left_off_and_ends_with_the_server() {
    let api = Api::open().await;
    let case = api.followed_case("Liquid biopsy").await;
    let whole = log(&api, 1_000).await;
    let before_last = whole[whole.len() - 2]["position"].to_string();
    // What a browser says that reconnects counts more than the address it was first given.
    let mut feed = Feed::open(&api, "/v1/events?after=0", Some(&before_last)).await;
    assert_eq!(feed.next().await.expect("a message").event, whole[whole.len() - 1]);
    let note = json!({ "text": "Called back." });
    let noted = api.done(Role::Advisor, &format!("/v1/cases/{case}/add-note"), note).await;
    let told = feed.next().await.expect("a message").event;
    assert_eq!(told["id"], noted["events"][0]);
    assert_eq!(told["type"], "followup.note-added.v1");
    api.close().await;
    assert_eq!(feed.next().await, None);
}

#[tokio::test(flavor = "multi_thread")]
async fn what_does_not_say_where_to_go_on_is_refused() {
    let api = Api::open().await;
    for (query, field) in [("limit=0", "limit"), ("limit=1001", "limit"), ("after=-1", "")] {
        let refused = api.get(Role::Auditor, &format!("/v1/events?{query}")).await.refused(422);
        assert_eq!(refused["field"].as_str().unwrap_or_default(), field, "{refused:#}");
    }
    let lost = Ask::get("/v1/events").with(HeaderName::from_static("last-event-id"), "yesterday");
    let refused = api.send(Role::Auditor, &lost).await.refused(422);
    assert_eq!(refused["field"], "Last-Event-ID");
    api.close().await;
}
