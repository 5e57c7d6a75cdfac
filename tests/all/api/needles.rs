//! Nothing personal in clear: a needle in every text that is sealed, every operation asked, and then
//! every byte looked at that the program leaves behind.

use std::fs::File;
use std::path::{Path, PathBuf};
use std::process::Command;

use data_encoding::{BASE64, BASE64URL_NOPAD, HEXLOWER};
use serde_json::json;

use super::contract::contract;
use super::everything::{MARK, World};
use super::matrix::{Target, ask};
use super::*;
use crate::program::{Server, program};

#[tokio::test(flavor = "multi_thread")]
async fn no_byte_that_is_left_behind_holds_a_sealed_text() {
    let folder = tempfile::tempdir().expect("a folder");
    std::fs::create_dir(folder.path().join("temporary")).expect("a folder");
    let server = Server::start(talkative(folder.path(), "data", "log"));
    let mut office = Office::elsewhere(&folder.path().join("data"), server.address);
    office.staff().await;
    let api = Api { office, folder };
    let world = World::live(&api).await;
    let told = read_everything(&api, &world).await;
    assert!(told > 100, "only {told} answers showed a sealed text to whoever may read it");
    go_wrong(&api, &world).await;

    let here = |path: &Path| path.strip_prefix(api.folder.path()).map(Path::to_path_buf);
    let search = |when: &str| {
        let files = files(api.folder.path());
        let found: Vec<_> = files.iter().flat_map(|path| needles_in(&read(path), path)).collect();
        assert!(found.is_empty(), "{when}: {found:#?}");
        files.iter().map(|path| here(path).expect("below")).collect::<Vec<_>>()
    };
    for unlinked in server.unlinked_files() {
        assert!(needles_in(&unlinked, Path::new("an unlinked file")).is_empty());
    }
    let files = search("while it serves");
    for expected in ["data/events.db", "data/events.db-wal", "log"] {
        assert!(files.contains(&PathBuf::from(expected)), "{expected} is not among {files:?}");
    }
    // What is in clear is found, so a needle would have been.
    let log = String::from_utf8_lossy(&read(&place_of(&api, "log"))).into_owned();
    assert!(log.contains("answered a request") && log.contains("/v1/cases/{id}/journey"), "{log}");
    let clear =
        [read(&place_of(&api, "data/events.db")), read(&place_of(&api, "data/events.db-wal"))];
    assert!(holds(&clear.concat(), b"followup.interaction-logged.v1"));
    save_and_restore(&api);
    search("with a backup, and what came of it");
    let (code, printed) = server.stop();
    assert_eq!(code, Some(0));
    assert!(needles_in(printed.as_bytes(), Path::new("standard output")).is_empty());
    search("when it has stopped");
}

/// The program on a folder in `place`, telling all it can in a file there.
fn talkative(place: &Path, data: &str, log: &str) -> Command {
    let mut command = program(&place.join(data));
    let temporary = place.join("temporary");
    command.env("TMPDIR", &temporary).env("SQLITE_TMPDIR", &temporary).env("GUICHET_LOG", "trace");
    command.current_dir(&temporary).stderr(File::create(place.join(log)).expect("a file"));
    command
}

/// Backs the office up while it serves, and restores that beside it.
fn save_and_restore(api: &Api) {
    let place = api.folder.path();
    let mut save = talkative(place, "data", "log-of-backup");
    save.args(["backup", "../backup", "--keys", "../keys"]);
    let mut restore = talkative(place, "restored", "log-of-restore");
    restore.args(["restore", "../backup", "--keys", "../keys"]);
    restore.args(["--root-key", "../data/keys/root.key"]);
    restore.args(["--erasures", "../data/keys/erasures.log"]);
    for mut command in [save, restore] {
        let output = command.output().expect("it runs");
        assert!(output.status.success(), "{command:?}: {output:?}");
        assert!(needles_in(&output.stdout, Path::new("standard output")).is_empty());
    }
}

fn place_of(api: &Api, name: &str) -> PathBuf {
    api.folder.path().join(name)
}

