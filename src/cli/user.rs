//! `guichet user`: accounts. The first one is made here, on an empty log.

use clap::{Args, Subcommand};
use events::{Code, Labelled, Language, PersonId, Role, Time, UserId};
use projections::users::UserRow;
use serde_json::{Value, json};

use super::Fault;
use super::client::Client;
use super::moment::Lang;
use super::names::Names;
use super::paper::{Ink, push_line};
use super::query::Query;
use super::session::{Session, read_value};
use super::tell::users::users;
use super::values;
use crate::clock::{Clock, SystemClock};
use crate::domain::defaults::default_policies;

/// Accounts in one page of the API's list.
const PAGE_USERS: u32 = 200;
/// The privacy notice that people are given unless another one is named.
const NOTICE: &str = "2026-01";

/// Open accounts and list them
#[derive(Debug, Args)]
pub(super) struct User {
    #[command(subcommand)]
    command: Command,
}

#[derive(Debug, Subcommand)]
enum Command {
    Add(Add),
    /// List accounts with their roles
    #[command(after_help = "Example:\n  guichet user list --role advisor")]
    List {
        /// Only those who hold this role
        #[arg(long, value_parser = values::role(), hide_possible_values = true)]
        role: Option<Role>,
    },
}

/// Register a person, open an account for them and give it roles
///
/// On an empty log this begins the office: the default rules are published first, and
/// the first user must be an administrator, who gives rights from then on.
#[derive(Debug, Args)]
#[command(
    verbatim_doc_comment,
    after_help = "\
Examples:
  guichet user add --name \"Anne Roux\" --email anne.roux@example.org --role admin
  guichet user add --name \"Karim Benali\" --email karim.benali@example.org --role advisor
  guichet user add --person CB1F-W8ZJ --role innovator     somebody who is registered already"
)]
struct Add {
    /// First and last name
    #[arg(long, required_unless_present = "person", conflicts_with = "person")]
    name: Option<String>,
    /// E-mail address
    #[arg(long, required_unless_present = "person", conflicts_with = "person")]
    email: Option<String>,
    /// Phone number
    #[arg(long, conflicts_with = "person")]
    phone: Option<String>,
    /// The language they are written to in
    #[arg(long, default_value = "fr")]
    language: Lang,
    /// The version of the privacy notice that they were given just now
    #[arg(long, default_value = NOTICE)]
    notice: Code,
    /// Somebody who is registered already: their id or short reference
    #[arg(long)]
    person: Option<String>,
    /// What they may act as; several times for several roles: advisor, head, deputy,
    /// director, platform, funding, innovator, auditor, analyst, dpo, admin, secretary,
    /// member or chair
    #[arg(long = "role", value_name = "ROLE", value_parser = values::role())]
    #[arg(hide_possible_values = true, verbatim_doc_comment)]
    roles: Vec<Role>,
}

impl User {
    pub(super) async fn run(self, session: Session) -> Result<(), Fault> {
        match self.command {
            Command::Add(add) => add.run(session).await,
            Command::List { role } => list(session, role).await,
        }
    }
}

impl Add {
    async fn run(self, mut session: Session) -> Result<(), Fault> {
        let begins = !session.layout.log().exists();
        if begins && !self.roles.contains(&Role::Admin) {
            return Err(first_is_admin());
        }
        let mut client = session.client_or_begin().await?;
        let nobody = accounts(&mut client, None).await?.is_empty();
        if nobody && !self.roles.contains(&Role::Admin) {
            return Err(first_is_admin());
        }
        if nobody {
            publish_defaults(&mut client).await?;
        }
        let (person, likely) = self.registered(&mut client).await?;
        let enrolled = client.post("/v1/users", &json!({ "person": person }), None).await?;
        let user = match enrolled.body.pointer("/created/user") {
            Some(user) => read_value(user)?,
            None => account_of(&mut client, person).await?,
        };
        for role in &self.roles {
            let grant = json!({ "user": user, "role": role });
            client.post("/v1/users/grant-role", &grant, None).await?;
        }
        let reference = user.reference().to_string();
        if session.is_json() {
            return session.print_json(&json!({
                "user": user,
                "reference": reference,
                "person": person,
                "roles": self.roles,
                "likely_duplicates": likely,
            }));
        }
        session.print(&added(user, &self.roles, &likely))
    }

    /// The person the account is for, registered unless they are already.
    async fn registered(&self, client: &mut Client) -> Result<(PersonId, Vec<Value>), Fault> {
        if let Some(typed) = &self.person {
            let path = format!("/v1/people/{}", super::query::segment(typed));
            let record = client.get(&path).await?;
            let id = read_value(record.body.get("id").unwrap_or(&Value::Null))?;
            return Ok((id, Vec::new()));
        }
        let mut identity = json!({
            "name": self.name,
            "email": self.email,
            "language": self.language.word(),
            "privacy_notice": { "version": self.notice, "given_at": SystemClock.now() },
        });
        if let Some(phone) = &self.phone {
            identity["phone"] = json!(phone);
        }
        let recorded = client.post("/v1/people", &identity, None).await?;
        let id = read_value(recorded.body.get("id").unwrap_or(&Value::Null))?;
        let likely = recorded.body.get("likely_duplicates").and_then(Value::as_array);
        Ok((id, likely.cloned().unwrap_or_default()))
    }
}

