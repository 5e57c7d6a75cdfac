//! The office's rules: the first versions, and those that came after.

use events::policy::{ComponentAccess, PolicyBody};
use events::{OfferComponent, PolicyKind, Rule, Stream, Time, UserId};
use serde_json::{Value, json};

use super::days::{date, paris};
use super::story::Story;
use super::world::Order;
use crate::domain::defaults::default_policies;

/// Criteria of the first version of eligibility.
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
/// Those of the second, published in January 2025.
pub(super) const CRITERIA_2025: &[&str] = &[
    "oncology_scope",
    "stage_in_scope",
    "area_in_scope",
    "contributes_to_french_economy",
    "non_confidential_material",
    "ip_position_stated",
    "team_contactable",
    "no_exclusion_situation",
    "no_double_funding",
    "patients_involved",
];

/// One administrator writes the defaults down, the other makes them hold.
pub(super) fn publish_first(story: &mut Story) {
    for body in default_policies() {
        let kind = body.kind();
        publish(story, kind, 1, &json!(body), None);
    }
    story.at(paris(date(2025, 1, 20), 10, 15), second_eligibility);
    story.at(paris(date(2025, 9, 1), 9, 45), second_service_levels);
    story.at(paris(date(2026, 3, 3), 14, 20), second_offer);
    story.at(paris(date(2026, 4, 13), 16, 5), retire_first_lists);
    story.at(paris(date(2026, 10, 12), 11, 30), draft_conflicts);
}

fn policy(kind: PolicyKind, user: UserId, name: &'static str, body: Value) -> Order {
    Order::on(user, Stream::Policy(kind), name, body)
}

fn publish(story: &mut Story, kind: PolicyKind, version: u32, body: &Value, from: Option<Time>) {
    let (writer, other) = (story.office.admins[0].user, story.office.admins[1].user);
    let draft = json!({ "version": version, "body": body });
    story.world.send(policy(kind, writer, "draft", draft));
    let effective_from = from.unwrap_or(story.world.now);
    let order = |user| {
        policy(
            kind,
            user,
            "publish",
            json!({ "version": version, "effective_from": effective_from }),
        )
    };
    if version > 1 {
        // Who wrote it does not make it hold (G-8).
        story.world.try_in_vain(order(writer), Rule::G8);
    }
    story.world.send(order(other));
}

fn first(kind: PolicyKind) -> Option<PolicyBody> {
    default_policies().into_iter().find(|body| body.kind() == kind)
}

/// The position on intellectual property becomes mandatory; patients' part is asked for.
fn second_eligibility(story: &mut Story) {
    let Some(PolicyBody::Eligibility { mut criteria }) = first(PolicyKind::Eligibility) else {
        return;
    };
    for criterion in &mut criteria {
        criterion.mandatory |= criterion.code.as_str() == "ip_position_stated";
    }
    let mut body = json!(PolicyBody::Eligibility { criteria });
    if let Some(Value::Array(criteria)) = body.pointer_mut("/eligibility/criteria") {
        criteria.push(json!({
            "code": "patients_involved", "mandatory": false,
            "fr": "Place des patients précisée", "en": "Part of patients stated",
        }));
    }
    publish(story, PolicyKind::Eligibility, 2, &body, Some(paris(date(2025, 2, 1), 0, 0)));
}

/// Decisions are to come faster.
fn second_service_levels(story: &mut Story) {
    let body = json!({ "service_levels": {
        "acknowledge_working_days": 2, "assign_working_days": 4,
        "decide_working_days": 25, "appeal_days": 60,
    } });
    publish(story, PolicyKind::ServiceLevels, 2, &body, None);
}

/// Data become part of every case.
fn second_offer(story: &mut Story) {
    let Some(PolicyBody::OfferComponents { mut components }) = first(PolicyKind::OfferComponents)
    else {
        return;
    };
    components.insert(OfferComponent::Data, ComponentAccess::Included);
    let body = json!(PolicyBody::OfferComponents { components });
    publish(story, PolicyKind::OfferComponents, 2, &body, None);
}

/// A second version of the lists, after which the first is ended for good.
fn retire_first_lists(story: &mut Story) {
    let Some(lists) = first(PolicyKind::CodeLists) else { return };
    let mut body = json!(lists);
    if let Some(Value::Array(words)) = body.pointer_mut("/code_lists/lists/modality") {
        words.push(json!({ "code": "microbiome", "fr": "Microbiote", "en": "Microbiome" }));
    }
    publish(story, PolicyKind::CodeLists, 2, &body, None);
    let head = story.office.head().user;
    let order = policy(PolicyKind::CodeLists, head, "retire", json!({ "version": 1 }));
    let asked = story.world.send(order);
    let admin = story.office.admin().user;
    story.world.agree(admin, &asked);
}

/// Written down, and not published when the story ends.
fn draft_conflicts(story: &mut Story) {
    let Some(PolicyBody::Conflicts { grounds, .. }) = first(PolicyKind::Conflicts) else { return };
    let body = json!(PolicyBody::Conflicts { grounds, window_months: 60 });
    let writer = story.office.admins[1].user;
    let draft = json!({ "version": 2, "body": body });
    story.world.send(policy(PolicyKind::Conflicts, writer, "draft", draft));
}
