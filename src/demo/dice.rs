//! Chance that is always the same: whatever looks arbitrary in the demonstration comes from here,
//! so that the same seed gives the same bytes on every machine.

/// A generator of numbers (SplitMix64): small, fast, and the same everywhere.
#[derive(Debug, Clone)]
pub(super) struct Dice(u64);

impl Dice {
    /// Dice of their own for one part of the story, so that what is thrown in another part does
    /// not change what is thrown in this one.
    pub(super) fn of(seed: u64, part: &str) -> Self {
        // FNV-1a.
        let mixed = part.bytes().fold(0xcbf2_9ce4_8422_2325_u64 ^ seed, |hash, byte| {
            (hash ^ u64::from(byte)).wrapping_mul(0x0000_0100_0000_01b3)
        });
        let mut dice = Self(mixed);
        dice.next();
        dice
    }

    fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut z = self.0;
        z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        z ^ (z >> 31)
    }

    /// A number below `bound`, or 0.
    pub(super) fn below(&mut self, bound: usize) -> usize {
        let wide = u128::from(self.next()) * bound as u128;
        (wide >> 64) as usize
    }

    /// A number from `low` to `high`, both included.
    pub(super) fn between(&mut self, low: i64, high: i64) -> i64 {
        let span = usize::try_from(high - low + 1).unwrap_or(1);
        low + self.below(span) as i64
    }

    /// Whether something happens that happens so many times in a hundred.
    pub(super) fn chance(&mut self, percent: usize) -> bool {
        self.below(100) < percent
    }

    /// One of several.
    pub(super) fn pick<'i, T>(&mut self, items: &'i [T]) -> &'i T {
        &items[self.below(items.len())]
    }

    /// One of several, some more often than others.
    pub(super) fn weighted<T: Copy>(&mut self, items: &[(usize, T)]) -> T {
        let total = items.iter().map(|(weight, _)| weight).sum();
        let mut thrown = self.below(total);
        for (weight, item) in items {
            match thrown.checked_sub(*weight) {
                Some(rest) => thrown = rest,
                None => return *item,
            }
        }
        items[0].1
    }

    /// Some of several, in their order.
    pub(super) fn some<T: Clone>(&mut self, items: &[T], percent: usize) -> Vec<T> {
        items.iter().filter(|_| self.chance(percent)).cloned().collect()
    }

    /// The same things in another order.
    pub(super) fn shuffle<T>(&mut self, items: &mut [T]) {
        for at in (1..items.len()).rev() {
            items.swap(at, self.below(at + 1));
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_same_seed_throws_the_same() {
        let throw = |part| (0..9).map(|_| Dice::of(7, part).below(1000)).collect::<Vec<_>>();
        assert_eq!(throw("a"), throw("a"));
        let (mut one, mut other) = (Dice::of(7, "a"), Dice::of(8, "a"));
        let many = |dice: &mut Dice| (0..20).map(|_| dice.below(1000)).collect::<Vec<_>>();
        assert_ne!(many(&mut one), many(&mut other));
    }

    #[test]
    fn weights_of_nothing_are_never_thrown() {
        let mut dice = Dice::of(1, "weights");
        assert!((0..500).all(|_| dice.weighted(&[(0, 'a'), (3, 'b'), (0, 'c')]) == 'b'));
        assert!((0..500).all(|_| (2..=4).contains(&dice.between(2, 4))));
    }
}
