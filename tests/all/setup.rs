//! A real office to test: a data folder, the server on its sockets, one account per role.

use std::collections::BTreeMap;
use std::net::SocketAddr;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use axum::body::Bytes;
use axum::http::{HeaderMap, HeaderName, HeaderValue, Method, Request, StatusCode, header};
use events::{Labelled, Role, Time};
use futures_util::future::join_all;
use guichet::clock::{Clock, SystemClock};
use guichet::domain::defaults::default_policies;
use guichet::guichet::{Guichet, Layout};
use http_body_util::{BodyExt, Full};
use hyper::client::conn::http1::{SendRequest, handshake};
use hyper_util::rt::TokioIo;
use serde_json::{Value, json};
use tempfile::TempDir;
use tokio::net::{TcpListener, TcpStream, UnixStream};
use tokio::sync::watch;
use tokio::task::JoinHandle;

/// A request as it is about to be sent.
#[derive(Debug, Clone)]
pub(crate) struct Ask {
    pub(crate) method: Method,
    pub(crate) path: String,
    pub(crate) headers: HeaderMap,
    pub(crate) body: Bytes,
}

impl Ask {
    fn new(method: Method, path: &str, body: Bytes) -> Self {
        Self { method, path: path.to_owned(), headers: HeaderMap::new(), body }
    }

    pub(crate) fn get(path: &str) -> Self {
        Self::new(Method::GET, path, Bytes::new())
    }

    pub(crate) fn post(path: &str, body: &Value) -> Self {
        Self::raw(path, "application/json", body.to_string())
    }

    pub(crate) fn raw(path: &str, media_type: &str, body: impl Into<Bytes>) -> Self {
        Self::new(Method::POST, path, body.into()).with(header::CONTENT_TYPE, media_type)
    }

    pub(crate) fn with(mut self, name: HeaderName, value: impl AsRef<str>) -> Self {
        let value = HeaderValue::from_str(value.as_ref()).expect("a header's value");
        self.headers.insert(name, value);
        self
    }

    /// States the revision that was seen.
    pub(crate) fn seen(self, etag: impl AsRef<str>) -> Self {
        self.with(header::IF_MATCH, etag)
    }

    /// Names the request, so that it can be repeated.
    pub(crate) fn keyed(self, key: &str) -> Self {
        self.with(HeaderName::from_static("idempotency-key"), key)
    }

    pub(crate) fn by_token(self, token: &str) -> Self {
        self.with(header::AUTHORIZATION, format!("Bearer {token}"))
    }

    pub(crate) fn request(&self) -> Request<Full<Bytes>> {
        let body = Full::new(self.body.clone());
        let request = Request::builder().method(self.method.clone()).uri(&self.path);
        let mut request = request.header(header::HOST, "guichet").body(body).expect("a request");
        request.headers_mut().extend(self.headers.clone());
        request
    }
}

/// What was answered.
#[derive(Debug, Clone)]
pub(crate) struct Answer {
    pub(crate) status: StatusCode,
    pub(crate) headers: HeaderMap,
    pub(crate) body: Bytes,
}

impl Answer {
    pub(crate) fn json(&self) -> Value {
        serde_json::from_slice(&self.body)
            .unwrap_or_else(|error| panic!("{error}: {}", self.text()))
    }

    pub(crate) fn text(&self) -> String {
        String::from_utf8_lossy(&self.body).into_owned()
    }

    pub(crate) fn header(&self, name: &str) -> Option<&str> {
        self.headers.get(name).and_then(|value| value.to_str().ok())
    }

    /// The answer to something that must have gone well.
    #[track_caller]
    pub(crate) fn well(self) -> Self {
        assert!(self.status.is_success(), "{}: {}", self.status, self.text());
        self
    }

    /// The problem document of something that must have been refused so.
    #[track_caller]
    pub(crate) fn refused(&self, status: u16) -> Value {
        assert_eq!(self.status.as_u16(), status, "{}", self.text());
        self.json()
    }
}

/// Where an office is reached.
#[derive(Debug, Clone)]
pub(crate) enum Door {
    Public(SocketAddr),
    Operator(PathBuf),
}

