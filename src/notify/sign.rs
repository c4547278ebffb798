//! Signatures after Standard Webhooks 1.0.0: HMAC-SHA256 over `id.timestamp.body`.

use std::fmt;

use data_encoding::{BASE64, BASE64_NOPAD};
use hmac::{Hmac, KeyInit as _, Mac as _};
use jiff::Timestamp;
use sha2::Sha256;

/// How far a receiver lets the timestamp be off. Source: the reference libraries, 5 minutes.
const TOLERANCE_SECONDS: i64 = 300;

/// The bytes of one secret; never shown.
#[derive(Clone)]
pub(crate) struct Key(Vec<u8>);

impl fmt::Debug for Key {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Key(…)")
    }
}

impl Key {
    /// Reads `whsec_` and base64 of 24 to 64 bytes; anything else is `None`.
    pub(crate) fn parse(secret: &str) -> Option<Self> {
        let encoded = secret.strip_prefix("whsec_")?.trim_end_matches('=');
        let bytes = BASE64_NOPAD.decode(encoded.as_bytes()).ok()?;
        (24..=64).contains(&bytes.len()).then_some(Self(bytes))
    }

    fn mac(&self, id: &str, timestamp: i64, body: &[u8]) -> Hmac<Sha256> {
        let mut mac =
            Hmac::<Sha256>::new_from_slice(&self.0).expect("HMAC takes a key of any length");
        mac.update(format!("{id}.{timestamp}.").as_bytes());
        mac.update(body);
        mac
    }
}

/// The `webhook-signature` header: a `v1` signature for each key.
pub(crate) fn signatures(keys: &[Key], id: &str, timestamp: i64, body: &[u8]) -> String {
    let one = |key: &Key| {
        let tag = key.mac(id, timestamp, body).finalize().into_bytes();
        format!("v1,{}", BASE64.encode(&tag))
    };
    keys.iter().map(one).collect::<Vec<_>>().join(" ")
}

/// Why a webhook is not to be believed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub(crate) enum Wrong {
    /// The secret is none.
    #[error("the secret is not `whsec_` and base64")]
    Secret,
    /// The timestamp is no number.
    #[error("`webhook-timestamp` is not a number")]
    NoTimestamp,
    /// The timestamp is more than five minutes off.
    #[error("`webhook-timestamp` is more than 5 minutes off")]
    Timestamp,
    /// No signature fits.
    #[error("no signature fits")]
    Signature,
}

/// What a receiver does with a webhook before it believes it; in constant time.
pub(crate) fn verify(
    secret: &str,
    id: &str,
    timestamp: &str,
    signature: &str,
    body: &[u8],
    now: Timestamp,
) -> Result<(), Wrong> {
    let key = Key::parse(secret).ok_or(Wrong::Secret)?;
    let timestamp: i64 = timestamp.parse().map_err(|_| Wrong::NoTimestamp)?;
    if now.as_second().abs_diff(timestamp) > TOLERANCE_SECONDS.unsigned_abs() {
        return Err(Wrong::Timestamp);
    }
    let fits = |signature: &str| {
        let tag = signature.strip_prefix("v1,").and_then(|tag| BASE64.decode(tag.as_bytes()).ok());
        tag.is_some_and(|tag| key.mac(id, timestamp, body).verify_slice(&tag).is_ok())
    };
    if signature.split(' ').any(fits) { Ok(()) } else { Err(Wrong::Signature) }
}

#[cfg(test)]
mod tests {
    use super::*;

    // The test vector that the reference libraries of Standard Webhooks share.
    const SECRET: &str = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw";
    const ID: &str = "msg_p5jXN8AQM9LWM0D4loKWxJek";
    const BODY: &[u8] = br#"{"test": 2432232314}"#;
    const SIGNATURE: &str = "v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE=";

    #[test]
    fn the_published_vector_is_reproduced() {
        let key = Key::parse(SECRET).expect("a secret");
        assert_eq!(signatures(&[key], ID, 1_614_265_330, BODY), SIGNATURE);
    }

    #[test]
    fn only_what_was_signed_is_believed() {
        #[track_caller]
        fn check(
            id: &str,
            timestamp: &str,
            signature: &str,
            body: &[u8],
            late: i64,
            expected: Result<(), Wrong>,
        ) {
            let now = Timestamp::from_second(1_614_265_330 + late).expect("a time");
            assert_eq!(verify(SECRET, id, timestamp, signature, body, now), expected);
        }
        let at = "1614265330";
        check(ID, at, SIGNATURE, BODY, 0, Ok(()));
        check(ID, at, SIGNATURE, BODY, 300, Ok(()));
        check(ID, at, &format!("v1,AAAA v1a,x {SIGNATURE}"), BODY, 0, Ok(()));
        check(ID, at, SIGNATURE, BODY, 301, Err(Wrong::Timestamp));
        check(ID, at, SIGNATURE, BODY, -301, Err(Wrong::Timestamp));
        check(ID, "soon", SIGNATURE, BODY, 0, Err(Wrong::NoTimestamp));
        check("msg_other", at, SIGNATURE, BODY, 0, Err(Wrong::Signature));
        check(ID, "1614265331", SIGNATURE, BODY, 0, Err(Wrong::Signature));
        check(ID, at, SIGNATURE, b"{}", 0, Err(Wrong::Signature));
        check(ID, at, "", BODY, 0, Err(Wrong::Signature));
        check(ID, at, SIGNATURE.trim_start_matches("v1,"), BODY, 0, Err(Wrong::Signature));
    }

    #[test]
    fn a_secret_has_its_prefix_and_its_length() {
        #[track_caller]
        fn check(secret: &str, is_secret: bool) {
            assert_eq!(Key::parse(secret).is_some(), is_secret, "{secret}");
        }
        check(SECRET, true);
        check(&format!("whsec_{}", BASE64.encode(&[1; 32])), true);
        check(&format!("whsec_{}", BASE64_NOPAD.encode(&[1; 32])), true);
        check(&format!("whsec_{}", BASE64.encode(&[1; 64])), true);
        check(&format!("whsec_{}", BASE64.encode(&[1; 65])), false);
        check(&format!("whsec_{}", BASE64.encode(&[1; 23])), false);
        check("MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw", false);
        check("whsec_not base64", false);
        check("", false);
    }
}
