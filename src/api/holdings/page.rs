//! The page: headings and lists, no script, black on white.

use std::fmt::Write;

use events::Language;
use projections::labels;
use serde_json::Value;

const STYLE: &str = "body{font:12pt/1.5 serif;max-width:42em;margin:2em auto;padding:0 1em}\
    h1,h2{font-family:sans-serif;line-height:1.2}dt{font-weight:bold}dd{margin:0 0 .5em}\
    li{margin-bottom:.6em;break-inside:avoid}.meta{color:#444;font-size:90%}\
    @page{margin:2cm}";

/// A page on which something is written.
struct Page<'a> {
    html: String,
    language: Language,
    local: &'a dyn Fn(&str) -> String,
}

/// Everything that is held on somebody, as a page.
pub(super) fn write(held: &Value, language: Language, local: &dyn Fn(&str) -> String) -> String {
    let mut page = Page { html: String::new(), language, local };
    let title = page.say("What is held on you", "Ce que le guichet détient sur vous");
    let lang = match language {
        Language::Fr => "fr",
        Language::En => "en",
    };
    let head = format!(
        "<!doctype html><html lang=\"{lang}\"><head><meta charset=\"utf-8\"><title>{title}</title>\
         <style>{STYLE}</style></head><body><h1>{title}</h1>"
    );
    page.html.push_str(&head);
    let made = (page.local)(text(&held["as_known"]));
    let made_on = page.say("As known on", "Tel que connu le");
    page.line("p", &format!("{made_on} {made}."));
    page.records(held);
    page.accounts(held);
    page.parts(held);
    page.happened(held);
    let unknown = page.say(
        "Who looked at these data is not recorded.",
        "Les consultations de ces données ne sont pas enregistrées.",
    );
    page.line("p", unknown);
    page.html.push_str("</body></html>\n");
    page.html
}

impl<'a> Page<'a> {
    const fn say(&self, english: &'static str, french: &'static str) -> &'static str {
        match self.language {
            Language::En => english,
            Language::Fr => french,
        }
    }

    fn line(&mut self, tag: &str, text: &str) {
        // Writing to a string can't fail.
        let _ = writeln!(self.html, "<{tag}>{}</{tag}>", escaped(text));
    }

    fn field(&mut self, name: &str, value: &Value) {
        if !value.is_null() {
            let shown = self.shown(value);
            self.line("dt", name);
            self.line("dd", &shown);
        }
    }

    /// A value as people read it: a text, or why it is not there.
    fn shown(&self, value: &Value) -> String {
        match value {
            Value::String(text) => text.clone(),
            Value::Object(map) if map.contains_key("erased") => {
                self.say("(erased)", "(effacé)").to_owned()
            }
            other => other.to_string(),
        }
    }

    fn records(&mut self, held: &Value) {
        for record in list(&held["records"]) {
            self.line("h2", self.say("Your record", "Votre fiche"));
            self.html.push_str("<dl>");
            for field in ["name", "email", "phone", "orcid"] {
                self.field(labels::text(field, self.language), &record[field]);
            }
            let former = self.say("formerly", "auparavant");
            for field in ["former_names", "former_emails"] {
                list(&record[field]).for_each(|value| self.field(former, value));
            }
            for place in list(&record["affiliations"]) {
                let from = self.say("since", "depuis le");
                let until = self.say("until", "jusqu'au");
                let mut line =
                    format!("{} {from} {}", text(&place["function"]), text(&place["from"]));
                if let Some(to) = place["to"].as_str() {
                    line = format!("{line} {until} {to}");
                }
                self.field(self.say("affiliation", "appartenance"), &Value::String(line));
            }
            for consent in list(&record["consents"]) {
                let line = text(&consent["scope"]).replace('_', " ");
                self.field(self.say("consent", "consentement"), &Value::String(line));
            }
            self.html.push_str("</dl>");
        }
    }

    fn accounts(&mut self, held: &Value) {
        if list(&held["accounts"]).next().is_none() {
            return;
        }
        self.line("h2", self.say("Your accounts", "Vos comptes"));
        self.html.push_str("<ul>");
        for account in list(&held["accounts"]) {
            let roles: Vec<_> = list(&account["roles"]).map(|role| text(&role["role"])).collect();
            self.line("li", &format!("{}: {}", text(&account["reference"]), roles.join(", ")));
        }
        self.html.push_str("</ul>");
    }

    fn parts(&mut self, held: &Value) {
        self.line("h2", self.say("What you take part in", "Ce à quoi vous prenez part"));
        self.html.push_str("<ul>");
        for part in list(&held["takes_part_in"]) {
            let what = text(&part["stream"]).split('-').next().unwrap_or_default();
            let roles: Vec<_> =
                list(&part["parts"]).map(|part| text(part).replace('_', " ")).collect();
            let name = text(&part["name"]);
            let reference = text(&part["reference"]);
            self.line("li", &format!("{what} {reference} {name}: {}", roles.join(", ")));
        }
        for document in list(&held["documents"]) {
            let name = self.shown(&document["text"]);
            let what = self.say("document of", "document du dossier");
            self.line("li", &format!("{what} {}: {name}", text(&document["field"])));
        }
        self.html.push_str("</ul>");
    }

    fn happened(&mut self, held: &Value) {
        self.line("h2", self.say("What happened", "Ce qui s'est passé"));
        self.html.push_str("<ol>");
        for step in list(&held["happened"]) {
            let at = (self.local)(text(&step["occurred_at"]));
            let (sentence, who) = (escaped(text(&step["sentence"])), escaped(text(&step["who"])));
            let head = format!("<li>{sentence}<br><span class=\"meta\">{at} — {who}</span>");
            self.html.push_str(&head);
            for written in list(&step["texts"]) {
                let name = labels::text(text(&written["field"]), self.language);
                let shown = self.shown(&written["text"]);
                self.line("blockquote", &format!("{name}: {shown}"));
            }
            self.html.push_str("</li>\n");
        }
        self.html.push_str("</ol>");
    }
}

fn text(value: &Value) -> &str {
    value.as_str().unwrap_or_default()
}

fn list(value: &Value) -> impl Iterator<Item = &Value> {
    value.as_array().into_iter().flatten()
}

/// A text as it may stand in a page, whoever wrote it.
fn escaped(text: &str) -> String {
    let mut escaped = String::with_capacity(text.len());
    for letter in text.chars() {
        match letter {
            '&' => escaped.push_str("&amp;"),
            '<' => escaped.push_str("&lt;"),
            '>' => escaped.push_str("&gt;"),
            '"' => escaped.push_str("&quot;"),
            '\'' => escaped.push_str("&#39;"),
            other => escaped.push(other),
        }
    }
    escaped
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn whatever_somebody_wrote_is_text_on_the_page() {
        let held = json!({ "as_known": "now", "records": [{ "name": "<script>alert(1)</script>",
            "email": { "erased": true } }],
            "happened": [{ "sentence": "A & B", "who": "\"C\"", "occurred_at": "then",
                "texts": [{ "field": "summary", "text": "x > y" }] }] });
        let page = write(&held, Language::Fr, &str::to_owned);
        assert!(!page.contains("<script"), "{page}");
        for part in ["&lt;script&gt;", "A &amp; B", "&quot;C&quot;", "x &gt; y", "(effacé)"] {
            assert!(page.contains(part), "{part} in {page}");
        }
        assert!(page.starts_with("<!doctype html><html lang=\"fr\">"));
    }
}
