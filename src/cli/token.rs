//! `guichet token`: bearer tokens for the API.

use clap::{Args, Subcommand};
use events::{Code, Time, TokenId};
use serde_json::{Value, json};

use super::Fault;
use super::client::Client;
use super::moment::moment;
use super::names::Names;
use super::paper::{Ink, push_line};
use super::session::{Session, user};
use super::tell::users::tokens;
use super::user::accounts;
use crate::clock::{Clock, SystemClock};

/// Issue bearer tokens, list them and take them back
#[derive(Debug, Args)]
pub(super) struct Token {
    #[command(subcommand)]
    command: Command,
}

#[derive(Debug, Subcommand)]
enum Command {
    Issue(Issue),
    /// Make a token open nothing any more
    #[command(after_help = "Example:\n  guichet token revoke CB1F-W8ZJ")]
    Revoke {
        /// The token's id or short reference, as `guichet token list` shows it
        token: String,
    },
    /// List tokens; what opens an account is not on the log, only its hash
    List {
        /// Only this user's: their id or short reference
        #[arg(long)]
        user: Option<String>,
    },
}

/// Issue a token: it is shown now and never again
#[derive(Debug, Args)]
#[command(after_help = "\
Example:
  token=$(guichet token issue --user CB1F-W8ZJ --until 2027-01-31)
  curl -H \"Authorization: Bearer $token\" http://127.0.0.1:8080/v1/cases")]
struct Issue {
    /// Whose account it opens: a user's id or short reference
    #[arg(long)]
    user: String,
    /// What it is used for, as a code
    #[arg(long, default_value = "cli")]
    purpose: Code,
    /// Until when it opens the account; without it, until it is revoked
    #[arg(long, value_name = "MOMENT", value_parser = moment)]
    until: Option<Time>,
}

impl Token {
    pub(super) async fn run(self, session: Session) -> Result<(), Fault> {
        match self.command {
            Command::Issue(issue) => issue.run(session).await,
            Command::Revoke { token } => revoke(session, &token).await,
            Command::List { user } => list(session, user.as_deref()).await,
        }
    }
}

impl Issue {
    async fn run(self, mut session: Session) -> Result<(), Fault> {
        let mut client = session.client().await?;
        let user = user(&mut client, &self.user).await?;
        let mut body = json!({ "user": user, "purpose": self.purpose });
        if let Some(until) = self.until {
            body["until"] = json!(until);
        }
        let reply = client.post("/v1/users/issue-token", &body, None).await?;
        if session.is_json() {
            return session.print_json(&reply.body);
        }
        let token = reply.body.get("token").and_then(Value::as_str);
        let token = token.ok_or_else(|| Fault::failed("no token came back"))?;
        // The token alone goes to standard output, so that a script can take it from there.
        session.print(&format!("{token}\n"))?;
        session.remark("it is not shown again; send it as Authorization: Bearer …");
        Ok(())
    }
}

async fn revoke(mut session: Session, typed: &str) -> Result<(), Fault> {
    let mut client = session.client().await?;
    let token = token(&mut client, typed).await?;
    let reply = client.post("/v1/users/revoke-token", &json!({ "token": token }), None).await?;
    if session.is_json() {
        return session.print_json(&reply.body);
    }
    let mut page = String::new();
    let reference = Ink::Reference.write(&token.reference().to_string());
    push_line(&mut page, &format!("{reference} opens nothing any more"));
    session.print(&page)
}

/// The token that an id or a short reference names.
async fn token(client: &mut Client, typed: &str) -> Result<TokenId, Fault> {
    if let Ok(token) = typed.parse() {
        return Ok(token);
    }
    let wanted: events::Reference = typed.parse().map_err(|_| {
        Fault::usage("a token is named by its id or short reference: see `guichet token list`")
    })?;
    let rows = accounts(client, None).await?;
    let mut tokens = rows.iter().flat_map(|row| &row.tokens).map(|token| token.token);
    let found = tokens.find(|token| token.reference() == wanted);
    found.ok_or_else(|| Fault::not_found(format!("there is no token {typed}")))
}

async fn list(mut session: Session, of: Option<&str>) -> Result<(), Fault> {
    let mut client = session.client().await?;
    let mut rows = accounts(&mut client, None).await?;
    if let Some(typed) = of {
        let user = user(&mut client, typed).await?;
        rows.retain(|row| row.user == user);
    }
    if session.is_json() {
        let tokens: Vec<_> = rows.iter().flat_map(|row| &row.tokens).collect();
        return session.print_json(&json!({ "items": tokens }));
    }
    let mut names = Names::default();
    names.people(&mut client, rows.iter().map(|row| row.person)).await?;
    let (now, paper) = (SystemClock.now(), session.paper);
    session.print(&tokens(&rows, &names, now, &paper))
}
