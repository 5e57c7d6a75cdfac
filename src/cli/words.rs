//! What the API's answers write in place of a sealed text: the text, or why it is not shown.

use events::Language;
use serde::Deserialize;

use super::paper::Ink;

/// A text that was sealed.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(untagged)]
pub(super) enum Words {
    /// The text.
    Text(String),
    /// The reader's roles do not show it.
    Withheld {
        /// Always so.
        withheld: bool,
    },
    /// The keys of it were destroyed.
    Erased {
        /// Always so.
        erased: bool,
    },
}

impl Words {
    /// What is shown, and how.
    pub(super) fn shown(&self, language: Language) -> (&str, Ink) {
        match (self, language) {
            (Self::Text(text), _) => (text, Ink::Plain),
            (Self::Withheld { .. }, Language::En) => ("(not shown to your roles)", Ink::Faint),
            (Self::Withheld { .. }, Language::Fr) => ("(masqué pour vos rôles)", Ink::Faint),
            (Self::Erased { .. }, Language::En) => ("(erased)", Ink::Faint),
            (Self::Erased { .. }, Language::Fr) => ("(effacé)", Ink::Faint),
        }
    }
}

/// A text of a fact, and where it stood there.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
pub(super) struct Said {
    /// The path to it, such as `ruling/gaps/0`.
    pub(super) field: String,
    /// The text.
    pub(super) text: Words,
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn a_text_that_is_not_shown_says_why() {
        let read = |value| serde_json::from_value::<Words>(value).expect("words");
        assert_eq!(read(json!("why")).shown(Language::En).0, "why");
        assert_eq!(read(json!({ "erased": true })).shown(Language::En).0, "(erased)");
        let withheld = read(json!({ "withheld": true }));
        assert_eq!(withheld.shown(Language::Fr), ("(masqué pour vos rôles)", Ink::Faint));
    }
}
