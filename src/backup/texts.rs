//! Sealed texts in a file: one JSON object a line, ciphertext as it is stored.

use std::path::Path;

use data_encoding::BASE64;
use events::BlobId;
use serde::{Deserialize, Serialize};

use super::BackupError;
use super::files::{Beside, Lines, Part};
use crate::store::SealedBlob;
use crate::vault::{Erasures, holder_of};

#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Line {
    blob: BlobId,
    sealed: String,
}

/// A text as a line.
pub(super) fn line(text: &SealedBlob) -> serde_json::Result<Vec<u8>> {
    let line = Line { blob: text.id, sealed: BASE64.encode(&text.bytes) };
    let mut bytes = serde_json::to_vec(&line)?;
    bytes.push(b'\n');
    Ok(bytes)
}

/// The text of a line.
pub(super) fn text(line: &[u8]) -> Option<SealedBlob> {
    let Line { blob, sealed } = serde_json::from_slice(line).ok()?;
    Some(SealedBlob { id: blob, bytes: BASE64.decode(sealed.as_bytes()).ok()? })
}

/// Whether a text was erased: itself, or with its holder.
pub(super) fn is_erased(text: &SealedBlob, erasures: &Erasures) -> bool {
    erasures.blobs.contains(&text.id)
        || holder_of(text).is_some_and(|holder| erasures.holders.contains(&holder))
}

/// Visits every text of a part.
///
/// # Errors
/// When it can't be read, or is not what was written.
pub(super) fn visit(
    folder: &Path,
    part: &Part,
    mut visit: impl FnMut(SealedBlob) -> Result<(), BackupError>,
) -> Result<(), BackupError> {
    let path = folder.join(&part.file);
    let damaged = || BackupError::Damaged { found: 1, first: format!("{} is damaged", part.file) };
    let io = |source| BackupError::Io { path: path.clone(), source };
    let mut lines = Lines::open(folder, part).map_err(io)?;
    while let Some(line) = lines.next().map_err(io)? {
        visit(text(line).ok_or_else(damaged)?)?;
    }
    if lines.are(part) { Ok(()) } else { Err(damaged()) }
}

/// Writes a part again without what was erased, under another name; with the ids of what was
/// dropped. `None` where nothing of it was.
pub(super) fn without_erased(
    folder: &Path,
    part: &Part,
    erasures: &Erasures,
    name: &str,
) -> Result<Option<(Part, Vec<BlobId>)>, BackupError> {
    let mut dropped = Vec::new();
    visit(folder, part, |text| {
        dropped.extend(is_erased(&text, erasures).then_some(text.id));
        Ok(())
    })?;
    if dropped.is_empty() {
        return Ok(None);
    }
    let mut kept = Beside::begin(folder, name)?;
    visit(folder, part, |text| {
        if is_erased(&text, erasures) {
            return Ok(());
        }
        let path = folder.join(name);
        let line = line(&text).map_err(|source| BackupError::Manifest { path, source })?;
        kept.write(&line)
    })?;
    Ok(Some((kept.finish()?, dropped)))
}
