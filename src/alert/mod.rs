//! Alerts: a match that someone must hear of, with an id and a body that never change.
//!
//! [`plan`] is pure: an item and what was found in it go in, alerts with their receivers come
//! out. `body` freezes the webhook's JSON at this moment, so that every try sends the same bytes.

use std::fmt;

use jiff::Timestamp;
use serde::Serialize;

use crate::feed::{Feed, FeedId, Item, ItemKey};
use crate::setting::Severity;
use crate::watch::{Findings, Watch};

/// A random value made once for a store, so that two installations never share an id.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Namespace(pub(crate) String);

/// `msg_` and 32 characters of base32 over (namespace, watch, feed, item key, revision).
#[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize)]
#[serde(transparent)]
pub struct AlertId(pub String);

impl fmt::Display for AlertId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(&self.0)
    }
}

/// One match that someone must hear of.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Alert {
    pub(crate) id: AlertId,
    pub(crate) watch: String,
    pub(crate) severity: Severity,
    pub(crate) feed: FeedId,
    pub(crate) item_key: ItemKey,
    pub(crate) title: String,
    pub(crate) url: Option<String>,
    pub(crate) score: f64,
    pub(crate) created_at: Timestamp,
    /// The webhook body, frozen: at most [`BODY_BYTES_MAX`] bytes of JSON.
    pub(crate) body: String,
    /// Names of the notifiers that get it.
    pub(crate) receivers: Vec<String>,
}

/// Bytes of one webhook body. Source: the advice of Standard Webhooks 1.0.
pub(crate) const BODY_BYTES_MAX: usize = 20_000;

/// Who can be told, and from which severity on.
#[derive(Debug, Clone)]
pub(crate) struct Route {
    pub(crate) notifier: String,
    pub(crate) min_severity: Severity,
}

/// Makes the alerts of one item: one for each watch that it satisfies.
pub(crate) fn plan(
    namespace: &Namespace,
    feed: &Feed,
    item: &Item,
    findings: &Findings,
    watches: &[Watch],
    routes: &[Route],
    now: Timestamp,
) -> Vec<Alert> {
    let _ = (namespace, feed, item, findings, watches, routes, now);
    unimplemented!("helper NOTIFY")
}
