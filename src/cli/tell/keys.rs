//! How the keys are kept.

use events::Time;
use serde::Deserialize;

use crate::cli::moment::{day, told};
use crate::cli::paper::{Ink, Margin, Paper, Side, Table, push_line};
use crate::vault::{Epoch, RetiredEpoch};

/// What the API says of the keys.
#[derive(Debug, Clone, Deserialize)]
pub(in crate::cli) struct Keys {
    pub(in crate::cli) epochs: Vec<Epoch>,
    pub(in crate::cli) retired: Vec<RetiredEpoch>,
    pub(in crate::cli) keys: u64,
    pub(in crate::cli) destroyed: u64,
    pub(in crate::cli) root_key: String,
    pub(in crate::cli) root_key_since: Option<Time>,
    pub(in crate::cli) root_key_in_data_folder: bool,
    pub(in crate::cli) rotating: bool,
    pub(in crate::cli) rotated_after_days: Option<u32>,
    pub(in crate::cli) next_rotation: Option<Time>,
}

/// What the API says of a rotation.
#[derive(Debug, Clone, Deserialize)]
pub(in crate::cli) struct Rotated {
    pub(in crate::cli) moved: u64,
    pub(in crate::cli) retired: Vec<u32>,
    pub(in crate::cli) wiped: bool,
    pub(in crate::cli) keys: Keys,
}

const MARGIN: Margin = Margin { indent: 0, label: 15 };

/// The keys as an operator looks at them.
pub(in crate::cli) fn keys(keys: &Keys, now: Time, paper: &Paper) -> String {
    let mut page = epochs(keys).write(paper);
    page.push('\n');
    let count = format!("{}, {} destroyed by erasures", counted(keys.keys), keys.destroyed);
    page.push_str(&line(paper, "keys", &count, Ink::Plain));
    let since = keys.root_key_since.map(|since| format!(", since {}", day(since)));
    let root_key = format!("{}{}", keys.root_key, since.unwrap_or_default());
    page.push_str(&line(paper, "root key", &root_key, Ink::Plain));
    if keys.root_key_in_data_folder {
        let warning = "in the data folder, so a copy of the folder opens every sealed text: move \
                       it elsewhere, and say where it is with --root-key FILE or GUICHET_ROOT_KEY";
        page.push_str(&line(paper, "", warning, Ink::Warning));
    }
    page.push_str(&line(paper, "next rotation", &next(keys, now), Ink::Plain));
    page
}

fn line(paper: &Paper, label: &str, text: &str, ink: Ink) -> String {
    MARGIN.write(paper, (label, Ink::Faint), (text, ink))
}

fn epochs(keys: &Keys) -> Table {
    let mut table = Table::of(&[
        ("epoch", Side::Right),
        ("made", Side::Left),
        ("keys", Side::Right),
        ("state", Side::Left),
    ]);
    let made = |made_at: Option<Time>| made_at.map_or("by an earlier build".to_owned(), told);
    for epoch in &keys.retired {
        table.row([
            (epoch.number.to_string(), Ink::Faint),
            (made(epoch.made_at), Ink::Faint),
            ("0".to_owned(), Ink::Faint),
            (format!("destroyed {}", told(epoch.retired_at)), Ink::Faint),
        ]);
    }
    for (index, epoch) in keys.epochs.iter().enumerate() {
        let newest = index + 1 == keys.epochs.len();
        let (state, ink) = match newest {
            true => ("wraps new keys", Ink::Good),
            false => ("its keys are on the move", Ink::Warning),
        };
        table.row([
            (epoch.number.to_string(), Ink::Strong),
            (made(epoch.made_at), Ink::Plain),
            (epoch.keys.to_string(), Ink::Plain),
            (state.to_owned(), ink),
        ]);
    }
    table
}

fn next(keys: &Keys, now: Time) -> String {
    if keys.rotating {
        return "under way, or stopped; guichet keys rotate finishes it, and so does the server \
                when it starts"
            .to_owned();
    }
    match (keys.next_rotation, keys.rotated_after_days) {
        (Some(next), Some(days)) if next > now => {
            format!("{}, as the server does it after {days} days", day(next))
        }
        (Some(_), _) => "within the hour, while the server runs".to_owned(),
        (None, _) => "never by itself: guichet keys rotate does it".to_owned(),
    }
}

