//! Names that can be found although they are misspelt: letters three by three find candidates,
//! then each word is compared with each.

use std::collections::{HashMap, HashSet};

/// Candidates that are compared in full.
const CANDIDATES_MAX: usize = 250;
/// The part of a question's trigrams that a candidate has at least.
const SHARED_MIN: f64 = 0.2;
/// Two words less alike than this have nothing to do with one another.
const ALIKE_MIN: f64 = 0.72;

/// Names and whose they are; an owner may have several.
#[derive(Default)]
pub(super) struct Index {
    names: Vec<Option<Name>>,
    free: Vec<u32>,
    owned: HashMap<u32, Vec<u32>>,
    trigrams: HashMap<[char; 3], Vec<u32>>,
}

struct Name {
    owner: u32,
    /// 0 is the name that is right now; others are former ones.
    place: usize,
    words: Vec<String>,
}

/// A name that was found.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) struct Hit {
    /// Whose it is.
    pub(super) owner: u32,
    /// Which of their names.
    pub(super) place: usize,
    /// How well it fits, 0 to 1.
    pub(super) score: f64,
}

impl Index {
    /// Makes these the names of `owner`, each as its words.
    pub(super) fn set(&mut self, owner: u32, names: Vec<Vec<String>>) {
        self.remove(owner);
        for (place, words) in names.into_iter().enumerate() {
            let name = self.free.pop().unwrap_or_else(|| {
                self.names.push(None);
                // A directory of four thousand million names has other worries.
                (self.names.len() - 1) as u32
            });
            for trigram in trigrams(&words) {
                self.trigrams.entry(trigram).or_default().push(name);
            }
            self.names[name as usize] = Some(Name { owner, place, words });
            self.owned.entry(owner).or_default().push(name);
        }
    }

    fn remove(&mut self, owner: u32) {
        for name in self.owned.remove(&owner).unwrap_or_default() {
            let Some(removed) = self.names[name as usize].take() else { continue };
            for trigram in trigrams(&removed.words) {
                if let Some(names) = self.trigrams.get_mut(&trigram) {
                    names.retain(|known| *known != name);
                }
            }
            self.free.push(name);
        }
    }

    /// Owners of names that these words may mean, best first, each with their best name.
    pub(super) fn find(&self, words: &[String]) -> Vec<Hit> {
        self.best(words, |name| found(words, &name.words))
    }

    /// Owners of names that may be this very name.
    pub(super) fn same(&self, words: &[String]) -> Vec<Hit> {
        self.best(words, |name| found(words, &name.words).min(found(&name.words, words)))
    }

    fn best(&self, words: &[String], score: impl Fn(&Name) -> f64) -> Vec<Hit> {
        let mut best: HashMap<u32, Hit> = HashMap::new();
        for name in self.candidates(words) {
            let Some(name) = &self.names[name as usize] else { continue };
            let hit = Hit { owner: name.owner, place: name.place, score: score(name) };
            let known = best.entry(hit.owner).or_insert(hit);
            if (known.score, hit.place) < (hit.score, known.place) {
                *known = hit;
            }
        }
        let mut hits: Vec<_> = best.into_values().filter(|hit| hit.score > 0.0).collect();
        hits.sort_by(|a, b| b.score.total_cmp(&a.score).then(a.owner.cmp(&b.owner)));
        hits
    }

    /// Names that share most of the words' trigrams.
    fn candidates(&self, words: &[String]) -> Vec<u32> {
        let wanted = trigrams(words);
        let mut shared = vec![0_u16; self.names.len()];
        for trigram in &wanted {
            for name in self.trigrams.get(trigram).into_iter().flatten() {
                shared[*name as usize] += 1;
            }
        }
        let least = ((wanted.len() as f64 * SHARED_MIN).ceil() as u16).max(1);
        let enough = shared.iter().enumerate().filter(|(_, shared)| **shared >= least);
        let mut candidates: Vec<(u16, u32)> =
            enough.map(|(name, shared)| (*shared, name as u32)).collect();
        if candidates.len() > CANDIDATES_MAX {
            let by_most = |a: &(u16, u32), b: &(u16, u32)| b.0.cmp(&a.0).then(a.1.cmp(&b.1));
            candidates.select_nth_unstable_by(CANDIDATES_MAX, by_most);
            candidates.truncate(CANDIDATES_MAX);
        }
        candidates.into_iter().map(|(_, name)| name).collect()
    }
}

fn trigrams(words: &[String]) -> HashSet<[char; 3]> {
    let mut trigrams = HashSet::new();
    for word in words {
        let letters: Vec<char> =
            std::iter::once(' ').chain(word.chars()).chain(std::iter::once(' ')).collect();
        trigrams.extend(letters.windows(3).map(|three| [three[0], three[1], three[2]]));
    }
    trigrams
}