/// Asks every question in both languages, as some who may read texts and one who may read some;
/// gives how many answers showed one.
async fn read_everything(api: &Api, world: &World<'_>) -> usize {
    let mut told = 0;
    for operation in contract().operations.iter().filter(|operation| operation.method == "GET") {
        let mut questions = vec![String::new()];
        questions.extend(operation.takes("lang").then(|| "?lang=fr".to_owned()));
        questions.extend(operation.takes("text").then(|| format!("?text={MARK}")));
        for target in [Target::Own, Target::Others] {
            for question in &questions {
                let path = ask(world, operation, target).path;
                let path = format!("{}{question}", path.split('?').next().unwrap_or_default());
                for role in [Role::System, Role::Head, Role::Advisor, Role::Innovator] {
                    let answer = api.get(role, &path).await;
                    told += usize::from(holds(&answer.body, MARK.as_bytes()));
                }
            }
        }
    }
    told
}

/// Sends texts where none belong, so that something might complain of them in the wrong place.
async fn go_wrong(api: &Api, world: &World<'_>) {
    for (path, body) in world.done.values().filter(|(_, body)| body.is_object()) {
        let mut unknown = body.clone();
        unknown[MARK] = json!(MARK);
        let mut torn = body.to_string().into_bytes();
        torn.truncate(torn.len() - 2);
        let wrong = [
            Ask::post(path, &unknown).keyed(MARK),
            Ask::raw(path, "application/json", torn),
            Ask::raw(path, "application/json", json!([MARK, { "text": MARK }]).to_string()),
            Ask::post(&format!("{path}?text={MARK}"), body).by_token(MARK),
            Ask::post(&format!("{path}/{MARK}"), body).seen(format!("\"{MARK}\"")),
        ];
        for ask in wrong {
            let answer = api.send(Role::Head, &ask).await;
            assert!(!answer.status.is_server_error(), "{}", answer.text());
        }
    }
    for path in ["cases", "people", "documents", "events"] {
        let answer = api.get(Role::Head, &format!("/v1/{path}/{MARK}?text={MARK}")).await;
        assert!(answer.status.is_client_error(), "{}", answer.text());
    }
}

fn read(path: &Path) -> Vec<u8> {
    std::fs::read(path).unwrap_or_else(|error| panic!("{}: {error}", path.display()))
}

/// All files in a folder and those in it.
fn files(folder: &Path) -> Vec<PathBuf> {
    let entries = folder.read_dir().expect("a folder").map(|entry| entry.expect("an entry"));
    let below = |entry: std::fs::DirEntry| {
        let kind = entry.file_type().expect("a kind");
        match () {
            () if kind.is_dir() => files(&entry.path()),
            () if kind.is_file() => vec![entry.path()],
            () => Vec::new(),
        }
    };
    entries.flat_map(below).collect()
}

fn holds(bytes: &[u8], part: &[u8]) -> bool {
    bytes.windows(part.len()).any(|window| window == part)
}

/// Where the needle stands in some bytes, however it is written.
fn needles_in(bytes: &[u8], of: &Path) -> Vec<String> {
    let lower = bytes.to_ascii_lowercase();
    let wide: Vec<u8> = MARK.encode_utf16().flat_map(u16::to_le_bytes).collect();
    let mut forms = vec![("in clear", MARK.as_bytes().to_vec()), ("in UTF-16", wide)];
    forms.push(("in hexadecimals", HEXLOWER.encode(MARK.as_bytes()).into_bytes()));
    let found = forms.into_iter().filter(|(_, form)| holds(&lower, form)).map(|(how, _)| how);
    let mut found: Vec<_> = found.collect();
    // Base 64 looks different at each of three alignments, and its ends depend on what is beside.
    for before in ["", "a", "aa"] {
        let text = format!("{before}{MARK}aaa");
        for form in [BASE64.encode(text.as_bytes()), BASE64URL_NOPAD.encode(text.as_bytes())] {
            if holds(bytes, &form.as_bytes()[4..12]) {
                found.push("in base 64");
            }
        }
    }
    found.into_iter().map(|how| format!("{}: {how}", of.display())).collect()
}

#[test]
fn a_needle_is_found_however_it_is_written() {
    let count = |bytes: &[u8]| needles_in(bytes, Path::new("bytes")).len();
    assert_eq!(count(b"nothing to be found"), 0);
    assert!(count(format!("x{}y", MARK.to_uppercase()).as_bytes()) > 0);
    assert!(count(HEXLOWER.encode(format!("?{MARK}").as_bytes()).as_bytes()) > 0);
    assert!(count(&MARK.encode_utf16().flat_map(u16::to_le_bytes).collect::<Vec<_>>()) > 0);
    for before in ["", "1", "12", "123"] {
        assert!(count(BASE64.encode(format!("{before}{MARK}after").as_bytes()).as_bytes()) > 0);
    }
}
