//! Logging interactions over HTTP, each acknowledged after fsync, beside its two floors measured in
//! the same run: the same server answering without storing, and the store alone.

#![allow(clippy::print_stdout, reason = "a bench is read on standard output")]

use std::net::SocketAddr;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::{Duration, Instant};

use axum::body::Bytes;
use axum::http::{Method, Request, StatusCode, header};
use events::{CommandId, EventId, StreamName};
use guichet::store::{EventStore, Expected, NewEvent, SqliteStore};
use http_body_util::{BodyExt, Full};
use hyper::client::conn::http1::{SendRequest, handshake};
use hyper_util::rt::TokioIo;
use tokio::net::TcpStream;

#[path = "../tests/all/setup.rs"]
#[allow(dead_code, reason = "the tests use more of it")]
mod setup;

const CLIENTS: usize = 64;
const WRITERS: usize = 32;
const SECONDS: u64 = 5;

type Answer = Result<(), Box<dyn std::error::Error + Send + Sync>>;

#[tokio::main]
async fn main() -> Answer {
    let folder = tempfile::tempdir_in(env!("CARGO_TARGET_TMPDIR"))?;
    let office = setup::Office::serve(folder.path()).await;
    let bench = setup::small(&office.operator, CLIENTS).await;
    let setup::Door::Public(address) = office.public else {
        return Err("the office has no address".into());
    };
    let bare = load(address, |_| get("/healthz")).await?;
    let token = bench.token.clone();
    let cases = bench.cases.clone();
    let logged = load(address, move |client| {
        let path = format!("/v1/cases/{}/log-interaction", cases[client % cases.len()]);
        post(&path, &token, r#"{"kind":"call","minutes":20,"summary":"We went through the plan."}"#)
    })
    .await?;
    office.close().await;
    let store = store_alone().await?;
    println!("bare HTTP answers          {:>8.0} /s", bare.rate());
    println!("store alone, {WRITERS} writers    {:>8.0} /s", store);
    println!(
        "interactions, {CLIENTS} clients   {:>8.0} /s  p50 {:.2} ms  p99 {:.2} ms",
        logged.rate(),
        logged.millis(0.50),
        logged.millis(0.99)
    );
    println!("  of bare HTTP  {:>5.1} %", 100.0 * logged.rate() / bare.rate());
    println!("  of the store  {:>5.1} %", 100.0 * logged.rate() / store);
    Ok(())
}

struct Measured {
    times: Vec<Duration>,
    whole: Duration,
}

impl Measured {
    fn rate(&self) -> f64 {
        self.times.len() as f64 / self.whole.as_secs_f64()
    }

    fn millis(&self, share: f64) -> f64 {
        let place = ((self.times.len() as f64 * share) as usize).min(self.times.len() - 1);
        self.times[place].as_secs_f64() * 1e3
    }
}

/// So many clients, each sending its next request when the last was answered.
async fn load(
    address: SocketAddr,
    request: impl Fn(usize) -> Request<Full<Bytes>> + Send + Sync + 'static,
) -> Result<Measured, Box<dyn std::error::Error + Send + Sync>> {
    let request = Arc::new(request);
    let started = Instant::now();
    let until = started + Duration::from_secs(SECONDS);
    let clients: Vec<_> = (0..CLIENTS)
        .map(|client| {
            let request = Arc::clone(&request);
            tokio::spawn(async move {
                let mut sender = connect(address).await?;
                let mut times = Vec::new();
                while Instant::now() < until {
                    let asked = Instant::now();
                    sender.ready().await?;
                    let response = sender.send_request(request(client)).await?;
                    let status = response.status();
                    let body = response.into_body().collect().await?.to_bytes();
                    if status != StatusCode::OK {
                        return Err(format!("{status}: {}", String::from_utf8_lossy(&body)).into());
                    }
                    times.push(asked.elapsed());
                }
                Ok::<_, Box<dyn std::error::Error + Send + Sync>>(times)
            })
        })
        .collect();
    let mut times = Vec::new();
    for client in clients {
        times.extend(client.await??);
    }
    times.sort_unstable();
    Ok(Measured { times, whole: started.elapsed() })
}

async fn connect(
    address: SocketAddr,
) -> Result<SendRequest<Full<Bytes>>, Box<dyn std::error::Error + Send + Sync>> {
    let stream = TcpStream::connect(address).await?;
    stream.set_nodelay(true)?;
    let (sender, connection) = handshake(TokioIo::new(stream)).await?;
    tokio::spawn(connection);
    Ok(sender)
}

fn get(path: &str) -> Request<Full<Bytes>> {
    let request = Request::builder().uri(path).header(header::HOST, "bench");
    request.body(Full::default()).expect("a request")
}

fn post(path: &str, token: &str, body: &'static str) -> Request<Full<Bytes>> {
    Request::builder()
        .method(Method::POST)
        .uri(path)
        .header(header::HOST, "bench")
        .header(header::AUTHORIZATION, format!("Bearer {token}"))
        .header(header::CONTENT_TYPE, "application/json")
        .body(Full::from(body))
        .expect("a request")
}

/// Appends of one event of the size of an interaction, without anything around them.
async fn store_alone() -> Result<f64, Box<dyn std::error::Error + Send + Sync>> {
    let folder = tempfile::tempdir()?;
    let store = Arc::new(SqliteStore::open(&folder.path().join("events.db"))?);
    let count = Arc::new(AtomicU64::new(0));
    let started = Instant::now();
    let until = started + Duration::from_secs(SECONDS);
    let writers: Vec<_> = (0..WRITERS)
        .map(|writer| {
            let (store, count) = (Arc::clone(&store), Arc::clone(&count));
            tokio::spawn(async move {
                let stream: StreamName = format!("case-{writer}").parse()?;
                let mut expected = Expected::NoStream;
                while Instant::now() < until {
                    let at = count.fetch_add(1, Ordering::Relaxed);
                    let event = NewEvent {
                        id: EventId::of(&stream, CommandId::derived(&at.to_string()), 0),
                        kind: "followup.interaction-logged.v1".into(),
                        metadata: vec![b'm'; 520],
                        data: vec![b'd'; 190],
                    };
                    let appended = store.append(&stream, expected, vec![event], vec![]).await?;
                    expected = Expected::At(appended.revision);
                }
                Ok::<_, Box<dyn std::error::Error + Send + Sync>>(())
            })
        })
        .collect();
    for writer in writers {
        writer.await??;
    }
    Ok(count.load(Ordering::Relaxed) as f64 / started.elapsed().as_secs_f64())
}