/// How well words are found in a name: each in the word most like it, longer ones weighing more.
/// What the name has besides costs little.
fn found(words: &[String], name: &[String]) -> f64 {
    let mut score = 0.0;
    let mut letters = 0.0;
    let mut used = HashSet::new();
    for word in words {
        let each = name.iter().enumerate().filter(|(place, _)| !used.contains(place));
        let likeness = each.map(|(place, other)| (alike(word, other), place));
        let best = likeness.max_by(|a, b| a.0.total_cmp(&b.0)).filter(|best| best.0 >= ALIKE_MIN);
        let weight = word.chars().count() as f64;
        letters += weight;
        if let Some((likeness, place)) = best {
            used.insert(place);
            score += weight * likeness;
        }
    }
    if letters == 0.0 {
        return 0.0;
    }
    let left = name.len().saturating_sub(used.len()) as f64 / name.len().max(1) as f64;
    let apart = score / letters * (1.0 - 0.1 * left);
    if words.len() == name.len() {
        return apart;
    }
    // `Jean Pierre` and `Jeanpierre`: the words may be parted otherwise.
    let (one, other) = (words.concat(), name.concat());
    let whole = strsim::normalized_damerau_levenshtein(&one, &other);
    if whole >= 0.85 { apart.max(whole * 0.98) } else { apart }
}

/// How alike two words are; a beginning is as good as nearly the whole.
fn alike(word: &str, other: &str) -> f64 {
    if word == other {
        return 1.0;
    }
    let (length, of) = (word.chars().count() as f64, other.chars().count() as f64);
    if other.starts_with(word) {
        return 0.85 + 0.14 * length / of;
    }
    // An initial that is another one.
    if length < 2.0 || of < 2.0 {
        return 0.0;
    }
    // Winkler's measure is quick, and kind: words that fail it are not worth the other one.
    let read = strsim::jaro_winkler(word, other) * 0.97;
    if read < ALIKE_MIN {
        return 0.0;
    }
    let typed = strsim::normalized_damerau_levenshtein(word, other);
    if typed >= 0.5 { typed.max(read) } else { typed }
}

#[cfg(test)]
mod tests {
    use super::super::fold::folded;
    use super::*;

    fn words(name: &str) -> Vec<String> {
        folded(name).split(' ').map(str::to_owned).collect()
    }

    fn index(names: &[&str]) -> Index {
        let mut index = Index::default();
        for (owner, name) in names.iter().enumerate() {
            index.set(owner as u32, vec![words(name)]);
        }
        index
    }

    fn first(index: &Index, asked: &str) -> Option<u32> {
        index.find(&words(asked)).first().map(|hit| hit.owner)
    }

    const PEOPLE: &[&str] = &[
        "Éléonore Müller-Lefèvre",
        "Jean-Pierre Dupont",
        "Jeanne Dupond",
        "Nguyễn Thị Hoa",
        "Katarzyna Wójcik",
        "Li Wei",
    ];

    #[test]
    fn names_are_found_without_accents_in_any_order_and_misspelt() {
        let index = index(PEOPLE);
        for (asked, owner) in [
            ("muller lefevre eleonore", 0),
            ("Eleonor Mueller", 0),
            ("DUPONT Jean Pierre", 1),
            ("jeanpierre dupont", 1),
            ("jane dupond", 2),
            ("Nguyen Thi Hao", 3),
            ("Katarzina Wojcik", 4),
            ("Katar", 4),
            ("wei li", 5),
        ] {
            assert_eq!(first(&index, asked), Some(owner), "{asked}");
        }
    }

    #[test]
    fn other_names_are_not_taken_for_the_same() {
        let index = index(PEOPLE);
        let same = |name: &str| {
            let hits = index.same(&words(name));
            hits.into_iter().filter(|hit| hit.score >= 0.9).map(|hit| hit.owner).collect::<Vec<_>>()
        };
        assert_eq!(same("Jean-Pierre Dupont"), [1]);
        assert_eq!(same("Jean-Piere Dupont"), [1]);
        assert!(same("Marie Dupont").is_empty());
        assert!(same("Dupont").is_empty());
    }

    #[test]
    fn a_name_that_was_taken_back_is_not_found() {
        let mut index = index(PEOPLE);
        index.set(1, vec![words("Paul Martin"), words("Paul Durand")]);
        assert_eq!(first(&index, "Jean-Pierre"), Some(2));
        assert_eq!(first(&index, "Martin"), Some(1));
        let hit = index.find(&words("paul durand"))[0];
        assert_eq!((hit.owner, hit.place), (1, 1));
        index.set(1, Vec::new());
        assert_eq!(first(&index, "Paul Martin"), None);
    }
}
