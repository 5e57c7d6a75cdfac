//! `guichet policy`: the office's rules.

use std::io::Read;
use std::path::{Path, PathBuf};

use clap::{Args, Subcommand};
use events::policy::PolicyBody;
use events::{PolicyKind, Time};
use projections::policies::PolicyFile;
use serde_json::{Value, json};

use super::Fault;
use super::client::Client;
use super::moment::{moment, told};
use super::paper::push_line;
use super::session::{Session, read, read_value};
use super::tell::policies::{policies, policy};
use super::values::word;
use crate::clock::{Clock, SystemClock};
use crate::domain::defaults;

/// The longest rule that is read from a file, bytes.
const FILE_BYTES_MAX: u64 = 512 * 1024;

/// Read the office's rules, draft new versions, make them hold
#[derive(Debug, Args)]
pub(super) struct Policy {
    #[command(subcommand)]
    command: Command,
}

#[derive(Debug, Subcommand)]
enum Command {
    /// List the rules and which version of each is in force
    List,
    /// List the rules of this build that the office has no version of
    ///
    /// A new build may bring new default rules, or say more in old ones. None of them
    /// holds by itself: two persons draft and publish what the office wants.
    #[command(
        verbatim_doc_comment,
        after_help = "\
Examples:
  guichet policy offered
  guichet policy offered late_entry > late_entry.json     what it says, to be drafted"
    )]
    Offered {
        /// Which rule; what it says is printed
        #[arg(value_parser = word::<PolicyKind>(), hide_possible_values = true)]
        kind: Option<PolicyKind>,
    },
    /// Read a rule: its versions, and what the one in force says
    #[command(after_help = "Example:\n  guichet policy show late_entry")]
    Show {
        /// Which rule
        #[arg(value_parser = word::<PolicyKind>())]
        kind: PolicyKind,
    },
    /// Write the next version down; it holds once it is published
    ///
    /// The file holds what the rule says, as JSON, in the form that
    /// `guichet --json policy show` gives as a version's body.
    #[command(
        verbatim_doc_comment,
        after_help = "\
Examples:
  guichet --json policy show late_entry | jq .versions[-1].body > late_entry.json
  guichet policy draft late_entry late_entry.json
  guichet policy draft late_entry -               from standard input"
    )]
    Draft {
        /// Which rule
        #[arg(value_parser = word::<PolicyKind>(), hide_possible_values = true)]
        kind: PolicyKind,
        /// The file, or - for standard input
        file: PathBuf,
    },
    /// Make a draft hold
    ///
    /// Who wrote a version does not publish it (G-8): with --as, two users take part.
    #[command(after_help = "\
Example:
  guichet policy publish late_entry 2 --from 2027-01-01T00:00:00Z")]
    Publish {
        /// Which rule
        #[arg(value_parser = word::<PolicyKind>(), hide_possible_values = true)]
        kind: PolicyKind,
        /// Which version
        version: u32,
        /// From when it holds; without it, from now on
        #[arg(long, value_name = "MOMENT", value_parser = moment)]
        from: Option<Time>,
    },
}

impl Policy {
    pub(super) async fn run(self, session: Session) -> Result<(), Fault> {
        match self.command {
            Command::List => list(session).await,
            Command::Offered { kind } => offered(session, kind).await,
            Command::Show { kind } => show(session, kind).await,
            Command::Draft { kind, file } => draft(session, kind, &file).await,
            Command::Publish { kind, version, from } => publish(session, kind, version, from).await,
        }
    }
}

async fn list(mut session: Session) -> Result<(), Fault> {
    let reply = session.client().await?.get("/v1/policies?limit=200").await?;
    if session.is_json() {
        return session.print_json(&reply.body);
    }
    let files: Vec<PolicyFile> = read_value(reply.body.get("items").unwrap_or(&Value::Null))?;
    let (now, paper) = (SystemClock.now(), session.paper);
    session.print(&policies(&files, now, &paper))
}

/// What this build has and the office has not, each with the number it would be drafted under.
pub(super) async fn offers(client: &mut Client) -> Result<Vec<(u32, PolicyBody)>, Fault> {
    let reply = client.get("/v1/policies?limit=200").await?;
    let files: Vec<PolicyFile> = read_value(reply.body.get("items").unwrap_or(&Value::Null))?;
    let versions = files.iter().flat_map(|file| &file.versions).map(|version| &version.body);
    let next = |body: &PolicyBody| {
        let file = files.iter().find(|file| file.kind == body.kind());
        file.and_then(|file| file.versions.last()).map_or(1, |last| last.version + 1)
    };
    let offers = defaults::offered(versions).into_iter();
    Ok(offers.map(|body| (next(&body), body)).collect())
}

async fn offered(mut session: Session, kind: Option<PolicyKind>) -> Result<(), Fault> {
    let mut offers = offers(&mut session.client().await?).await?;
    if let Some(kind) = kind {
        offers.retain(|(_, body)| body.kind() == kind);
        let Some((_, body)) = offers.first() else {
            return Err(Fault::not_found(format!("the office has this build's {kind}")));
        };
        return session.print_json(&json!(body));
    }
    if session.is_json() {
        let offer = |(version, body): &(u32, PolicyBody)| json!({ "kind": body.kind(), "version": version, "body": body });
        return session
            .print_json(&json!({ "items": offers.iter().map(offer).collect::<Vec<_>>() }));
    }
    session.print(&offers_told(&offers))
}

