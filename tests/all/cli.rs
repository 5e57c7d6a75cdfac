//! The program as people run it: the real binary on a folder of its own.

use std::io::{BufRead, BufReader, Read, Write};
use std::net::TcpStream;
use std::path::{Path, PathBuf};
use std::process::{Command, Output, Stdio};

use serde_json::{Value, json};

use crate::program::{Server, program};

/// A folder to run the program in.
struct Place(tempfile::TempDir);

impl Place {
    fn new() -> Self {
        Self(tempfile::tempdir().expect("a temporary folder"))
    }

    fn data(&self) -> PathBuf {
        self.0.path().join("data")
    }

    fn command(&self, arguments: &[&str]) -> Command {
        let mut command = program(&self.data());
        command.current_dir(self.0.path()).args(arguments);
        command
    }

    fn run(&self, arguments: &[&str]) -> Output {
        self.command(arguments).output().expect("the program runs")
    }

    /// What it prints when all goes well.
    fn told(&self, arguments: &[&str]) -> String {
        let output = self.run(arguments);
        assert!(output.status.success(), "{arguments:?}: {}", error(&output));
        String::from_utf8(output.stdout).expect("text")
    }

    fn json(&self, arguments: &[&str]) -> Value {
        let told = self.told(&[&["--json"], arguments].concat());
        serde_json::from_str(&told).unwrap_or_else(|error| panic!("{error}: {told}"))
    }

    /// Adds a user, and gives their account and their person.
    fn add(&self, name: &str, role: &str) -> (String, String) {
        let email = format!("{}@example.org", name.split(' ').next().expect("a name"));
        let added = self.json(&["user", "add", "--name", name, "--email", &email, "--role", role]);
        let text = |field: &str| added[field].as_str().expect("an id").to_owned();
        (text("user"), text("person"))
    }

    /// An office with an administrator and an advisor.
    fn office() -> (Self, String, String) {
        let place = Self::new();
        place.add("Anne Roux", "admin");
        let (advisor, person) = place.add("Karim Benali", "advisor");
        (place, advisor, person)
    }

    fn serve(&self) -> Server {
        let mut command = self.command(&[]);
        command.stderr(Stdio::null());
        Server::start(command)
    }
}

/// Tells a server to stop, and gives its exit code.
fn stopped(server: Server) -> Option<i32> {
    server.stop().0
}

/// Sends a command with a token, and gives what was recorded.
fn post(server: &Server, token: &str, path: &str, body: &Value) -> Value {
    let body = body.to_string();
    let mut connection = TcpStream::connect(server.address).expect("it listens");
    write!(
        connection,
        "POST {path} HTTP/1.1\r\nHost: guichet\r\nConnection: close\r\n\
         Authorization: Bearer {token}\r\nContent-Type: application/json\r\n\
         Content-Length: {}\r\n\r\n{body}",
        body.len()
    )
    .expect("sent");
    let mut answer = String::new();
    connection.read_to_string(&mut answer).expect("answered");
    let (head, body) = answer.split_once("\r\n\r\n").expect("a head and a body");
    assert!(head.starts_with("HTTP/1.1 20"), "{answer}");
    serde_json::from_str(body).expect("JSON")
}

fn code(output: &Output) -> Option<i32> {
    output.status.code()
}

fn error(output: &Output) -> String {
    String::from_utf8_lossy(&output.stderr).into_owned()
}

#[test]
fn help_documents_the_exit_codes_and_shows_examples() {
    let place = Place::new();
    let help = place.told(&["--help"]);
    for part in ["Exit codes:\n  0  done\n", "  5  unavailable", "guichet case journey"] {
        assert!(help.contains(part), "{help}");
    }
    for command in
        ["serve", "demo", "case", "person", "organisation", "user", "token", "policy", "privacy"]
    {
        assert!(help.contains(&format!("\n  {command} ")), "{command}\n{help}");
        assert!(place.told(&[command, "--help"]).contains("Usage: guichet"), "{command}");
    }
}

#[test]
fn wrong_usage_ends_with_two_and_begins_nothing() {
    let place = Place::new();
    for arguments in [
        &["fly"][..],
        &["case", "list", "--status", "asleep"],
        &["case", "journey", "7K3M-9QXA", "--as-of", "yesterday"],
        &["case", "list"],
        &["user", "add", "--name", "Karim", "--email", "karim@example.org", "--role", "advisor"],
        &["demo", "--listen", "0.0.0.0:8080"],
        &["store", "check"],
    ] {
        let output = place.run(arguments);
        assert_eq!(code(&output), Some(2), "{arguments:?}: {}", error(&output));
        assert!(!output.stderr.is_empty(), "{arguments:?}");
    }
    assert!(!place.data().exists());
}

