//! Whether it is alive, whether it is ready, and its figures.

use std::sync::atomic::AtomicU64;

use axum::extract::State;
use axum::http::{StatusCode, header};
use axum::response::{IntoResponse, Response};
use axum::routing::get;
use prometheus_client::encoding::text::encode;
use prometheus_client::metrics::counter::Counter;
use prometheus_client::metrics::family::Family;
use prometheus_client::metrics::gauge::Gauge;
use prometheus_client::metrics::histogram::{Histogram, exponential_buckets};
use prometheus_client::registry::Registry;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::operation::{Answer, Operation, answer};
use super::{Problem, Shared};

/// What the server counts.
#[derive(Debug)]
pub struct Metrics {
    registry: Registry,
    requests: Family<Vec<(String, String)>, Counter>,
    seconds: Histogram,
    position: Gauge<u64, AtomicU64>,
    behind: Gauge<u64, AtomicU64>,
    halted: Gauge<u64, AtomicU64>,
}

impl Default for Metrics {
    fn default() -> Self {
        let mut registry = Registry::with_prefix("guichet");
        let requests = Family::default();
        let seconds = Histogram::new(exponential_buckets(0.0005, 2.0, 14));
        let (position, behind, halted) = <(Gauge<_, _>, Gauge<_, _>, Gauge<_, _>)>::default();
        registry.register("requests", "Requests answered, by route and status", requests.clone());
        registry.register("request_seconds", "Time to answer", seconds.clone());
        registry.register("log_position", "Position of the last event", position.clone());
        registry.register("readmodel_behind", "Positions to catch up with", behind.clone());
        registry.register("readmodel_halted", "1 when it met what it can't read", halted.clone());
        Self { registry, requests, seconds, position, behind, halted }
    }
}

impl Metrics {
    /// Counts an answer.
    pub fn answered(&self, route: &str, status: StatusCode, seconds: f64) {
        let labels = vec![
            ("route".to_owned(), route.to_owned()),
            ("status".to_owned(), status.as_u16().to_string()),
        ];
        self.requests.get_or_create(&labels).inc();
        self.seconds.observe(seconds);
    }
}

/// Whether the server can do its work.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub(super) struct Readiness {
    /// Whether it can.
    pub ready: bool,
    /// Position of the log's last event.
    pub log_position: u64,
    /// Position that lists and look-ups have reached.
    pub readmodel_position: u64,
    /// Why lists stand still, if they do.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub readmodel_halted: Option<String>,
    /// Whether all data are invented.
    pub demonstration: bool,
}

pub(super) fn operations() -> Vec<Operation> {
    let text = |description| Answer {
        status: 200,
        description,
        media_type: "text/plain",
        schema: Some(|_| serde_json::json!({ "type": "string" })),
    };
    vec![
        Operation::get(
            "/healthz",
            "health",
            "service",
            "Say whether the process lives.",
            get(health),
        )
        .open()
        .answers(text("It does")),
        Operation::get("/readyz", "readiness", "service", "Say whether it can work.", get(ready))
            .open()
            .gives::<Readiness>("It can")
            .answers(answer::<Readiness>(503, "It can't now")),
        Operation::get(
            "/metrics",
            "metrics",
            "service",
            "Give its figures (OpenMetrics).",
            get(metrics),
        )
        .open()
        .answers(Answer { media_type: "application/openmetrics-text", ..text("The figures") }),
        Operation::get(
            "/v1/openapi.json",
            "openapi",
            "service",
            "Give this document.",
            get(async || axum::Json(super::document())),
        )
        .open()
        .answers(Answer {
            status: 200,
            description: "OpenAPI 3.1",
            media_type: "application/json",
            schema: Some(|_| serde_json::json!({ "type": "object" })),
        }),
    ]
}

async fn health() -> Response {
    ([(header::CONTENT_TYPE, "text/plain")], "alive\n").into_response()
}

async fn ready(State(guichet): State<Shared>) -> Result<Response, Problem> {
    let head = guichet.store().head().await;
    let status = guichet.readmodel.status();
    let readiness = Readiness {
        ready: head.is_ok() && status.halted.is_none(),
        log_position: head.ok().flatten().map_or(0, |position| position.0),
        readmodel_position: status.position.unwrap_or(0),
        readmodel_halted: status.halted.map(|halt| halt.error),
        demonstration: guichet.demonstration,
    };
    let code = if readiness.ready { StatusCode::OK } else { StatusCode::SERVICE_UNAVAILABLE };
    Ok((code, axum::Json(readiness)).into_response())
}

async fn metrics(State(guichet): State<Shared>) -> Result<Response, Problem> {
    let metrics = &guichet.metrics;
    let head = guichet.store().head().await.map_err(crate::transact::Failure::from)?;
    let status = guichet.readmodel.status();
    let head = head.map_or(0, |position| position.0);
    metrics.position.set(head);
    metrics.behind.set(head.saturating_sub(status.position.unwrap_or(0)));
    metrics.halted.set(u64::from(status.halted.is_some()));
    let mut text = String::new();
    encode(&mut text, &metrics.registry).map_err(|_| Problem::internal())?;
    let kind = "application/openmetrics-text; version=1.0.0; charset=utf-8";
    Ok(([(header::CONTENT_TYPE, kind)], text).into_response())
}