fn offers_told(offers: &[(u32, PolicyBody)]) -> String {
    let mut page = String::new();
    if offers.is_empty() {
        push_line(&mut page, "nothing: the office has a version of every rule of this build");
    }
    for (version, body) in offers {
        let kind = body.kind();
        let what = if *version == 1 { "the office has no such rule" } else { "it says otherwise" };
        push_line(&mut page, &format!("{kind}: {what}; it would be version {version}"));
        push_line(&mut page, &format!("  guichet policy offered {kind} > {kind}.json"));
        push_line(&mut page, &format!("  guichet --as ONE policy draft {kind} {kind}.json"));
        push_line(&mut page, &format!("  guichet --as ANOTHER policy publish {kind} {version}"));
    }
    page
}

async fn show(mut session: Session, kind: PolicyKind) -> Result<(), Fault> {
    let reply = session.client().await?.get(&format!("/v1/policies/{kind}")).await?;
    if session.is_json() {
        return session.print_json(&reply.body);
    }
    let (now, paper) = (SystemClock.now(), session.paper);
    session.print(&policy(&read(&reply)?, now, &paper))
}

async fn draft(mut session: Session, kind: PolicyKind, file: &Path) -> Result<(), Fault> {
    let body = body(kind, &contents(file)?)?;
    let mut client = session.client().await?;
    let version = last_version(&mut client, kind).await? + 1;
    let draft = json!({ "version": version, "body": body });
    let reply = client.post(&format!("/v1/policies/{kind}/draft"), &draft, None).await?;
    if session.is_json() {
        return session.print_json(&reply.body);
    }
    let mut page = String::new();
    push_line(&mut page, &format!("version {version} of {kind} is written down"));
    push_line(&mut page, &format!("next: guichet policy publish {kind} {version}"));
    session.print(&page)
}

/// What a rule says, from what somebody wrote: with the kind around it, or without.
fn body(kind: PolicyKind, text: &str) -> Result<PolicyBody, Fault> {
    let misfit = |error: serde_json::Error| Fault::usage(format!("the rule does not fit: {error}"));
    let value: Value = serde_json::from_str(text).map_err(misfit)?;
    let word = events::Labelled::word(kind);
    let value = if value.get(word).is_some() { value } else { json!({ word: value }) };
    serde_json::from_value(value).map_err(misfit)
}

fn contents(file: &Path) -> Result<String, Fault> {
    let mut text = String::new();
    let read = if file == Path::new("-") {
        std::io::stdin().take(FILE_BYTES_MAX).read_to_string(&mut text)
    } else {
        std::fs::File::open(file)
            .and_then(|file| file.take(FILE_BYTES_MAX).read_to_string(&mut text))
    };
    read.map_err(|error| Fault::usage(format!("can't read {}: {error}", file.display())))?;
    Ok(text)
}

/// The number of a rule's last version; 0 without any.
async fn last_version(client: &mut Client, kind: PolicyKind) -> Result<u32, Fault> {
    match client.get(&format!("/v1/policies/{kind}")).await {
        Ok(reply) => {
            let file: PolicyFile = read(&reply)?;
            Ok(file.versions.last().map_or(0, |last| last.version))
        }
        Err(fault) if fault.is_not_found() => Ok(0),
        Err(fault) => Err(fault),
    }
}

async fn publish(
    mut session: Session,
    kind: PolicyKind,
    version: u32,
    from: Option<Time>,
) -> Result<(), Fault> {
    let mut client = session.client().await?;
    let seen = client.get(&format!("/v1/policies/{kind}")).await?;
    let from = from.unwrap_or_else(|| SystemClock.now());
    let publish = json!({ "version": version, "effective_from": from });
    let path = format!("/v1/policies/{kind}/publish");
    let reply = client.post(&path, &publish, seen.etag).await?;
    if session.is_json() {
        return session.print_json(&reply.body);
    }
    let mut page = String::new();
    push_line(&mut page, &format!("version {version} of {kind} holds from {}", told(from)));
    session.print(&page)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn offers_say_how_to_draft_them() {
        let lists = |body: &PolicyBody| body.kind() == PolicyKind::CodeLists;
        let body = defaults::default_policies().into_iter().find(lists).expect("a rule");
        let page = offers_told(&[(2, body)]);
        let lines = ["it would be version 2\n", "> code_lists.json\n", "publish code_lists 2\n"];
        assert!(lines.iter().all(|line| page.contains(line)), "{page}");
        assert!(offers_told(&[]).starts_with("nothing"));
    }

    #[test]
    fn a_rule_is_read_with_its_kind_around_it_or_without() {
        let bare = r#"{"acknowledge_working_days":2,"assign_working_days":5,
            "decide_working_days":30,"appeal_days":60}"#;
        let tagged = format!(r#"{{"service_levels":{bare}}}"#);
        let kind = PolicyKind::ServiceLevels;
        let read = body(kind, bare).expect("fits");
        assert_eq!(body(kind, &tagged).expect("fits"), read);
        assert_eq!(read.kind(), kind);
        assert!(body(PolicyKind::Booking, bare).is_err());
        assert!(body(kind, "no rule").is_err());
    }
}