impl Door {
    pub(crate) async fn connect(&self) -> SendRequest<Full<Bytes>> {
        match self {
            Self::Public(address) => {
                let stream = TcpStream::connect(address).await.expect("a listening server");
                stream.set_nodelay(true).expect("a TCP stream");
                let (sender, connection) = handshake(TokioIo::new(stream)).await.expect("HTTP");
                tokio::spawn(connection);
                sender
            }
            Self::Operator(socket) => {
                let stream = UnixStream::connect(socket).await.expect("a listening server");
                let (sender, connection) = handshake(TokioIo::new(stream)).await.expect("HTTP");
                tokio::spawn(connection);
                sender
            }
        }
    }

    pub(crate) async fn send(&self, ask: &Ask) -> Answer {
        exchange(&mut self.connect().await, ask).await.expect("an answer")
    }

    async fn done(&self, path: &str, body: Value) -> Value {
        self.send(&Ask::post(path, &body)).await.well().json()
    }
}

/// One request over a connection that goes on.
pub(crate) async fn exchange(
    sender: &mut SendRequest<Full<Bytes>>,
    ask: &Ask,
) -> hyper::Result<Answer> {
    sender.ready().await?;
    let response = sender.send_request(ask.request()).await?;
    let (parts, body) = response.into_parts();
    let body = body.collect().await?.to_bytes();
    Ok(Answer { status: parts.status, headers: parts.headers, body })
}

/// Somebody who can sign in.
#[derive(Debug, Clone)]
pub(crate) struct Account {
    pub(crate) person: String,
    pub(crate) user: String,
    pub(crate) token: String,
}

/// Registers a person and opens an account for them in a role.
pub(crate) async fn enrol(door: &Door, name: &str, role: Role) -> Account {
    let email = format!("{role}@example.org");
    let notice = json!({ "version": "2026-01", "given_at": "2026-03-02T08:45:00Z" });
    let person =
        json!({ "name": name, "email": email, "language": "fr", "privacy_notice": notice });
    let person = text(&door.done("/v1/people", person).await, "/id");
    let enrolled = door.done("/v1/users", json!({ "person": person })).await;
    let user = text(&enrolled, "/created/user");
    door.done("/v1/users/grant-role", json!({ "user": user, "role": role })).await;
    let token = json!({ "user": user, "purpose": "integration" });
    let token = text(&door.done("/v1/users/issue-token", token).await, "/token");
    Account { person, user, token }
}

/// The text at a place of an answer.
#[track_caller]
pub(crate) fn text(answer: &Value, pointer: &str) -> String {
    let found = answer.pointer(pointer).and_then(Value::as_str);
    found.unwrap_or_else(|| panic!("no text at {pointer} of {answer:#}")).to_owned()
}

/// What time it is.
pub(crate) fn now() -> Time {
    SystemClock.now()
}

/// Makes the rules hold that the office starts with.
pub(crate) async fn publish_policies(door: &Door) {
    let now = now().to_string();
    let publish = default_policies().into_iter().map(|body| {
        let now = now.clone();
        async move {
            let path = format!("/v1/policies/{}", body.kind());
            door.done(&format!("{path}/draft"), json!({ "version": 1, "body": body })).await;
            let publish = json!({ "version": 1, "effective_from": now });
            door.done(&format!("{path}/publish"), publish).await;
        }
    });
    join_all(publish).await;
}

/// An advisor's token, and cases they may log interactions in.
pub(crate) struct Small {
    pub(crate) token: String,
    pub(crate) cases: Vec<String>,
}

/// The least that interactions can be logged in.
pub(crate) async fn small(door: &Door, cases: usize) -> Small {
    publish_policies(door).await;
    let advisor = enrol(door, "Aline Conseil", Role::Advisor).await;
    let mut ids = Vec::with_capacity(cases);
    for case in 0..cases {
        let intake = intake(&advisor.person, &format!("Project {case}"));
        ids.push(text(&door.done("/v1/cases", intake).await, "/id"));
    }
    Small { token: advisor.token, cases: ids }
}

