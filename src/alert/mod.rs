//! Alerts: a match that someone must hear of, with an id and a body that never change.
//!
//! [`plan`] is pure: an item and what was found in it go in, alerts with their receivers come
//! out. [`body`] freezes the webhook's JSON at this moment, so that every try sends the same
//! bytes.

mod body;
mod id;

use std::fmt;

use jiff::Timestamp;
use serde::Serialize;

use crate::feed::{Feed, FeedId, Item, ItemKey};
use crate::setting::Severity;
use crate::story::Story;
use crate::watch::{Findings, Watch};

/// A random value made once for a store, so that two installations never share an id.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Namespace(pub(crate) String);

/// `msg_` and 32 characters of base32 over (namespace, watch, feed, item key, revision).
#[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize)]
#[serde(transparent)]
pub(crate) struct AlertId(pub(crate) String);

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
    /// The webhook body, frozen: at most [`body::BODY_BYTES_MAX`] bytes of JSON.
    pub(crate) body: String,
    /// Names of the notifiers that get it.
    pub(crate) receivers: Vec<String>,
}

/// Who can be told, and from which severity on.
#[derive(Debug, Clone)]
pub(crate) struct Route {
    pub(crate) notifier: String,
    pub(crate) min_severity: Severity,
}

/// Makes the alerts of one item: one for each watch that it satisfies.
///
/// An alert whose watch is below every receiver's `min_severity` is made all the same: it is
/// history, and nobody is told.
pub(crate) fn plan(
    namespace: &Namespace,
    feed: &Feed,
    item: &Item,
    findings: &Findings,
    watches: &[Watch],
    routes: &[Route],
    now: Timestamp,
) -> Vec<Alert> {
    if findings.matches.is_empty() {
        return Vec::new();
    }
    let first = id::hashed(&["story", &feed.id.0, &item.key.0]);
    let story = Story::first(&first, item, now);
    let alert = |found: &crate::watch::Match| {
        let watch = &watches[found.watch];
        let id = id::alert_id(namespace, &watch.id, &feed.id, &item.key, 0);
        let body = body::freeze(&id, feed, item, findings, found, watch, &story, now);
        Alert {
            id,
            watch: watch.id.clone(),
            severity: watch.severity,
            feed: feed.id.clone(),
            item_key: item.key.clone(),
            title: item.title.clone(),
            url: item.url.clone(),
            score: found.score,
            created_at: now,
            body,
            receivers: receivers(watch, routes),
        }
    };
    findings.matches.iter().map(alert).collect()
}

/// The notifiers that the watch names and whose bar its severity reaches.
fn receivers(watch: &Watch, routes: &[Route]) -> Vec<String> {
    routes
        .iter()
        .filter(|route| watch.notify.contains(&route.notifier))
        .filter(|route| route.min_severity <= watch.severity)
        .map(|route| route.notifier.clone())
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_receiver_hears_what_reaches_its_bar() {
        #[track_caller]
        fn check(severity: Severity, notify: &[&str], expected: &[&str]) {
            let watch = Watch {
                id: "w".into(),
                name: "W".into(),
                severity,
                notify: notify.iter().map(ToString::to_string).collect(),
            };
            let route =
                |notifier: &str, min_severity| Route { notifier: notifier.into(), min_severity };
            let routes = [route("desk", Severity::Info), route("soc", Severity::High)];
            assert_eq!(receivers(&watch, &routes), expected);
        }
        check(Severity::Critical, &["desk", "soc"], &["desk", "soc"]);
        check(Severity::High, &["soc"], &["soc"]);
        check(Severity::Medium, &["desk", "soc"], &["desk"]);
        check(Severity::Medium, &["soc"], &[]);
    }
}
