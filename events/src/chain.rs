//! Ids that point to the next one, as merged records do: where they lead in the end.

/// The end of the chain that begins at `first`: what points nowhere. Where a chain bites its own
/// tail, the smallest of the ring stands for all of it, so that following always ends and always
/// in the same place.
///
/// # Errors
/// Whatever `next` fails with.
pub fn end<I: Copy + Ord, E>(
    first: I,
    mut next: impl FnMut(I) -> Result<Option<I>, E>,
) -> Result<I, E> {
    let mut passed = vec![first];
    let mut at = first;
    while let Some(after) = next(at)? {
        if let Some(ring) = passed.iter().position(|known| *known == after) {
            return Ok(passed[ring..].iter().copied().min().unwrap_or(after));
        }
        passed.push(after);
        at = after;
    }
    Ok(at)
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;
    use std::convert::Infallible;

    use proptest::prelude::*;

    use super::*;

    fn end_of(links: &BTreeMap<u8, u8>, first: u8) -> u8 {
        let Ok(end) = end(first, |at| Ok::<_, Infallible>(links.get(&at).copied()));
        end
    }

    #[test]
    fn a_chain_ends_where_nothing_points_on_and_a_ring_at_its_smallest() {
        let links = BTreeMap::from([(1, 2), (2, 3), (7, 5), (5, 6), (6, 5), (9, 9)]);
        assert_eq!([1, 2, 3, 4].map(|first| end_of(&links, first)), [3, 3, 3, 4]);
        assert_eq!([5, 6, 7, 9].map(|first| end_of(&links, first)), [5, 5, 5, 9]);
    }

    proptest! {
        #[test]
        fn following_always_ends_and_whoever_points_to_another_ends_with_it(
            links in prop::collection::btree_map(0_u8..12, 0_u8..12, 0..12),
        ) {
            for (from, to) in &links {
                prop_assert_eq!(end_of(&links, *from), end_of(&links, *to));
            }
        }
    }
}
