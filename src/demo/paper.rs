//! Small documents that really open: one page of PDF, sealed as an upload would be.

use events::{Digest, DocumentId, StreamName};

use crate::vault::{DocumentError, Stored, Vault};

/// A sealed file that belongs in the folder of documents.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SealedDocument {
    /// SHA-256 of the sealed bytes: its name there.
    pub digest: Digest,
    /// The sealed bytes.
    pub bytes: Vec<u8>,
}

/// Writes a page and seals it under a case's key.
///
/// # Errors
/// When the key can't be had, which a seeded vault's always can.
pub(super) fn sealed_page(
    vault: &Vault,
    holder: &StreamName,
    id: DocumentId,
    title: &str,
    lines: &[String],
) -> Result<(Stored, SealedDocument), DocumentError> {
    let (stored, bytes) = vault.seal_document(holder, id, &page(title, lines))?;
    Ok((stored, SealedDocument { digest: stored.digest, bytes }))
}

/// One page of PDF 1.4 in Helvetica.
fn page(title: &str, lines: &[String]) -> Vec<u8> {
    let mut content = format!("BT /F1 16 Tf 56 780 Td ({}) Tj /F1 10 Tf\n", escaped(title));
    for line in lines.iter().flat_map(|line| wrapped(line, 95)) {
        content.push_str(&format!("0 -18 Td ({}) Tj\n", escaped(&line)));
    }
    content.push_str("ET");
    let objects = [
        "<< /Type /Catalog /Pages 2 0 R >>".to_owned(),
        "<< /Type /Pages /Kids [3 0 R] /Count 1 >>".to_owned(),
        "<< /Type /Page /Parent 2 0 R /MediaBox [0 0 595 842] /Contents 4 0 R \
         /Resources << /Font << /F1 5 0 R >> >> >>"
            .to_owned(),
        format!("<< /Length {} >>\nstream\n{content}\nendstream", content.len()),
        "<< /Type /Font /Subtype /Type1 /BaseFont /Helvetica /Encoding /WinAnsiEncoding >>"
            .to_owned(),
    ];
    let mut file = "%PDF-1.4\n".to_owned();
    let mut places = Vec::new();
    for (number, object) in (1..).zip(objects) {
        places.push(file.len());
        file.push_str(&format!("{number} 0 obj\n{object}\nendobj\n"));
    }
    let table = file.len();
    file.push_str(&format!("xref\n0 {}\n0000000000 65535 f \n", places.len() + 1));
    for place in &places {
        file.push_str(&format!("{place:010} 00000 n \n"));
    }
    let size = places.len() + 1;
    file.push_str(&format!("trailer\n<< /Size {size} /Root 1 0 R >>\nstartxref\n{table}\n%%EOF\n"));
    file.into_bytes()
}

/// As PDF writes text: signs that mean something to it and letters beyond ASCII are escaped.
fn escaped(text: &str) -> String {
    let letter = |letter: char| match letter {
        '(' | ')' | '\\' => format!("\\{letter}"),
        ' '..='~' => letter.to_string(),
        '\u{a0}'..='\u{ff}' => format!("\\{:03o}", letter as u32),
        '’' => "\\222".to_owned(),
        'œ' => "\\234".to_owned(),
        '–' => "\\226".to_owned(),
        '€' => "\\200".to_owned(),
        _ => "?".to_owned(),
    };
    text.chars().map(letter).collect()
}

fn wrapped(text: &str, width: usize) -> Vec<String> {
    let mut lines = vec![String::new()];
    for word in text.split_whitespace() {
        if let Some(line) = lines.last_mut()
            && line.chars().count() + word.chars().count() < width
        {
            if !line.is_empty() {
                line.push(' ');
            }
            line.push_str(word);
            continue;
        }
        lines.push(word.to_owned());
    }
    lines
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_page_says_where_its_parts_are() {
        let file = page("Présentation (1)", &["Une ligne.".into(), "mot ".repeat(60)]);
        let text = String::from_utf8(file).expect("ASCII");
        let table = text.rfind("startxref\n").map(|at| &text[at + 10..]).expect("an end");
        let at: usize = table.lines().next().and_then(|line| line.parse().ok()).expect("a place");
        assert!(text[at..].starts_with("xref"));
        assert!(text.contains("Pr\\351sentation \\(1\\)"));
        assert!(text.matches(" Td ").count() > 3, "long lines are broken");
    }
}
