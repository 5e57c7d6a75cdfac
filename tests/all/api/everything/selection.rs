//! Applications, in time and late, decided one by one and by a table.

use events::Role;
use serde_json::{Value, json};

use super::{World, days, minutes, say};
use crate::setup::text;

const CRITERIA: &[&str] = &[
    "oncology_scope",
    "stage_in_scope",
    "area_in_scope",
    "contributes_to_french_economy",
    "non_confidential_material",
    "ip_position_stated",
    "team_contactable",
    "no_exclusion_situation",
    "no_double_funding",
];

impl World<'_> {
    fn of(&self, case: &str, command: &str) -> String {
        format!("/v1/cases/{}/{command}", self.id(case))
    }

    async fn submits(&mut self, case: &str, call: &str) -> Value {
        let submission = json!({ "call": self.id(call), "declarations": ["accurate"],
            "received_at": minutes(-30), "received_by": "office" });
        let submitted =
            self.does(Role::Advisor, &self.of(case, "submit-application"), submission).await;
        json!(text(&submitted, "/created/application"))
    }

    async fn without_conflict(&mut self, role: Role, case: &str, application: &Value) {
        let declared = json!({ "application": application });
        self.does(role, &self.of(case, "declare-no-conflict"), declared).await;
    }

    async fn eligible(&mut self, case: &str, application: &Value) {
        self.without_conflict(Role::Advisor, case, application).await;
        self.without_conflict(Role::Head, case, application).await;
        let finding = |code: &&str| {
            ((*code).to_owned(), json!({ "result": "met", "evidence": say("Page three") }))
        };
        let results: serde_json::Map<_, _> = CRITERIA.iter().map(finding).collect();
        let results = json!({ "application": application, "results": results });
        self.decides(Role::Advisor, &self.of(case, "assess-eligibility"), results).await;
    }

    pub(super) async fn apply(&mut self) {
        let late = self.submits("other", "past call").await;
        self.without_conflict(Role::Head, "other", &late).await;
        let refused = json!({ "application": late, "reason": say("Two days late") });
        self.decides(Role::Head, &self.of("other", "refuse-late-application"), refused).await;
        let late = self.submits("third", "past call").await;
        self.without_conflict(Role::Head, "third", &late).await;
        let admitted = json!({ "application": late, "reason": say("The form was down") });
        self.decides(Role::Head, &self.of("third", "admit-late-application"), admitted).await;
        let back = json!({ "application": late, "reason": say("First the patent") });
        self.does(Role::Advisor, &self.of("third", "withdraw-application"), back).await;
    }

    pub(super) async fn preselect(&mut self) {
        let submission = json!({ "call": self.id("call"), "documents": [self.id("deck")],
            "declarations": ["accurate"], "received_at": minutes(0),
            "received_by": "self_service" });
        let path = self.of("case", "submit-application");
        let submitted = self.does(Role::Innovator, &path, submission).await;
        self.name("application", &submitted, "/created/application");
        let application = json!(self.id("application"));
        let conflict = json!({ "application": application, "ground": "co_publication",
            "description": say("Two papers together") });
        self.does(Role::Director, &self.of("case", "declare-conflict"), conflict).await;
        self.eligible("case", &application).await;
        let ruling = json!({ "outcome": "defer", "rationale": say("Strong science"),
            "strengths": [say("Data")], "gaps": [say("Nobody for the business side")] });
        let opinion = json!({ "application": application, "opinion": ruling });
        self.does(Role::Deputy, &self.of("case", "give-opinion"), opinion).await;
        let proposal = json!({ "application": application, "ruling": ruling });
        let path = self.of("case", "propose-preselection");
        let proposed = self.decides(Role::Advisor, &path, proposal).await;
        let meeting = json!({ "application": application, "date": days(-1),
            "present": [self.account(Role::Head).person] });
        self.does(Role::Advisor, &self.of("case", "log-preselection-meeting"), meeting).await;
        let decision = json!({ "application": application, "ruling": ruling,
            "proposal": proposed["events"][0] });
        let path = self.of("case", "decide-preselection");
        let decided = self.decides(Role::Head, &path, decision).await;
        let notice = json!({ "application": application, "decision": decided["events"][0],
            "channel": "email", "letter": self.id("deck") });
        self.does(Role::Advisor, &self.of("case", "notify-decision"), notice).await;
        let further = json!({ "application": application, "call": self.id("next call") });
        self.does(Role::Advisor, &self.of("case", "carry-over-application"), further).await;
        self.preselect_by_table().await;
    }

    async fn preselect_by_table(&mut self) {
        let application = self.submits("third", "call").await;
        self.eligible("third", &application).await;
        for (role, command) in
            [(Role::Advisor, "propose-preselections"), (Role::Head, "decide-preselections")]
        {
            let case = self.api.read(role, &format!("/v1/cases/{}", self.id("third"))).await;
            let row = json!({ "case": self.id("third"), "application": application,
                "revision": case["revision"], "outcome": "forward",
                "rationale": say("Complete"), "strengths": [say("Data")], "gaps": [say("None")] });
            let path = format!("/v1/calls/{}/{command}", self.id("call"));
            let body = json!({ "rows": [row] });
            self.note(&path, &body);
            let answer = self.api.done(role, &path, body).await;
            assert_eq!(answer["recorded"], 1, "{answer:#}");
        }
    }
}
