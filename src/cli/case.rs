//! `guichet case`: cases, their journeys and their audit trails.

use clap::{Args, Subcommand};
use events::{Area, Language, Stage};
use projections::caseload::CaseRow;
use serde_json::{Value, json};

use super::Fault;
use super::client::Client;
use super::moment::{Lang, Moment};
use super::names::Names;
use super::paper::{Ink, push_line};
use super::query::{Query, segment};
use super::session::{Session, read, read_value, user};
use super::tell::audit::audit;
use super::tell::case_file::{CaseFile, case_file};
use super::tell::case_list::cases;
use super::tell::journey::{Ids, journey};
use super::values::{APPLICATION_STATES, CASE_STATUSES, one_of, word};

/// Cases in one page of the API's list.
const PAGE_CASES: u32 = 200;

/// List cases, or read one: as it stands, its journey, its audit trail
#[derive(Debug, Args)]
pub(super) struct Case {
    #[command(subcommand)]
    command: Command,
}

#[derive(Debug, Subcommand)]
enum Command {
    List(List),
    /// Read a case as it stands, or stood
    #[command(after_help = "\
Examples:
  guichet case show 7K3M-9QXA
  guichet case show 7K3M-9QXA --as-of 2026-03-01
  guichet --json case show 7K3M-9QXA | jq .status")]
    Show(One),
    Journey(Journey),
    /// Read who decided what in a case, and why
    ///
    /// For every decision: who proposed and decided in which role, when it happened and
    /// was recorded, the rules and their versions, the reasons, what was known then and
    /// what came later, and whether the trail itself shows that the rules were kept.
    #[command(
        verbatim_doc_comment,
        after_help = "\
Examples:
  guichet case audit 7K3M-9QXA
  guichet case audit 7K3M-9QXA --as-of 2026-03-01 --lang fr
  guichet --as CB1F-W8ZJ case audit 7K3M-9QXA     with an auditor's rights"
    )]
    Audit(One),
}

/// One case, now or then.
#[derive(Debug, Args)]
struct One {
    /// The case: its short reference or its id
    case: String,
    #[command(flatten)]
    moment: Moment,
    /// In which language it is told
    #[arg(long, default_value = "en")]
    lang: Lang,
}

/// Read a case's journey: what happened, who did it, how long nothing did
#[derive(Debug, Args)]
#[command(after_help = "\
Examples:
  guichet case journey 7K3M-9QXA
  guichet case journey 7K3M-9QXA --lang fr
  guichet case journey 7K3M-9QXA --as-of 2026-03-01 --ids
  guichet case journey 7K3M-9QXA --occurred-until 2026-03-01

--as-of asks what was known then; --occurred-until, what had happened by then as far
as is known now. They differ where something was recorded late.")]
struct Journey {
    #[command(flatten)]
    one: One,
    /// Show each event's id, which --as-of takes
    #[arg(long)]
    ids: bool,
}

/// List cases, those where something happened last first
#[derive(Debug, Args)]
#[command(after_help = "\
Examples:
  guichet case list --status followed --advisor CB1F-W8ZJ
  guichet case list --application eligible      applications that wait for a decision
  guichet case list --text glioma --limit 20")]
struct List {
    /// Where they are in their life
    #[arg(long, value_parser = one_of(CASE_STATUSES))]
    status: Option<String>,
    /// How far the project is
    #[arg(long, value_parser = word::<Stage>(), hide_possible_values = true)]
    stage: Option<Stage>,
    /// What the project is for
    #[arg(long, value_parser = word::<Area>(), hide_possible_values = true)]
    area: Option<Area>,
    /// Who follows them: a user's id or short reference
    #[arg(long, value_name = "USER")]
    advisor: Option<String>,
    /// A call they applied to: its id or short reference
    #[arg(long)]
    call: Option<String>,
    /// The state of an application; with --call, of one to that call
    #[arg(long, value_name = "STATE", value_parser = one_of(APPLICATION_STATES))]
    application: Option<String>,
    /// Somebody who speaks for them, is in their team or mentors them: an id or short reference
    #[arg(long)]
    person: Option<String>,
    /// The organisation that carries them: its id or short reference
    #[arg(long)]
    organisation: Option<String>,
    /// Only those for which nothing is expected for a while
    #[arg(long)]
    on_hold: bool,
    /// Words in the title
    #[arg(long)]
    text: Option<String>,
    /// What comes first
    #[arg(long, value_parser = one_of(&["last_activity", "received"]))]
    #[arg(default_value = "last_activity")]
    sort: String,
    /// At most so many
    #[arg(long, default_value_t = 50)]
    limit: u32,
    #[command(flatten)]
    moment: Moment,
}

impl Case {
    pub(super) async fn run(self, session: Session) -> Result<(), Fault> {
        match self.command {
            Command::List(list) => list.run(session).await,
            Command::Show(one) => one.show(session).await,
            Command::Journey(Journey { one, ids }) => {
                one.journey(session, if ids { Ids::Shown } else { Ids::Hidden }).await
            }
            Command::Audit(one) => one.audit(session).await,
        }
    }
}

impl One {
    fn query(&self) -> Query {
        self.moment.query().and("lang", Some(self.lang.word()))
    }

    fn path(&self, part: &str) -> String {
        self.query().on(&format!("/v1/cases/{}{part}", segment(&self.case)))
    }

