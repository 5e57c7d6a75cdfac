//! Documents: sent, attached, read again by those who may.

use axum::http::{Method, header};
use events::Stream;
use guichet::vault::DOCUMENT_BYTES_MAX;
use serde_json::json;

use super::*;

/// A case of the innovator's.
struct File {
    api: Api,
    case: String,
}

impl File {
    async fn opened() -> Self {
        let api = Api::open().await;
        let case = api.followed_case("Liquid biopsy").await;
        Self { api, case }
    }

    fn path(&self, rest: &str) -> String {
        format!("/v1/cases/{}/{rest}", self.case)
    }

    async fn upload(&self, content: impl Into<axum::body::Bytes>) -> Value {
        let ask = Ask::raw(&self.path("documents"), "application/pdf", content);
        self.api.send(Role::Innovator, &ask).await.well().json()
    }

    async fn attach(&self, uploaded: &Value, name: &str) -> Answer {
        let attachment = json!({ "document": uploaded["document"], "kind": "pitch_deck",
            "name": name, "size_bytes": uploaded["size_bytes"],
            "media_type": uploaded["media_type"], "digest": uploaded["digest"] });
        self.api.post(Role::Innovator, &self.path("attach-document"), attachment).await
    }

    async fn read(&self, role: Role, uploaded: &Value) -> Answer {
        let document = text(uploaded, "/document");
        self.api.get(role, &self.path(&format!("documents/{document}"))).await
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_document_is_read_as_it_was_sent() {
    let file = File::opened().await;
    // Several chunks, the last one not whole.
    let content: Vec<u8> = (0..200_001_u32).map(|at| (at % 251) as u8).collect();
    let uploaded = file.upload(content.clone()).await;
    assert_eq!(uploaded["size_bytes"], content.len());
    file.read(Role::Innovator, &uploaded).await.refused(404);
    file.attach(&uploaded, "Présentation d'été.pdf").await.well();
    for role in [Role::Innovator, Role::Advisor, Role::Head] {
        let read = file.read(role, &uploaded).await.well();
        assert_eq!(read.body, content, "{role}");
        assert_eq!(read.header("content-type"), Some("application/pdf"));
        let saved_as = "attachment; filename*=UTF-8''Pr%C3%A9sentation%20d%27%C3%A9t%C3%A9%2Epdf";
        assert_eq!(read.header("content-disposition"), Some(saved_as));
    }
    // Analysts see that it is there and no more; other cases have it not.
    file.read(Role::Analyst, &uploaded).await.refused(403);
    let others = file.api.others_case("Another").await;
    let there = format!("/v1/cases/{others}/documents/{}", text(&uploaded, "/document"));
    file.api.get(Role::Advisor, &there).await.refused(404);
    file.api.close().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn only_what_was_sent_for_the_case_is_attached() {
    let file = File::opened().await;
    let uploaded = file.upload("the one").await;
    let other = file.upload("the other").await;
    let mut mixed = uploaded.clone();
    mixed["digest"] = other["digest"].clone();
    assert_eq!(file.attach(&mixed, "mixed.pdf").await.refused(422)["field"], "document");
    mixed["digest"] = json!("ab".repeat(32));
    assert_eq!(file.attach(&mixed, "never sent.pdf").await.refused(422)["field"], "document");
    let case = file.api.followed_case("Another").await;
    let another = File { case, ..file };
    let refused = another.attach(&uploaded, "another case's.pdf").await.refused(422);
    assert_eq!(refused["field"], "document");
    another.api.close().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_document_has_its_limit_and_leaves_nothing_behind() {
    let file = File::opened().await;
    let most = usize::try_from(DOCUMENT_BYTES_MAX).expect("it fits");
    let uploaded = file.upload(vec![7; most]).await;
    file.attach(&uploaded, "all of it.pdf").await.well();
    assert_eq!(file.read(Role::Advisor, &uploaded).await.well().body.len(), most);
    let too_large = Ask::raw(&file.path("documents"), "application/pdf", vec![7; most + 1]);
    file.api.send(Role::Innovator, &too_large).await.refused(413);
    let kept = file.api.folder.path().join("documents").read_dir().expect("a folder").count();
    assert_eq!(kept, 1);
    file.api.close().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_document_whose_key_was_destroyed_is_gone_and_says_so() {
    let file = File::opened().await;
    let uploaded = file.upload("not for long").await;
    file.attach(&uploaded, "gone.pdf").await.well();
    let holder = Stream::Case(file.case.parse().expect("an id")).name();
    file.api.office.guichet().vault.destroy(&holder, &[]).expect("a key to destroy");
    file.read(Role::Advisor, &uploaded).await.refused(410);
    let case = file.api.read(Role::Advisor, &format!("/v1/cases/{}", file.case)).await;
    assert_eq!(case["documents"][0]["name"], json!({ "erased": true }), "{case:#}");
    let mut ask = Ask::raw(&file.path("documents"), "application/pdf", "too late");
    ask.method = Method::POST;
    ask.headers.remove(header::CONTENT_TYPE);
    file.api.send(Role::Innovator, &ask).await.refused(410);
    file.api.close().await;
}
