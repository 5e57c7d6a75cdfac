//! A project comes in, is followed and coached.

use events::Role;
use serde_json::{Value, json};

use super::{World, days, minutes, say};
use crate::setup::{Ask, text};

impl World<'_> {
    fn case(&self, command: &str) -> String {
        format!("/v1/cases/{}/{command}", self.id("case"))
    }

    /// A command on the case, by its advisor.
    async fn on_case(&mut self, command: &str, body: Value) -> Value {
        self.does(Role::Advisor, &self.case(command), body).await
    }

    pub(super) async fn arrive(&mut self) {
        let project = json!({ "title": "Liquid biopsy", "summary": say("Detects tumour DNA"),
            "stage": "ideation", "area": "diagnostics", "disciplines": ["biology"],
            "modality": "liquid_biopsy", "indication": "pancreas" });
        let mut intake = json!({ "channel": "email", "received_at": minutes(-60),
            "contact": self.id("contact"), "organisation": self.id("fund"),
            "applicant_kind": "lab_team", "country": "FR", "referred_by": self.id("fund"),
            "project": project, "needs": ["mentors", "samples"], "via": "email",
            "report": { "source": "email", "evidence": say("Message of this morning") } });
        let case = self.does(Role::Advisor, "/v1/cases", intake.clone()).await;
        self.name("case", &case, "/id");
        intake["contact"] = json!(self.id("mentor"));
        for name in ["other", "third"] {
            let case = self.does(Role::Head, "/v1/cases", intake.clone()).await;
            self.name(name, &case, "/id");
        }
        self.upload("deck", b"a pitch deck").await;
        self.upload("second deck", b"another pitch deck").await;
        self.on_case("acknowledge", json!({ "letter": self.id("deck") })).await;
        self.on_case("assign-advisor", json!({ "advisor": self.id("advisor") })).await;
        let project = json!({ "title": "Liquid biopsy II", "summary": say("A second marker"),
            "stage": "ideation", "area": "diagnostics" });
        self.on_case("describe-project", project).await;
        self.on_case("express-needs", json!({ "needs": ["mentors", "funding"] })).await;
        let level = json!({ "scale": "trl", "level": 3, "evidence": say("Forty samples") });
        self.on_case("assess-readiness", level).await;
        let member = json!({ "person": self.id("mentor"), "function": "cso" });
        self.on_case("add-team-member", member).await;
        self.on_case("remove-team-member", json!({ "person": self.id("mentor") })).await;
        let carrier = json!({ "organisation": self.id("trader"), "from": days(-3) });
        self.on_case("change-carrier", carrier).await;
        self.ask_and_refer().await;
        let other = json!({ "other": self.id("other"), "relation": "related" });
        self.on_case("link-case", other).await;
        let hold = json!({ "reason": say("Waits for the ethics board"), "until": days(30) });
        self.on_case("put-on-hold", hold).await;
        self.on_case("resume", json!({})).await;
    }

    async fn ask_and_refer(&mut self) {
        let question = json!({ "question": say("Who owns the patent?"), "due": days(9) });
        let asked = self.on_case("request-information", question).await;
        let answer = json!({ "request": asked["created"]["request"],
            "answer": say("The university"), "documents": [self.id("deck")] });
        self.does(Role::Innovator, &self.case("provide-information"), answer).await;
        let note = json!({ "partner": self.id("fund"), "note": say("Met at our open day") });
        self.on_case("receive-referral", note).await;
        let referral = json!({ "partner": self.id("fund"), "kind": "handed_over",
            "consent": self.id("consent"), "reason": say("They run the incubator") });
        let sent = self.on_case("send-referral", referral).await;
        let answer = json!({ "referral": sent["created"]["referral"], "answer": "accepted" });
        self.on_case("answer-referral", answer).await;
    }

    /// Sends a document and attaches it to the case.
    async fn upload(&mut self, name: &'static str, content: &'static [u8]) {
        let content = [content, super::MARK.as_bytes()].concat();
        let ask = Ask::raw(&self.case("documents"), "application/pdf", content);
        let document = self.api.send(Role::Innovator, &ask).await.well().json();
        self.done.insert("upload-document".to_owned(), (ask.path, Value::Null));
        self.name(name, &document, "/document");
        let attachment = json!({ "document": document["document"], "kind": "pitch_deck",
            "name": say("pitch.pdf"), "size_bytes": document["size_bytes"],
            "media_type": "application/pdf", "digest": document["digest"] });
        self.does(Role::Innovator, &self.case("attach-document"), attachment).await;
    }

    pub(super) async fn follow(&mut self) {
        let interaction = json!({ "kind": "meeting", "participants": [self.id("contact")],
            "minutes": 45, "topics": ["regulatory"], "summary": say("The clinical plan"),
            "commitments": [{ "by": "office", "what": say("Send the list"), "due": days(7) }] });
        self.on_case("log-interaction", interaction).await;
        self.on_case("add-note", json!({ "text": say("Call in the morning") })).await;
        let wrong = json!({ "document": self.id("second deck"),
            "reason": say("Another project's") });
        self.on_case("retract-document", wrong).await;
        let action = json!({ "what": say("Draft the question"), "by": "innovator",
            "due": days(30) });
        let action = self.on_case("agree-action", action).await;
        let done = json!({ "action": action["created"]["action"], "result": "done" });
        self.does(Role::Innovator, &self.case("close-action"), done).await;
        let milestone = json!({ "kind": "regulatory", "what": say("Scientific advice"),
            "due": days(90) });
        let reached = self.on_case("set-milestone", milestone.clone()).await;
        let reached = json!({ "milestone": reached["created"]["milestone"], "on": days(-1) });
        self.on_case("reach-milestone", reached).await;
        let missed = self.on_case("set-milestone", milestone).await;
        let missed = json!({ "milestone": missed["created"]["milestone"],
            "reason": say("Another study") });
        self.on_case("miss-milestone", missed).await;
        let further = json!({ "to": "seed", "evidence": say("The company is registered") });
        self.on_case("advance-stage", further).await;
        let back = json!({ "to": "creation", "reason": say("Not registered yet") });
        self.on_case("correct-stage", back).await;
    }

    pub(super) async fn coach(&mut self) {
        let (mentor, contact) = (self.id("mentor").to_owned(), self.id("contact").to_owned());
        let topics = json!({ "mentor": mentor, "topics": ["regulatory", "fundraising"] });
        self.on_case("assign-mentor", topics).await;
        let plan = json!({ "objectives": say("A plan investors can read"), "sessions": 6,
            "until": days(200) });
        self.on_case("agree-plan", plan).await;
        let appointment = |from: i64| {
            json!({ "interval": { "from": minutes(from), "until": minutes(from + 90) },
                "time_zone": "Europe/Paris", "leader": mentor, "participants": [contact],
                "modality": "in_person", "place": say("Second floor") })
        };
        let session = self.on_case("schedule-coaching-session", appointment(4_000)).await;
        let session = text(&session, "/created/session");
        let moved = json!({ "session": session, "appointment": appointment(5_000) });
        self.on_case("reschedule-coaching-session", moved).await;
        let cancelled = json!({ "session": session, "by": "innovator" });
        self.on_case("cancel-coaching-session", cancelled).await;
        let session = self.on_case("schedule-coaching-session", appointment(1)).await;
        let missed = json!({ "session": session["created"]["session"], "by": "mentor",
            "report": { "source": "phone", "evidence": say("She called") } });
        self.on_case("log-missed-session", missed).await;
        let held = json!({ "interval": { "from": minutes(-90), "until": minutes(-30) },
            "leader": mentor, "participants": [contact], "topics": ["pitch"],
            "summary": say("Cut the deck to ten slides"), "actions": [say("Find sources")],
            "next": days(14) });
        self.on_case("log-coaching-session", held).await;
        self.on_case("release-mentor", json!({ "mentor": mentor })).await;
    }
}