#[test]
fn the_first_user_begins_an_office_with_its_rules() {
    let place = Place::new();
    let told = place.told(&[
        "user",
        "add",
        "--name",
        "Anne Roux",
        "--email",
        "anne@example.org",
        "--role",
        "admin",
    ]);
    assert!(told.contains("acts as: administrator\nnext: guichet token issue --user "), "{told}");
    let policies = place.json(&["policy", "list"]);
    let policies = policies["items"].as_array().expect("a list");
    assert_eq!(policies.len(), 8);
    assert!(policies.iter().all(|file| !file["versions"][0]["published"].is_null()));
    let users = place.told(&["user", "list"]);
    assert!(users.contains("Anne Roux  admin"), "{users}");
    // Rules are published once.
    place.add("Karim Benali", "advisor");
    let drafted = place.told(&["events"]).matches("policy.drafted.v1").count();
    assert_eq!(drafted, 8);
}

#[test]
fn a_token_is_shown_once_and_opens_its_account_until_revoked() {
    let (place, advisor, _) = Place::office();
    let issued = place.told(&["token", "issue", "--user", &advisor]);
    let token = issued.trim_end();
    assert!(token.starts_with("gch_") && !token.contains('\n'), "{issued}");
    let list = place.json(&["token", "list"]);
    let id = list["items"][0]["token"].as_str().expect("an id").to_owned();
    assert!(!list.to_string().contains(token));
    let server = place.serve();
    let body = json!({ "legal_name": "Oncoseed", "kind": "startup", "country": "FR" });
    post(&server, token, "/v1/organisations", &body);
    let told = place.told(&["token", "revoke", &id]);
    assert!(told.contains("opens nothing any more"), "{told}");
    let found = place.told(&["organisation", "find", "oncosed"]);
    assert!(found.contains("Oncoseed"), "{found}");
    assert_eq!(stopped(server), Some(0));
    assert!(place.told(&["token", "list"]).contains("revoked"));
}

/// A case with an advisor and a conversation that was entered late.
fn case(place: &Place, server: &Server, advisor: &str, person: &str) -> String {
    let issued = place.told(&["token", "issue", "--user", advisor]);
    let token = issued.trim_end();
    let arrival = json!({
        "channel": "web_form", "received_at": "2026-03-02T08:45:00Z", "contact": person,
        "applicant_kind": "startup", "country": "FR", "late_entry_reason": "import",
        "occurred_at": "2026-03-02T08:45:00Z",
        "project": { "title": "Immunoscan", "summary": "A blood test.", "stage": "pre_seed",
                     "area": "diagnostics" },
    });
    let case = post(server, token, "/v1/cases", &arrival);
    let reference = case["reference"].as_str().expect("a reference").to_owned();
    let path = format!("/v1/cases/{reference}");
    post(server, token, &format!("{path}/assign-advisor"), &json!({ "advisor": advisor }));
    let spoke = json!({
        "kind": "call", "minutes": 15, "summary": "They have a third candidate.",
        "via": "phone", "occurred_at": "2026-03-04T09:00:00Z", "late_entry_reason": "forgotten",
    });
    post(server, token, &format!("{path}/log-interaction"), &spoke);
    reference
}

#[test]
fn a_case_reads_the_same_with_a_server_and_without() {
    let (place, advisor, person) = Place::office();
    let server = place.serve();
    let reference = case(&place, &server, &advisor, &person);
    let questions: [&[&str]; 7] = [
        &["case", "show", &reference],
        &["case", "journey", &reference],
        &["case", "journey", &reference, "--lang", "fr"],
        &["case", "audit", &reference],
        &["case", "list", "--status", "followed"],
        &["--json", "case", "journey", &reference],
        &["person", "journey", &person],
    ];
    let answers = questions.map(|question| place.told(question));
    assert!(answers[1].contains("\n2026-03-04 10:00  Call of 15 min"), "{}", answers[1]);
    assert!(answers[1].contains(": forgotten"), "{}", answers[1]);
    assert!(answers[2].contains("Karim Benali suit désormais le dossier"), "{}", answers[2]);
    assert!(answers[4].contains("Immunoscan"), "{}", answers[4]);
    assert!(answers.iter().all(|answer| !answer.contains('\u{1b}')), "colours off a terminal");
    assert!(place.told(&["store", "check"]).contains("everything is as it was written"));
    assert_eq!(stopped(server), Some(0));
    assert!(!place.data().join("guichet.sock").exists());
    for (question, answer) in questions.iter().zip(&answers) {
        assert_eq!(place.told(question), *answer, "{question:?}");
    }
}

