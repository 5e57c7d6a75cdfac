//! Accounts and their tokens.

use events::Time;
use projections::users::{Grant, UserRow};

use crate::cli::moment::day;
use crate::cli::names::Names;
use crate::cli::paper::{Ink, Paper, Side, Table};

/// The accounts as a table.
pub(in crate::cli) fn users(rows: &[UserRow], names: &Names, now: Time, paper: &Paper) -> String {
    let mut table = Table::of(&[
        ("user", Side::Left),
        ("name", Side::Yielding),
        ("roles", Side::Yielding),
        ("tokens", Side::Right),
        ("since", Side::Left),
    ]);
    for row in rows {
        let roles: Vec<_> = row.roles.iter().map(role).collect();
        let open = row.tokens.iter().filter(|token| {
            token.revoked_at.is_none() && token.until.is_none_or(|until| now < until)
        });
        table.row([
            (row.reference.clone(), Ink::Reference),
            (names.of(row.person), Ink::Strong),
            (roles.join(", "), Ink::Plain),
            (open.count().to_string(), Ink::Plain),
            (day(row.enrolled_at), Ink::Faint),
        ]);
    }
    table.write(paper)
}

/// A role as somebody holds it.
fn role(grant: &Grant) -> String {
    let mut told = grant.role.to_string();
    if let Some(case) = grant.scope {
        told.push_str(&format!(" on {}", case.reference()));
    }
    if let Some(until) = grant.until {
        told.push_str(&format!(" until {}", day(until)));
    }
    told
}

/// The tokens of accounts as a table.
pub(in crate::cli) fn tokens(rows: &[UserRow], names: &Names, now: Time, paper: &Paper) -> String {
    let mut table = Table::of(&[
        ("token", Side::Left),
        ("user", Side::Left),
        ("name", Side::Yielding),
        ("purpose", Side::Yielding),
        ("issued", Side::Left),
        ("state", Side::Left),
    ]);
    for row in rows {
        for token in &row.tokens {
            let (state, ink) = match (token.revoked_at, token.until) {
                (Some(at), _) => (format!("revoked {}", day(at)), Ink::Faint),
                (None, Some(until)) if until <= now => {
                    (format!("ended {}", day(until)), Ink::Faint)
                }
                (None, Some(until)) => (format!("until {}", day(until)), Ink::Good),
                (None, None) => ("open".to_owned(), Ink::Good),
            };
            table.row([
                (token.token.reference().to_string(), Ink::Reference),
                (row.reference.clone(), Ink::Plain),
                (names.of(row.person), Ink::Strong),
                (token.purpose.as_str().to_owned(), Ink::Plain),
                (day(token.issued_at), Ink::Faint),
                (state, ink),
            ]);
        }
    }
    table.write(paper)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::cli::paper::plain;
    use events::{CaseId, PersonId, UserId};
    use serde_json::json;

    fn row() -> UserRow {
        let (user, case) = (UserId::derived("user"), CaseId::derived("case"));
        let at = "2026-03-01T09:00:00Z";
        let token = |until, revoked_at: Option<&str>| {
            json!({ "token": user, "purpose": "cli", "issued_at": at, "until": until,
                    "revoked_at": revoked_at })
        };
        serde_json::from_value(json!({
            "user": user, "reference": user.reference().to_string(),
            "person": PersonId::derived("person"), "enrolled_at": at,
            "roles": [
                { "role": "advisor", "scope": null, "since": at, "until": null },
                { "role": "head", "scope": case, "since": at, "until": "2026-05-01T09:00:00Z" },
            ],
            "tokens": [
                token(None, None),
                token(Some("2026-03-02T09:00:00Z"), None),
                token(None, Some("2026-03-03T09:00:00Z")),
            ],
            "missions": [],
        }))
        .expect("a row")
    }

    fn page(told: fn(&[UserRow], &Names, Time, &Paper) -> String) -> String {
        let names = Names::default().known(PersonId::derived("person"), "Karim Benali");
        let now = "2026-04-01T09:00:00Z".parse().expect("a moment");
        plain(&told(&[row()], &names, now, &Paper::of_terminal(None)))
    }

    #[test]
    fn a_user_is_told_with_roles_and_open_tokens() {
        let page = page(users);
        let case = CaseId::derived("case").reference();
        assert!(page.contains("Karim Benali"), "{page}");
        let roles = format!("advisor, head on {case} until 2026-05-01       1  2026-03-01");
        assert!(page.contains(&roles), "{page}");
    }

    #[test]
    fn a_token_that_opens_nothing_any_more_says_so() {
        let page = page(tokens);
        for state in ["  open", "  ended 2026-03-02", "  revoked 2026-03-03"] {
            assert!(page.lines().any(|line| line.ends_with(state)), "{state}\n{page}");
        }
    }
}
