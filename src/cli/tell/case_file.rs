//! The file of a case, as it stands or stood.

mod answer;

use events::{Date, Labelled, Language, ReadinessScale};
use projections::case_file::{CaseCounts, MilestoneState, SessionState};
use projections::labels;

use self::answer::{Arrival, Decision, Outcome, Readiness, Referral};
use crate::cli::moment::{day, lasted, told};
use crate::cli::names::Names;
use crate::cli::paper::{Ink, Margin, Paper, push_line};
use crate::cli::words::Words;

pub(in crate::cli) use self::answer::CaseFile;

/// Columns for what a line says, the gap behind it included.
const LABEL: usize = 14;

/// Lines behind labels, under headings.
struct Sheet<'a> {
    paper: &'a Paper,
    names: &'a Names,
    page: String,
}

impl Sheet<'_> {
    fn heading(&mut self, title: &str) {
        self.page.push('\n');
        push_line(&mut self.page, &Ink::Strong.write(title));
    }

    fn line(&mut self, label: &str, text: &str) {
        self.inked(label, text, Ink::Plain);
    }

    fn inked(&mut self, label: &str, text: &str, ink: Ink) {
        let margin = Margin { indent: 2, label: LABEL };
        self.page.push_str(&margin.write(self.paper, (label, Ink::Faint), (text, ink)));
    }

    fn words(&mut self, label: &str, words: &Words) {
        let (text, ink) = words.shown(self.paper.language);
        self.inked(label, text, ink);
    }

    /// A line about something whose text comes last.
    fn about(&mut self, label: &str, facts: &str, words: &Words) {
        let (text, _) = words.shown(self.paper.language);
        self.line(label, &format!("{facts}: {text}"));
    }

    /// A label in the paper's language.
    fn say<'w>(&self, english: &'w str, french: &'w str) -> &'w str {
        self.paper.say(english, french)
    }

    fn label(&self, word: impl Labelled) -> &'static str {
        word.label(self.paper.language)
    }

    fn labels<W: Labelled>(&self, words: &[W]) -> String {
        words.iter().map(|word| self.label(*word)).collect::<Vec<_>>().join(", ")
    }
}

/// A case as a page.
pub(in crate::cli) fn case_file(file: &CaseFile, names: &Names, paper: &Paper) -> String {
    let margin = Margin { indent: 0, label: 0 };
    let page = margin.write(paper, ("", Ink::Plain), (&file.project.title, Ink::Strong));
    let mut sheet = Sheet { paper, names, page };
    let status = labels::case_status(file.status, paper.language);
    let reference = Ink::Reference.write(&file.id.reference().to_string());
    let head = format!(
        "{} {reference} · {status} · revision {}",
        paper.say("case", "dossier"),
        file.revision
    );
    push_line(&mut sheet.page, &head);
    push_line(&mut sheet.page, &Ink::Faint.write(&file.id.to_string()));
    sheet.page.push('\n');
    project(&mut sheet, file);
    people(&mut sheet, file);
    relations(&mut sheet, file);
    applications(&mut sheet, file);
    coaching(&mut sheet, file);
    work(&mut sheet, file);
    outcomes(&mut sheet, file);
    activity(&mut sheet, file);
    sheet.page.push('\n');
    sheet.page.push_str(&file.as_known.line(paper));
    sheet.page
}

