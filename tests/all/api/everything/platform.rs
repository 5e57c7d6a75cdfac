//! Resources and bookings, used and lost.

use events::Role;
use serde_json::{Value, json};

use super::{World, minutes, say};
use crate::setup::text;

const DAY: i64 = 24 * 60;

impl World<'_> {
    fn on(&self, command: &str) -> String {
        format!("/v1/resources/{}/{command}", self.id("resource"))
    }

    async fn platform(&mut self, command: &str, body: Value) -> Value {
        self.does(Role::Platform, &self.on(command), body).await
    }

    /// An hour from so many minutes on, for the case.
    fn slot(&self, from: i64) -> Value {
        json!({ "for": { "case": self.id("case") }, "user": self.id("contact"),
            "interval": { "from": minutes(from), "until": minutes(from + 60) },
            "purpose": say("Sequence forty samples"), "samples": 40, "biosafety": 2 })
    }

    fn past_slot(&self, from: i64) -> Value {
        let mut slot = self.slot(from);
        slot["report"] = json!({ "source": "platform_tool", "evidence": say("Line 7 there") });
        slot
    }

    async fn booked(&mut self, role: Role, command: &str, slot: Value) -> Value {
        let booked = self.does(role, &self.on(command), slot).await;
        json!(text(&booked, "/created/booking"))
    }

    pub(super) async fn book(&mut self) {
        for name in ["resource", "old resource"] {
            let resource = json!({ "name_fr": "Séquenceur", "name_en": "Sequencer",
                "organisation": self.id("fund"), "class": "instrument",
                "component": "technologies", "calendar": "here", "site": "Villejuif",
                "capacity": 1, "biosafety": 2 });
            let resource = self.does(Role::Platform, "/v1/resources", resource).await;
            self.name(name, &resource, "/id");
        }
        let retired = format!("/v1/resources/{}/retire", self.id("old resource"));
        self.does(Role::Platform, &retired, json!({})).await;
        let weekdays = ["mon", "tue", "wed", "thu", "fri", "sat", "sun"];
        let opening: Vec<_> =
            weekdays.map(|day| json!({ "weekday": day, "from": "00:00", "until": "24:00" })).into();
        let rules = json!({ "slot_minutes": 1, "min_minutes": 30, "max_minutes": 480,
            "lead_minutes": 0, "horizon_days": 90, "buffer_minutes": 0,
            "cancellation_cutoff_hours": 48, "time_zone": "Europe/Paris", "opening": opening,
            "qualification_needed": true, "operation": "autonomous" });
        self.decides(Role::Platform, &self.on("set-rules"), rules).await;
        let person = self.id("contact").to_owned();
        self.platform("grant-qualification", json!({ "person": person })).await;

        let slot = self.slot(DAY);
        let booking = self.booked(Role::Innovator, "request-booking", slot).await;
        let one = json!({ "booking": booking });
        self.platform("confirm-booking", one.clone()).await;
        self.platform("start-booking", one).await;
        let used = json!({ "booking": booking, "usage_minutes": 55,
            "interval": { "from": minutes(-120), "until": minutes(-60) } });
        self.platform("complete-booking", used).await;
        let slot = self.slot(2 * DAY);
        let booking = self.booked(Role::Advisor, "book", slot).await;
        let moved = json!({ "booking": booking,
            "interval": { "from": minutes(3 * DAY), "until": minutes(3 * DAY + 60) } });
        self.does(Role::Innovator, &self.on("reschedule-booking"), moved).await;
        let cancelled = json!({ "booking": booking, "reason": "by_user" });
        self.does(Role::Innovator, &self.on("cancel-booking"), cancelled).await;
    }

    pub(super) async fn lose_bookings(&mut self) {
        let slot = self.slot(4 * DAY);
        let booking = self.booked(Role::Innovator, "request-booking", slot).await;
        let rejected = json!({ "booking": booking, "reason": "biosafety" });
        self.decides(Role::Platform, &self.on("reject-booking"), rejected).await;
        let slot = self.past_slot(-600);
        let booking = self.booked(Role::Platform, "request-booking", slot).await;
        self.platform("expire-booking", json!({ "booking": booking })).await;
        let slot = self.past_slot(-500);
        let booking = self.booked(Role::Platform, "book", slot).await;
        self.platform("log-no-show", json!({ "booking": booking })).await;
        let slot = self.slot(5 * DAY);
        let booking = self.booked(Role::Platform, "book", slot).await;
        self.platform("start-booking", json!({ "booking": booking })).await;
        let cut = json!({ "booking": booking, "usage_minutes": 40 });
        self.platform("interrupt-booking", cut).await;
        let outage = json!({ "from": minutes(6 * DAY), "to": minutes(7 * DAY),
            "reason": say("The laser is replaced") });
        let outage = self.platform("declare-outage", outage).await;
        let lifted = json!({ "outage": outage["created"]["outage"], "at": minutes(6 * DAY + 60) });
        self.platform("lift-outage", lifted).await;
        let person = self.id("contact").to_owned();
        self.platform("revoke-qualification", json!({ "person": person })).await;
    }
}
