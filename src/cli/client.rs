//! The command line speaks to the office as everyone does, through the API: over the socket of the
//! running server, or to an office it opens itself when none runs.

use std::path::Path;

use axum::body::Body;
use axum::http::{Method, Request, StatusCode, header};
use events::UserId;
use http_body_util::BodyExt;
use hyper_util::rt::TokioIo;
use serde_json::Value;
use tokio::net::UnixStream;
use tower::ServiceExt;

use super::Fault;
use crate::api::AS_HEADER;
use crate::guichet::{Guichet, Layout};
use crate::process;
use crate::serve::operator_router;

/// A way to the office.
pub(super) struct Client {
    way: Way,
    user: Option<UserId>,
}

enum Way {
    /// A server runs on the data folder.
    Socket(hyper::client::conn::http1::SendRequest<Body>),
    /// None does; this process has the folder to itself.
    InProcess(axum::Router),
}

/// What was answered.
pub(super) struct Reply {
    pub(super) body: Value,
    pub(super) etag: Option<String>,
}

impl Client {
    /// Reaches the office of a data folder, acting as the system itself.
    pub(super) async fn reach(layout: &Layout) -> Result<Self, Fault> {
        if !layout.log().exists() {
            return Err(Fault::usage(format!(
                "there is no office in {}: begin one with `guichet user add`, or try \
                 `guichet demo`",
                layout.data.display()
            )));
        }
        Self::reach_or_begin(layout).await
    }

    /// The same, beginning an office where there is none.
    pub(super) async fn reach_or_begin(layout: &Layout) -> Result<Self, Fault> {
        let way = match connect(&layout.socket()).await {
            Some(sender) => Way::Socket(sender),
            None => {
                let guichet = Guichet::open(layout, false).await?;
                guichet.readmodel.catch_up().await.map_err(Fault::failed)?;
                // What another run of the program left of an erasure is finished first.
                process::resume(&guichet).await.map_err(Fault::failed)?;
                // Names are opened beside other work; who looks one up waits for all of them.
                guichet.readmodel.directory().ready().await;
                Way::InProcess(operator_router(&guichet))
            }
        };
        Ok(Self { way, user: None })
    }

    /// Speaks to an office that this process has open.
    pub(super) fn inside(guichet: &std::sync::Arc<Guichet>) -> Self {
        Self { way: Way::InProcess(operator_router(guichet)), user: None }
    }

    /// Another way to the same office, to ask while an answer is on its way.
    pub(super) async fn beside(&self, layout: &Layout) -> Result<Self, Fault> {
        let way = match &self.way {
            Way::Socket(_) => {
                let sender = connect(&layout.socket()).await;
                Way::Socket(sender.ok_or_else(|| Fault::unavailable("the server is gone"))?)
            }
            Way::InProcess(router) => Way::InProcess(router.clone()),
        };
        Ok(Self { way, user: self.user })
    }

    /// Goes on for a user, with their rights.
    pub(super) fn act_for(&mut self, user: UserId) {
        self.user = Some(user);
    }

    /// Whether a server answers, which others may be writing to.
    pub(super) fn is_live(&self) -> bool {
        matches!(self.way, Way::Socket(_))
    }

    /// Reads something.
    pub(super) async fn get(&mut self, path: &str) -> Result<Reply, Fault> {
        self.send(Method::GET, path, None, None).await
    }

    /// Reads a page as it is.
    pub(super) async fn page(&mut self, path: &str) -> Result<String, Fault> {
        let request = self.request(Method::GET, path).body(Body::empty());
        let response = self.answer(request.map_err(Fault::failed)?).await?;
        if !response.status().is_success() {
            return Err(failed(response).await?);
        }
        let bytes = response.into_body().collect().await.map_err(Fault::failed)?.to_bytes();
        String::from_utf8(bytes.into()).map_err(Fault::failed)
    }

    /// Sends a command.
    pub(super) async fn post(
        &mut self,
        path: &str,
        body: &Value,
        if_match: Option<String>,
    ) -> Result<Reply, Fault> {
        self.send(Method::POST, path, Some(body), if_match).await
    }

