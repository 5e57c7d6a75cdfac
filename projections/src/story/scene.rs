//! What a sentence needs beside its fact: names, dates and numbers as people read them.

use chrono::{Datelike, Timelike};
use events::{
    ApplicationId, CallId, CaseId, Code, Date, Fact, Interval, Labelled, Language, Money,
    OrganisationId, PersonId, ResourceId, Stream, Time, UserId,
};

use super::memory::Memory;
use super::{Names, Subject};

const MONTHS_FR: [&str; 12] = [
    "janvier",
    "février",
    "mars",
    "avril",
    "mai",
    "juin",
    "juillet",
    "août",
    "septembre",
    "octobre",
    "novembre",
    "décembre",
];
const MONTHS_EN: [&str; 12] = [
    "January",
    "February",
    "March",
    "April",
    "May",
    "June",
    "July",
    "August",
    "September",
    "October",
    "November",
    "December",
];

/// The surroundings of one fact.
pub(super) struct Scene<'a> {
    pub(super) about: Option<Subject>,
    pub(super) language: Language,
    pub(super) names: &'a dyn Names,
    pub(super) memory: &'a Memory,
    pub(super) stream: Option<Stream>,
}

/// `text` of what is there, or nothing.
pub(super) fn with<T>(value: Option<T>, text: impl FnOnce(T) -> String) -> String {
    value.map(text).unwrap_or_default()
}

/// `text` where `there` holds, or nothing.
pub(super) const fn when(there: bool, text: &str) -> &str {
    if there { text } else { "" }
}

/// A count with its noun.
pub(super) fn count(count: usize, one: &str, many: &str) -> String {
    // French counts nothing in the singular, but no sentence here counts nothing.
    if count == 1 { format!("1 {one}") } else { format!("{count} {many}") }
}

/// The text with its first letter as a capital.
pub(super) fn capital(text: &str) -> String {
    let mut letters = text.chars();
    letters.next().map_or_else(String::new, |first| first.to_uppercase().chain(letters).collect())
}

/// `de Marie`, `d'Anne`.
pub(super) fn de(name: &str) -> String {
    let vowel = |letter: char| "aàâeéèêëiîïoôuùûyœæ".contains(letter);
    let first = name.chars().next().and_then(|letter| letter.to_lowercase().next());
    if first.is_some_and(vowel) { format!("d'{name}") } else { format!("de {name}") }
}