/// A project that comes in today.
pub(crate) fn intake(contact: &str, title: &str) -> Value {
    let received_at = now().to_string();
    json!({ "channel": "email", "received_at": received_at, "contact": contact,
            "applicant_kind": "lab_team", "country": "FR",
            "project": { "title": title, "summary": "What it is about.", "stage": "ideation",
                         "area": "diagnostics" } })
}

/// An office that is open, with its server.
pub(crate) struct Office {
    pub(crate) public: Door,
    pub(crate) operator: Door,
    pub(crate) accounts: BTreeMap<Role, Account>,
    house: House,
}

/// Where the server of an office runs.
enum House {
    /// In this process.
    Here {
        guichet: Arc<Guichet>,
        stop: watch::Sender<bool>,
        server: JoinHandle<std::io::Result<()>>,
    },
    /// In one of its own, looked after by whoever started it.
    Elsewhere,
}

impl Office {
    /// An office that the program serves from a folder.
    pub(crate) fn elsewhere(folder: &Path, address: SocketAddr) -> Self {
        let operator = Door::Operator(Layout::new(folder, None).socket());
        let accounts = BTreeMap::new();
        Self { public: Door::Public(address), operator, accounts, house: House::Elsewhere }
    }

    /// What the server works with, when it runs here.
    pub(crate) fn guichet(&self) -> &Arc<Guichet> {
        match &self.house {
            House::Here { guichet, .. } => guichet,
            House::Elsewhere => panic!("the office is in another process"),
        }
    }

    /// Opens the office in a folder and serves it.
    pub(crate) async fn serve(folder: &Path) -> Self {
        let layout = Layout::new(folder, None);
        let guichet = Guichet::open(&layout, false).await.expect("an office");
        let listener = TcpListener::bind("127.0.0.1:0").await.expect("a free port");
        let public = Door::Public(listener.local_addr().expect("an address"));
        let operator = Door::Operator(layout.socket());
        let (stop, stopped) = watch::channel(false);
        let (serving, socket) = (Arc::clone(&guichet), layout.socket());
        let server = tokio::spawn(async move {
            guichet::serve::serve(serving, listener, &socket, stopped).await
        });
        // It is there a moment before anybody listens on it.
        while UnixStream::connect(layout.socket()).await.is_err() {
            tokio::task::yield_now().await;
        }
        let accounts = BTreeMap::new();
        Self { public, operator, accounts, house: House::Here { guichet, stop, server } }
    }

    /// Gives it its rules, an account per role, and an audit mission over everything.
    pub(crate) async fn staff(&mut self) {
        publish_policies(&self.operator).await;
        let roles: Vec<Role> =
            <[Role]>::iter(Role::ALL).copied().filter(|role| *role != Role::System).collect();
        let door = &self.operator;
        let enrol = roles.iter().map(|role| async move {
            (*role, enrol(door, &format!("Camille {role}"), *role).await)
        });
        self.accounts = join_all(enrol).await.into_iter().collect();
        let mission = json!({ "auditor": self.account(Role::Auditor).user, "authority": "funder",
            "mandate": "F2030/2026-118", "scope": "everything", "until": "2035-01-31T17:00:00Z" });
        self.operator.done("/v1/users/open-audit-mission", mission).await;
    }

    pub(crate) fn account(&self, role: Role) -> &Account {
        self.accounts.get(&role).unwrap_or_else(|| panic!("{role} has no account"))
    }

    /// Sends a request as somebody; the system acts through the operator's socket.
    pub(crate) async fn send(&self, role: Role, ask: &Ask) -> Answer {
        match role {
            Role::System => self.operator.send(ask).await,
            role => self.public.send(&ask.clone().by_token(&self.account(role).token)).await,
        }
    }

    /// Stops the server, if it runs here, and closes the office.
    pub(crate) async fn close(self) {
        if let House::Here { stop, server, .. } = self.house {
            stop.send_replace(true);
            server.await.expect("a server that ends").expect("and ends well");
        }
    }
}

/// A staffed office in a folder of its own.
pub(crate) async fn office() -> (Office, TempDir) {
    let folder = tempfile::tempdir().expect("a folder");
    let mut office = Office::serve(folder.path()).await;
    office.staff().await;
    (office, folder)
}
