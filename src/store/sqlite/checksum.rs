//! A sum over each event as stored, so that a damaged file is noticed and never believed.
//!
//! It guards against accidents, not against people: who can write the file can write the sum.

use uuid::Uuid;

/// What of an event the sum covers: all of it.
pub(super) struct Parts<'a> {
    pub(super) position: i64,
    pub(super) stream: &'a str,
    pub(super) revision: i64,
    pub(super) id: Uuid,
    pub(super) kind: &'a str,
    pub(super) metadata: &'a [u8],
    pub(super) data: &'a [u8],
}

impl Parts<'_> {
    /// The sum. A change within any eight bytes always changes it.
    pub(super) fn checksum(&self) -> i64 {
        let (high, low) = self.id.as_u64_pair();
        let mut sum = Sum(0);
        for word in [self.position.cast_unsigned(), self.revision.cast_unsigned(), high, low] {
            sum.word(word);
        }
        for part in [self.stream.as_bytes(), self.kind.as_bytes(), self.metadata, self.data] {
            sum.bytes(part);
        }
        sum.0.cast_signed()
    }
}

struct Sum(u64);

impl Sum {
    /// One-to-one in the word and in the sum so far, so that no later word undoes a change.
    fn word(&mut self, word: u64) {
        self.0 = (self.0.rotate_left(23) ^ word).wrapping_mul(0x9e37_79b9_7f4a_7c15);
    }

    fn bytes(&mut self, bytes: &[u8]) {
        self.word(bytes.len() as u64);
        let (words, rest) = bytes.as_chunks::<8>();
        for word in words {
            self.word(u64::from_le_bytes(*word));
        }
        let mut last = [0; 8];
        last[..rest.len()].copy_from_slice(rest);
        self.word(u64::from_le_bytes(last));
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_flipped_bit_changes_the_sum() {
        let text: Vec<u8> = (0..40).collect();
        let with = |data: &[u8]| {
            let (stream, kind, metadata) = ("case-1", "intake.logged.v1", &b"{}"[..]);
            let id = Uuid::from_u128(7);
            Parts { position: 3, stream, revision: 2, id, kind, metadata, data }.checksum()
        };
        for bit in 0..text.len() * 8 {
            let mut flipped = text.clone();
            flipped[bit / 8] ^= 1 << (bit % 8);
            assert_ne!(with(&text), with(&flipped), "bit {bit}");
        }
    }

    #[test]
    fn bytes_can_not_move_from_one_part_to_the_next() {
        let with = |metadata: &[u8], data: &[u8]| {
            let (stream, kind, id) = ("case-1", "intake.logged.v1", Uuid::nil());
            Parts { position: 1, stream, revision: 0, id, kind, metadata, data }.checksum()
        };
        assert_ne!(with(b"ab", b"c"), with(b"a", b"bc"));
        assert_ne!(with(b"ab", b""), with(b"ab", b"\0"));
    }
}
