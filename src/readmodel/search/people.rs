//! People, looked up by name, address, number or ORCID.

use std::collections::HashMap;
use std::convert::Infallible;

use events::{PersonId, Revision, Sealed, chain};
use projections::directory::PersonRow;

use super::fold::{digits, folded};
use super::index::Index;
use super::texts::{Text, Texts};
use super::{Coverage, Matched, PersonHit};

/// Names less alike than this are not shown.
const SCORE_MIN: f64 = 0.7;
/// Names at least so alike may be the same person's.
const SAME_MIN: f64 = 0.92;
/// Digits at the end of a phone number that tell it from others, whatever stands before them.
const PHONE_DIGITS: usize = 9;
/// Fewer digits than this are no phone number.
const PHONE_DIGITS_MIN: usize = 6;
/// Digits and letters of an ORCID.
const ORCID_LETTERS: usize = 16;

/// Everybody in the directory.
#[derive(Default)]
pub(super) struct People {
    cards: Vec<Card>,
    slots: HashMap<PersonId, u32>,
    names: Index,
    keys: HashMap<Key, Vec<(u32, Matched)>>,
    covered: usize,
}

struct Card {
    person: PersonId,
    /// The row it was made from; absent while it was not looked at.
    from: Option<Origin>,
    /// Whether everything sealed in it could be read, or is erased.
    covered: bool,
    name: Option<String>,
    words: Vec<Vec<String>>,
    keys: Vec<(Key, Matched)>,
    merged_into: Option<PersonId>,
}

struct Origin {
    revision: Revision,
    sealed: Vec<Sealed>,
    erased: bool,
}

/// What finds a person exactly.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
enum Key {
    Email(String),
    Phone(String),
    Orcid(String),
}

/// Everything sealed that a person may be found by.
pub(super) fn sealed(row: &PersonRow) -> Vec<Sealed> {
    let current = [Some(&row.name), Some(&row.email), row.phone.as_ref(), row.orcid.as_ref()];
    let former = row.former_names.iter().chain(&row.former_emails);
    current.into_iter().flatten().chain(former).cloned().collect()
}

impl People {
    /// Counts somebody whose names were not opened yet.
    pub(super) fn expect(&mut self, person: PersonId) {
        self.slot(person);
    }

    fn slot(&mut self, person: PersonId) -> u32 {
        *self.slots.entry(person).or_insert_with(|| {
            let (words, keys) = (Vec::new(), Vec::new());
            let (name, merged_into) = (None, None);
            self.cards.push(Card {
                person,
                from: None,
                covered: false,
                name,
                words,
                keys,
                merged_into,
            });
            // A directory of four thousand million people has other worries.
            (self.cards.len() - 1) as u32
        })
    }

    pub(super) fn expect_all(&mut self, rows: &[PersonRow]) {
        for row in rows {
            self.expect(row.id);
        }
    }

    pub(super) fn coverage(&self) -> Coverage {
        Coverage { covered: self.covered, of: self.cards.len() }
    }

    /// Whether nothing in the row must be opened.
    pub(super) fn knows(&self, row: &PersonRow) -> bool {
        let card = self.slots.get(&row.id).map(|slot| &self.cards[*slot as usize]);
        card.and_then(|card| card.from.as_ref()).is_some_and(|from| {
            from.revision > row.revision
                || (from.erased == row.erased_at.is_some() && from.sealed == sealed(row))
        })
    }

    /// Takes a row in, unless a later one is known.
    pub(super) fn set(&mut self, row: &PersonRow, texts: &Texts) {
        let slot = self.slot(row.id);
        let unchanged = self.knows(row);
        let card = &mut self.cards[slot as usize];
        if let Some(from) = &mut card.from {
            if from.revision > row.revision {
                return;
            }
            if unchanged {
                from.revision = row.revision;
                card.merged_into = row.merged_into;
                return;
            }
        }
        for (key, _) in card.keys.drain(..) {
            if let Some(people) = self.keys.get_mut(&key) {
                people.retain(|(known, _)| *known != slot);
            }
        }
        self.covered -= usize::from(card.covered);
        fill(card, row, texts);
        self.covered += usize::from(card.covered);
        for (key, matched) in &card.keys {
            self.keys.entry(key.clone()).or_default().push((slot, *matched));
        }
        self.names.set(slot, card.words.clone());
    }

    pub(super) fn name(&self, person: PersonId) -> Option<&str> {
        let slot = self.slots.get(&person)?;
        self.cards[*slot as usize].name.as_deref()
    }

    /// Best first.
    pub(super) fn find(&self, text: &str) -> Vec<PersonHit> {
        if let Some(key) = key(text) {
            let people = self.keys.get(&key).into_iter().flatten();
            let mut hits: Vec<_> =
                people.map(|(slot, matched)| self.hit(*slot, *matched, 1.0)).collect();
            hits.sort_by_key(|hit| (hit.matched, hit.person));
            return self.followed(hits);
        }
        let hits = self.names.find(&words(text)).into_iter();
        let hits = hits.filter(|hit| hit.score >= SCORE_MIN);
        self.followed(hits.map(|hit| self.hit(hit.owner, by_name(hit.place), hit.score)).collect())
    }

