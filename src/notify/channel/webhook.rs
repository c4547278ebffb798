//! Signed JSON over HTTP, after Standard Webhooks 1.0.0.

use std::fmt;
use std::time::Duration;

use jiff::Timestamp;
use reqwest::header::{CONTENT_TYPE, HeaderMap, HeaderName, HeaderValue};
use url::Url;

use crate::notify::Delivery;
use crate::notify::sign::{self, Key};

/// A receiver of signed webhooks.
pub(in crate::notify) struct Webhook {
    pub(in crate::notify) url: Url,
    /// One, or two while one replaces the other: a signature each.
    pub(in crate::notify) keys: Vec<Key>,
    /// The whole of one request, answer included.
    pub(in crate::notify) timeout: Duration,
}

/// The path and query often are the secret: only scheme and host are shown.
impl fmt::Debug for Webhook {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let host = self.url.host_str().unwrap_or_default();
        write!(f, "{}://{host}/…", self.url.scheme())
    }
}

impl Webhook {
    /// The headers of this try; the body is the delivery's own.
    pub(in crate::notify) fn headers(&self, delivery: &Delivery, now: Timestamp) -> HeaderMap {
        let id = &delivery.alert.0;
        let timestamp = now.as_second();
        let signature = sign::signatures(&self.keys, id, timestamp, delivery.body.as_bytes());
        let mut headers = HeaderMap::new();
        let mut set = |name: HeaderName, value: String| {
            let value = HeaderValue::try_from(value).expect("ids, numbers and base64 are ASCII");
            headers.insert(name, value);
        };
        set(CONTENT_TYPE, "application/json".into());
        set(HeaderName::from_static("webhook-id"), id.clone());
        set(HeaderName::from_static("webhook-timestamp"), timestamp.to_string());
        set(HeaderName::from_static("webhook-signature"), signature);
        set(HeaderName::from_static("x-attempt"), delivery.attempt.to_string());
        headers
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::alert::AlertId;

    fn webhook(keys: usize) -> Webhook {
        let key = || Key::parse("whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw").expect("a secret");
        Webhook {
            url: "https://soc.example/hooks/T0K3N?key=s3cr3t".parse().expect("a URL"),
            keys: (0..keys).map(|_| key()).collect(),
            timeout: Duration::from_secs(15),
        }
    }

    fn delivery() -> Delivery {
        Delivery {
            alert: AlertId("msg_p5jXN8AQM9LWM0D4loKWxJek".into()),
            notifier: "soc".into(),
            attempt: 3,
            epoch: 3,
            body: r#"{"test": 2432232314}"#.into(),
            first_try_at: Timestamp::UNIX_EPOCH,
        }
    }

    #[test]
    fn the_headers_are_those_of_standard_webhooks() {
        let now = Timestamp::from_second(1_614_265_330).expect("a time");
        let headers = webhook(1).headers(&delivery(), now);
        let shown: Vec<String> = headers
            .iter()
            .map(|(name, value)| format!("{name}: {}", value.to_str().expect("ASCII")))
            .collect();
        assert_eq!(
            shown,
            [
                "content-type: application/json",
                "webhook-id: msg_p5jXN8AQM9LWM0D4loKWxJek",
                "webhook-timestamp: 1614265330",
                "webhook-signature: v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE=",
                "x-attempt: 3",
            ]
        );
        let two = webhook(2).headers(&delivery(), now);
        assert_eq!(
            two["webhook-signature"],
            "v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE= \
             v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE="
        );
    }

    #[test]
    fn the_address_is_shown_without_its_secrets() {
        assert_eq!(format!("{:?}", webhook(1)), "https://soc.example/…");
    }
}
