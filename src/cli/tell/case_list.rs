//! Cases in a list.

use events::Labelled;
use projections::caseload::CaseRow;
use projections::labels;

use crate::cli::moment::day;
use crate::cli::names::Names;
use crate::cli::paper::{Ink, Paper, Side, Table};

/// The cases as a table.
pub(in crate::cli) fn cases(rows: &[CaseRow], names: &Names, paper: &Paper) -> String {
    let mut table = Table::of(&[
        ("case", Side::Left),
        ("title", Side::Yielding),
        ("status", Side::Left),
        ("stage", Side::Left),
        ("advisor", Side::Yielding),
        ("waits for", Side::Yielding),
        ("last activity", Side::Left),
    ]);
    for row in rows {
        let status = labels::case_status(row.status, paper.language);
        let status = if row.on_hold { format!("{status}, on hold") } else { status.to_owned() };
        let advisor = row.advisor.map_or_else(String::new, |advisor| names.of(advisor));
        let waits = row.waiting.map_or_else(String::new, |waiting| {
            let what = labels::waiting_for(waiting.what, paper.language);
            format!("{what} since {}", day(waiting.since))
        });
        table.row([
            (row.reference.clone(), Ink::Reference),
            (row.title.as_str().to_owned(), Ink::Strong),
            (status, Ink::Plain),
            (row.stage.label(paper.language).to_owned(), Ink::Plain),
            (advisor, Ink::Plain),
            (waits, Ink::Warning),
            (day(row.last_activity), Ink::Faint),
        ]);
    }
    table.write(paper)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::cli::paper::{columns, plain};
    use serde_json::json;

    fn row(title: &str) -> CaseRow {
        let case = events::CaseId::derived(title);
        serde_json::from_value(json!({
            "id": case, "reference": case.reference().to_string(), "revision": 3, "title": title,
            "status": "followed", "stage": "pre_seed", "area": "therapeutics", "disciplines": [],
            "channel": "web_form", "applicant_kind": "startup",
            "contact": "5f0c6a52-8f0e-5d3b-9d57-0a3f1f0b7a01", "team": [], "organisation": null,
            "advisor": "5f0c6a52-8f0e-5d3b-9d57-0a3f1f0b7a02", "mentors": [], "needs": [],
            "applications": [], "received_at": "2026-03-01T09:00:00Z",
            "last_activity": "2026-03-04T09:00:00Z", "on_hold": true, "closed_at": null,
            "waiting": { "for": "innovator", "since": "2026-03-02T09:00:00Z" },
            "open_requests": [],
        }))
        .expect("a row")
    }

    #[test]
    fn every_case_has_a_line_that_fits_the_terminal() {
        let rows = [row("Immunoscan"), row(&"A title as long as some are, and longer ".repeat(3))];
        let advisor = rows[0].advisor.expect("it has one");
        let names = Names::default().known(advisor, "Karim Benali");
        let page = plain(&cases(&rows, &names, &Paper::of_terminal(Some(120))));
        assert_eq!(page.lines().count(), 3, "{page}");
        for (line, row) in page.lines().skip(1).zip(&rows) {
            assert!(line.starts_with(&row.reference), "{line}");
            assert!(columns(line) <= 120, "{line}");
            for part in ["followed, on hold", "Karim Benali", "2026-03-04"] {
                assert!(line.contains(part), "{line}");
            }
        }
    }
}
