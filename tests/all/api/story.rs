//! One of each interaction, told as journeys and audit trails to those who may read them.

use serde_json::json;

use super::everything::minutes;
use super::*;
use crate::setup::intake;

const RATIONALE: &str = "Strong data on forty samples, and the team is complete.";

/// A case with one of each interaction; gives what was recorded last.
struct Story {
    api: Api,
    case: String,
    decision: String,
    last: Value,
}

impl Story {
    async fn told() -> Self {
        let api = Api::open().await;
        let case = api.followed_case("Liquid biopsy").await;
        let call = api.open_call("Spring call").await;
        let decision = preselected(&api, &case, &call).await;
        coached(&api, &case).await;
        let fund = api.organisation("Fonds Alpha").await;
        booked(&api, &case, &fund).await;
        let last = introduced(&api, &case, &fund).await;
        Self { api, case, decision, last }
    }

    fn path(&self, rest: &str) -> String {
        format!("/v1/cases/{}{rest}", self.case)
    }

    async fn journey(&self, role: Role, query: &str) -> Value {
        self.api.read(role, &self.path(&format!("/journey?{query}"))).await
    }
}

async fn preselected(api: &Api, case: &str, call: &str) -> String {
    let application = api.eligible_application(case, call).await;
    let case = format!("/v1/cases/{case}");
    let ruling = json!({ "outcome": "forward", "rationale": RATIONALE });
    let proposal = json!({ "application": application, "ruling": ruling });
    let path = format!("{case}/propose-preselection");
    let proposed = api.decided(Role::Advisor, &path, proposal).await;
    let decision = json!({ "application": application, "ruling": ruling,
        "proposal": proposed["events"][0] });
    let path = format!("{case}/decide-preselection");
    let decided = api.decided(Role::Head, &path, decision).await;
    text(&decided, "/events/0")
}

async fn coached(api: &Api, case: &str) {
    let held = json!({ "interval": { "from": minutes(-90), "until": minutes(-30) },
        "leader": api.account(Role::Advisor).person,
        "participants": [api.account(Role::Innovator).person], "topics": ["pitch"],
        "summary": "Cut the deck to ten slides." });
    api.done(Role::Advisor, &format!("/v1/cases/{case}/log-coaching-session"), held).await;
}

async fn booked(api: &Api, case: &str, organisation: &str) {
    let resource = format!("/v1/resources/{}", api.instrument(organisation).await);
    let slot = json!({ "for": { "case": case }, "user": api.account(Role::Innovator).person,
        "interval": { "from": minutes(2_000), "until": minutes(2_060) },
        "purpose": "Sequence forty samples." });
    let path = format!("{resource}/request-booking");
    let booking = api.done(Role::Innovator, &path, slot).await;
    let booking = json!({ "booking": booking["created"]["booking"] });
    api.done(Role::Platform, &format!("{resource}/confirm-booking"), booking).await;
}

async fn introduced(api: &Api, case: &str, target: &str) -> Value {
    let proposal = json!({ "case": case, "target": target, "kind": "funding",
        "initiated_by": "office", "owner": api.account(Role::Funding).user,
        "rationale": "They fund diagnostics at this stage." });
    let proposed = api.done(Role::Funding, "/v1/introductions", proposal).await;
    let introduction = format!("/v1/introductions/{}", text(&proposed, "/id"));
    let until = "2035-01-31T17:00:00Z";
    let consent = json!({ "scope": ["contact", "project_title"], "until": until });
    api.done(Role::Innovator, &format!("{introduction}/consent"), consent).await;
    api.done(Role::Funding, &format!("{introduction}/accept"), json!({ "until": until })).await;
    let made = json!({ "channel": "email", "shared": ["contact"] });
    api.done(Role::Funding, &format!("{introduction}/make"), made).await
}

fn sentences(journey: &Value) -> Vec<String> {
    let steps = journey["steps"].as_array().expect("steps");
    steps.iter().map(|step| text(step, "/sentence")).collect()
}

fn kinds(journey: &Value) -> Vec<String> {
    let steps = journey["steps"].as_array().expect("steps");
    steps.iter().map(|step| text(step, "/kind")).collect()
}

