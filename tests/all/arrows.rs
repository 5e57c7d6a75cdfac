//! Who may depend on whom. A new arrow fails here until it is drawn below, with a reason.

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};

/// What each part of the package may name of the others.
const MAY_NAME: &[(&str, &[&str])] = &[
    ("clock", &[]),
    ("domain", &[]),
    ("store", &[]),
    ("log", &["store"]),
    ("vault", &["clock", "store"]),
    ("door", &["domain", "store", "vault"]),
    ("transact", &["clock", "domain", "log", "store"]),
    ("access", &["domain", "vault"]),
    ("readmodel", &["log", "store", "vault"]),
    ("guichet", &["api", "clock", "readmodel", "store", "transact", "vault"]),
    ("process", &["domain", "guichet", "log", "readmodel", "store", "transact", "vault"]),
    (
        "api",
        &[
            "access",
            "clock",
            "domain",
            "door",
            "guichet",
            "log",
            "process",
            "readmodel",
            "store",
            "transact",
            "vault",
        ],
    ),
    ("web", &["api", "guichet", "store"]),
    ("backup", &["demo", "guichet", "store", "vault"]),
    ("rotation", &["guichet", "vault"]),
    ("serve", &["api", "guichet", "process", "rotation", "web"]),
    ("demo", &["access", "domain", "door", "guichet", "log", "store", "vault"]),
    (
        "cli",
        &[
            "api", "backup", "clock", "demo", "domain", "guichet", "process", "serve", "store",
            "vault", "web",
        ],
    ),
];

/// Crates that a pure part must not name.
const IMPURE: &[&str] =
    &["tokio", "axum", "rusqlite", "getrandom", "hyper", "std::time::SystemTime"];

fn root() -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR"))
}

fn sources(folder: &Path) -> Vec<PathBuf> {
    let mut found = Vec::new();
    for entry in std::fs::read_dir(folder).expect("a folder of sources") {
        let path = entry.expect("an entry").path();
        if path.is_dir() {
            found.extend(sources(&path));
        } else if path.extension().is_some_and(|kind| kind == "rs") {
            found.push(path);
        }
    }
    found
}

/// The part of the package that a file belongs to: the first folder, or the file itself.
fn part(path: &Path) -> String {
    let inside = path.strip_prefix(root().join("src")).expect("below src");
    let first = inside.iter().next().expect("a name").to_string_lossy();
    first.trim_end_matches(".rs").to_owned()
}

/// The parts that a source names as `crate::part`.
fn named(text: &str) -> BTreeSet<String> {
    let mut named = BTreeSet::new();
    for (at, _) in text.match_indices("crate::") {
        let rest = &text[at + "crate::".len()..];
        let groups = match rest.strip_prefix('{') {
            Some(group) => group.split('}').next().unwrap_or_default().split(',').collect(),
            None => vec![rest],
        };
        for path in groups {
            let word: String = path
                .trim()
                .chars()
                .take_while(|letter| letter.is_ascii_lowercase() || *letter == '_')
                .collect();
            named.insert(word);
        }
    }
    named
}

#[test]
fn each_part_names_only_what_it_may() {
    let mut wrong = Vec::new();
    for path in sources(&root().join("src")) {
        let part = part(&path);
        if part == "lib" || part == "main" {
            continue;
        }
        let text = std::fs::read_to_string(&path).expect("a source");
        let allowed = MAY_NAME.iter().find(|(name, _)| *name == part).map(|(_, allowed)| *allowed);
        let Some(allowed) = allowed else {
            wrong.push(format!("{part}: draw its arrows in tests/all/arrows.rs"));
            continue;
        };
        for other in named(&text) {
            let known = MAY_NAME.iter().any(|(name, _)| *name == other);
            if known && other != part && !allowed.contains(&other.as_str()) {
                wrong.push(format!("{part} names {other} in {}", path.display()));
            }
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[test]
fn what_is_pure_names_no_machine() {
    let pure =
        [root().join("src/domain"), root().join("events/src"), root().join("projections/src")];
    for path in pure.iter().flat_map(|folder| sources(folder)) {
        let text = std::fs::read_to_string(&path).expect("a source");
        let code = text.lines().filter(|line| !line.trim_start().starts_with("//"));
        for line in code {
            for name in IMPURE {
                assert!(!line.contains(&format!("{name}::")), "{}: {line}", path.display());
            }
        }
    }
}

#[test]
fn the_crates_below_know_nothing_of_those_above() {
    for (manifest, forbidden) in [
        ("events/Cargo.toml", &["guichet-projections", "path = \"../\""][..]),
        ("projections/Cargo.toml", &["path = \"../\""][..]),
    ] {
        let text = std::fs::read_to_string(root().join(manifest)).expect("a manifest");
        for name in forbidden {
            assert!(!text.contains(name), "{manifest} names {name}");
        }
    }
}