#[test]
fn a_journey_is_told_as_it_was_known_then() {
    let (place, advisor, person) = Place::office();
    let server = place.serve();
    let reference = case(&place, &server, &advisor, &person);
    let journey = place.json(&["case", "journey", &reference]);
    let steps = journey["steps"].as_array().expect("steps");
    assert_eq!(steps.len(), 3);
    let before_last = steps[1]["event"].as_str().expect("an id");
    let then = place.json(&["case", "journey", &reference, "--as-of", before_last]);
    assert_eq!(then["steps"].as_array().map(Vec::len), Some(2));
    assert_eq!(then["as_known"]["event"], steps[1]["event"]);
    // What had happened by then is known now, though it was recorded later.
    let until = ["case", "journey", &reference, "--occurred-until", "2026-03-04"];
    let until = place.json(&until);
    let told: Vec<_> = until["steps"].as_array().expect("steps").iter().collect();
    assert_eq!(told.len(), 2);
    assert_eq!(told[1]["event"], steps[2]["event"]);
}

#[test]
fn exit_codes_tell_refusals_from_what_is_not_there() {
    let (place, advisor, person) = Place::office();
    let server = place.serve();
    let reference = case(&place, &server, &advisor, &person);
    let admin = place.json(&["user", "list", "--role", "admin"]);
    let admin = admin["items"][0]["reference"].as_str().expect("a reference").to_owned();
    for (expected, arguments) in [
        (4, &["case", "show", "0000-0000"][..]),
        (4, &["case", "show", "no such thing"]),
        (4, &["--as", "0000-0000", "case", "list"]),
        (4, &["token", "revoke", "0000-0000"]),
        (3, &["--as", &admin, "case", "show", &reference]),
        (2, &["case", "list", "--as-of", "99999"]),
        (5, &["serve", "--listen", "127.0.0.1:0"]),
        (5, &["serve", "--listen", &server.address.to_string()]),
    ] {
        let output = place.run(arguments);
        assert_eq!(code(&output), Some(expected), "{arguments:?}: {}", error(&output));
        assert!(error(&output).contains("error: "), "{arguments:?}");
    }
    let theirs = place.told(&["--as", &advisor, "case", "show", &reference]);
    assert!(theirs.starts_with("Immunoscan\n"), "{theirs}");
}

#[test]
fn a_rule_is_drafted_by_one_and_published_by_another() {
    let (place, advisor, _) = Place::office();
    let (other, _) = place.add("Zoé Petit", "admin");
    let anne = place.json(&["user", "list", "--role", "admin"]);
    let anne = anne["items"][0]["user"].as_str().expect("an id").to_owned();
    let file = place.data().join("late_entry.json");
    let shown = place.json(&["policy", "show", "late_entry"]);
    let mut body = shown["versions"][0]["body"].clone();
    body["late_entry"]["threshold_working_days"] = json!(10);
    std::fs::write(&file, body.to_string()).expect("written");
    let file = file.to_string_lossy();
    let draft = ["--as", &anne, "policy", "draft", "late_entry", &file];
    assert!(place.told(&draft).contains("version 2 of late_entry is written down"));
    let publish = |user: &str| place.run(&["--as", user, "policy", "publish", "late_entry", "2"]);
    assert_eq!(code(&publish(&advisor)), Some(3));
    let refused = publish(&anne);
    assert_eq!(code(&refused), Some(3));
    assert!(error(&refused).contains("G-8"), "{}", error(&refused));
    assert_eq!(code(&publish(&other)), Some(0));
    let shown = place.told(&["policy", "show", "late_entry"]);
    assert!(shown.contains("threshold_working_days 10"), "{shown}");
}

#[test]
fn the_log_is_followed_as_it_grows() {
    let (place, advisor, _) = Place::office();
    let server = place.serve();
    let last = place.told(&["--json", "events"]);
    let last: Value = serde_json::from_str(last.lines().last().expect("events")).expect("JSON");
    let after = last["position"].to_string();
    let mut follow = place
        .command(&["--json", "events", "--follow", "--after", &after])
        .stdout(Stdio::piped())
        .spawn()
        .expect("it starts");
    place.told(&["token", "issue", "--user", &advisor]);
    let mut lines = BufReader::new(follow.stdout.take().expect("piped")).lines();
    let line = lines.next().expect("an event").expect("text");
    let event: Value = serde_json::from_str(&line).expect("JSON");
    assert_eq!(event["type"], "access.token-issued.v1");
    follow.kill().expect("it runs");
    follow.wait().expect("it ends");
    assert_eq!(stopped(server), Some(0));
    let output = place.run(&["events", "--follow"]);
    assert_eq!(code(&output), Some(5), "{}", error(&output));
}

