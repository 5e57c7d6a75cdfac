//! What all answers that one stream gives have in common.

use events::{Envelope, History, Stream};
use serde::{Serialize, de::DeserializeOwned};

/// An answer that the facts of one stream give, kept as it stands after the last of them.
///
/// A read model loads the row of a stream, lets it evolve and stores it again:
///
/// ```
/// use events::Envelope;
/// use projections::Row;
///
/// fn follow<R: Row>(stored: Option<R>, next: &Envelope) -> Option<R> {
///     match next.stream.stream() {
///         Some(stream) if R::answers(stream) => R::after(stored, next),
///         _ => stored,
///     }
/// }
/// ```
///
/// A fact that changes what an earlier one comes to ([`events::Fact::amends`]) can't be taken in
/// so: its stream is folded anew, from its [`History`].
///
/// Facts before the one that begins a row don't count; after it, whatever comes is taken as it is.
pub trait Row: Sized + Serialize + DeserializeOwned {
    /// The name of the table; a change of shape takes a new one.
    const KIND: &'static str;

    /// Whether such a stream has this answer.
    fn answers(stream: Stream) -> bool;

    /// The row that this fact begins, if it is one that begins a row.
    fn begin(first: &Envelope) -> Option<Self>;

    /// Takes in the next fact of the same stream.
    fn evolve(&mut self, next: &Envelope);

    /// The row after one more fact.
    fn after(row: Option<Self>, next: &Envelope) -> Option<Self> {
        match row {
            Some(mut row) => {
                row.evolve(next);
                Some(row)
            }
            None => Self::begin(next),
        }
    }

    /// The row after all the facts of one stream, in their order, as they count.
    fn fold(history: &History) -> Option<Self> {
        history.facts().fold(None, Self::after)
    }
}
