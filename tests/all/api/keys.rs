//! How the keys are kept, over HTTP.

use axum::http::HeaderName;
use guichet::api::AS_HEADER;
use serde_json::json;
use tokio::task::JoinSet;

use super::*;
use crate::setup::small;

#[tokio::test(flavor = "multi_thread")]
async fn the_operator_alone_looks_after_the_keys() {
    let api = Api::open().await;
    let keys = api.read(Role::System, "/v1/keys").await;
    assert_eq!((&keys["epochs"][0]["number"], &keys["rotating"]), (&json!(1), &json!(false)));
    assert_eq!(keys["root_key_in_data_folder"], true);
    assert_eq!(keys["rotated_after_days"], 90);
    assert!(text(&keys, "/next_rotation") > text(&keys, "/epochs/0/made_at"));
    let admin = Ask::get("/v1/keys");
    let problem = api.send(Role::Admin, &admin).await.refused(403);
    assert!(text(&problem, "/remedy").contains("guichet keys"), "{problem}");
    // Acting for somebody, the operator is somebody.
    let account = api.account(Role::Admin).user.clone();
    let rotate = Ask::post("/v1/keys/rotate", &json!({}));
    let named = rotate.with(HeaderName::from_static(AS_HEADER), account);
    api.send(Role::System, &named).await.refused(403);
    assert_eq!(api.read(Role::System, "/v1/keys").await["epochs"][0]["number"], 1);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_new_root_key_is_named_by_its_whole_path() {
    let api = Api::open().await;
    for (unfit, field) in [
        (json!({ "new_root_key": "root.key" }), "new_root_key"),
        (json!({ "new_root_key": "" }), "new_root_key"),
        (json!({ "new_root_key": "/" }), "new_root_key"),
        (json!({ "new_root_key": "/proc/none/root.key" }), "new_root_key"),
        (json!({ "root_key": "/tmp/root.key" }), ""),
    ] {
        let problem = api.post(Role::System, "/v1/keys/rotate", unfit.clone()).await.refused(422);
        assert_eq!(problem["field"], field, "{unfit} {problem}");
    }
    assert_eq!(api.read(Role::System, "/v1/keys").await["epochs"][0]["number"], 1);
}

#[tokio::test(flavor = "multi_thread")]
async fn requests_go_on_while_keys_are_rotated() {
    let folder = tempfile::tempdir().expect("a folder");
    let office = Office::serve(folder.path()).await;
    let small = small(&office.operator, 3).await;
    let mut requests = JoinSet::new();
    for client in 0..6 {
        let (door, token) = (office.public.clone(), small.token.clone());
        let case = format!("/v1/cases/{}", small.cases[client % 3]);
        requests.spawn(async move {
            for number in 0..20 {
                let words = json!({ "kind": "call", "minutes": 5, "summary": number.to_string() });
                let path = format!("{case}/log-interaction");
                door.send(&Ask::post(&path, &words).by_token(&token)).await.well();
                door.send(&Ask::get(&format!("{case}/journey")).by_token(&token)).await.well();
            }
        });
    }
    for rotation in 2..6 {
        let rotate = Ask::post("/v1/keys/rotate", &json!({}));
        let rotated = office.operator.send(&rotate).await.well().json();
        assert_eq!(rotated["keys"]["epochs"][0]["number"], rotation);
        assert_eq!(rotated["retired"], json!([rotation - 1]));
    }
    requests.join_all().await;
    office.close().await;
}
