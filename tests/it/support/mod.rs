//! What tests stand on: a [`feeds::FeedServer`], an [`inbox::Inbox`], a [`folder::Folder`] with
//! a configuration, and the daemon between them, in this process or in one of its own.
//!
//! Nothing sleeps. Each server keeps what it has seen in a `watch` channel, so a test waits for
//! the very thing it wants, and no longer than [`DEADLINE`].

pub(crate) mod daemon;
pub(crate) mod feeds;
pub(crate) mod folder;
pub(crate) mod inbox;
pub(crate) mod lane;
pub(crate) mod process;
pub(crate) mod raw;
pub(crate) mod script;

use std::fmt::Debug;
use std::time::Duration;

use hmac::{Hmac, KeyInit as _, Mac as _};
use sha2::Sha256;
use tokio::sync::watch;

use self::inbox::Request;

/// The longest that a test waits for anything; generous, for the machine may be busy.
pub(crate) const DEADLINE: Duration = Duration::from_secs(30);

/// Waits until `state` is as wanted, or says for what it waited in vain.
pub(crate) async fn until<T: Debug>(
    state: &watch::Sender<T>,
    wanted: &str,
    is: impl FnMut(&T) -> bool,
) {
    let mut changes = state.subscribe();
    let waited = tokio::time::timeout(DEADLINE, changes.wait_for(is)).await.is_ok();
    assert!(waited, "no {wanted} within {DEADLINE:?}; there is {:#?}", *state.borrow());
}

/// Waits until a counter that tells nobody has moved.
pub(crate) async fn until_turn(has_moved: impl Fn() -> bool) {
    let turned = async {
        while !has_moved() {
            tokio::task::yield_now().await;
        }
    };
    assert!(tokio::time::timeout(DEADLINE, turned).await.is_ok(), "no turn within {DEADLINE:?}");
}

/// The signature that `secret` gives a request. Source: Standard Webhooks 1.0.0.
pub(crate) fn signature(secret: &str, request: &Request) -> String {
    let key = secret.strip_prefix("whsec_").expect("a secret");
    let key = data_encoding::BASE64.decode(key.as_bytes()).expect("base64");
    let mut mac = Hmac::<Sha256>::new_from_slice(&key).expect("any length");
    mac.update(format!("{}.{}.", request.id(), request.header("webhook-timestamp")).as_bytes());
    mac.update(&request.body);
    format!("v1,{}", data_encoding::BASE64.encode(&mac.finalize().into_bytes()))
}
