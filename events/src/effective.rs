//! What a history comes to once what was said about its facts counts: corrected facts replaced,
//! annulled ones left out, redacted texts gone. Every fold and every decider starts from here.

use std::collections::HashMap;

use serde_json::Value;

use crate::{Envelope, EventId, Fact, FieldPath, Sealed, amendment};

/// Facts in the order of the log, with what later ones say about them.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct History {
    entries: Vec<Entry>,
    /// Whether anything in it changes what something else in it says.
    amended: bool,
}

/// A fact, as it counts.
#[derive(Debug, Clone, PartialEq)]
pub struct Entry {
    /// The fact as it counts now.
    pub envelope: Envelope,
    /// As it was recorded, where a correction or a redaction changed it.
    pub original: Option<Box<Envelope>>,
    /// Whether it no longer counts.
    pub annulled: bool,
    /// Places in the history of what was said about it, in order.
    pub amendments: Vec<usize>,
}

impl Entry {
    /// The fact as it was recorded.
    pub fn recorded(&self) -> &Envelope {
        self.original.as_deref().unwrap_or(&self.envelope)
    }
}

impl History {
    /// What `recorded` comes to: a prefix of one stream, or of several in the order of the log.
    ///
    /// What is said of an event that is not in it changes nothing. The last correction counts;
    /// whatever the order, an annulled fact stays annulled.
    pub fn of(recorded: Vec<Envelope>) -> Self {
        let mut history = Self::plain(recorded);
        let amends = |entry: &Entry| matches!(entry.envelope.fact, Fact::Amendment(_));
        if !history.entries.iter().any(amends) {
            return history;
        }
        let places: HashMap<EventId, usize> =
            history.entries.iter().enumerate().map(|(at, entry)| (entry.envelope.id, at)).collect();
        for at in 0..history.entries.len() {
            let envelope = &history.entries[at].envelope;
            let Fact::Amendment(said) = &envelope.fact else { continue };
            // What is said of an event stands after it, on its own stream.
            let target = places.get(&said.target()).copied().filter(|target| {
                *target < at && history.entries[*target].envelope.stream == envelope.stream
            });
            let Some(target) = target else { continue };
            let (by, said) = (envelope.id, said.clone());
            history.amended |= history.entries[at].envelope.fact.amends();
            history.entries[target].take(at, by, &said);
        }
        history
    }

    fn plain(recorded: Vec<Envelope>) -> Self {
        let entry =
            |envelope| Entry { envelope, original: None, annulled: false, amendments: Vec::new() };
        Self { entries: recorded.into_iter().map(entry).collect(), amended: false }
    }

    /// The facts that count, as they count, in the order of the log.
    pub fn facts(&self) -> impl DoubleEndedIterator<Item = &Envelope> {
        self.entries.iter().filter(|entry| !entry.annulled).map(|entry| &entry.envelope)
    }

    /// Everything that was recorded, also what no longer counts.
    pub fn entries(&self) -> &[Entry] {
        &self.entries
    }

    /// Every way an entry ever read, from how it was recorded to how it counts.
    pub fn versions(&self, entry: &Entry) -> Vec<Envelope> {
        let mut versions = vec![entry.recorded().clone()];
        for place in &entry.amendments {
            let said = self.entries.get(*place).map(Entry::recorded);
            let Some(Envelope { id, fact: Fact::Amendment(said), .. }) = said else { continue };
            if said.rewrites()
                && let Some(mut next) = versions.last().cloned()
            {
                next.amend(said, *id);
                versions.push(next);
            }
        }
        versions
    }

    /// One of them.
    pub fn entry(&self, event: EventId) -> Option<&Entry> {
        self.entries.iter().find(|entry| entry.envelope.id == event)
    }

    /// The first `places` of its facts, as they counted before what came later was said.
    #[must_use]
    pub fn before(&self, places: usize) -> Self {
        Self::of(self.entries.iter().take(places).map(|entry| entry.recorded().clone()).collect())
    }

    /// Whether something in it says that something else in it no longer counts as recorded.
    pub const fn is_amended(&self) -> bool {
        self.amended
    }

    /// The last fact recorded, whether it counts or not.
    pub fn last(&self) -> Option<&Envelope> {
        self.entries.last().map(Entry::recorded)
    }

    /// Whether nothing was recorded.
    pub const fn is_empty(&self) -> bool {
        self.entries.is_empty()
    }

    /// Only what had happened, as it counts, by a moment.
    #[must_use]
    pub fn until(mut self, moment: Option<crate::Time>) -> Self {
        if let Some(moment) = moment {
            self.entries.retain(|entry| entry.envelope.meta.occurred_at <= moment);
            // Places moved: what was said about what is looked up anew.
            let places: HashMap<EventId, Vec<usize>> =
                self.entries.iter().enumerate().fold(HashMap::new(), |mut places, (at, entry)| {
                    if let Fact::Amendment(said) = &entry.envelope.fact {
                        places.entry(said.target()).or_insert_with(Vec::new).push(at);
                    }
                    places
                });
            for entry in &mut self.entries {
                entry.amendments = places.get(&entry.envelope.id).cloned().unwrap_or_default();
            }
        }
        self
    }
}

impl FromIterator<Envelope> for History {
    fn from_iter<I: IntoIterator<Item = Envelope>>(recorded: I) -> Self {
        Self::of(recorded.into_iter().collect())
    }
}

impl Entry {
    fn take(&mut self, at: usize, by: EventId, said: &amendment::Fact) {
        self.amendments.push(at);
        self.annulled |= matches!(said, amendment::Fact::Annulled { .. });
        if said.rewrites() {
            self.original.get_or_insert_with(|| Box::new(self.envelope.clone()));
            self.envelope.amend(said, by);
        }
    }
}

impl Envelope {
    /// Reads from now on as `said` of it in the event `by`.
    pub fn amend(&mut self, said: &amendment::Fact, by: EventId) {
        if said.rewrites() {
            self.amended_by = Some(by);
        }
        match said {
            amendment::Fact::Corrected { replacement, occurred_at, .. } => {
                self.fact = (*replacement.0).clone();
                self.meta.occurred_at = occurred_at.unwrap_or(self.meta.occurred_at);
            }
            amendment::Fact::Redacted { field, text: Some(text), .. } => {
                replace(&mut self.fact, field, text);
            }
            // A text that is gone leaves its place, which says that there was one.
            amendment::Fact::Redacted { text: None, .. }
            | amendment::Fact::Annulled { .. }
            | amendment::Fact::Annotated { .. } => {}
        }
    }
}

/// Puts another sealed text where `field` says; a path that leads to no text changes nothing.
fn replace(fact: &mut Fact, field: &FieldPath, text: &Sealed) {
    let Ok(Value::Object(mut tagged)) = serde_json::to_value(&*fact) else { return };
    let Some(body) = tagged.values_mut().next() else { return };
    let Some(place) = body.pointer_mut(&format!("/{field}")) else { return };
    let sealed = place.as_object().is_some_and(|map| map.contains_key("blob"));
    let Ok(text) = serde_json::to_value(text) else { return };
    if sealed {
        *place = text;
        if let Ok(read) = serde_json::from_value(Value::Object(tagged)) {
            *fact = read;
        }
    }
}

impl Fact {
    /// Whether it changes what an earlier fact comes to, so that what was folded before is folded
    /// anew.
    pub const fn amends(&self) -> bool {
        matches!(
            self,
            Self::Amendment(
                amendment::Fact::Corrected { .. }
                    | amendment::Fact::Annulled { .. }
                    | amendment::Fact::Redacted { .. }
            )
        )
    }
}