#[test]
fn damage_is_found_and_told() {
    let (place, ..) = Place::office();
    let sound = place.json(&["store", "check"]);
    assert_eq!(sound["sound"], json!(true));
    damage(&place.data().join("events.db"));
    let output = place.run(&["store", "check"]);
    assert_eq!(code(&output), Some(1), "{}", error(&output));
    assert!(String::from_utf8_lossy(&output.stdout).contains('✗'));
}

/// Changes a letter in the middle of a stored fact.
fn damage(log: &Path) {
    let mut bytes = std::fs::read(log).expect("the log");
    let word = b"role-granted";
    let at = bytes.windows(word.len()).position(|window| window == word).expect("a fact");
    bytes[at] = b'R';
    std::fs::write(log, bytes).expect("written");
}

#[test]
fn an_office_is_saved_while_it_serves_and_restored_elsewhere() {
    let (place, advisor, person) = Place::office();
    let path = |name: &str| place.0.path().join(name).to_string_lossy().into_owned();
    let (backup, keys, key) = (path("backup"), path("keys"), path("data/keys/root.key"));
    let server = place.serve();
    let reference = case(&place, &server, &advisor, &person);
    let told = place.told(&["backup", &backup]);
    assert!(told.contains("the keys were not saved") && told.contains('✓'), "{told}");
    assert_eq!(code(&place.run(&["backup", &backup, "--keys", &backup])), Some(2));
    let again = place.json(&["backup", &backup, "--keys", &keys]);
    assert_eq!(again["backup"]["new_events"], json!(0));
    assert_eq!(again["keys"]["position"], again["backup"]["verified"]["position"]);
    assert_eq!(stopped(server), Some(0));
    assert!(place.json(&["backup", "verify", &backup])["sound"].as_bool().expect("a verdict"));

    let other = path("other");
    let restore = |more: &[&str]| {
        let mut command = program(Path::new(&other));
        command.args(["restore", &backup, "--keys", &keys, "--root-key", &key]).args(more);
        command.output().expect("it runs")
    };
    assert_eq!(code(&restore(&[])), Some(2), "nobody said what was erased since");
    let restored = restore(&["--no-erasures-since"]);
    assert_eq!(code(&restored), Some(0), "{}", error(&restored));
    assert_eq!(code(&restore(&["--no-erasures-since"])), Some(2), "only into an empty folder");
    let mut command = program(Path::new(&other));
    let question = ["case", "journey", &reference];
    let answer = command.args(["--root-key", &key]).args(question).output().expect("it runs");
    assert_eq!(String::from_utf8_lossy(&answer.stdout), place.told(&question));

    let file = files_of(&backup).into_iter().find(|name| name.starts_with("events-"));
    let file = Path::new(&backup).join(file.expect("events"));
    let text = std::fs::read_to_string(&file).expect("text");
    std::fs::write(&file, text.replacen("role-granted", "role-denied", 1)).expect("damaged");
    let found = place.run(&["backup", "verify", &backup]);
    assert_eq!(code(&found), Some(1));
    assert!(String::from_utf8_lossy(&found.stdout).contains('✗'));
}

fn files_of(folder: &str) -> Vec<String> {
    let entries = std::fs::read_dir(folder).expect("a folder");
    entries.map(|it| it.expect("an entry").file_name().to_string_lossy().into_owned()).collect()
}

#[test]
fn rules_of_the_build_are_offered_until_the_office_has_them() {
    let (place, ..) = Place::office();
    let told = place.told(&["policy", "offered"]);
    assert!(told.starts_with("nothing: "), "{told}");
    assert_eq!(place.json(&["policy", "offered"])["items"], json!([]));
    assert_eq!(code(&place.run(&["policy", "offered", "late_entry"])), Some(4));
}

#[test]
fn a_reader_who_stops_reading_is_no_failure() {
    let (place, ..) = Place::office();
    let mut events = place.command(&["events"]).stdout(Stdio::piped()).spawn().expect("starts");
    // Nobody reads from here on.
    drop(events.stdout.take());
    assert_eq!(events.wait().expect("it ends").code(), Some(0));
}

