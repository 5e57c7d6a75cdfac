//! `guichet events`: the whole log, now and as it grows.

use axum::body::Body;
use clap::Args;
use http_body_util::BodyExt;
use serde_json::Value;

use super::Fault;
use super::client::Client;
use super::query::Query;
use super::session::{Session, read_value};
use super::tell::log::event;

/// Events in one page of the API's log.
const PAGE_EVENTS: u64 = 1_000;

/// Read the whole log, oldest first; texts stay sealed
///
/// With --json, one event a line.
#[derive(Debug, Args)]
#[command(after_help = "\
Examples:
  guichet events | tail
  guichet --json events --after 1200 --limit 10 | jq .type
  guichet events --follow                         and go on as events are recorded")]
pub(super) struct Events {
    /// Events after this position; without it, from the first
    #[arg(long, value_name = "POSITION")]
    after: Option<u64>,
    /// At most so many; without it, all of them
    #[arg(long, conflicts_with = "follow")]
    limit: Option<u64>,
    /// Go on as events are recorded, until you stop it with Ctrl-C
    #[arg(long)]
    follow: bool,
}

impl Events {
    pub(super) async fn run(self, mut session: Session) -> Result<(), Fault> {
        let mut client = session.client().await?;
        if self.follow {
            if !client.is_live() {
                return Err(Fault::unavailable(format!(
                    "no server runs on {}, so nothing can happen there: start it with `guichet \
                     serve`, or read what there is without --follow",
                    session.folder().display()
                )));
            }
            return follow(&mut session, &mut client, self.after).await;
        }
        let (mut after, mut left) = (self.after, self.limit);
        loop {
            let limit = left.map_or(PAGE_EVENTS, |left| left.min(PAGE_EVENTS));
            if limit == 0 {
                return Ok(());
            }
            let query = Query::default().and("after", after).and("limit", Some(limit));
            let mut reply = client.get(&query.on("/v1/events")).await?;
            let items = reply.body.get_mut("items").map(Value::take).unwrap_or_default();
            let items: Vec<Value> = read_value(&items)?;
            left = left.map(|left| left.saturating_sub(items.len() as u64));
            let lines: Result<String, Fault> =
                items.iter().map(|item| line(&session, item)).collect();
            session.print(&lines?)?;
            after = reply.body.get("next").and_then(Value::as_u64);
            if after.is_none() {
                return Ok(());
            }
        }
    }
}

/// An event in one line.
fn line(session: &Session, item: &Value) -> Result<String, Fault> {
    if session.is_json() {
        return Ok(format!("{item}\n"));
    }
    Ok(event(&read_value(item)?))
}

async fn follow(
    session: &mut Session,
    client: &mut Client,
    after: Option<u64>,
) -> Result<(), Fault> {
    let response = client.stream(&Query::default().and("after", after).on("/v1/events")).await?;
    let mut body: Body = response.into_body();
    let mut feed = Feed::default();
    while let Some(frame) = body.frame().await {
        let frame = frame.map_err(|error| {
            Fault::unavailable(format!("the server stopped answering: {error}"))
        })?;
        if let Some(bytes) = frame.data_ref() {
            for message in feed.take(bytes) {
                let item = serde_json::from_str(&message).map_err(Fault::failed)?;
                let line = line(session, &item)?;
                session.print(&line)?;
            }
        }
    }
    Err(Fault::unavailable("the server ended the feed; run it again to go on"))
}

/// Server-sent events as they come in, in pieces.
#[derive(Debug, Default)]
struct Feed {
    unread: Vec<u8>,
    data: String,
}

impl Feed {
    /// What the messages that are whole with these bytes carry.
    fn take(&mut self, bytes: &[u8]) -> Vec<String> {
        self.unread.extend_from_slice(bytes);
        let mut messages = Vec::new();
        while let Some(end) = self.unread.iter().position(|byte| *byte == b'\n') {
            let line: Vec<u8> = self.unread.drain(..=end).collect();
            let line = String::from_utf8_lossy(&line);
            let line = line.trim_end_matches(['\r', '\n']);
            if line.is_empty() {
                if !self.data.is_empty() {
                    messages.push(std::mem::take(&mut self.data));
                }
            } else if let Some(data) = line.strip_prefix("data:") {
                if !self.data.is_empty() {
                    self.data.push('\n');
                }
                self.data.push_str(data.strip_prefix(' ').unwrap_or(data));
            }
        }
        messages
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn messages_are_read_however_they_are_cut_into_pieces() {
        let text = ": hello\n\nid: 7\nevent: fact\ndata: {\"a\":\"é\"}\n\n\
                    data: one\ndata: two\n\n";
        for size in 1..text.len() {
            let mut feed = Feed::default();
            let pieces = text.as_bytes().chunks(size);
            let messages: Vec<_> = pieces.flat_map(|piece| feed.take(piece)).collect();
            assert_eq!(messages, ["{\"a\":\"é\"}", "one\ntwo"], "in pieces of {size}");
        }
    }
}
