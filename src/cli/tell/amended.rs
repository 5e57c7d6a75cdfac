//! What was said later about a step or a decision, under it.

use events::{Language, Time};
use serde::Deserialize;

use crate::cli::moment::told;
use crate::cli::paper::{Ink, Margin, Paper};
use crate::cli::words::Said;

/// Something that was said about a fact later.
#[derive(Debug, Clone, Deserialize)]
pub(super) struct Amendment {
    kind: Kind,
    recorded_at: Time,
    who: String,
    before: Option<String>,
    occurred_at_before: Option<Time>,
    #[serde(default)]
    texts: Vec<Said>,
}

#[derive(Debug, Clone, Copy, Deserialize)]
#[serde(rename_all = "snake_case")]
enum Kind {
    Corrected,
    Annulled,
    Annotated,
    Redacted,
}

impl Kind {
    const fn word(self, language: Language) -> &'static str {
        match (self, language) {
            (Self::Corrected, Language::En) => "corrected",
            (Self::Corrected, Language::Fr) => "rectifié",
            (Self::Annulled, Language::En) => "annulled",
            (Self::Annulled, Language::Fr) => "annulé",
            (Self::Annotated, Language::En) => "noted",
            (Self::Annotated, Language::Fr) => "annoté",
            (Self::Redacted, Language::En) => "redacted",
            (Self::Redacted, Language::Fr) => "occulté",
        }
    }
}

/// A few lines for each: what, when, who, what it said before, and why.
pub(super) fn amendments(all: &[Amendment], indent: usize, paper: &Paper) -> String {
    let mut page = String::new();
    let margin = Margin { indent, label: 0 };
    for amendment in all {
        let word = amendment.kind.word(paper.language);
        let line = format!("✎ {word} {}: {}", told(amendment.recorded_at), amendment.who);
        page.push_str(&margin.write(paper, ("", Ink::Plain), (&line, Ink::Warning)));
        if let Some(before) = &amendment.before {
            let line = format!("{} {before}", paper.say("before:", "avant :"));
            let below = Margin { indent: indent + 2, label: 0 };
            page.push_str(&below.write(paper, ("", Ink::Plain), (&line, Ink::Faint)));
        }
        if let Some(at) = amendment.occurred_at_before {
            let line = format!("{} {}", paper.say("it was said of", "daté du"), told(at));
            let below = Margin { indent: indent + 2, label: 0 };
            page.push_str(&below.write(paper, ("", Ink::Plain), (&line, Ink::Faint)));
        }
        page.push_str(&super::journey::texts(&amendment.texts, indent + 2, paper));
    }
    page
}

/// The word in front of what no longer counts.
pub(super) const fn struck(paper: &Paper) -> &'static str {
    match paper.language {
        Language::En => "ANNULLED",
        Language::Fr => "ANNULÉ",
    }
}