#[tokio::test(flavor = "multi_thread")]
async fn a_journey_tells_all_five_interactions_in_their_order() {
    let story = Story::told().await;
    let english = story.journey(Role::Advisor, "lang=en").await;
    let mut kinds = kinds(&english).into_iter();
    for kind in [
        "intake.logged.v1",
        "intake.advisor-assigned.v1",
        "selection.application-submitted.v1",
        "selection.eligibility-assessed.v1",
        "selection.preselection-proposed.v1",
        "selection.preselection-decided.v1",
        "coaching.session-held.v1",
        "booking.requested.v1",
        "booking.confirmed.v1",
        "introduction.proposed.v1",
        "introduction.made.v1",
    ] {
        assert!(kinds.any(|told| told == kind), "{kind} is not told, or too early");
    }
    let french = story.journey(Role::Innovator, "lang=fr").await;
    assert_eq!(sentences(&french).len(), sentences(&english).len());
    assert_ne!(sentences(&french), sentences(&english));
    assert!(sentences(&french).iter().any(|sentence| sentence.contains("présélection")));
}

#[tokio::test(flavor = "multi_thread")]
async fn an_audit_trail_says_who_decided_why_and_that_the_rules_were_kept() {
    let story = Story::told().await;
    let audit = story.api.read(Role::Auditor, &story.path("/audit")).await;
    let entries = audit["entries"].as_array().expect("entries");
    let decided = entries.iter().find(|entry| entry["event"] == story.decision.as_str());
    let decided = decided.expect("the decision");
    let head = story.api.account(Role::Head).user.to_string();
    assert!(decided.to_string().contains(&head), "{decided:#}");
    assert!(decided.to_string().contains(RATIONALE), "{decided:#}");
    assert_eq!(decided["policies"]["eligibility"], 1, "{decided:#}");
    let checks = decided["checks"].as_array().expect("checks");
    assert!(checks.iter().any(|check| check["rule"] == "C-4"), "{checks:#?}");
    assert!(checks.iter().all(|check| check["held"] == true), "{checks:#?}");
}

#[tokio::test(flavor = "multi_thread")]
async fn what_was_known_before_the_last_step_is_told_as_it_was_then() {
    let story = Story::told().await;
    let now = story.journey(Role::Auditor, "lang=en").await;
    let steps = now["steps"].as_array().expect("steps");
    assert_eq!(steps[steps.len() - 1]["event"], story.last["events"][0]);
    let before = text(&steps[steps.len() - 2], "/event");
    let then = story.journey(Role::Auditor, &format!("lang=en&as_of={before}")).await;
    assert_eq!(then["steps"].as_array().map(Vec::len), Some(steps.len() - 1));
    assert_eq!(then["as_known"]["event"], before.as_str());
    assert_eq!(sentences(&then), sentences(&now)[..steps.len() - 1]);
    let note = json!({ "text": "Nothing of this was known then." });
    story.api.done(Role::Advisor, &story.path("/add-note"), note).await;
    let again = story.journey(Role::Auditor, &format!("lang=en&as_of={before}")).await;
    assert_eq!(again, then);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_list_counts_only_what_had_happened_by_the_moment_asked_for() {
    let api = Api::open().await;
    let mut arrival = intake(&api.account(Role::Innovator).person, "Liquid biopsy");
    arrival["received_at"] = json!(minutes(-120));
    arrival["occurred_at"] = json!(minutes(-120));
    let case = api.done(Role::Advisor, "/v1/cases", arrival).await;
    let path = format!("/v1/cases/{}/assign-advisor", text(&case, "/id"));
    let advisor = json!({ "advisor": api.account(Role::Advisor).user,
        "occurred_at": minutes(-60) });
    api.done(Role::Advisor, &path, advisor).await;
    let count = async |query: &str| {
        let listed = api.read(Role::Auditor, &format!("/v1/cases?{query}")).await;
        listed["total"].as_u64().expect("a total")
    };
    let intake = text(&case, "/events/0");
    for (until, received, followed) in [(-180, 0, 0), (-90, 1, 0), (-30, 0, 1)] {
        let until = format!("occurred_until={}", minutes(until));
        assert_eq!(count(&format!("status=received&{until}")).await, received, "{until}");
        assert_eq!(count(&format!("status=followed&{until}")).await, followed, "{until}");
        // Nobody knew yet that it was to be followed.
        let known = format!("{until}&as_of={intake}");
        assert_eq!(count(&format!("status=received&{known}")).await, received + followed);
        assert_eq!(count(&format!("status=followed&{known}")).await, 0, "{known}");
    }
    api.close().await;
}
