//! Who is calling: a bearer token, or the operator at the socket in the data folder.

use axum::extract::FromRequestParts;
use axum::http::header::AUTHORIZATION;
use axum::http::request::Parts;
use events::{CaseId, Role, Stream, Time, UserId};

use super::{Problem, Shared};
use crate::access::{Reader, Sight, Thing, Token};
use crate::domain::{State, system_person, system_user};

/// Marks requests that came through the socket in the data folder, which only the operator opens.
#[derive(Debug, Clone, Copy)]
pub struct Operator;

/// By which the operator says for whom they act.
pub const AS_HEADER: &str = "guichet-as";

/// Somebody signed in.
#[derive(Debug, Clone)]
pub(super) struct Caller {
    pub(super) reader: Reader,
    pub(super) now: Time,
}

impl Caller {
    /// They see something of a thing.
    pub(super) fn sees(&self, thing: Thing) -> Result<Sight, Problem> {
        match self.reader.sight(thing) {
            Sight::Nothing => Err(Problem::forbidden("your roles do not show this")),
            sight => Ok(sight),
        }
    }

    /// What they see of a case that concerns these people.
    pub(super) fn sees_case(&self, case: CaseId, concerns: bool) -> Result<Sight, Problem> {
        match self.reader.sight_of_case(case) {
            Sight::Nothing => Err(Problem::forbidden("your roles do not show cases")),
            Sight::Own if !concerns => Err(Problem::not_found("case")),
            Sight::Own => Ok(Sight::Whole),
            sight => Ok(sight),
        }
    }

    /// They hold one of these roles somewhere.
    pub(super) fn holds_one_of(&self, roles: &[Role]) -> bool {
        self.reader.is(Role::System) || roles.iter().any(|role| self.reader.is(*role))
    }
}

impl FromRequestParts<Shared> for Caller {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, guichet: &Shared) -> Result<Self, Problem> {
        let now = guichet.now();
        let access = guichet.office.load(Stream::Access).await?;
        let State::Access(access) = &access.state else {
            return Err(Problem::internal());
        };
        let operator = parts.extensions.get::<Operator>().is_some();
        let user = match named_by_operator(parts)? {
            Some(user) => user,
            None if operator && !parts.headers.contains_key(AUTHORIZATION) => {
                return Ok(Self { reader: system(), now });
            }
            None => {
                let token = bearer(parts)?;
                let (_, user) = access.user_of_token(token.hash(), now).ok_or_else(|| {
                    Problem::unauthenticated("this token opens nothing (any more)")
                })?;
                user
            }
        };
        let reader = Reader::of(access, user, now)
            .ok_or_else(|| Problem::unauthenticated("there is no such account"))?;
        Ok(Self { reader, now })
    }
}

/// Whoever may open the data folder holds its keys: they act as the system, and the log says so.
fn system() -> Reader {
    let (user, person) = (system_user(), system_person());
    Reader { user, person, roles: vec![(Role::System, None)], missions: vec![] }
}

fn named_by_operator(parts: &Parts) -> Result<Option<UserId>, Problem> {
    if parts.extensions.get::<Operator>().is_none() {
        return Ok(None);
    }
    let Some(value) = parts.headers.get(AS_HEADER) else { return Ok(None) };
    let user = value.to_str().ok().and_then(|text| text.parse().ok());
    user.map(Some).ok_or_else(|| Problem::unauthenticated("Guichet-As takes a user's id"))
}

fn bearer(parts: &Parts) -> Result<Token, Problem> {
    let value = parts
        .headers
        .get(AUTHORIZATION)
        .ok_or_else(|| Problem::unauthenticated("this takes a bearer token"))?;
    let text = value.to_str().unwrap_or_default();
    let (scheme, token) = text.split_once(' ').unwrap_or_default();
    if !scheme.eq_ignore_ascii_case("bearer") {
        return Err(Problem::unauthenticated("the Authorization header takes Bearer and a token"));
    }
    Token::read(token.trim())
        .ok_or_else(|| Problem::unauthenticated("a token begins with gch_; this is none"))
}
