//! The command line speaks to the office as everyone does, through the API: over the socket of the
//! running server, or to an office it opens itself when none runs.

use std::path::Path;

use axum::body::Body;
use axum::http::{Method, Request, StatusCode, header};
use http_body_util::BodyExt;
use hyper_util::rt::TokioIo;
use serde_json::Value;
use tokio::net::UnixStream;
use tower::ServiceExt;

use super::Fault;
use crate::api::AS_HEADER;
use crate::guichet::{Guichet, Layout};
use crate::serve::operator_router;

/// A way to the office.
pub(super) struct Client {
    way: Way,
    user: Option<String>,
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
    /// Reaches the office of a data folder, acting for `user`, or as the system itself.
    pub(super) async fn reach(layout: &Layout, user: Option<String>) -> Result<Self, Fault> {
        if !layout.log().exists() {
            return Err(Fault::usage(format!(
                "there is no office in {}: begin one with `guichet user add`, or try \
                 `guichet demo`",
                layout.data.display()
            )));
        }
        Self::reach_or_begin(layout, user).await
    }

    /// The same, beginning an office where there is none.
    pub(super) async fn reach_or_begin(
        layout: &Layout,
        user: Option<String>,
    ) -> Result<Self, Fault> {
        let way = match connect(&layout.socket()).await {
            Some(sender) => Way::Socket(sender),
            None => {
                let guichet = Guichet::open(layout, false).await?;
                guichet.readmodel.catch_up().await.map_err(Fault::failed)?;
                Way::InProcess(operator_router(&guichet))
            }
        };
        Ok(Self { way, user })
    }

    /// Reads something.
    pub(super) async fn get(&mut self, path: &str) -> Result<Reply, Fault> {
        self.send(Method::GET, path, None, None).await
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
    pub(super) async fn stream(
        &mut self,
        path: &str,
    ) -> Result<axum::http::Response<Body>, Fault> {
        let request = self.request(Method::GET, path).header(header::ACCEPT, "text/event-stream");
        let request = request.body(Body::empty()).map_err(Fault::failed)?;
        self.answer(request).await
    }

    fn request(&self, method: Method, path: &str) -> axum::http::request::Builder {
        let mut request =
            Request::builder().method(method).uri(path).header(header::HOST, "guichet");
        if let Some(user) = &self.user {
            request = request.header(AS_HEADER, user);
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
        let bytes = response.into_body().collect().await.map_err(Fault::failed)?.to_bytes();
        let body = serde_json::from_slice(&bytes).unwrap_or(Value::Null);
        if status.is_success() { Ok(Reply { body, etag }) } else { Err(refused(status, &body)) }
    }

    async fn answer(
        &mut self,
        request: Request<Body>,
    ) -> Result<axum::http::Response<Body>, Fault> {
        match &mut self.way {
            Way::Socket(sender) => {
                let response = sender.send_request(request).await.map_err(Fault::failed)?;
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
    match status {
        StatusCode::NOT_FOUND => Fault::not_found(message),
        StatusCode::SERVICE_UNAVAILABLE | StatusCode::INTERNAL_SERVER_ERROR => {
            Fault::unavailable(message)
        }
        _ => Fault::refused(message),
    }
}
