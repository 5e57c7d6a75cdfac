//! The server: the API on TCP for everyone with a token, and on a socket for the operator.

use std::future::IntoFuture;
use std::net::SocketAddr;
use std::os::unix::fs::PermissionsExt;
use std::path::Path;
use std::sync::Arc;
use std::time::{Duration, Instant};

use axum::Router;
use axum::extract::{MatchedPath, Request, State};
use axum::middleware::{self, Next};
use axum::response::Response;
use tokio::net::{TcpListener, UnixListener};
use tokio::sync::watch;

use crate::api::{Operator, Stopping};
use crate::guichet::Guichet;
use crate::rotation::rotate_when_due;
use crate::{api, web};

/// How long requests under way may take once the server is told to stop.
const DRAIN: Duration = Duration::from_secs(10);

/// Everything that is answered: the API and the pages.
pub fn router(guichet: &Arc<Guichet>) -> Router {
    web::router(Arc::clone(guichet))
        .merge(api::router(Arc::clone(guichet)))
        .layer(middleware::from_fn_with_state(Arc::clone(guichet), observed))
}

/// The same, for whoever may open the data folder.
pub fn operator_router(guichet: &Arc<Guichet>) -> Router {
    router(guichet).layer(axum::Extension(Operator))
}

/// Counts every answer, and logs it without anything that may be personal.
async fn observed(State(guichet): State<Arc<Guichet>>, request: Request, next: Next) -> Response {
    let started = Instant::now();
    let matched = request.extensions().get::<MatchedPath>();
    let route = matched.map_or("(none)".to_owned(), |path| path.as_str().to_owned());
    let method = request.method().clone();
    let response = next.run(request).await;
    let status = response.status();
    let seconds = started.elapsed().as_secs_f64();
    guichet.metrics.answered(&route, status, seconds);
    let micros = started.elapsed().as_micros();
    tracing::debug!(%method, route, status = status.as_u16(), micros, "answered a request");
    response
}

/// The operator's socket, for nobody else; it takes requests from then on.
///
/// # Errors
/// When it can't be made.
pub fn operator_socket(path: &Path) -> std::io::Result<UnixListener> {
    // A server that was killed leaves its socket behind; the log's lock says that it is gone.
    if path.exists() {
        std::fs::remove_file(path)?;
    }
    let local = UnixListener::bind(path)?;
    std::fs::set_permissions(path, std::fs::Permissions::from_mode(0o600))?;
    Ok(local)
}

/// Serves until `stop` turns true, then lets requests under way finish.
///
/// # Errors
/// When the address or the socket can't be used.
pub async fn serve(
    guichet: Arc<Guichet>,
    listener: TcpListener,
    socket: &Path,
    stop: watch::Receiver<bool>,
) -> std::io::Result<()> {
    serve_on(guichet, listener, operator_socket(socket)?, stop).await?;
    std::fs::remove_file(socket)
}

/// The same, on a socket that is there already and is left there.
///
/// # Errors
/// When the address or the socket can't be used.
pub async fn serve_on(
    guichet: Arc<Guichet>,
    listener: TcpListener,
    local: UnixListener,
    stop: watch::Receiver<bool>,
) -> std::io::Result<()> {
    let follower = tokio::spawn(Arc::clone(&guichet.readmodel).follow(stopped(stop.clone())));
    let keys = tokio::spawn(rotate_when_due(Arc::clone(&guichet), stop.clone()));
    // Live feeds have no end of their own.
    let ending = axum::Extension(Stopping(stop.clone()));
    let public = axum::serve(listener, router(&guichet).layer(ending.clone()))
        .with_graceful_shutdown(stopped(stop.clone()))
        .into_future();
    let operator = axum::serve(local, operator_router(&guichet).layer(ending))
        .with_graceful_shutdown(stopped(stop.clone()))
        .into_future();
    let drained = async {
        stopped(stop).await;
        tokio::time::sleep(DRAIN).await;
    };
    tokio::select! {
        result = async { tokio::try_join!(public, operator) } => { result?; }
        () = drained => {}
    }
    follower.abort();
    keys.abort();
    // Nothing that ran beside holds the office any more when this returns.
    drop(tokio::join!(follower, keys));
    Ok(())
}

async fn stopped(stop: watch::Receiver<bool>) {
    Stopping(stop).begun().await;
}

/// Whether an address is this machine's own.
pub fn is_loopback(address: SocketAddr) -> bool {
    address.ip().is_loopback()
}