    /// The same, with each record that gave way behind the one that goes on: what it was found by
    /// is what the person went by before.
    fn followed(&self, mut hits: Vec<PersonHit>) -> Vec<PersonHit> {
        hits.sort_by_key(|hit| (std::cmp::Reverse(hit.score), hit.merged_into.is_some()));
        let mut found: Vec<PersonHit> = Vec::with_capacity(hits.len());
        for hit in hits {
            let there = |id: PersonId| found.iter().any(|known| known.person == id);
            if let Some(now) = hit.merged_into.filter(|now| !there(*now)) {
                found.push(PersonHit {
                    person: now,
                    reference: now.reference().to_string(),
                    name: self.name(now).map(str::to_owned),
                    matched: hit.matched.before(),
                    score: hit.score,
                    merged_into: None,
                });
            }
            if !found.iter().any(|known| known.person == hit.person) {
                found.push(hit);
            }
        }
        found
    }

    /// The record under which somebody goes on, where theirs gave way to another.
    fn goes_on_as(&self, card: &Card) -> Option<PersonId> {
        let next = |id: PersonId| {
            let slot = self.slots.get(&id);
            Ok::<_, Infallible>(slot.and_then(|slot| self.cards[*slot as usize].merged_into))
        };
        card.merged_into.map(|into| {
            let Ok(now) = chain::end(into, next);
            now
        })
    }

    /// Others who may be the same person, best first.
    pub(super) fn like(&self, person: PersonId) -> Vec<PersonHit> {
        let Some(slot) = self.slots.get(&person) else { return Vec::new() };
        let card = &self.cards[*slot as usize];
        let mut hits: HashMap<u32, PersonHit> = HashMap::new();
        let same_key = card.keys.iter().flat_map(|(key, _)| self.keys.get(key));
        for (other, matched) in same_key.flatten() {
            hits.entry(*other).or_insert_with(|| self.hit(*other, *matched, 1.0));
        }
        let same_name = card.words.iter().flat_map(|words| self.names.same(words));
        for hit in same_name.filter(|hit| hit.score >= SAME_MIN) {
            let found = || self.hit(hit.owner, by_name(hit.place), hit.score);
            hits.entry(hit.owner).or_insert_with(found);
        }
        hits.remove(slot);
        let mut hits: Vec<_> = hits.into_values().filter(|hit| hit.merged_into.is_none()).collect();
        hits.sort_by_key(|hit| (std::cmp::Reverse(hit.score), hit.matched, hit.person));
        hits
    }

    fn hit(&self, slot: u32, matched: Matched, score: f64) -> PersonHit {
        let card = &self.cards[slot as usize];
        PersonHit {
            person: card.person,
            reference: card.person.reference().to_string(),
            name: card.name.clone(),
            matched,
            score: super::percent(score),
            merged_into: self.goes_on_as(card),
        }
    }
}

fn fill(card: &mut Card, row: &PersonRow, texts: &Texts) {
    let sealed = sealed(row);
    let text = |sealed: &Sealed| match texts.get(&sealed.blob) {
        Some(Text::Clear(text)) => Some(text.as_str()),
        Some(Text::Erased | Text::Unreadable) | None => None,
    };
    card.covered = sealed
        .iter()
        .all(|sealed| matches!(texts.get(&sealed.blob), Some(Text::Clear(_) | Text::Erased)));
    card.name = text(&row.name).map(str::to_owned);
    let names = std::iter::once(&row.name).chain(row.former_names.iter().rev());
    // A name that is gone leaves its place, so that the first is always the right one.
    card.words = names.map(|name| text(name).map(words).unwrap_or_default()).collect();
    card.keys = Vec::new();
    let mut add = |sealed: &Sealed, key: fn(&str) -> Key, matched| {
        card.keys.extend(text(sealed).map(|text| (key(text), matched)));
    };
    add(&row.email, email, Matched::Email);
    row.former_emails.iter().for_each(|sealed| add(sealed, email, Matched::FormerEmail));
    row.phone.iter().for_each(|sealed| add(sealed, phone, Matched::Phone));
    row.orcid.iter().for_each(|sealed| add(sealed, orcid, Matched::Orcid));
    card.merged_into = row.merged_into;
    card.from = Some(Origin { revision: row.revision, sealed, erased: row.erased_at.is_some() });
}

fn by_name(place: usize) -> Matched {
    if place == 0 { Matched::Name } else { Matched::FormerName }
}

fn words(name: &str) -> Vec<String> {
    folded(name).split_whitespace().map(str::to_owned).collect()
}

/// What a text looks like, if it is no name.
fn key(text: &str) -> Option<Key> {
    let text = text.trim();
    if text.contains('@') {
        return Some(email(text));
    }
    let tail = text.rsplit('/').next().unwrap_or(text);
    let as_orcid = letters(tail);
    let digits_first = as_orcid.bytes().take(ORCID_LETTERS - 1).all(|byte| byte.is_ascii_digit());
    if as_orcid.len() == ORCID_LETTERS && digits_first {
        return Some(orcid(tail));
    }
    let as_phone = digits(text);
    let written_as_phone = text.chars().all(|c| c.is_ascii_digit() || "+-./() \u{a0}".contains(c));
    (written_as_phone && as_phone.len() >= PHONE_DIGITS_MIN).then(|| phone(text))
}

fn email(text: &str) -> Key {
    Key::Email(text.trim().to_lowercase())
}

/// The country's code and the leading zero that stands for it make no difference.
fn phone(text: &str) -> Key {
    let digits = digits(text);
    Key::Phone(digits[digits.len().saturating_sub(PHONE_DIGITS)..].to_owned())
}

fn orcid(text: &str) -> Key {
    let letters = letters(text.trim().rsplit('/').next().unwrap_or(text));
    Key::Orcid(letters)
}

fn letters(text: &str) -> String {
    let letters = text.chars().filter(char::is_ascii_alphanumeric);
    letters.map(|letter| letter.to_ascii_uppercase()).collect()
}
