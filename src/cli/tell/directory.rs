//! People and organisations that were looked up.

use serde::Deserialize;
use uuid::Uuid;

use super::reference;
use crate::cli::paper::{Ink, Paper, Side, Table, push_line};

/// What a look-up found, best first.
#[derive(Debug, Clone, Deserialize)]
pub(in crate::cli) struct Found {
    hits: Vec<Hit>,
    covered: u64,
    of: u64,
}

#[derive(Debug, Clone, Deserialize)]
struct Hit {
    #[serde(alias = "person", alias = "organisation")]
    id: Uuid,
    name: Option<String>,
    matched: String,
    score: u8,
    merged_into: Option<Uuid>,
}

/// What was found as a table; says so where not every name could be looked at.
pub(in crate::cli) fn found(found: &Found, what: &str, paper: &Paper) -> String {
    let mut page = String::new();
    if found.hits.is_empty() {
        push_line(&mut page, &format!("No {what} goes by that."));
    } else {
        let mut table = Table::of(&[
            ("reference", Side::Left),
            ("name", Side::Yielding),
            ("found by", Side::Left),
            ("fits", Side::Right),
            ("", Side::Left),
        ]);
        for hit in &found.hits {
            let merged = hit
                .merged_into
                .map_or_else(String::new, |into| format!("goes on as {}", reference(into)));
            table.row([
                (reference(hit.id), Ink::Reference),
                (hit.name.clone().unwrap_or_else(|| "(erased)".to_owned()), Ink::Strong),
                (hit.matched.replace('_', " "), Ink::Plain),
                (format!("{} %", hit.score), Ink::Plain),
                (merged, Ink::Warning),
            ]);
        }
        page.push_str(&table.write(paper));
    }
    let Found { covered, of, .. } = found;
    if covered < of {
        let note = format!("Only {covered} of {of} names could be looked at so far.");
        push_line(&mut page, &Ink::Warning.write(&note));
    }
    page
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::cli::paper::plain;
    use serde_json::json;

    #[test]
    fn a_look_up_says_by_what_it_found_and_what_it_could_not_look_at() {
        let id = "5f0c6a52-8f0e-5d3b-9d57-0a3f1f0b7a08";
        let answer: Found = serde_json::from_value(json!({
            "hits": [{ "person": id, "reference": "BW66-MMMF", "name": "Inès Martin",
                "matched": "former_name", "score": 91, "merged_into": null }],
            "covered": 10, "of": 12,
        }))
        .expect("an answer");
        let page = plain(&found(&answer, "person", &Paper::of_terminal(Some(80))));
        assert!(page.contains("BW66-MMMF  Inès Martin  former name  91 %\n"), "{page}");
        assert!(page.ends_with("Only 10 of 12 names could be looked at so far.\n"), "{page}");
        let nobody = Found { hits: vec![], covered: 12, of: 12 };
        let page = plain(&found(&nobody, "person", &Paper::of_terminal(Some(80))));
        assert_eq!(page, "No person goes by that.\n");
    }
}
