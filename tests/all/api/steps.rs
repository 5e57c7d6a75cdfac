//! Steps that several stories take.

use events::Role;
use serde_json::{Map, Value, json};

use super::everything::minutes;
use super::{Api, text};
use crate::setup::intake;

/// The criteria that the office starts with.
pub(super) const CRITERIA: &[&str] = &[
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

impl Api {
    /// A case of the innovator's that the advisor follows.
    pub(super) async fn followed_case(&self, title: &str) -> String {
        let contact = &self.account(Role::Innovator).person;
        let case = self.done(Role::Advisor, "/v1/cases", intake(contact, title)).await;
        let case = text(&case, "/id");
        let advisor = json!({ "advisor": self.account(Role::Advisor).user });
        self.done(Role::Advisor, &format!("/v1/cases/{case}/assign-advisor"), advisor).await;
        case
    }

    /// A case of somebody else's.
    pub(super) async fn others_case(&self, title: &str) -> String {
        let contact = &self.account(Role::Platform).person;
        let case = self.done(Role::Advisor, "/v1/cases", intake(contact, title)).await;
        text(&case, "/id")
    }

    pub(super) async fn open_call(&self, title: &str) -> String {
        let call = json!({ "terms": { "title": title, "kind": "regular",
            "opens_at": minutes(-600), "deadline": minutes(60_000) } });
        text(&self.done(Role::Head, "/v1/calls", call).await, "/id")
    }

    /// An application on which the office may decide.
    pub(super) async fn eligible_application(&self, case: &str, call: &str) -> String {
        let case = format!("/v1/cases/{case}");
        let submission = json!({ "call": call, "received_at": minutes(0),
            "received_by": "self_service" });
        let path = format!("{case}/submit-application");
        let submitted = self.done(Role::Innovator, &path, submission).await;
        let application = text(&submitted, "/created/application");
        let declared = json!({ "application": application });
        for role in [Role::Advisor, Role::Head] {
            self.done(role, &format!("{case}/declare-no-conflict"), declared.clone()).await;
        }
        let met = |code: &&str| ((*code).to_owned(), json!({ "result": "met" }));
        let results: Map<String, Value> = CRITERIA.iter().map(met).collect();
        let results = json!({ "application": application, "results": results });
        self.decided(Role::Advisor, &format!("{case}/assess-eligibility"), results).await;
        application
    }

    /// An instrument that is open day and night.
    pub(super) async fn instrument(&self, organisation: &str) -> String {
        let resource = json!({ "name_fr": "Séquenceur", "name_en": "Sequencer",
            "organisation": organisation, "class": "instrument", "component": "technologies",
            "calendar": "here", "site": "Villejuif", "capacity": 1 });
        let resource = self.done(Role::Platform, "/v1/resources", resource).await;
        let resource = text(&resource, "/id");
        let days = ["mon", "tue", "wed", "thu", "fri", "sat", "sun"];
        let opening = days.map(|day| json!({ "weekday": day, "from": "00:00", "until": "24:00" }));
        let rules = json!({ "slot_minutes": 1, "min_minutes": 30, "max_minutes": 480,
            "lead_minutes": 0, "horizon_days": 90, "buffer_minutes": 0,
            "cancellation_cutoff_hours": 48, "time_zone": "Europe/Paris", "opening": opening,
            "qualification_needed": false, "operation": "operated" });
        self.decided(Role::Platform, &format!("/v1/resources/{resource}/set-rules"), rules).await;
        resource
    }

    pub(super) async fn organisation(&self, name: &str) -> String {
        let organisation = json!({ "legal_name": name, "kind": "vc", "country": "FR" });
        text(&self.done(Role::Advisor, "/v1/organisations", organisation).await, "/id")
    }
}
