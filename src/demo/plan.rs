//! How much of everything there is, by scale.

use events::{Date, Time};

use super::days::{date, paris};

/// How large the demonstration is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Scale {
    /// About a thousand events, for quick tests.
    Tiny,
    /// One cluster over three years: about sixty thousand events.
    X1,
}

/// The numbers behind a story.
#[derive(Debug, Clone)]
pub(super) struct Plan {
    /// The day the office opens.
    pub(super) from: Date,
    /// Nothing is recorded from then on.
    pub(super) until: Time,
    /// About how many events come of it.
    pub(super) events: usize,
    pub(super) people: usize,
    pub(super) organisations: usize,
    pub(super) resources: usize,
    pub(super) mentors: usize,
    pub(super) intake_only: usize,
    pub(super) ineligible: usize,
    pub(super) withdrawn: usize,
    pub(super) not_preselected: usize,
    pub(super) preselected: usize,
    pub(super) supported: usize,
    pub(super) pending: usize,
    pub(super) same_people: usize,
    pub(super) same_organisations: usize,
    pub(super) documents: usize,
    pub(super) gatherings: usize,
    /// Bookings by members of the cluster and by the office itself.
    pub(super) other_bookings: usize,
    /// Months of full support at most.
    pub(super) support_months: i64,
}

impl Plan {
    pub(super) fn of(scale: Scale) -> Self {
        let (from, until) = (date(2023, 9, 1), paris(date(2026, 11, 20), 18, 0));
        match scale {
            Scale::X1 => Self {
                from,
                until,
                events: 60_000,
                people: 2_400,
                organisations: 700,
                resources: 45,
                mentors: 60,
                intake_only: 180,
                ineligible: 95,
                withdrawn: 55,
                not_preselected: 130,
                preselected: 63,
                supported: 77,
                pending: 14,
                same_people: 40,
                same_organisations: 15,
                documents: 40,
                gatherings: 80,
                other_bookings: 1_100,
                support_months: 24,
            },
            Scale::Tiny => Self {
                from,
                until,
                events: 1_000,
                people: 90,
                organisations: 50,
                resources: 5,
                mentors: 4,
                intake_only: 6,
                ineligible: 4,
                withdrawn: 3,
                not_preselected: 4,
                preselected: 2,
                supported: 2,
                pending: 1,
                same_people: 4,
                same_organisations: 2,
                documents: 6,
                gatherings: 4,
                other_bookings: 8,
                support_months: 2,
            },
        }
    }
}
