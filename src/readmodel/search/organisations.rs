//! Organisations, looked up by name, SIREN or ROR.

use std::collections::HashMap;
use std::convert::Infallible;

use events::{OrganisationId, Revision, Ror, Sealed, Siren, chain};
use projections::directory::OrganisationRow;

use super::fold::{digits, folded};
use super::index::Index;
use super::texts::{Text, Texts};
use super::{Coverage, Matched, OrganisationHit};

/// Names less alike than this are not shown.
const SCORE_MIN: f64 = 0.7;
/// Names at least so alike may be the same organisation's.
const SAME_MIN: f64 = 0.9;

/// Words for what an organisation is in law: people leave them out, or write others.
const LEGAL_FORMS: &[&str] = &[
    "sa", "sas", "sasu", "sarl", "eurl", "sci", "snc", "scop", "selarl", "gie", "gip", "gmbh",
    "ag", "ug", "kg", "mbh", "ltd", "limited", "llc", "llp", "inc", "corp", "plc", "bv", "nv",
    "srl", "spa", "sl", "ab", "oy", "aps", "asbl",
];

/// Every organisation in the directory.
#[derive(Default)]
pub(super) struct Organisations {
    cards: Vec<Card>,
    slots: HashMap<OrganisationId, u32>,
    names: Index,
    sirens: HashMap<Siren, Vec<u32>>,
    rors: HashMap<Ror, Vec<u32>>,
    covered: usize,
}

struct Card {
    organisation: OrganisationId,
    /// The revision of the row it was made from; absent while it was not looked at.
    from: Option<Revision>,
    /// Whether everything sealed in it could be read, or is erased.
    covered: bool,
    name: Option<String>,
    words: Vec<Vec<String>>,
    siren: Option<Siren>,
    ror: Option<Ror>,
    merged_into: Option<OrganisationId>,
}

/// Everything sealed that an organisation may be found by: the names of a sole trader.
pub(super) fn sealed(row: &OrganisationRow) -> Vec<Sealed> {
    row.sole_trader_name.iter().chain(&row.former_sole_trader_names).cloned().collect()
}

impl Organisations {
    /// Counts an organisation that was not looked at yet.
    pub(super) fn expect(&mut self, organisation: OrganisationId) {
        self.slot(organisation);
    }

    fn slot(&mut self, organisation: OrganisationId) -> u32 {
        *self.slots.entry(organisation).or_insert_with(|| {
            self.cards.push(Card {
                organisation,
                from: None,
                covered: false,
                name: None,
                words: Vec::new(),
                siren: None,
                ror: None,
                merged_into: None,
            });
            // A directory of four thousand million organisations has other worries.
            (self.cards.len() - 1) as u32
        })
    }

    pub(super) fn expect_all(&mut self, rows: &[OrganisationRow]) {
        for row in rows {
            self.expect(row.id);
        }
    }

    pub(super) fn coverage(&self) -> Coverage {
        Coverage { covered: self.covered, of: self.cards.len() }
    }

    /// Whether nothing in the row must be opened.
    pub(super) fn knows(&self, row: &OrganisationRow) -> bool {
        let card = self.slots.get(&row.id).map(|slot| &self.cards[*slot as usize]);
        card.is_some_and(|card| card.from > Some(row.revision))
    }

    /// Takes a row in, unless a later one is known.
    pub(super) fn set(&mut self, row: &OrganisationRow, texts: &Texts) {
        if self.knows(row) {
            return;
        }
        let slot = self.slot(row.id);
        let card = &mut self.cards[slot as usize];
        if let Some(with) = card.siren.take().and_then(|siren| self.sirens.get_mut(&siren)) {
            with.retain(|known| *known != slot);
        }
        if let Some(with) = card.ror.take().and_then(|ror| self.rors.get_mut(&ror)) {
            with.retain(|known| *known != slot);
        }
        self.covered -= usize::from(card.covered);
        fill(card, row, texts);
        self.covered += usize::from(card.covered);
        if let Some(siren) = &card.siren {
            self.sirens.entry(siren.clone()).or_default().push(slot);
        }
        if let Some(ror) = &card.ror {
            self.rors.entry(ror.clone()).or_default().push(slot);
        }
        self.names.set(slot, card.words.clone());
    }

    pub(super) fn name(&self, organisation: OrganisationId) -> Option<&str> {
        let slot = self.slots.get(&organisation)?;
        self.cards[*slot as usize].name.as_deref()
    }

    /// Best first.
    pub(super) fn find(&self, text: &str) -> Vec<OrganisationHit> {
        if let Some(siren) = siren(text) {
            let with = self.sirens.get(&siren).into_iter().flatten();
            let hits = with.map(|slot| self.hit(*slot, Matched::Siren, 1.0));
            return self.followed(hits.collect());
        }
        let ror =
            text.trim().trim_end_matches('/').rsplit('/').next().and_then(|id| id.parse().ok());
        if let Some(with) = ror.and_then(|ror: Ror| self.rors.get(&ror)) {
            let hits = with.iter().map(|slot| self.hit(*slot, Matched::Ror, 1.0));
            return self.followed(hits.collect());
        }
        let hits = self.names.find(&words(text)).into_iter();
        let hits = hits.filter(|hit| hit.score >= SCORE_MIN);
        self.followed(hits.map(|hit| self.hit(hit.owner, by_name(hit.place), hit.score)).collect())
    }

