//! Every operation for every role.

use super::*;
use super::everything::World;

#[tokio::test(flavor = "multi_thread")]
async fn every_command_is_carried_out_once() {
    let api = Api::open().await;
    let world = World::live(&api).await;
    let commands: Vec<_> = contract()
        .operations
        .iter()
        .filter(|operation| operation.method == "POST")
        .map(|operation| operation.id.clone())
        .collect();
    let missing: Vec<_> = commands.iter().filter(|id| !world.done.contains(*id)).collect();
    assert!(missing.is_empty(), "{missing:?}");
}
