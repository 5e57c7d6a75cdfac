//! Introductions and gatherings.

use events::Role;
use serde_json::{Value, json};

use super::{World, minutes, say};

impl World<'_> {
    async fn proposes(&mut self, name: &'static str, case: &str) {
        let proposal = json!({ "case": self.id(case), "target": self.id("fund"),
            "person": self.id("mentor"), "kind": "funding", "initiated_by": "office",
            "owner": self.id("funding"), "rationale": say("They fund diagnostics") });
        let proposed = self.does(Role::Funding, "/v1/introductions", proposal).await;
        self.name(name, &proposed, "/id");
    }

    async fn on_introduction(&mut self, role: Role, name: &str, command: &str, body: Value) {
        let path = format!("/v1/introductions/{}/{command}", self.id(name));
        self.does(role, &path, body).await;
    }

    pub(super) async fn introduce(&mut self) {
        self.proposes("introduction", "case").await;
        let consent = json!({ "scope": ["contact", "project_title"],
            "until": "2035-01-31T17:00:00Z" });
        self.on_introduction(Role::Innovator, "introduction", "consent", consent).await;
        let accepted = json!({ "until": "2035-01-31T17:00:00Z" });
        self.on_introduction(Role::Funding, "introduction", "accept", accepted).await;
        let made = json!({ "channel": "email", "shared": ["contact"] });
        self.on_introduction(Role::Funding, "introduction", "make", made).await;
        let summary = json!({ "summary": say("They met twice") });
        self.on_introduction(Role::Funding, "introduction", "follow-up", summary).await;
        let outcome = json!({ "outcome": "under_diligence", "note": say("By the summer") });
        self.on_introduction(Role::Funding, "introduction", "record-outcome", outcome).await;

        self.proposes("refused introduction", "case").await;
        let early = json!({ "reason": "too_early" });
        self.on_introduction(Role::Innovator, "refused introduction", "refuse", early).await;
        self.proposes("declined introduction", "case").await;
        let scope = json!({ "reason": "out_of_scope" });
        self.on_introduction(Role::Advisor, "declined introduction", "decline", scope).await;
        self.proposes("abandoned introduction", "case").await;
        let reason = json!({ "reason": say("The fund stopped investing") });
        self.on_introduction(Role::Funding, "abandoned introduction", "abandon", reason).await;
    }

    /// Of somebody else's project.
    pub(super) async fn introduce_others(&mut self) {
        let advisor = json!({ "advisor": self.id("advisor") });
        let path = format!("/v1/cases/{}/assign-advisor", self.id("other"));
        self.does(Role::Head, &path, advisor).await;
        self.proposes("other introduction", "other").await;
    }

    pub(super) async fn gather(&mut self) {
        let plan = json!({ "kind": "workshop", "title": "Regulatory workshop",
            "interval": { "from": minutes(-180), "until": minutes(-120) },
            "cases": [self.id("case")], "organisations": [self.id("fund")],
            "participants": [self.id("contact")] });
        let planned = self.does(Role::Advisor, "/v1/gatherings", plan.clone()).await;
        self.name("gathering", &planned, "/id");
        let held = json!({ "kind": "workshop",
            "interval": { "from": minutes(-180), "until": minutes(-120) },
            "cases": [self.id("case")], "staff_minutes": 240,
            "summary": say("The rules, with two examples") });
        let path = format!("/v1/gatherings/{}/hold", self.id("gathering"));
        self.does(Role::Advisor, &path, held.clone()).await;
        self.does(Role::Platform, "/v1/gatherings/log-gathering", held).await;
        let flooded = self.does(Role::Advisor, "/v1/gatherings", plan).await;
        self.name("cancelled gathering", &flooded, "/id");
        let path = format!("/v1/gatherings/{}/cancel", self.id("cancelled gathering"));
        self.does(Role::Advisor, &path, json!({ "reason": say("The room is flooded") })).await;
    }
}