    /// The same, with each record that gave way behind the one that goes on: what it was found by
    /// is what the organisation went by before.
    fn followed(&self, mut hits: Vec<OrganisationHit>) -> Vec<OrganisationHit> {
        hits.sort_by_key(|hit| (std::cmp::Reverse(hit.score), hit.merged_into.is_some()));
        let mut found: Vec<OrganisationHit> = Vec::with_capacity(hits.len());
        for hit in hits {
            let there = |id: OrganisationId| found.iter().any(|known| known.organisation == id);
            if let Some(now) = hit.merged_into.filter(|now| !there(*now)) {
                found.push(OrganisationHit {
                    organisation: now,
                    reference: now.reference().to_string(),
                    name: self.name(now).map(str::to_owned),
                    matched: hit.matched.before(),
                    score: hit.score,
                    merged_into: None,
                });
            }
            if !found.iter().any(|known| known.organisation == hit.organisation) {
                found.push(hit);
            }
        }
        found
    }

    /// The record under which an organisation goes on, where its own gave way to another.
    fn goes_on_as(&self, card: &Card) -> Option<OrganisationId> {
        let next = |id: OrganisationId| {
            let slot = self.slots.get(&id);
            Ok::<_, Infallible>(slot.and_then(|slot| self.cards[*slot as usize].merged_into))
        };
        card.merged_into.map(|into| {
            let Ok(now) = chain::end(into, next);
            now
        })
    }

    /// Others that may be the same organisation, best first.
    pub(super) fn like(&self, organisation: OrganisationId) -> Vec<OrganisationHit> {
        let Some(slot) = self.slots.get(&organisation) else { return Vec::new() };
        let card = &self.cards[*slot as usize];
        let mut hits: HashMap<u32, OrganisationHit> = HashMap::new();
        let with_siren = card.siren.as_ref().and_then(|siren| self.sirens.get(siren));
        for other in with_siren.into_iter().flatten() {
            hits.entry(*other).or_insert_with(|| self.hit(*other, Matched::Siren, 1.0));
        }
        let with_ror = card.ror.as_ref().and_then(|ror| self.rors.get(ror));
        for other in with_ror.into_iter().flatten() {
            hits.entry(*other).or_insert_with(|| self.hit(*other, Matched::Ror, 1.0));
        }
        let same_name = card.words.iter().flat_map(|words| self.names.same(words));
        for hit in same_name.filter(|hit| hit.score >= SAME_MIN) {
            let found = || self.hit(hit.owner, by_name(hit.place), hit.score);
            hits.entry(hit.owner).or_insert_with(found);
        }
        hits.remove(slot);
        let mut hits: Vec<_> = hits.into_values().filter(|hit| hit.merged_into.is_none()).collect();
        hits.sort_by_key(|hit| (std::cmp::Reverse(hit.score), hit.matched, hit.organisation));
        hits
    }

    fn hit(&self, slot: u32, matched: Matched, score: f64) -> OrganisationHit {
        let card = &self.cards[slot as usize];
        OrganisationHit {
            organisation: card.organisation,
            reference: card.organisation.reference().to_string(),
            name: card.name.clone(),
            matched,
            score: super::percent(score),
            merged_into: self.goes_on_as(card),
        }
    }
}

fn fill(card: &mut Card, row: &OrganisationRow, texts: &Texts) {
    let sealed = sealed(row);
    let text = |sealed: &Sealed| match texts.get(&sealed.blob) {
        Some(Text::Clear(text)) => Some(text.as_str()),
        Some(Text::Erased | Text::Unreadable) | None => None,
    };
    card.covered = sealed
        .iter()
        .all(|sealed| matches!(texts.get(&sealed.blob), Some(Text::Clear(_) | Text::Erased)));
    let legal = row.legal_name.as_ref().map(|name| name.as_str());
    let current = legal.or_else(|| row.sole_trader_name.as_ref().and_then(text));
    card.name = current.map(str::to_owned);
    let former = row.former_names.iter().rev().map(|name| name.as_str());
    let former = former.chain(row.former_sole_trader_names.iter().rev().filter_map(text));
    // Without a name now, the first place stays empty: whatever follows is a former one.
    let names = std::iter::once(current.unwrap_or_default()).chain(former);
    card.words = names.map(words).collect();
    card.siren.clone_from(&row.siren);
    card.ror.clone_from(&row.ror);
    card.merged_into = row.merged_into;
    card.from = Some(row.revision);
}

fn by_name(place: usize) -> Matched {
    if place == 0 { Matched::Name } else { Matched::FormerName }
}

/// The words of a name without legal forms, unless it has no others.
fn words(name: &str) -> Vec<String> {
    // `S.A.S.` and `SAS` are the same word.
    let name = folded(&name.replace('.', ""));
    let all = || name.split_whitespace();
    let telling = || all().filter(|word| !LEGAL_FORMS.contains(word));
    let words: Vec<_> = telling().map(str::to_owned).collect();
    if words.is_empty() { all().map(str::to_owned).collect() } else { words }
}

/// A SIREN, or the one that a SIRET begins with, written with or without spaces.
fn siren(text: &str) -> Option<Siren> {
    let digits = digits(text);
    let written = text.chars().all(|c| c.is_ascii_digit() || c.is_whitespace() || c == '.');
    match digits.len() {
        9 | 14 if written => digits[..9].parse().ok(),
        _ => None,
    }
}
