//! How the keys are kept, for whoever keeps them: the operator, at the socket in the data folder.

use std::ops::ControlFlow;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

use axum::Json;
use axum::extract::State;
use axum::http::{HeaderMap, Method};
use axum::routing::{get, post};
use events::Time;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

use super::caller::Caller;
use super::operation::{Body, Operation, answer, schema_of};
use super::{Problem, Sent, Shared, json_object};
use crate::access::{Sight, Thing};
use crate::guichet::Guichet;
use crate::vault::{Due, Epoch, KeyError, KeyStatus, RetiredEpoch, Rotated};

/// How long an answer waits for a rotation; that goes on if it takes longer.
const WAIT: Duration = Duration::from_secs(25);
/// The longest path of a file, bytes.
const PATH_BYTES_MAX: usize = 4096;

/// How the keys are kept.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[schemars(rename = "Keys")]
pub(super) struct KeysNow {
    /// The epochs whose keys wrap others, oldest first; more than one while a rotation is under
    /// way.
    pub epochs: Vec<Epoch>,
    /// The epochs whose keys were destroyed, oldest first.
    pub retired: Vec<RetiredEpoch>,
    /// How many people and cases have a key.
    pub keys: u64,
    /// How many people and cases were erased.
    pub destroyed: u64,
    /// Where the root key lies.
    pub root_key: String,
    /// Since when it is the root key; absent when an earlier build made it so.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub root_key_since: Option<Time>,
    /// Whether it lies in the data folder, so that a copy of the folder opens everything.
    pub root_key_in_data_folder: bool,
    /// Whether a rotation is under way, or was until it was stopped.
    pub rotating: bool,
    /// After how many days the server rotates the keys by itself; absent: never.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub rotated_after_days: Option<u32>,
    /// When it does so next; a moment that is past means as soon as it looks. Absent: never.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub next_rotation: Option<Time>,
}

/// What a rotation is to do beside.
#[derive(Debug, Clone, Default, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
#[schemars(rename = "KeyRotation")]
struct Order {
    /// A file on the server's machine, by its whole path: its key becomes the root key. It is made
    /// unless it is there.
    #[schemars(length(min = 1, max = 4096))]
    new_root_key: Option<String>,
}

/// What a rotation did.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub(super) struct KeysRotated {
    /// How many keys moved to the newest epoch.
    pub moved: u64,
    /// The epochs whose keys it destroyed.
    pub retired: Vec<u32>,
    /// Whether their bytes are gone from every file; not yet while another process reads them.
    pub wiped: bool,
    /// How the keys are kept now.
    pub keys: KeysNow,
}

pub(super) fn operations() -> Vec<Operation> {
    let alone = "For the operator alone, at the socket in the data folder.";
    let rotate = Operation {
        method: Method::POST,
        path: "/v1/keys/rotate".into(),
        id: "rotate-keys".into(),
        tag: "keys",
        summary: "Move every key to a new epoch, and destroy the old epochs' keys.".into(),
        description: format!(
            "Requests go on meanwhile, and no text is sealed anew. Stopped anywhere, it is \
             finished by the next rotation, or by the server when it starts. {alone}"
        ),
        parameters: Vec::new(),
        query: None,
        body: Some(Body {
            media_type: "application/json",
            schema: Box::new(schema_of::<Order>),
            example: Some(json!({})),
        }),
        answers: vec![answer::<KeysRotated>(200, "It is done")],
        guarded: true,
        handler: post(rotate),
    };
    vec![
        Operation::get("/v1/keys", "read-keys", "keys", "Say how the keys are kept.", get(read))
            .described(alone)
            .gives::<KeysNow>("How many there are, how old, and where the root key lies"),
        rotate,
    ]
}

async fn read(State(guichet): State<Shared>, caller: Caller) -> Result<Json<KeysNow>, Problem> {
    may(&caller)?;
    let office = Arc::clone(&guichet);
    let status = tokio::task::spawn_blocking(move || office.vault.status()).await;
    let status = status.map_err(|_| Problem::internal())?.map_err(|error| failed(&error))?;
    Ok(Json(KeysNow::of(&guichet, status, caller.now)))
}

async fn rotate(
    State(guichet): State<Shared>,
    caller: Caller,
    headers: HeaderMap,
    sent: Sent,
) -> Result<Json<KeysRotated>, Problem> {
    may(&caller)?;
    let order = json_object(&headers, sent)?;
    let order: Order = serde_json::from_value(Value::Object(order))
        .map_err(|error| Problem::input("", error.to_string()))?;
    let new_root_key = order.new_root_key.as_deref().map(place).transpose()?;
    let (office, now) = (Arc::clone(&guichet), caller.now);
    let task = tokio::task::spawn_blocking(move || {
        let on = &mut |_| ControlFlow::Continue(());
        office.vault.rotate(now, new_root_key.as_deref(), on)
    });
    let rotated = tokio::time::timeout(WAIT, task).await.map_err(|_| {
        Problem::unavailable("the keys are still being rotated, which goes on")
            .remedy("GET /v1/keys says how far it is")
    })?;
    let rotated = rotated.map_err(|_| Problem::internal())?.map_err(|error| failed(&error))?;
    let Rotated { moved, retired, wiped, status } = rotated;
    Ok(Json(KeysRotated { moved, retired, wiped, keys: KeysNow::of(&guichet, status, now) }))
}

/// Whoever opens the data folder may; acting for somebody they are somebody, who may not.
fn may(caller: &Caller) -> Result<(), Problem> {
    match caller.reader.sight(Thing::Keys) {
        Sight::Whole => Ok(()),
        Sight::Nothing | Sight::Own | Sight::Pseudonymous => {
            Err(Problem::forbidden("the operator alone looks after the keys")
                .remedy("run `guichet keys` on the server's machine, without --as"))
        }
    }
}

fn place(typed: &str) -> Result<PathBuf, Problem> {
    let path = Path::new(typed);
    if path.is_absolute() && path.file_name().is_some() && typed.len() <= PATH_BYTES_MAX {
        return Ok(path.to_path_buf());
    }
    Err(Problem::input("new_root_key", "a file's path that begins with /, of at most 4096 bytes"))
}

/// What is wrong with a new root key can be told; the rest is damage, which stands in the log.
fn failed(error: &KeyError) -> Problem {
    match error {
        KeyError::Root(_) | KeyError::RootSame(_) => {
            Problem::input("new_root_key", error.to_string())
                .remedy("name a file that is not there yet, in a folder that the server may use")
        }
        error => {
            tracing::error!(%error, "the keys can't be had");
            Problem::internal()
        }
    }
}

impl KeysNow {
    fn of(guichet: &Guichet, status: KeyStatus, now: Time) -> Self {
        let schedule = guichet.schedule();
        Self {
            rotating: status.is_rotating(),
            rotated_after_days: schedule.days(),
            next_rotation: match status.due(schedule, now) {
                Due::Never => None,
                Due::Now => Some(now),
                Due::At(moment) => Some(moment),
            },
            root_key_in_data_folder: guichet.layout.holds(&status.root_key),
            root_key: status.root_key.to_string_lossy().into_owned(),
            root_key_since: status.root_since,
            epochs: status.epochs,
            retired: status.retired,
            keys: status.keys,
            destroyed: status.destroyed,
        }
    }
}
