//! Pages: what is here and where to go, and the API's documentation. Plain HTML, one style sheet, no
//! script.

mod docs;

use std::sync::{Arc, LazyLock};

use askama::Template;
use axum::Router;
use axum::extract::State;
use axum::http::uri::Authority;
use axum::http::{HeaderMap, HeaderName, HeaderValue, StatusCode, header};
use axum::response::{Html, IntoResponse, Response};
use axum::routing::get;
use tower_http::set_header::SetResponseHeaderLayer;

use crate::api::Problem;
use crate::guichet::Guichet;

const POLICY: &str = "default-src 'none'; style-src 'self'; img-src 'self'; \
                      base-uri 'none'; form-action 'self'; frame-ancestors 'none'";

/// All pages.
pub fn router(guichet: Arc<Guichet>) -> Router {
    let header = |name: HeaderName, value: &'static str| {
        SetResponseHeaderLayer::overriding(name, HeaderValue::from_static(value))
    };
    Router::new()
        .route("/", get(home))
        .route("/docs", get(documentation))
        .route("/style.css", get(style))
        .layer(header(header::CONTENT_SECURITY_POLICY, POLICY))
        .layer(header(header::REFERRER_POLICY, "no-referrer"))
        .layer(header(header::X_CONTENT_TYPE_OPTIONS, "nosniff"))
        .with_state(guichet)
}

#[derive(Template)]
#[template(path = "home.html")]
struct Home {
    demonstration: bool,
    address: String,
    head: u64,
    people: String,
    tokens: &'static [(&'static str, &'static str)],
}

/// Roles of the demonstration and what each is good for.
pub const DEMONSTRATION_ROLES: &[(&str, &str)] = &[
    ("advisor", "logs every interaction, proposes decisions, follows cases"),
    ("head", "decides pre-selection, closes and reopens cases"),
    ("deputy", "decides where the head may not"),
    ("director", "decides where the office may not"),
    ("platform", "manages resources, confirms bookings, declares outages"),
    ("funding", "introduces projects to funders and partners"),
    ("innovator", "reads their own journey, consents, books"),
    ("auditor", "reads and replays decisions, within a mission"),
    ("analyst", "rebuilds reports, without personal data"),
    ("dpo", "looks after personal data"),
    ("admin", "manages users, roles and policies"),
];

/// Where the reader found this server, for lines to paste.
fn address(headers: &HeaderMap) -> String {
    let host = headers.get(header::HOST).and_then(|host| host.to_str().ok());
    let host = host.and_then(|host| host.parse::<Authority>().ok());
    host.map_or_else(|| "127.0.0.1:8080".to_owned(), |host| host.to_string())
}

async fn home(State(guichet): State<Arc<Guichet>>, headers: HeaderMap) -> Response {
    let head = guichet.store().head().await.ok().flatten();
    let status = guichet.readmodel.status();
    page(&Home {
        demonstration: guichet.demonstration,
        address: address(&headers),
        head: head.map_or(0, |position| position.0),
        people: format!("{} of {}", status.people.covered, status.people.of),
        tokens: DEMONSTRATION_ROLES,
    })
}

async fn documentation(State(guichet): State<Arc<Guichet>>) -> Response {
    static GROUPS: LazyLock<Vec<docs::Group>> =
        LazyLock::new(|| docs::groups(crate::api::document()));
    page(&docs::Page { demonstration: guichet.demonstration, groups: &GROUPS })
}

async fn style() -> Response {
    let kind = [(header::CONTENT_TYPE, "text/css; charset=utf-8")];
    (kind, include_str!("style.css")).into_response()
}

fn page(template: &impl Template) -> Response {
    match template.render() {
        Ok(html) => Html(html).into_response(),
        Err(error) => {
            tracing::error!(%error, "a page can't be rendered");
            (StatusCode::INTERNAL_SERVER_ERROR, Problem::internal()).into_response()
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lines_to_paste_name_the_server_that_was_asked() {
        let asked = |host: &'static str| {
            address(&HeaderMap::from_iter([(header::HOST, HeaderValue::from_static(host))]))
        };
        assert_eq!(asked("localhost:18080"), "localhost:18080");
        assert_eq!(asked("'; rm x"), "127.0.0.1:8080");
        assert_eq!(address(&HeaderMap::new()), "127.0.0.1:8080");
    }
}
