//! `guichet person merge` and `guichet organisation merge`, and what undoes them.

use clap::Args;
use serde_json::{Value, json};

use super::Fault;
use super::client::{Client, Reply};
use super::paper::push_line;
use super::query::segment;
use super::session::Session;
use super::tell::short;

/// Two records, of which one goes on.
#[derive(Debug, Args)]
pub(super) struct Merge {
    /// The record that gives way: its short reference or its id
    record: String,
    /// The record that goes on: its short reference or its id
    #[arg(long, value_name = "RECORD")]
    into: String,
}

/// A record that is to stand for itself again.
#[derive(Debug, Args)]
pub(super) struct Unmerge {
    /// The record that gave way: its short reference or its id
    record: String,
}

impl Merge {
    pub(super) async fn run(self, mut session: Session, collection: &str) -> Result<(), Fault> {
        let mut client = session.client().await?;
        let (record, etag) = seen(&mut client, collection, &self.record).await?;
        let (into, _) = seen(&mut client, collection, &self.into).await?;
        let (id, into) = (text(&record, "id")?, text(&into, "id")?);
        let path = format!("/v1/{collection}/{id}/merge");
        let reply = client.post(&path, &json!({ "into": into }), etag).await?;
        let line = format!("{} goes on as {}", short(id), short(into));
        told(&mut session, &reply, &line)
    }
}

impl Unmerge {
    pub(super) async fn run(self, mut session: Session, collection: &str) -> Result<(), Fault> {
        let mut client = session.client().await?;
        let (record, etag) = seen(&mut client, collection, &self.record).await?;
        let id = text(&record, "id")?;
        let Some(from) = record.get("merged_into").and_then(Value::as_str) else {
            return Err(Fault::failed(format!("{} is not merged into another record", short(id))));
        };
        let path = format!("/v1/{collection}/{id}/revert-merge");
        let reply = client.post(&path, &json!({ "from": from }), etag).await?;
        let line = format!("{} stands for itself again, no longer as {}", short(id), short(from));
        told(&mut session, &reply, &line)
    }
}

/// A record as it is, and the revision to decide on.
async fn seen(
    client: &mut Client,
    collection: &str,
    typed: &str,
) -> Result<(Value, Option<String>), Fault> {
    let reply = client.get(&format!("/v1/{collection}/{}", segment(typed))).await?;
    Ok((reply.body, reply.etag))
}

fn text<'a>(record: &'a Value, field: &str) -> Result<&'a str, Fault> {
    let text = record.get(field).and_then(Value::as_str);
    text.ok_or_else(|| Fault::failed(format!("the record has no {field}")))
}

fn told(session: &mut Session, reply: &Reply, line: &str) -> Result<(), Fault> {
    if session.is_json() {
        return session.print_json(&reply.body);
    }
    let mut page = String::new();
    push_line(&mut page, line);
    session.print(&page)
}