/// So many keys.
fn counted(keys: u64) -> String {
    if keys == 1 { "1 key".to_owned() } else { format!("{keys} keys") }
}

/// What a rotation has done.
pub(in crate::cli) fn rotated(rotated: &Rotated) -> String {
    let mut page = String::new();
    let newest = rotated.keys.epochs.last().map_or(0, |epoch| epoch.number);
    let retired: Vec<_> = rotated.retired.iter().map(ToString::to_string).collect();
    let plural = if retired.len() == 1 { "" } else { "s" };
    let moved = format!(
        "{} moved to epoch {newest}; the key of epoch{plural} {} is destroyed",
        counted(rotated.moved),
        retired.join(", ")
    );
    push_line(&mut page, &Ink::Good.write(&moved));
    if !rotated.wiped {
        let later = "another process reads keys.db: the bytes of the old keys are wiped from its \
                     log by the next rotation, erasure or start";
        push_line(&mut page, &Ink::Warning.write(later));
    }
    page
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::cli::paper::plain;

    fn moment(text: &str) -> Time {
        text.parse().expect("a moment")
    }

    fn some() -> Keys {
        let made_at = Some(moment("2026-03-02T09:00:00Z"));
        Keys {
            epochs: vec![Epoch { number: 2, made_at, keys: 41 }],
            retired: vec![RetiredEpoch {
                number: 1,
                made_at: None,
                retired_at: moment("2026-03-02T09:00:01Z"),
            }],
            keys: 41,
            destroyed: 1,
            root_key: "/etc/guichet/root.key".to_owned(),
            root_key_since: made_at,
            root_key_in_data_folder: false,
            rotating: false,
            rotated_after_days: Some(90),
            next_rotation: Some(moment("2026-05-31T09:00:00Z")),
        }
    }

    #[test]
    fn the_keys_are_told_with_their_epochs_and_what_comes_next() {
        let (paper, now) = (Paper::of_terminal(None), moment("2026-03-03T09:00:00Z"));
        let page = plain(&keys(&some(), now, &paper));
        let expected = "\
epoch  made                 keys  state
    1  by an earlier build     0  destroyed 2026-03-02 10:00
    2  2026-03-02 10:00       41  wraps new keys

keys           41 keys, 1 destroyed by erasures
root key       /etc/guichet/root.key, since 2026-03-02
next rotation  2026-05-31, as the server does it after 90 days
";
        assert_eq!(page, expected);
    }

    #[test]
    fn what_is_amiss_is_said() {
        let (paper, now) = (Paper::of_terminal(None), moment("2026-06-03T09:00:00Z"));
        let told = |some: Keys| plain(&keys(&some, now, &paper));
        assert!(told(some()).contains("within the hour"));
        let never = Keys { next_rotation: None, rotated_after_days: None, ..some() };
        assert!(told(never).contains("never by itself"));
        let inside = Keys { root_key_in_data_folder: true, ..some() };
        assert!(told(inside).contains("GUICHET_ROOT_KEY"), "it says what to do");
        let old = Epoch { number: 1, made_at: None, keys: 9 };
        let epochs = [vec![old], some().epochs].concat();
        let page = told(Keys { epochs, rotating: true, ..some() });
        assert!(page.contains("its keys are on the move") && page.contains("under way"), "{page}");
    }

    #[test]
    fn a_rotation_says_what_it_did_and_what_is_left() {
        let done = Rotated { moved: 41, retired: vec![1], wiped: true, keys: some() };
        let page = plain(&rotated(&done));
        assert_eq!(page, "41 keys moved to epoch 2; the key of epoch 1 is destroyed\n");
        let page = plain(&rotated(&Rotated { wiped: false, retired: vec![1, 3], ..done }));
        assert!(page.contains("epochs 1, 3") && page.contains("another process reads"), "{page}");
    }
}
