//! An audit trail: a block for every decision, with what it rested on and what came later.

use std::collections::BTreeMap;

use events::{
    Basis, Code, EventId, Irregularity, Labelled, Language, PolicyKind, Report, Role, Rule,
    StreamName, Time,
};
use serde::Deserialize;
use uuid::Uuid;

use super::amended::{Amendment, amendments, struck};
use super::journey::texts;
use super::{AsKnown, Marks, reference, stream};
use crate::cli::moment::told;
use crate::cli::paper::{Ink, Margin, Paper, push_line};
use crate::cli::words::Said;

/// Columns before what is said of a decision.
const INDENT: usize = 3;
/// Columns for what a line says, the gap behind it included.
const LABEL: usize = 15;

/// What is told of an audit trail.
#[derive(Debug, Clone, Deserialize)]
pub(in crate::cli) struct AuditTrail {
    entries: Vec<Entry>,
    #[serde(default)]
    as_known: AsKnown,
}

#[derive(Debug, Clone, Deserialize)]
struct Entry {
    event: EventId,
    matter: Matter,
    sentence: String,
    proposed_by: Option<Signatory>,
    decided_by: Option<Signatory>,
    occurred_at: Time,
    recorded_at: Time,
    policies: BTreeMap<PolicyKind, u32>,
    reasons: Vec<Said>,
    based_on: Vec<Basis>,
    known_then: Vec<Related>,
    came_later: Vec<Related>,
    late_entry_reason: Option<Code>,
    report: Option<Report>,
    irregularities: Vec<Irregularity>,
    checks: Vec<Check>,
    #[serde(default)]
    annulled: bool,
    #[serde(default)]
    amendments: Vec<Amendment>,
}

#[derive(Debug, Clone, Deserialize)]
struct Matter {
    kind: String,
    id: Uuid,
}

#[derive(Debug, Clone, Deserialize)]
struct Signatory {
    role: Role,
    who: String,
    on_behalf_of: Option<events::PersonId>,
    at: Time,
}

#[derive(Debug, Clone, Deserialize)]
struct Related {
    stream: StreamName,
    sentence: String,
    who: String,
    occurred_at: Time,
    recorded_at: Time,
    texts: Vec<Said>,
    learnt_later: bool,
}

#[derive(Debug, Clone, Deserialize)]
struct Check {
    rule: Rule,
    held: bool,
    detail: String,
}

/// An audit trail under its title, as a page.
pub(in crate::cli) fn audit(trail: &AuditTrail, title: &str, paper: &Paper) -> String {
    let none = Margin { indent: 0, label: 0 };
    let mut page = none.write(paper, ("", Ink::Plain), (title, Ink::Strong));
    page.push('\n');
    for (index, entry) in trail.entries.iter().enumerate() {
        page.push_str(&block(index + 1, entry, paper));
        page.push('\n');
    }
    if trail.entries.is_empty() {
        let nothing = paper.say("Nothing was decided by then.", "Rien n'était encore décidé.");
        push_line(&mut page, nothing);
        page.push('\n');
    }
    page.push_str(&trail.as_known.line(paper));
    page
}

/// What is said of a decision, a line after the other.
struct Lines<'a> {
    paper: &'a Paper,
    page: String,
}

impl Lines<'_> {
    fn line(&mut self, label: &str, text: &str, ink: Ink) {
        let margin = Margin { indent: INDENT, label: LABEL };
        self.page.push_str(&margin.write(self.paper, (label, Ink::Faint), (text, ink)));
    }
}

