//! Retention: once an hour, what is old enough is forgotten.

use std::sync::Arc;
use std::time::Duration;

use tokio_util::sync::CancellationToken;

use super::clock::{earlier, later};
use super::{Shared, chain};

/// How often.
const EVERY: Duration = Duration::from_secs(3_600);

/// Prunes until `stop`. A failure is told and tried again an hour later: nothing depends on it.
pub(super) async fn run(shared: Arc<Shared>, stop: CancellationToken) {
    loop {
        let now = shared.clock.now();
        let kept = shared.rules.load().store.clone();
        let seen_before = earlier(now, kept.retention.0);
        let alerts_before = earlier(now, kept.alert_retention.0);
        match shared.store.prune(seen_before, alerts_before).await {
            Ok(0) => {}
            Ok(rows) => tracing::info!(rows, "forgot what is past its retention"),
            Err(error) => tracing::error!(error = chain(&error), "cannot prune the store"),
        }
        tokio::select! {
            () = stop.cancelled() => return,
            () = shared.clock.sleep_until(later(now, EVERY)) => {}
        }
    }
}