    /// The title to put over a part of the case.
    async fn title(&self, client: &mut Client, part: &str) -> Result<String, Fault> {
        let file = client.get(&self.path("")).await?;
        let text = |pointer| file.body.pointer(pointer).and_then(Value::as_str);
        let reference = text("/reference").unwrap_or(&self.case);
        let title = text("/project/title").unwrap_or_default();
        Ok(format!("{title} — {part} {reference}"))
    }

    async fn show(self, mut session: Session) -> Result<(), Fault> {
        let mut client = session.client().await?;
        let reply = client.get(&self.path("")).await?;
        if session.is_json() {
            return session.print_json(&reply.body);
        }
        let file: CaseFile = read(&reply)?;
        let mut names = Names::default();
        names.people(&mut client, file.people()).await?;
        names.organisations(&mut client, file.organisations()).await?;
        names.calls(&mut client, file.calls()).await?;
        names.users(&mut client, file.users()).await?;
        let paper = session.paper.in_language(self.lang.into());
        session.print(&case_file(&file, &names, &paper))
    }

    async fn journey(self, mut session: Session, ids: Ids) -> Result<(), Fault> {
        let mut client = session.client().await?;
        let reply = client.get(&self.path("/journey")).await?;
        if session.is_json() {
            return session.print_json(&reply.body);
        }
        let paper = session.paper.in_language(self.lang.into());
        let title = self.title(&mut client, paper.say("journey of case", "parcours du dossier"));
        let title = title.await?;
        session.print(&journey(&read(&reply)?, &title, ids, &paper))
    }

    async fn audit(self, mut session: Session) -> Result<(), Fault> {
        let mut client = session.client().await?;
        let reply = client.get(&self.path("/audit")).await?;
        if session.is_json() {
            return session.print_json(&reply.body);
        }
        let paper = session.paper.in_language(self.lang.into());
        let part = paper.say("audit trail of case", "piste d'audit du dossier");
        let title = self.title(&mut client, part).await?;
        session.print(&audit(&read(&reply)?, &title, &paper))
    }
}

impl List {
    async fn run(self, mut session: Session) -> Result<(), Fault> {
        let mut client = session.client().await?;
        let query = self.query(&mut client).await?;
        let mut items = Vec::new();
        let mut cursor: Option<String> = None;
        let (total, body) = loop {
            let left = self.limit.saturating_sub(u32::try_from(items.len()).unwrap_or(u32::MAX));
            let page = query.clone().and("limit", Some(left.clamp(1, PAGE_CASES)));
            let mut reply = client.get(&page.and("cursor", cursor).on("/v1/cases")).await?;
            items.append(&mut listed(&mut reply.body)?);
            cursor = reply.body.get("next").and_then(Value::as_str).map(str::to_owned);
            let total = reply.body.get("total").and_then(Value::as_u64).unwrap_or_default();
            if cursor.is_none() || items.len() >= self.limit as usize {
                break (total, reply.body);
            }
        };
        if session.is_json() {
            let mut answer = body;
            answer["items"] = json!(items);
            return session.print_json(&answer);
        }
        let rows: Vec<CaseRow> = read_value(&json!(items))?;
        let mut names = Names::default();
        names.users(&mut client, rows.iter().filter_map(|row| row.advisor)).await?;
        let paper = session.paper.in_language(Language::En);
        let mut page = cases(&rows, &names, &paper);
        let shown = rows.len() as u64;
        let count = if shown < total {
            format!("{shown} of {total} cases; --limit shows more")
        } else {
            format!("{total} {}", if total == 1 { "case" } else { "cases" })
        };
        push_line(&mut page, &Ink::Faint.write(&count));
        session.print(&page)
    }

    async fn query(&self, client: &mut Client) -> Result<Query, Fault> {
        let advisor = match &self.advisor {
            Some(typed) => Some(user(client, typed).await?),
            None => None,
        };
        let call = record(client, "calls", self.call.as_deref()).await?;
        let person = record(client, "people", self.person.as_deref()).await?;
        let organisation = record(client, "organisations", self.organisation.as_deref()).await?;
        Ok(self
            .moment
            .query()
            .and("status", self.status.as_deref())
            .and("stage", self.stage)
            .and("area", self.area)
            .and("advisor", advisor)
            .and("call", call)
            .and("application", self.application.as_deref())
            .and("person", person)
            .and("organisation", organisation)
            .and("on_hold", self.on_hold.then_some(true))
            .and("text", self.text.as_deref())
            .and("sort", Some(&self.sort)))
    }
}

/// The items of a page.
fn listed(body: &mut Value) -> Result<Vec<Value>, Fault> {
    match body.get_mut("items").map(Value::take) {
        Some(Value::Array(items)) => Ok(items),
        _ => Err(Fault::failed("the answer is no list")),
    }
}

/// The whole id of a record that somebody may have named by its short reference.
async fn record(
    client: &mut Client,
    collection: &str,
    typed: Option<&str>,
) -> Result<Option<String>, Fault> {
    let Some(typed) = typed else { return Ok(None) };
    if uuid::Uuid::parse_str(typed).is_ok() {
        return Ok(Some(typed.to_owned()));
    }
    let reply = client.get(&format!("/v1/{collection}/{}", segment(typed))).await?;
    let id = reply.body.get("id").and_then(Value::as_str);
    id.map(|id| Some(id.to_owned())).ok_or_else(|| Fault::failed("the record has no id"))
}
