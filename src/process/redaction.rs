//! Taking texts away (D-3): once the log says that a text was redacted, the bytes of all that
//! stood there before are removed too.

use std::collections::BTreeSet;

use events::amendment::Fact as Said;
use events::{BlobId, Fact, History, Stream};

use super::{caught_up, left_of, remove, stored, unread};
use crate::domain::amendment::text_at;
use crate::guichet::Guichet;
use crate::log;
use crate::transact::Failure;

/// Removes what is left of the texts that were redacted on a record; whether anything was.
///
/// # Errors
/// When the log or the keys can't be read or written; asking again goes on from there.
pub async fn finish(guichet: &Guichet, stream: Stream) -> Result<bool, Failure> {
    let events = stored(guichet, &stream.name()).await?;
    // What this build can't read says nothing of other texts.
    let history: History = events.iter().filter_map(|event| log::read(event).ok()).collect();
    let left = left_of(guichet, &taken_away(&history)).await?;
    if left.is_empty() {
        return Ok(false);
    }
    remove(guichet, &left).await?;
    caught_up(guichet).await?;
    guichet.readmodel.look_again(stream).await.map_err(unread)?;
    Ok(true)
}

/// Every text that a later event took away: as it was recorded, and as it was corrected since.
fn taken_away(history: &History) -> BTreeSet<BlobId> {
    let mut gone = BTreeSet::new();
    for (place, entry) in history.entries().iter().enumerate() {
        let Fact::Amendment(Said::Redacted { target, field, .. }) = &entry.recorded().fact else {
            continue;
        };
        let before = history.before(place);
        let Some(target) = before.entry(*target) else { continue };
        let versions = before.versions(target);
        gone.extend(
            versions
                .iter()
                .filter_map(|version| text_at(&version.fact, field))
                .map(|text| text.blob),
        );
    }
    gone
}
