//! One try: the only place where a notifier touches the world.

use std::io::Write as _;

use bytes::Bytes;
use jiff::Timestamp;

use super::channel::{Channel, Webhook};
use super::{Attempt, Delivery, Notifier, retry};
use crate::net;

/// Bytes of an answer that are read; more is left on the wire.
const ANSWER_BYTES_MAX: u64 = 16 << 10;

/// Tries one delivery. Never fails: what the world does is in the [`Attempt`].
pub(crate) async fn send(
    notifier: &Notifier,
    delivery: &Delivery,
    client: &net::Client,
    now: impl Fn() -> Timestamp,
) -> Attempt {
    match &notifier.channel {
        Channel::Webhook(webhook) => post(notifier, webhook, delivery, client, now).await,
        Channel::Stdout(stdout) => {
            let line = stdout.line(delivery);
            // A pipe may be slow: its wait is not the async threads'.
            let written = blocking(move || {
                let mut out = std::io::stdout().lock();
                out.write_all(line.as_bytes())?;
                out.flush()
            });
            retry::judge_line(notifier, delivery, written.await, now())
        }
        Channel::File(file) => {
            let (path, line) = (file.path.clone(), format!("{}\n", delivery.body));
            let written = blocking(move || super::channel::append(&path, &line));
            retry::judge_line(notifier, delivery, written.await, now())
        }
    }
}

async fn post(
    notifier: &Notifier,
    webhook: &Webhook,
    delivery: &Delivery,
    client: &net::Client,
    now: impl Fn() -> Timestamp,
) -> Attempt {
    let bounds = net::Bounds {
        total: webhook.timeout,
        wire_bytes_max: ANSWER_BYTES_MAX,
        decoded_bytes_max: ANSWER_BYTES_MAX,
        redirects_max: 0,
        patience: net::PATIENCE,
    };
    let headers = webhook.headers(delivery, now());
    let body = Bytes::from(delivery.body.clone());
    match client.post(&webhook.url, headers, body, bounds).await {
        Ok(answer) => {
            let retry_after = net::retry_after::of(&answer.headers);
            retry::judge_answer(notifier, delivery, answer.status, retry_after, now())
        }
        Err(error) => retry::judge_failure(notifier, delivery, &error, now()),
    }
}

/// Blocking work of a few milliseconds, off the async threads.
async fn blocking(
    work: impl FnOnce() -> std::io::Result<()> + Send + 'static,
) -> std::io::Result<()> {
    tokio::task::spawn_blocking(work).await.unwrap_or_else(|error| Err(error.into()))
}
