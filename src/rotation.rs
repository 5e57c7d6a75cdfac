//! Rotates the keys when they are due, while the server runs.

use std::ops::ControlFlow;
use std::sync::Arc;
use std::time::Duration;

use tokio::sync::watch;

use crate::guichet::Guichet;
use crate::vault::{Due, KeyError, Rotated};

/// How often it is looked whether they are.
const LOOK: Duration = Duration::from_secs(60 * 60);

/// Looks after the keys until `stop` turns true. What is under way then stops where it is, and
/// goes on at the next start. A failure is logged and tried again at the next look.
pub async fn rotate_when_due(guichet: Arc<Guichet>, mut stop: watch::Receiver<bool>) {
    loop {
        let (office, told) = (Arc::clone(&guichet), stop.clone());
        let looked = tokio::task::spawn_blocking(move || rotate_if_due(&office, &told));
        match looked.await {
            Ok(Ok(None) | Err(KeyError::Stopped)) => {}
            Ok(Ok(Some(rotated))) => tell(&rotated),
            Ok(Err(error)) => tracing::error!(%error, "the keys can't be rotated"),
            Err(error) => tracing::error!(%error, "rotating the keys failed"),
        }
        tokio::select! {
            // An error means that whoever could say stop is gone, which says it too.
            _ = stop.wait_for(|stop| *stop) => return,
            () = tokio::time::sleep(LOOK) => {}
        }
    }
}

/// Rotates the keys unless they are fresh.
fn rotate_if_due(
    guichet: &Guichet,
    stop: &watch::Receiver<bool>,
) -> Result<Option<Rotated>, KeyError> {
    let now = guichet.now();
    if guichet.vault.status()?.due(guichet.schedule(), now) != Due::Now {
        return Ok(None);
    }
    tracing::info!("rotating the keys; requests go on meanwhile");
    let rotated = guichet.vault.rotate(now, None, &mut |_| match *stop.borrow() {
        true => ControlFlow::Break(()),
        false => ControlFlow::Continue(()),
    });
    rotated.map(Some)
}

fn tell(rotated: &Rotated) {
    let Rotated { moved, retired, wiped, .. } = rotated;
    tracing::info!(moved, ?retired, "the keys are rotated");
    if !wiped {
        tracing::warn!("another process reads keys.db: the old keys are wiped from its log later");
    }
}