fn project(sheet: &mut Sheet<'_>, file: &CaseFile) {
    let project = &file.project;
    sheet.words(sheet.say("summary", "résumé"), &project.summary);
    sheet.line(sheet.say("stage", "stade"), sheet.label(project.stage));
    let area = [Some(sheet.label(project.area).to_owned())].into_iter();
    let codes = [&project.modality, &project.indication];
    let codes = codes.into_iter().map(|code| code.as_ref().map(|code| code.as_str().to_owned()));
    let area: Vec<_> = area.chain(codes).flatten().collect();
    sheet.line(sheet.say("area", "domaine"), &area.join(", "));
    if !project.disciplines.is_empty() {
        sheet.line(sheet.say("disciplines", "disciplines"), &sheet.labels(&project.disciplines));
    }
    if !file.readiness.is_empty() {
        let level = |(scale, readiness): (&ReadinessScale, &Readiness)| {
            format!("{} {}", sheet.label(*scale), readiness.level)
        };
        let levels: Vec<_> = file.readiness.iter().map(level).collect();
        sheet.line(sheet.say("readiness", "maturité"), &levels.join(", "));
    }
    if !file.needs.is_empty() {
        sheet.line(sheet.say("asks for", "demande"), &sheet.labels(&file.needs));
    }
    if let Some(hold) = &file.on_hold {
        let until = hold.until.map_or_else(
            || sheet.say("until further notice", "jusqu'à nouvel ordre").to_owned(),
            |until| format!("{} {until}", sheet.say("until", "jusqu'au")),
        );
        sheet.about(sheet.say("on hold", "en attente"), &until, &hold.reason);
    }
    if let Some(closed) = &file.closed {
        let reason = sheet.label(closed.reason);
        sheet.line(sheet.say("closed", "clos"), &format!("{}: {reason}", day(closed.act.at)));
    }
}

fn people(sheet: &mut Sheet<'_>, file: &CaseFile) {
    let Arrival { channel, received_at, applicant_kind, country, referred_by } = &file.arrival;
    let mut arrived = format!(
        "{} {} {}: {}, {}",
        told(*received_at),
        sheet.say("by", "par"),
        sheet.label(*channel),
        sheet.label(*applicant_kind),
        country.as_str()
    );
    if let Some(partner) = referred_by {
        arrived.push_str(&format!(
            ", {} {}",
            sheet.say("sent by", "adressé par"),
            sheet.names.both(*partner)
        ));
    }
    sheet.line(sheet.say("arrived", "arrivée"), &arrived);
    sheet.line(sheet.say("contact", "contact"), &sheet.names.both(file.contact));
    for (index, member) in file.team.iter().enumerate() {
        let label = if index == 0 { sheet.say("team", "équipe") } else { "" };
        let line = format!("{}, {}", sheet.names.both(member.person), member.function.as_str());
        sheet.line(label, &line);
    }
    if let Some(carrier) = &file.carrier {
        sheet.line(sheet.say("carried by", "porté par"), &sheet.names.both(carrier.organisation));
    }
    match file.advisor {
        Some(advisor) => sheet.line(sheet.say("advisor", "conseiller"), &sheet.names.both(advisor)),
        None => {
            let nobody = sheet.say("nobody yet", "personne encore");
            sheet.inked(sheet.say("advisor", "conseiller"), nobody, Ink::Warning);
        }
    }
    for mentor in &file.mentors {
        sheet.line(sheet.say("mentor", "mentor"), &sheet.names.both(mentor.person));
    }
}

/// Partners it was passed to, and cases it belongs with.
fn relations(sheet: &mut Sheet<'_>, file: &CaseFile) {
    for Referral { partner, kind, answer, act } in &file.referrals {
        let mut line =
            format!("{} {}, {}", day(act.at), sheet.names.both(*partner), sheet.label(*kind));
        if let Some(answer) = answer {
            line.push_str(&format!(": {}", sheet.label(*answer)));
        }
        sheet.line(sheet.say("referred", "orienté"), &line);
    }
    for link in &file.links {
        let line = format!("{} {}", sheet.label(link.relation), link.case.reference());
        sheet.line(sheet.say("linked", "lié"), &line);
    }
}

fn applications(sheet: &mut Sheet<'_>, file: &CaseFile) {
    if file.applications.is_empty() {
        return;
    }
    sheet.heading(sheet.say("Applications", "Candidatures"));
    for application in &file.applications {
        let state = labels::application_state(application.state, sheet.paper.language);
        let call = sheet.names.of(application.call);
        let received = sheet.say("received", "reçue le");
        let received = format!("{received} {}", day(application.received_at));
        let reference = application.application.reference().to_string();
        sheet.line(&reference, &format!("{call}, {received}: {state}"));
        if let Some(late) = &application.late {
            let late = lasted(late.late_by_minutes, sheet.paper.language);
            let late = format!("! {late} {}", sheet.say("late", "de retard"));
            sheet.inked("", &late, Ink::Warning);
        }
        if let Some(Decision { ruling }) = &application.decision {
            let outcome = format!("→ {}", sheet.label(ruling.outcome));
            sheet.about("", &outcome, &ruling.rationale);
        }
    }
}

