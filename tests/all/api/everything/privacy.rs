//! What people ask about their own data; one of them is erased.

use events::Role;
use serde_json::{Value, json};

use super::{World, say};

impl World<'_> {
    /// A request of each fate: answered late, about to be answered, and an erasure that is done.
    pub(super) async fn ask_about_data(&mut self) {
        let (contact, mentor) = (self.id("contact").to_owned(), self.id("mentor").to_owned());
        let access = self.receive("access", &contact).await;
        self.ids.insert("request", access.clone());
        let other = self.receive("objection", &mentor).await;
        self.ids.insert("other request", other);
        let path = format!("/v1/privacy-requests/{access}");
        let due = self.api.read(Role::Dpo, &path).await["due"].clone();
        let due: chrono::NaiveDate = serde_json::from_value(due).expect("a day");
        let until = due.checked_add_months(chrono::Months::new(1)).expect("a day");
        let longer = json!({ "until": until, "reason": say("There is much to go through") });
        self.does(Role::Dpo, &format!("{path}/extend"), longer).await;
        self.verify(&access).await;
        let partly = json!({ "outcome": "partial", "legal_basis": ["gdpr_15"],
            "kept": [{ "what": "committee_decisions", "legal_basis": "gdpr_17_3_e",
                "until": "2031-12-31" }],
            "reason": say("What others said in confidence") });
        self.decides(Role::Dpo, &format!("{path}/assess"), partly).await;
        let kept = json!({ "event": self.id("meeting"), "field": "summary",
            "basis": "not_about_the_person" });
        self.does(Role::Dpo, &format!("{path}/keep-text"), kept).await;
        let answer = json!({ "channel": "email", "letter": say("Here is what we hold") });
        self.does(Role::Dpo, &format!("{path}/answer"), answer).await;

        let gone = json!({ "name": say("Zoé Cartier"), "email": say("zoe@example.org"),
            "language": "fr",
            "privacy_notice": { "version": "2026-01", "given_at": "2026-03-02T08:45:00Z" } });
        let gone = self.api.done(Role::Advisor, "/v1/people", gone).await;
        let gone = crate::setup::text(&gone, "/id");
        let request = self.receive("erasure", &gone).await;
        self.verify(&request).await;
        let granted = json!({ "outcome": "granted" });
        let assess = format!("/v1/privacy-requests/{request}/assess");
        self.api.decided(Role::Dpo, &assess, granted).await;
        let erase = json!({ "request": request, "purposes": ["follow_up"] });
        let asked =
            self.does(Role::Dpo, &format!("/v1/people/{gone}/request-erasure"), erase).await;
        let approval = crate::setup::text(&asked, "/waits_for_approval");
        let give = format!("/v1/approvals/{approval}/give");
        self.api.decided(Role::Head, &give, json!({})).await;
    }

    async fn receive(&mut self, kind: &str, subject: &str) -> String {
        let request = json!({ "kind": kind, "subject": subject, "channel": "email",
            "received_at": crate::setup::now(), "words": say("My own data, please") });
        let received: Value = self.does(Role::Dpo, "/v1/privacy-requests", request).await;
        crate::setup::text(&received, "/id")
    }

    async fn verify(&mut self, request: &str) {
        let path = format!("/v1/privacy-requests/{request}/verify-identity");
        self.does(Role::Dpo, &path, json!({ "method": "identity_document" })).await;
    }
}