fn block(number: usize, entry: &Entry, paper: &Paper) -> String {
    let head = Margin { indent: 0, label: INDENT };
    let number = format!("{number}.");
    let sentence = match entry.annulled {
        true => format!("{} {}", struck(paper), entry.sentence),
        false => entry.sentence.clone(),
    };
    let mut page = head.write(paper, (&number, Ink::Strong), (&sentence, Ink::Strong));
    page.push_str(&amendments(&entry.amendments, INDENT, paper));
    let mut lines = Lines { paper, page };
    let about = format!("{} {}", matter(&entry.matter.kind, paper), reference(entry.matter.id));
    lines.line(paper.say("about", "objet"), &about, Ink::Reference);
    for (label, signatory) in [
        (paper.say("proposed by", "proposé par"), &entry.proposed_by),
        (paper.say("decided by", "décidé par"), &entry.decided_by),
    ] {
        if let Some(signatory) = signatory {
            lines.line(label, &signature(signatory, paper), Ink::Plain);
        }
    }
    lines.line(paper.say("happened", "survenu"), &told(entry.occurred_at), Ink::Plain);
    lines.line(paper.say("recorded", "enregistré"), &told(entry.recorded_at), Ink::Plain);
    rules(&mut lines, entry);
    marks(&mut lines, entry);
    if !entry.reasons.is_empty() {
        lines.line(paper.say("reasons", "motifs"), "", Ink::Plain);
        lines.page.push_str(&texts(&entry.reasons, INDENT + 2, paper));
    }
    related(&mut lines, paper.say("known then", "su alors"), &entry.known_then);
    related(&mut lines, paper.say("came later", "venu ensuite"), &entry.came_later);
    checks(&mut lines, &entry.checks);
    lines.line(paper.say("event", "événement"), &entry.event.to_string(), Ink::Faint);
    lines.page
}

fn matter<'a>(kind: &'a str, paper: &Paper) -> &'a str {
    match (kind, paper.language) {
        ("case", Language::Fr) => "dossier",
        ("application", Language::Fr) => "candidature",
        ("booking", Language::Fr) => "réservation",
        ("introduction", Language::Fr) => "mise en relation",
        ("referral", Language::Fr) => "réorientation",
        (kind, _) => kind,
    }
}

fn signature(signatory: &Signatory, paper: &Paper) -> String {
    let role = signatory.role.label(paper.language);
    // Who is told with their role already, unless the name is all there is.
    let who = if signatory.who.ends_with(role) {
        signatory.who.clone()
    } else {
        format!("{}, {role}", signatory.who)
    };
    let on_behalf_of = signatory.on_behalf_of.map_or_else(String::new, |person| {
        format!(" {} {}", paper.say("for", "pour"), person.reference())
    });
    format!("{who}{on_behalf_of}, {}", told(signatory.at))
}

fn rules(lines: &mut Lines<'_>, entry: &Entry) {
    let paper = lines.paper;
    if !entry.policies.is_empty() {
        let each = |(kind, version): (&PolicyKind, &u32)| {
            format!("{} v{version}", kind.label(paper.language))
        };
        let rules: Vec<_> = entry.policies.iter().map(each).collect();
        lines.line(paper.say("rules", "règles"), &rules.join(", "), Ink::Plain);
    }
    if !entry.based_on.is_empty() {
        let each = |basis: &Basis| match basis.revision {
            Some(revision) => format!("{} @{revision}", stream(&basis.stream)),
            None => format!("{} ({})", stream(&basis.stream), paper.say("empty", "vide")),
        };
        let streams: Vec<_> = entry.based_on.iter().map(each).collect();
        lines.line(paper.say("based on", "fondé sur"), &streams.join(", "), Ink::Plain);
    }
}

fn marks(lines: &mut Lines<'_>, entry: &Entry) {
    let marks = Marks {
        late_by_minutes: None,
        recorded_at: entry.recorded_at,
        late_entry_reason: entry.late_entry_reason.as_ref().map(Code::as_str),
        report: entry.report.as_ref(),
        irregularities: &entry.irregularities,
    };
    for (line, ink) in marks.lines(lines.paper) {
        lines.line("", &line, ink);
    }
}

fn related(lines: &mut Lines<'_>, label: &str, related: &[Related]) {
    if related.is_empty() {
        return;
    }
    let paper = lines.paper;
    lines.line(label, "", Ink::Plain);
    let (under, below) =
        (Margin { indent: INDENT + 2, label: 18 }, Margin { indent: INDENT + 20, label: 0 });
    for fact in related {
        let at = told(fact.occurred_at);
        let sentence = (fact.sentence.as_str(), Ink::Plain);
        lines.page.push_str(&under.write(paper, (&at, Ink::Reference), sentence));
        let who = format!("{} · {}", fact.who, stream(&fact.stream));
        lines.page.push_str(&below.write(paper, ("", Ink::Plain), (&who, Ink::Faint)));
        if fact.learnt_later {
            let learnt = match paper.language {
                Language::En => format!("! learnt only {}", told(fact.recorded_at)),
                Language::Fr => format!("! appris seulement le {}", told(fact.recorded_at)),
            };
            lines.page.push_str(&below.write(paper, ("", Ink::Plain), (&learnt, Ink::Warning)));
        }
        lines.page.push_str(&texts(&fact.texts, INDENT + 22, paper));
    }
}