fn coaching(sheet: &mut Sheet<'_>, file: &CaseFile) {
    if file.coaching.sessions.is_empty() {
        return;
    }
    sheet.heading(sheet.say("Coaching", "Accompagnement"));
    for session in &file.coaching.sessions {
        let interval = session.held.as_ref().map(|held| held.interval);
        let interval = interval.or(session.appointment.as_ref().map(|agreed| agreed.interval));
        let at = interval.map_or_else(String::new, |interval| day(interval.from()));
        let (state, ink) = match session.state {
            SessionState::Scheduled => (sheet.say("scheduled", "prévue"), Ink::Plain),
            SessionState::Held => (sheet.say("held", "tenue"), Ink::Plain),
            SessionState::Cancelled => (sheet.say("cancelled", "annulée"), Ink::Faint),
            SessionState::Missed => (sheet.say("missed", "manquée"), Ink::Warning),
        };
        match &session.held {
            Some(held) => {
                let topics = sheet.labels(&held.topics);
                let facts =
                    if topics.is_empty() { state.to_owned() } else { format!("{state}, {topics}") };
                sheet.about(&at, &facts, &held.summary);
            }
            None => sheet.inked(&at, state, ink),
        }
    }
}

fn work(sheet: &mut Sheet<'_>, file: &CaseFile) {
    let (actions, requests) = (&file.open_actions, &file.open_requests);
    if !actions.is_empty() || !requests.is_empty() || !file.milestones.is_empty() {
        sheet.heading(sheet.say("To do", "À faire"));
    }
    let due = |due: Option<Date>| due.map_or_else(|| "-".to_owned(), |due| due.to_string());
    for action in actions {
        sheet.about(&due(action.due), sheet.label(action.by), &action.what);
    }
    for request in requests {
        sheet.about(
            &due(request.due),
            sheet.say("question to the team", "question à l'équipe"),
            &request.question,
        );
    }
    for milestone in &file.milestones {
        let state = match milestone.state {
            MilestoneState::Set => "",
            MilestoneState::Reached => sheet.say(", reached", ", atteint"),
            MilestoneState::Missed => sheet.say(", missed", ", manqué"),
        };
        let facts =
            format!("{} {}{state}", sheet.say("milestone", "jalon"), sheet.label(milestone.kind));
        sheet.about(&due(Some(milestone.due)), &facts, &milestone.what);
    }
    if !file.documents.is_empty() {
        sheet.heading(sheet.say("Documents", "Documents"));
    }
    for document in &file.documents {
        let (name, _) = document.name.shown(sheet.paper.language);
        let size = document.size_bytes.div_ceil(1024);
        let line = format!("{name} ({size} KiB)");
        match &document.retracted {
            None => sheet.line(sheet.label(document.kind), &line),
            Some(why) => {
                let line = format!("{line}, {}", sheet.say("retracted", "retiré"));
                sheet.about(sheet.label(document.kind), &line, why);
            }
        }
    }
}

fn outcomes(sheet: &mut Sheet<'_>, file: &CaseFile) {
    if file.outcomes.is_empty() {
        return;
    }
    sheet.heading(sheet.say("What came of it", "Résultats"));
    for Outcome { result, verified, contested } in &file.outcomes {
        let mut line = sheet.label(result.kind).to_owned();
        if let Some(total) = result.total {
            line.push_str(&format!(", {} €", grouped(total.eur_cents / 100)));
        }
        if verified.is_some() {
            line.push_str(sheet.say(", verified", ", vérifié"));
        }
        match contested {
            None => sheet.line(&result.closed_on.to_string(), &line),
            Some(why) => {
                let line = format!("{line}, {}", sheet.say("contested", "contesté"));
                sheet.about(&result.closed_on.to_string(), &line, why);
            }
        }
    }
}

/// Figures in groups of three: `1 200 000`.
fn grouped(figure: u64) -> String {
    let digits = figure.to_string();
    let mut grouped = String::new();
    for (index, digit) in digits.chars().enumerate() {
        if index > 0 && (digits.len() - index).is_multiple_of(3) {
            grouped.push(' ');
        }
        grouped.push(digit);
    }
    grouped
}

