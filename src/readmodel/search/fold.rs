//! Words as they are compared: without case, accents and punctuation.

use std::collections::HashMap;
use std::sync::LazyLock;

/// Letters with the ones that people write for them.
const ACCENTED: &[(&str, &str)] = &[
    ("a", "àáâãäåāăąǎạảấầẩẫậắằẳẵặ"),
    ("c", "çćĉċč"),
    ("d", "ďđð"),
    ("e", "èéêëēĕėęěẹẻẽếềểễệ"),
    ("g", "ĝğġģǧ"),
    ("h", "ĥħ"),
    ("i", "ìíîïĩīĭįıǐịỉ"),
    ("j", "ĵ"),
    ("k", "ķ"),
    ("l", "ĺļľŀł"),
    ("n", "ñńņňŉ"),
    ("o", "òóôõöøōŏőǒơọỏốồổỗộớờởỡợ"),
    ("r", "ŕŗř"),
    ("s", "śŝşšș"),
    ("t", "ţťŧț"),
    ("u", "ùúûüũūŭůűųǔưụủứừửữự"),
    ("w", "ŵ"),
    ("y", "ýÿŷỳỵỷỹ"),
    ("z", "źżž"),
    ("ae", "æ"),
    ("oe", "œ"),
    ("ss", "ß"),
    ("th", "þ"),
];

static PLAIN: LazyLock<HashMap<char, &'static str>> = LazyLock::new(|| {
    let each = |(plain, accented): &(&'static str, &'static str)| {
        let plain = *plain;
        accented.chars().map(move |letter| (letter, plain)).collect::<Vec<_>>()
    };
    ACCENTED.iter().flat_map(each).collect()
});

/// Small letters and digits, words parted by one space: `L'Œuvre d'Éloïse` is `l oeuvre d eloise`.
pub(in crate::readmodel) fn folded(text: &str) -> String {
    let mut folded = String::with_capacity(text.len());
    for letter in text.chars().flat_map(char::to_lowercase) {
        // Accents that stand beside their letter.
        if ('\u{300}'..='\u{36f}').contains(&letter) {
            continue;
        }
        if letter.is_ascii_alphanumeric() {
            folded.push(letter);
        } else if let Some(plain) = PLAIN.get(&letter) {
            folded.push_str(plain);
        } else if letter.is_alphanumeric() {
            folded.push(letter);
        } else if !folded.is_empty() && !folded.ends_with(' ') {
            folded.push(' ');
        }
    }
    folded.truncate(folded.trim_end().len());
    folded
}

/// The digits in a text.
pub(super) fn digits(text: &str) -> String {
    text.chars().filter(char::is_ascii_digit).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn case_accents_and_punctuation_make_no_difference() {
        assert_eq!(folded("L'Œuvre  d’Éloïse-Anne "), "l oeuvre d eloise anne");
        assert_eq!(folded("e\u{301}le\u{300}ve"), folded("ÉLÈVE"));
        assert_eq!(folded("Łukasz Ångström Nguyễn Weiß"), "lukasz angstrom nguyen weiss");
        assert_eq!(folded(" - "), "");
    }
}