    /// A live answer, message by message.
    pub(super) async fn stream(&mut self, path: &str) -> Result<axum::http::Response<Body>, Fault> {
        let request = self.request(Method::GET, path).header(header::ACCEPT, "text/event-stream");
        let request = request.body(Body::empty()).map_err(Fault::failed)?;
        let response = self.answer(request).await?;
        if response.status().is_success() {
            return Ok(response);
        }
        Err(failed(response).await?)
    }

    fn request(&self, method: Method, path: &str) -> axum::http::request::Builder {
        let mut request =
            Request::builder().method(method).uri(path).header(header::HOST, "guichet");
        if let Some(user) = &self.user {
            request = request.header(AS_HEADER, user.to_string());
        }
        request
    }

    async fn send(
        &mut self,
        method: Method,
        path: &str,
        body: Option<&Value>,
        if_match: Option<String>,
    ) -> Result<Reply, Fault> {
        let mut request = self.request(method, path);
        if let Some(revision) = if_match {
            request = request.header(header::IF_MATCH, revision);
        }
        let body = match body {
            Some(body) => {
                request = request.header(header::CONTENT_TYPE, "application/json");
                Body::from(serde_json::to_vec(body).map_err(Fault::failed)?)
            }
            None => Body::empty(),
        };
        let response = self.answer(request.body(body).map_err(Fault::failed)?).await?;
        let status = response.status();
        let etag = response.headers().get(header::ETAG);
        let etag = etag.and_then(|value| value.to_str().ok()).map(str::to_owned);
        if !status.is_success() {
            return Err(failed(response).await?);
        }
        let bytes = response.into_body().collect().await.map_err(Fault::failed)?.to_bytes();
        let body = serde_json::from_slice(&bytes).map_err(Fault::failed)?;
        Ok(Reply { body, etag })
    }

    async fn answer(
        &mut self,
        request: Request<Body>,
    ) -> Result<axum::http::Response<Body>, Fault> {
        match &mut self.way {
            Way::Socket(sender) => {
                let gone =
                    |error| Fault::unavailable(format!("the server stopped answering: {error}"));
                sender.ready().await.map_err(gone)?;
                let response = sender.send_request(request).await.map_err(gone)?;
                Ok(response.map(Body::new))
            }
            Way::InProcess(router) => {
                let Ok(response) = router.clone().oneshot(request).await;
                Ok(response)
            }
        }
    }
}

async fn connect(socket: &Path) -> Option<hyper::client::conn::http1::SendRequest<Body>> {
    let stream = UnixStream::connect(socket).await.ok()?;
    let (sender, connection) =
        hyper::client::conn::http1::handshake(TokioIo::new(stream)).await.ok()?;
    tokio::spawn(connection);
    Some(sender)
}

/// What an answer other than success says.
async fn failed(response: axum::http::Response<Body>) -> Result<Fault, Fault> {
    let status = response.status();
    let bytes = response.into_body().collect().await.map_err(Fault::failed)?.to_bytes();
    Ok(refused(status, &serde_json::from_slice(&bytes).unwrap_or(Value::Null)))
}

/// A problem document as people read it on a terminal.
fn refused(status: StatusCode, problem: &Value) -> Fault {
    let text = |name: &str| problem.get(name).and_then(Value::as_str);
    let mut message = text("detail").unwrap_or("the office refused without a word").to_owned();
    if let Some(field) = text("field") {
        message = format!("{field}: {message}");
    }
    if let Some(rule) = text("rule") {
        message = format!("{message} ({rule})");
    }
    if let Some(remedy) = text("remedy") {
        message = format!("{message}\n  {remedy}");
    }
    // What does not fit was typed so; what a rule forbids names the rule.
    let misfit = matches!(status, StatusCode::BAD_REQUEST | StatusCode::UNPROCESSABLE_ENTITY)
        && text("rule").is_none();
    match status {
        _ if misfit => Fault::usage(message),
        StatusCode::NOT_FOUND => Fault::not_found(message),
        StatusCode::SERVICE_UNAVAILABLE => Fault::unavailable(message),
        StatusCode::INTERNAL_SERVER_ERROR => Fault::failed(message),
        _ => Fault::refused(message),
    }
}