fn activity(sheet: &mut Sheet<'_>, file: &CaseFile) {
    let CaseCounts { facts, interactions, interaction_minutes, notes, sessions_held, .. } =
        file.counts;
    let last = told(file.last_activity);
    let line = match sheet.paper.language {
        Language::En => format!(
            "{facts} events: {interactions} interactions ({interaction_minutes} minutes), \
             {sessions_held} coaching sessions, {notes} notes; the last {last}"
        ),
        Language::Fr => format!(
            "{facts} événements : {interactions} échanges ({interaction_minutes} minutes), \
             {sessions_held} séances d'accompagnement, {notes} notes ; le dernier le {last}"
        ),
    };
    sheet.page.push('\n');
    sheet.line(sheet.say("activity", "activité"), &line);
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::cli::paper::{columns, plain};
    use events::{CallId, CaseId, PersonId, UserId};
    use serde_json::json;

    fn file() -> CaseFile {
        let id = CaseId::derived("case");
        let (person, user) = (PersonId::derived("person"), UserId::derived("user"));
        let act = json!({ "event": id, "at": "2026-03-01T09:00:00Z",
            "recorded_at": "2026-03-01T09:00:00Z", "by": { "user": user, "role": "advisor" } });
        serde_json::from_value(json!({
            "id": id, "reference": id.reference().to_string(), "revision": 7, "status": "followed",
            "on_hold": null,
            "arrival": { "channel": "web_form", "received_at": "2026-03-01T09:00:00Z",
                "applicant_kind": "startup", "country": "FR", "referred_by": null },
            "contact": person, "team": [{ "person": person, "function": "cso" }], "carrier": null,
            "project": { "title": "Immunoscan", "summary": { "withheld": true },
                "stage": "pre_seed", "area": "therapeutics", "indication": "pancreas" },
            "needs": ["mentors", "funding"], "readiness": { "trl": { "level": 4, "act": act } },
            "advisor": user, "mentors": [],
            "applications": [{ "application": id, "call": id, "state": "preselected",
                "received_at": "2026-03-02T09:00:00Z", "late": { "late_by_minutes": 120 },
                "decision": { "ruling": { "outcome": "forward", "rationale": "Strong data." } } }],
            "coaching": { "sessions": [{ "state": "missed", "appointment": { "interval":
                { "from": "2026-03-05T09:00:00Z", "until": "2026-03-05T10:00:00Z" } } }] },
            "open_actions": [{ "what": "Send the deck", "by": "innovator", "due": "2026-03-09" }],
            "milestones": [], "documents": [], "open_requests": [], "referrals": [], "links": [],
            "outcomes": [{ "result": { "kind": "funding_secured", "closed_on": "2026-06-01",
                "total": { "eur_cents": 120_000_000 } } }],
            "counts": { "facts": 8, "interactions": 2, "interaction_minutes": 75, "notes": 0,
                "sessions_held": 0, "session_minutes": 0 },
            "closed": null, "last_activity": "2026-03-05T09:00:00Z", "as_known": {},
        }))
        .expect("a case file")
    }

    #[test]
    fn a_case_file_reads_from_top_to_bottom() {
        let file = file();
        let names = Names::default()
            .known(PersonId::derived("person"), "Inès Martin")
            .known(CallId::new(file.id.uuid()), "Call 2026");
        let page = plain(&case_file(&file, &names, &Paper::of_terminal(Some(80))));
        let person = PersonId::derived("person").reference();
        for line in [
            "Immunoscan".to_owned(),
            format!("case {} · followed · revision 7", file.id.reference()),
            "  summary       (not shown to your roles)".to_owned(),
            "  stage         pre-seed".to_owned(),
            format!("  team          Inès Martin ({person}), cso"),
            format!("  advisor       {}", UserId::derived("user").reference()),
            "                ! 2 hours late".to_owned(),
            "  2026-03-05    missed".to_owned(),
            "  2026-03-09    the innovator: Send the deck".to_owned(),
        ] {
            assert!(page.lines().any(|found| found == line), "{line}\n\n{page}");
        }
        assert!(page.contains("1 200 000 €"), "{page}");
        assert!(page.lines().all(|line| columns(line) <= 80), "{page}");
    }
}