fn first_is_admin() -> Fault {
    Fault::usage(
        "the first user gives all others their rights: add them with --role admin\n  \
         an administrator decides nothing on cases; add the others afterwards",
    )
}

fn added(user: UserId, roles: &[Role], likely: &[Value]) -> String {
    let reference = user.reference().to_string();
    let mut page = String::new();
    push_line(&mut page, &format!("{}  {user}", Ink::Reference.write(&reference)));
    if !roles.is_empty() {
        let roles: Vec<_> = roles.iter().map(|role| role.label(Language::En)).collect();
        push_line(&mut page, &format!("acts as: {}", roles.join(", ")));
    }
    for candidate in likely {
        let text = |name: &str| candidate.get(name).and_then(Value::as_str).unwrap_or_default();
        let (reference, by) = (text("reference"), text("by"));
        let line = format!("! may be the same person as {reference}, by {by}");
        push_line(&mut page, &Ink::Warning.write(&line));
    }
    push_line(&mut page, &format!("next: guichet token issue --user {reference}"));
    page
}

/// Publishes the rules that an office starts with, those that are not there yet.
async fn publish_defaults(client: &mut Client) -> Result<(), Fault> {
    for body in default_policies() {
        let path = format!("/v1/policies/{}", body.kind());
        if has_rule(client, &path).await? {
            continue;
        }
        let draft = json!({ "version": 1, "body": body });
        let drafted = client.post(&format!("{path}/draft"), &draft, None).await?;
        let publish = json!({ "version": 1, "effective_from": SystemClock.now() });
        client.post(&format!("{path}/publish"), &publish, drafted.etag).await?;
    }
    Ok(())
}

/// Whether a rule has a published version.
async fn has_rule(client: &mut Client, path: &str) -> Result<bool, Fault> {
    match client.get(path).await {
        Ok(reply) => {
            let published = reply.body.pointer("/versions/0/published");
            Ok(published.is_some_and(|published| !published.is_null()))
        }
        Err(fault) if fault.is_not_found() => Ok(false),
        Err(fault) => Err(fault),
    }
}

/// The account of a person who had one already.
async fn account_of(client: &mut Client, person: PersonId) -> Result<UserId, Fault> {
    let rows = accounts(client, None).await?;
    let row = rows.iter().find(|row| row.person == person);
    row.map(|row| row.user).ok_or_else(|| Fault::failed("no account was opened"))
}

/// All accounts, or those that hold a role.
pub(super) async fn accounts(
    client: &mut Client,
    role: Option<Role>,
) -> Result<Vec<UserRow>, Fault> {
    let mut rows = Vec::new();
    let mut cursor: Option<String> = None;
    loop {
        let query = Query::default().and("role", role).and("limit", Some(PAGE_USERS));
        let reply = client.get(&query.and("cursor", cursor).on("/v1/users")).await?;
        let mut page: Vec<UserRow> = read_value(reply.body.get("items").unwrap_or(&Value::Null))?;
        rows.append(&mut page);
        cursor = reply.body.get("next").and_then(Value::as_str).map(str::to_owned);
        if cursor.is_none() {
            return Ok(rows);
        }
    }
}

async fn list(mut session: Session, role: Option<Role>) -> Result<(), Fault> {
    let mut client = session.client().await?;
    let rows = accounts(&mut client, role).await?;
    if session.is_json() {
        return session.print_json(&json!({ "items": rows }));
    }
    let mut names = Names::default();
    names.people(&mut client, rows.iter().map(|row| row.person)).await?;
    let (now, paper): (Time, _) = (SystemClock.now(), session.paper);
    session.print(&users(&rows, &names, now, &paper))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::cli::paper::plain;
    use events::PolicyKind;

    #[test]
    fn whoever_was_added_is_told_with_the_next_step() {
        let user = UserId::derived("user");
        let likely = [json!({ "reference": "CB1F-W8ZJ", "by": "email", "score": 100 })];
        let page = plain(&added(user, &[Role::Admin], &likely));
        let reference = user.reference();
        let expected = format!(
            "{reference}  {user}\nacts as: administrator\n\
             ! may be the same person as CB1F-W8ZJ, by email\n\
             next: guichet token issue --user {reference}\n"
        );
        assert_eq!(page, expected);
    }

    #[test]
    fn there_is_a_default_for_every_kind_of_rule() {
        let mut kinds: Vec<_> = default_policies().iter().map(|body| body.kind()).collect();
        kinds.sort();
        let mut all = <PolicyKind as Labelled>::ALL.to_vec();
        all.sort();
        assert_eq!(kinds, all);
    }
}
