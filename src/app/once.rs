//! `run --once`: each feed polled once, what is due delivered, then the end.

use std::sync::Arc;

use tokio_util::sync::CancellationToken;

use super::Shared;
use super::poll::Poller;
use super::send::Sender;

/// Polls each feed once, then delivers until nothing is due. What is to be tried again later
/// stays for the next run.
pub(super) async fn run(shared: &Arc<Shared>) -> anyhow::Result<()> {
    let started_at = shared.clock.now();
    let mut poller = Poller::new(Arc::clone(shared), CancellationToken::new());
    loop {
        let claimed = poller.claim(Some(started_at)).await?;
        if claimed == 0 && !poller.ended().await {
            break;
        }
    }
    let mut sender = Sender::new(Arc::clone(shared));
    loop {
        let claimed = sender.claim().await?;
        if claimed == 0 && !sender.ended().await {
            break;
        }
    }
    let books = shared.store.books().await?;
    tracing::info!(
        alerts = books.alerts,
        delivered = books.delivered,
        pending = books.pending,
        dead = books.dead,
        "polled once"
    );
    Ok(())
}