fn checks(lines: &mut Lines<'_>, checks: &[Check]) {
    let paper = lines.paper;
    for (index, check) in checks.iter().enumerate() {
        let label = if index == 0 { paper.say("checks", "contrôles") } else { "" };
        let (mark, ink) = if check.held { ("✓", Ink::Good) } else { ("✗", Ink::Bad) };
        lines.line(label, &format!("{mark} {} {}", check.rule, check.detail), ink);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::cli::paper::{columns, plain};
    use serde_json::{Value, json};

    fn signatory(who: &str, role: &str, at: &str) -> Value {
        json!({ "event": EventId::derived(who), "user": EventId::derived(who), "role": role,
                "who": who, "on_behalf_of": null, "at": at })
    }

    fn decision() -> Value {
        json!({
            "event": "5f0c6a52-8f0e-5d3b-9d57-0a3f1f0b7a07",
            "matter": { "kind": "application", "id": "5f0c6a52-8f0e-5d3b-9d57-0a3f1f0b7a08" },
            "sentence": "Pre-selection decided: forward to the committee.",
            "proposed_by": signatory("Karim Benali, advisor", "advisor", "2026-03-01T09:00:00Z"),
            "decided_by": signatory("Anne Roux", "head", "2026-03-04T09:00:00Z"),
            "occurred_at": "2026-03-04T09:00:00Z", "recorded_at": "2026-03-04T09:02:00Z",
            "policies": { "eligibility": 2 },
            "reasons": [{ "field": "ruling/rationale", "text": "Strong preliminary data." }],
            "based_on": [{ "stream": "access", "revision": 12 }],
            "known_then": [],
            "came_later": [{
                "event": EventId::derived("later"), "stream": "access", "revision": 1,
                "kind": "followup.interaction-logged.v2", "sentence": "They had spoken.",
                "who": "Karim Benali, advisor", "occurred_at": "2026-03-02T09:00:00Z",
                "recorded_at": "2026-03-20T09:00:00Z", "texts": [], "learnt_later": true,
            }],
            "late_entry_reason": null, "report": null,
            "irregularities": [{ "rule": "C-8", "reason": "no_declaration" }],
            "checks": [
                { "rule": "C-4", "held": true, "detail": "another person proposed it" },
                { "rule": "C-8", "held": false, "detail": "no declaration was made before" },
            ],
        })
    }

    fn page(entries: Value, language: Language) -> String {
        let answer = json!({ "case": EventId::derived("x"), "entries": entries, "as_known": {} });
        let trail: AuditTrail = serde_json::from_value(answer).expect("an audit trail");
        let paper = Paper::of_terminal(Some(80)).in_language(language);
        plain(&audit(&trail, "Immunoscan", &paper))
    }

    #[test]
    fn a_decision_is_explained_in_one_block() {
        let page = page(json!([decision()]), Language::En);
        let expected = "\
1. Pre-selection decided: forward to the committee.
   about          application BW66-MMMF
   proposed by    Karim Benali, advisor, 2026-03-01 10:00
   decided by     Anne Roux, head of the office, 2026-03-04 10:00
   happened       2026-03-04 10:00
   recorded       2026-03-04 10:02
   rules          eligibility v2
   based on       access @12
                  ✗ did not keep C-8: no_declaration
   reasons
     rationale  Strong preliminary data.
   came later
     2026-03-02 10:00  They had spoken.
                       Karim Benali, advisor · access
                       ! learnt only 2026-03-20 10:00
   checks         ✓ C-4 another person proposed it
                  ✗ C-8 no declaration was made before
   event          5f0c6a52-8f0e-5d3b-9d57-0a3f1f0b7a07
";
        assert!(page.contains(expected), "{page}");
        assert!(page.lines().all(|line| columns(line) <= 80), "{page}");
    }

    #[test]
    fn a_trail_without_decisions_says_so() {
        assert!(page(json!([]), Language::En).contains("Nothing was decided by then."));
        assert!(page(json!([]), Language::Fr).contains("Rien n'était encore décidé."));
    }
}