impl Scene<'_> {
    /// The case of the fact's stream, where it is not the one that the story is about.
    pub(super) fn elsewhere(&self, fact: &Fact) -> Option<CaseId> {
        let Some(Stream::Case(case)) = self.stream else { return None };
        // The link of two cases names the other one by itself.
        let linked = matches!(fact, Fact::Intake(events::intake::Fact::CaseLinked { other, .. })
            if self.about == Some(Subject::Case(*other)));
        // An arrival tells the title of the project.
        let arrival = matches!(fact, Fact::Intake(events::intake::Fact::Logged(_)));
        (self.about != Some(Subject::Case(case)) && !linked && !arrival).then_some(case)
    }

    pub(super) fn is_about_case(&self, case: CaseId) -> bool {
        self.about == Some(Subject::Case(case))
    }

    pub(super) fn is_about_organisation(&self, organisation: OrganisationId) -> bool {
        self.about == Some(Subject::Organisation(organisation))
    }

    pub(super) fn person(&self, id: PersonId) -> String {
        self.names.person(id)
    }

    pub(super) fn people(&self, ids: &[PersonId]) -> String {
        self.list(ids.iter().map(|id| self.names.person(*id)))
    }

    pub(super) fn user(&self, id: UserId) -> String {
        self.names.user(id)
    }

    pub(super) fn organisation(&self, id: OrganisationId) -> String {
        self.names.organisation(id)
    }

    pub(super) fn call(&self, id: CallId) -> String {
        self.quote(&self.names.call(id))
    }

    pub(super) fn case(&self, id: CaseId) -> String {
        self.quote(&self.names.case(id))
    }

    pub(super) fn resource_called(&self, id: ResourceId) -> String {
        self.quote(&self.names.resource(id, self.language))
    }

    pub(super) fn code(&self, code: &Code) -> String {
        self.names.code(code, self.language)
    }

    pub(super) fn codes(&self, codes: &[Code]) -> String {
        self.list(codes.iter().map(|code| self.code(code)))
    }

    pub(super) fn label<L: Labelled>(&self, word: L) -> &'static str {
        word.label(self.language)
    }

    pub(super) fn labels<L: Labelled>(&self, words: &[L]) -> String {
        self.list(words.iter().map(|word| word.label(self.language).to_owned()))
    }

    /// The call that an application answers, as far as it was told.
    pub(super) fn call_of(&self, application: ApplicationId) -> Option<String> {
        self.memory.applications.get(&application).map(|call| self.call(*call))
    }

    /// The person whose stream it is.
    pub(super) fn who(&self) -> String {
        match self.stream {
            Some(Stream::Person(id)) => self.person(id),
            _ => "?".to_owned(),
        }
    }

    /// The organisation whose stream it is.
    pub(super) fn which(&self) -> String {
        match self.stream {
            Some(Stream::Organisation(id)) => self.organisation(id),
            _ => "?".to_owned(),
        }
    }

    /// The resource whose stream it is.
    pub(super) fn resource(&self) -> String {
        match self.stream {
            Some(Stream::Resource(id)) => self.resource_called(id),
            _ => "?".to_owned(),
        }
    }

    /// The call whose stream it is.
    pub(super) fn this_call(&self) -> String {
        match self.stream {
            Some(Stream::Call(id)) => self.call(id),
            _ => "?".to_owned(),
        }
    }

    /// The rule whose stream it is.
    pub(super) fn rule(&self) -> String {
        match self.stream {
            Some(Stream::Policy(kind)) => self.quote(kind.label(self.language)),
            _ => "?".to_owned(),
        }
    }

    pub(super) fn quote(&self, text: &str) -> String {
        match self.language {
            Language::Fr => format!("«\u{a0}{text}\u{a0}»"),
            Language::En => format!("“{text}”"),
        }
    }

    /// `a, b and c`.
    pub(super) fn list(&self, items: impl Iterator<Item = String>) -> String {
        let mut items: Vec<String> = items.collect();
        let and = match self.language {
            Language::Fr => "et",
            Language::En => "and",
        };
        match items.pop() {
            None => String::new(),
            Some(last) if items.is_empty() => last,
            Some(last) => format!("{} {and} {last}", items.join(", ")),
        }
    }

    pub(super) fn date(&self, date: Date) -> String {
        let month = date.month0() as usize;
        match (self.language, date.day()) {
            (Language::Fr, 1) => format!("1er {} {}", MONTHS_FR[month], date.year()),
            (Language::Fr, day) => format!("{day} {} {}", MONTHS_FR[month], date.year()),
            (Language::En, day) => format!("{day} {} {}", MONTHS_EN[month], date.year()),
        }
    }

    /// The day on the office's calendar.
    pub(super) fn day(&self, at: Time) -> String {
        self.date(self.names.local(at).date())
    }

    /// The time of day on the office's clock.
    pub(super) fn clock(&self, at: Time) -> String {
        let local = self.names.local(at);
        let (hour, minute) = (local.hour(), local.minute());
        match (self.language, minute) {
            (Language::Fr, 0) => format!("{hour}\u{a0}h"),
            (Language::Fr, _) => format!("{hour}\u{a0}h\u{a0}{minute:02}"),
            (Language::En, _) => format!("{hour:02}:{minute:02}"),
        }
    }

    /// Day and time of day.
    pub(super) fn moment(&self, at: Time) -> String {
        match self.language {
            Language::Fr => format!("{} à {}", self.day(at), self.clock(at)),
            Language::En => format!("{} at {}", self.day(at), self.clock(at)),
        }
    }

    /// `le 12 mars 2026 de 14 h à 16 h`.
    pub(super) fn slot(&self, interval: Interval) -> String {
        let (from, until) = (interval.from(), interval.until());
        let one_day = self.names.local(from).date() == self.names.local(until).date();
        match (self.language, one_day) {
            (Language::Fr, true) => {
                format!("le {} de {} à {}", self.day(from), self.clock(from), self.clock(until))
            }
            (Language::Fr, false) => {
                format!("du {} au {}", self.moment(from), self.moment(until))
            }
            (Language::En, true) => {
                format!("on {} from {} to {}", self.day(from), self.clock(from), self.clock(until))
            }
            (Language::En, false) => {
                format!("from {} to {}", self.moment(from), self.moment(until))
            }
        }
    }

    /// A length of time: minutes up to an hour, hours up to two days, then days.
    pub(super) fn minutes(&self, minutes: u64) -> String {
        let (hours, rest) = (minutes / 60, minutes % 60);
        match (minutes, self.language) {
            (0..60, _) => format!("{minutes}\u{a0}min"),
            (60..2880, _) if rest == 0 => format!("{hours}\u{a0}h"),
            (60..2880, Language::Fr) => format!("{hours}\u{a0}h\u{a0}{rest:02}"),
            (60..2880, Language::En) => format!("{hours}\u{a0}h\u{a0}{rest:02}\u{a0}min"),
            (_, Language::Fr) => format!("{} jours", minutes / 1440),
            (_, Language::En) => format!("{} days", minutes / 1440),
        }
    }

    pub(super) fn money(&self, money: Money) -> String {
        let (euros, cents) = (money.eur_cents / 100, money.eur_cents % 100);
        let digits = euros.to_string();
        let mut grouped = String::new();
        for (place, digit) in digits.chars().enumerate() {
            if place > 0 && (digits.len() - place).is_multiple_of(3) {
                grouped.push(if self.language == Language::Fr { '\u{202f}' } else { ',' });
            }
            grouped.push(digit);
        }
        match (self.language, cents) {
            (Language::Fr, 0) => format!("{grouped}\u{a0}€"),
            (Language::Fr, _) => format!("{grouped},{cents:02}\u{a0}€"),
            (Language::En, 0) => format!("€{grouped}"),
            (Language::En, _) => format!("€{grouped}.{cents:02}"),
        }
    }
}