#[test]
fn the_apis_document_needs_no_office() {
    let place = Place::new();
    let document = place.json(&["openapi"]);
    assert_eq!(document["openapi"], json!("3.1.0"));
    assert!(!place.data().exists());
}

#[test]
fn records_are_merged_and_parted_and_a_look_up_tells_where_one_goes_on() {
    let (place, _, karim) = Place::office();
    let (_, other) = place.add("Karim Benaly", "platform");
    let short = |id: &str| id.parse::<events::PersonId>().expect("an id").reference().to_string();
    let (gone, now) = (short(&other), short(&karim));
    let told = place.told(&["person", "merge", &gone, "--into", &now]);
    assert_eq!(told, format!("{gone} goes on as {now}\n"));
    let found = place.told(&["person", "find", "benaly"]);
    let lines: Vec<_> = found.lines().filter(|line| line.contains("Karim")).collect();
    assert!(lines[0].contains(&now) && !lines[0].contains("goes on"), "{found}");
    assert!(lines[1].ends_with(&format!("goes on as {now}")), "{found}");
    let journey = place.told(&["person", "journey", &gone]);
    assert!(
        journey.starts_with(&format!("Karim Benaly ({gone}), goes on as {now}\n")),
        "{journey}"
    );
    let output = place.run(&["person", "merge", &now, "--into", &gone]);
    assert_eq!(code(&output), Some(3), "{}", error(&output));
    assert!(error(&output).contains(&now), "{}", error(&output));
    let told = place.told(&["person", "unmerge", &gone]);
    assert_eq!(told, format!("{gone} stands for itself again, no longer as {now}\n"));
    let output = place.run(&["person", "unmerge", &gone]);
    assert!(error(&output).contains("is not merged"), "{}", error(&output));
}

#[test]
fn a_request_goes_from_its_receipt_to_an_erasure_on_the_command_line() {
    let (place, _, person) = Place::office();
    // Roles that oversee take two persons, except from whoever opens the folder.
    let (dpo, _) = place.add("Odile Brachet", "dpo");
    let (head, _) = place.add("Hélène Castaing", "head");
    let receive = ["privacy", "receive", "erasure", "--person", &person, "--words", "Erase me"];
    let told = place.told(&[&["--as", &dpo], &receive[..]].concat());
    let request = told.split_whitespace().nth(1).expect("a reference").to_owned();
    assert!(told.contains("next: guichet privacy verify"), "{told}");
    let by_dpo = |arguments: &[&str]| place.told(&[&["--as", &dpo, "privacy"], arguments].concat());
    let early = place.run(&["--as", &dpo, "privacy", "assess", &request, "granted"]);
    assert_eq!(code(&early), Some(3), "{}", error(&early));
    assert!(error(&early).contains("(D-1)"), "{}", error(&early));
    assert_eq!(by_dpo(&["verify", &request, "--method", "known_in_person"]), "recorded\n");
    assert_eq!(by_dpo(&["assess", &request, "granted"]), "recorded\n");
    let listed = by_dpo(&["list", "--kind", "erasure"]);
    assert!(listed.contains(&request) && listed.contains("assessed"), "{listed}");
    let held: Value = serde_json::from_str(&by_dpo(&["export", &request])).expect("JSON");
    assert_eq!(held["records"][0]["name"], "Karim Benali");
    let page = place.data().join("held.html");
    let page = page.to_str().expect("text");
    by_dpo(&["export", &request, "--format", "html", "--lang", "fr", "--out", page]);
    let page = std::fs::read_to_string(page).expect("written");
    assert!(page.contains("Karim Benali") && page.contains("lang=\"fr\""), "{page}");
    assert!(by_dpo(&["texts", &request]).contains("0 to look through"));

    let asked = by_dpo(&["erase", &request, "--purpose", "follow_up"]);
    let approval = asked.trim().rsplit(' ').next().expect("an id").to_owned();
    let given = place.told(&["--as", &head, "approval", "give", &approval]);
    assert_eq!(given, "agreed: it is done\n");
    assert_eq!(by_dpo(&["answer", &request, "--via", "phone"]), "recorded\n");
    let shown = by_dpo(&["show", &request]);
    assert!(shown.contains("answered") && shown.contains("granted"), "{shown}");
    let found = place.told(&["person", "find", "karim benali"]);
    assert!(found.contains("No person goes by that."), "{found}");
    assert_eq!(code(&place.run(&["store", "check"])), Some(0));
}
