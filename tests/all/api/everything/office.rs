//! People, organisations, rules, calls and rights.

use events::Role;
use serde_json::{Value, json};

use super::{World, days, minutes, say};
use crate::setup::text;

impl World<'_> {
    pub(super) async fn people(&mut self) {
        let contact = self.account(Role::Innovator).person.clone();
        self.ids.insert("contact", contact.clone());
        for role in [Role::Advisor, Role::Funding, Role::Innovator] {
            let user = self.account(role).user.clone();
            self.ids.insert(role_name(role), user);
        }
        let person = json!({ "name": say("Inès Martin"), "email": say("ines@example.org"),
            "phone": say("+33 1 23 45 67 89"), "orcid": say("0000-0002-1825-0097"),
            "language": "fr",
            "privacy_notice": { "version": "2026-01", "given_at": "2026-03-02T08:45:00Z" } });
        let person = self.does(Role::Advisor, "/v1/people", person).await;
        self.name("mentor", &person, "/id");
        let fund = json!({ "legal_name": "Fonds Alpha", "kind": "vc", "country": "FR",
            "siren": "732829320" });
        let fund = self.does(Role::Funding, "/v1/organisations", fund).await;
        self.name("fund", &fund, "/id");
        let trader = json!({ "sole_trader_name": say("Paul Durand"), "kind": "sole_trader",
            "country": "FR" });
        let trader = self.does(Role::Advisor, "/v1/organisations", trader).await;
        self.name("trader", &trader, "/id");
        let path = format!("/v1/organisations/{}/correct-details", self.id("trader"));
        let trader = json!({ "sole_trader_name": say("Paul Durant"), "kind": "sole_trader",
            "country": "FR" });
        self.does(Role::Advisor, &path, trader).await;

        let person = format!("/v1/people/{}", self.id("mentor"));
        let details = json!({ "name": say("Inès Martin-Roux"), "email": say("ines.roux@example.org"),
            "phone": say("+33 1 98 76 54 32"), "orcid": say("0000-0001-5109-3700"),
            "language": "en" });
        self.does(Role::Advisor, &format!("{person}/correct-details"), details).await;
        let fund = self.id("fund").to_owned();
        let place = json!({ "organisation": fund, "function": "professor", "from": "2024-09-01" });
        self.does(Role::Advisor, &format!("{person}/declare-affiliation"), place).await;
        let left = json!({ "organisation": fund, "to": "2026-01-31" });
        self.does(Role::Advisor, &format!("{person}/end-affiliation"), left).await;

        let person = format!("/v1/people/{contact}");
        let consent = json!({ "recipient": fund, "scope": "referral_to_partner",
            "until": "2035-01-31T17:00:00Z" });
        let consent = self.does(Role::Innovator, &format!("{person}/give-consent"), consent).await;
        self.name("consent", &consent, "/created/consent");
        let news = json!({ "scope": "newsletter", "until": "2035-01-31T17:00:00Z" });
        let news = self.does(Role::Advisor, &format!("{person}/give-consent"), news).await;
        let news = json!({ "consent": news["created"]["consent"] });
        self.does(Role::Innovator, &format!("{person}/withdraw-consent"), news).await;
        self.duplicates().await;
    }

    /// Registered twice, merged, parted. The record that was merged into last gave way itself.
    async fn duplicates(&mut self) {
        let person = |name: &str| {
            json!({ "name": name, "email": "twice@example.org", "language": "fr",
                "privacy_notice": { "version": "2026-01", "given_at": "2026-03-02T08:45:00Z" } })
        };
        let company = |name: &str| json!({ "legal_name": name, "kind": "vc", "country": "FR" });
        for collection in ["people", "organisations"] {
            let mut records = Vec::new();
            for name in ["Fonds Beta", "Fonds Bêta", "Fonds Beta SAS"] {
                let body = if collection == "people" { person(name) } else { company(name) };
                let path = format!("/v1/{collection}");
                records.push(text(&self.api.done(Role::Advisor, &path, body).await, "/id"));
            }
            let [one, two, three] = &records[..] else { panic!("three records") };
            let (one, two) = (format!("/v1/{collection}/{one}"), two);
            self.decides(Role::Advisor, &format!("{one}/merge"), json!({ "into": two })).await;
            let from = json!({ "from": two });
            self.decides(Role::Advisor, &format!("{one}/revert-merge"), from).await;
            let away = format!("/v1/{collection}/{two}/merge");
            self.api.decided(Role::Advisor, &away, json!({ "into": three })).await;
        }
    }

    pub(super) async fn rules(&mut self) {
        let policy = "/v1/policies/service_levels";
        let body = json!({ "service_levels": { "acknowledge_working_days": 1,
            "assign_working_days": 3, "decide_working_days": 20, "appeal_days": 30 } });
        let draft = json!({ "version": 2, "body": body });
        self.does(Role::Admin, &format!("{policy}/draft"), draft).await;
        let publish = json!({ "version": 2, "effective_from": minutes(0) });
        self.decides(Role::Head, &format!("{policy}/publish"), publish).await;
        let retire = json!({ "version": 1 });
        let asked = self.decides(Role::Head, "/v1/policies/conflicts/retire", retire).await;
        self.agree(Role::Admin, &asked).await;
    }

    pub(super) async fn calls(&mut self) {
        let call = |title: &str, opens_at: i64, deadline: i64| {
            json!({ "terms": { "title": title, "kind": "regular", "opens_at": minutes(opens_at),
                "deadline": minutes(deadline) } })
        };
        let calls = [
            ("call", call("Spring call", -3_000, 40_000)),
            ("next call", call("Autumn call", -3_000, 90_000)),
            ("past call", call("Winter call", -9_000, -600)),
            ("short call", call("Call that closes", -3_000, 40_000)),
            ("false call", call("Call that is cancelled", -3_000, 40_000)),
        ];
        for (name, call) in calls {
            let opened = self.does(Role::Head, "/v1/calls", call).await;
            self.name(name, &opened, "/id");
        }
        let extended = json!({ "deadline": minutes(50_000) });
        self.decided_on("call", "extend-deadline", extended).await;
        self.decided_on("short call", "close", json!({})).await;
        self.decided_on("false call", "cancel", json!({})).await;
    }

    async fn decided_on(&mut self, call: &str, command: &str, body: Value) {
        let path = format!("/v1/calls/{}/{command}", self.id(call));
        self.decides(Role::Head, &path, body).await;
    }

    pub(super) async fn rights(&mut self) {
        let (mentor, case) = (self.id("mentor").to_owned(), self.id("case").to_owned());
        let user = self.does(Role::Admin, "/v1/users", json!({ "person": mentor })).await;
        self.name("user", &user, "/created/user");
        let user = self.id("user").to_owned();
        let role = json!({ "user": user, "role": "advisor", "scope": case,
            "until": "2035-01-31T17:00:00Z" });
        self.does(Role::Admin, "/v1/users/grant-role", role).await;
        let role = json!({ "user": user, "role": "advisor", "scope": case });
        self.does(Role::Admin, "/v1/users/revoke-role", role).await;
        let token = json!({ "user": user, "purpose": "browser" });
        let token = self.does(Role::Admin, "/v1/users/issue-token", token).await;
        let token = json!({ "token": token["created"]["token"] });
        self.does(Role::Admin, "/v1/users/revoke-token", token).await;
        let mission = json!({ "auditor": self.account(Role::Auditor).user, "authority": "funder",
            "mandate": "F2030/2026-119", "scope": "selection", "until": minutes(600) });
        let mission = self.does(Role::Admin, "/v1/users/open-audit-mission", mission).await;
        let mission = json!({ "mission": mission["created"]["mission"] });
        self.does(Role::Admin, "/v1/users/close-audit-mission", mission).await;
    }

    /// The operator's work, which leaves no event.
    pub(super) async fn keep_keys(&mut self) {
        let (path, body) = ("/v1/keys/rotate", json!({}));
        self.note(path, &body);
        let rotated = self.api.done(Role::System, path, body).await;
        assert_eq!(rotated["keys"]["rotating"], false);
    }

    pub(super) async fn conclude(&mut self) {
        let case = format!("/v1/cases/{}", self.id("case"));
        let outcome = json!({ "kind": "funding_secured", "closed_on": days(-1), "round": "seed",
            "instrument": "equity", "total": { "eur_cents": 250_000_000 },
            "contributions": [{ "organisation": self.id("fund"),
                "amount": { "eur_cents": 150_000_000 }, "introduction": self.id("introduction") }],
            "attribution": "contributory", "evidence": say("Press release") });
        let outcome = self.does(Role::Funding, &format!("{case}/record-outcome"), outcome).await;
        self.name("outcome", &outcome, "/created/outcome");
        let outcome = self.id("outcome").to_owned();
        let doubt = json!({ "outcome": outcome, "reason": say("Part of it was a loan") });
        self.does(Role::Advisor, &format!("{case}/contest-outcome"), doubt).await;
        let proof = json!({ "outcome": outcome, "evidence": say("Saw the register") });
        self.does(Role::Head, &format!("{case}/verify-outcome"), proof).await;

        let other = format!("/v1/cases/{}", self.id("other"));
        let closed = json!({ "reason": "objectives_met", "note": say("They stand alone") });
        self.decides(Role::Head, &format!("{other}/close"), closed).await;
        let reopened = json!({ "reason": say("A second indication") });
        let asked = self.decides(Role::Head, &format!("{other}/reopen"), reopened).await;
        self.agree(Role::Deputy, &asked).await;
    }

    /// A second person agrees to what a command asked for.
    async fn agree(&mut self, role: Role, asked: &Value) {
        let approval = crate::setup::text(asked, "/waits_for_approval");
        self.decides(role, &format!("/v1/approvals/{approval}/give"), json!({})).await;
    }

    /// Second thoughts: what was logged is corrected, annulled, noted upon, redacted; what takes
    /// two persons waits for the second.
    pub(super) async fn think_again(&mut self) {
        let case = format!("/v1/cases/{}", self.id("case"));
        let other = format!("/v1/cases/{}", self.id("other"));
        let note = |text: &str| json!({ "text": say(text) });
        let meeting = json!({ "kind": "meeting", "minutes": 60, "summary": say("What was said"),
            "commitments": [{ "by": "office", "what": say("Send the list") }] });
        let meeting = self.does(Role::Advisor, &format!("{case}/log-interaction"), meeting).await;
        self.name("meeting", &meeting, "/events/0");
        let noted = self.does(Role::Advisor, &format!("{other}/add-note"), note("Elsewhere")).await;
        self.name("other's note", &noted, "/events/0");
        let event = format!("/v1/events/{}", self.id("meeting"));
        let correction = json!({ "changes": { "minutes": 45, "summary": say("What was meant") },
            "happened_at": minutes(-30), "reason": say("It was shorter") });
        self.does(Role::Advisor, &format!("{event}/correct"), correction).await;
        self.does(Role::Head, &format!("{event}/annotate"), note("See the minutes")).await;
        let reworded = json!({ "field": "summary", "text": say("Met the team") });
        self.does(Role::Dpo, &format!("{event}/redact"), reworded).await;
        let twice = self.does(Role::Advisor, &format!("{case}/add-note"), note("Twice")).await;
        let twice = crate::setup::text(&twice, "/events/0");
        let annulled = json!({ "reason": say("Logged twice") });
        self.does(Role::Advisor, &format!("/v1/events/{twice}/annul"), annulled.clone()).await;

        let wrong = self.does(Role::Advisor, &format!("{case}/add-note"), note("Wrong case")).await;
        let wrong = format!("/v1/events/{}/move", crate::setup::text(&wrong, "/events/0"));
        let wish = json!({ "case": self.id("other"), "reason": say("It is the other project's") });
        self.does(Role::Advisor, &wrong, wish).await;

        let by_two = format!("{event}/annul");
        let asked = self.does(Role::Head, &by_two, annulled.clone()).await;
        self.name("approval", &asked, "/waits_for_approval");
        let by_two = format!("/v1/events/{}/annul", self.id("other's note"));
        let asked = self.does(Role::Head, &by_two, annulled).await;
        self.name("other approval", &asked, "/waits_for_approval");
        let refused = format!("/v1/approvals/{}/refuse", self.id("approval"));
        self.decides(Role::Director, &refused, json!({ "reason": say("It was so") })).await;

        let person = format!("/v1/people/{}", self.id("mentor"));
        let hold = json!({ "authority": "court", "scope": "everything" });
        let asked = self.does(Role::Dpo, &format!("{person}/place-hold"), hold).await;
        let hold = asked["waits_for_approval"].clone();
        self.agree(Role::Head, &asked).await;
        let held = self.api.read(Role::Dpo, &format!("{person}/events")).await;
        let placed = held["items"].as_array().into_iter().flatten().find_map(|event| {
            (event["type"] == "person.hold-placed.v1").then(|| event["data"]["hold"].clone())
        });
        assert!(placed.is_some() && hold.is_string(), "{held:#}");
        let release = format!("{person}/release-hold");
        let asked = self.does(Role::Dpo, &release, json!({ "hold": placed })).await;
        self.agree(Role::Director, &asked).await;
        let restricted = json!({ "basis": "accuracy_contested" });
        self.does(Role::Dpo, &format!("{person}/restrict"), restricted).await;
        self.does(Role::Dpo, &format!("{person}/unrestrict"), json!({})).await;
    }
}

const fn role_name(role: Role) -> &'static str {
    match role {
        Role::Advisor => "advisor",
        Role::Funding => "funding",
        _ => "innovator",
    }
}
