//! What an answer means, and when to try again.
//!
//! | answer | verdict |
//! |---|---|
//! | 2xx | delivered |
//! | 429, and 503 with `Retry-After` | the receiver waits; the try does not count |
//! | 408, 425, 5xx, 3xx, no answer | the schedule, ±20 % |
//! | 401, 403, 404, 405 and the other 4xx | the schedule: a key or a path may be mended |
//! | 400, 413, 415, 422 | three tries within five minutes, then dead: `rejected` |
//! | 410 | dead: `gone` |
//! | refused by the address guard | dead: `blocked` |
//!
//! Source: Standard Webhooks 1.0.0, "Operational considerations". Pure: the caller passes `now`.

use std::hash::{DefaultHasher, Hash as _, Hasher as _};
use std::time::Duration;

use jiff::{SignedDuration, Timestamp};

use super::{Attempt, Delivery, Notifier, Verdict};
use crate::net;

/// The wait where a 429 does not say how long.
const THROTTLED: Duration = Duration::from_secs(60);
/// Waits before the second and third try of what the receiver calls wrong.
const REJECTED: [Duration; 2] = [Duration::from_secs(60), Duration::from_secs(180)];
/// Grace past the schedule for a receiver that only ever asks to wait.
const WAITING_MAX: Duration = Duration::from_secs(86_400);
/// Characters of a note.
const NOTE_CHARS: usize = 200;

/// What came of a try that brought an HTTP answer.
pub(super) fn judge_answer(
    notifier: &Notifier,
    delivery: &Delivery,
    status: u16,
    retry_after: Option<Duration>,
    now: Timestamp,
) -> Attempt {
    let verdict = match status {
        200..=299 => Verdict::Delivered,
        429 => wait(notifier, delivery, retry_after.unwrap_or(THROTTLED), now),
        503 if let Some(asked) = retry_after => wait(notifier, delivery, asked, now),
        410 => Verdict::Dead { reason: "gone" },
        400 | 413 | 415 | 422 => {
            let tried = usize::try_from(delivery.attempt).unwrap_or(usize::MAX);
            match REJECTED.get(tried.saturating_sub(1)) {
                Some(wait) => Verdict::Retry { at: plus(now, *wait) },
                None => Verdict::Dead { reason: "rejected" },
            }
        }
        _ => scheduled(notifier, delivery, now),
    };
    Attempt { verdict, status: Some(status), note: status.to_string() }
}

/// What came of a try that brought no answer.
pub(super) fn judge_failure(
    notifier: &Notifier,
    delivery: &Delivery,
    error: &net::Error,
    now: Timestamp,
) -> Attempt {
    let verdict = match error {
        net::Error::Blocked(_) => Verdict::Dead { reason: "blocked" },
        net::Error::TooLarge(_) | net::Error::Unreachable(_) => scheduled(notifier, delivery, now),
    };
    Attempt { verdict, status: None, note: note(&error.to_string()) }
}

/// What came of a line that was written, or not.
pub(super) fn judge_line(
    notifier: &Notifier,
    delivery: &Delivery,
    written: std::io::Result<()>,
    now: Timestamp,
) -> Attempt {
    match written {
        Ok(()) => Attempt { verdict: Verdict::Delivered, status: None, note: "written".into() },
        Err(error) => Attempt {
            verdict: scheduled(notifier, delivery, now),
            status: None,
            note: note(&error.to_string()),
        },
    }
}

/// The next try by the notifier's schedule, or the end of it.
fn scheduled(notifier: &Notifier, delivery: &Delivery, now: Timestamp) -> Verdict {
    // `schedule[0]` is the wait before the first try, so `schedule[n]` follows the n-th.
    let tried = usize::try_from(delivery.attempt).unwrap_or(usize::MAX);
    match notifier.schedule.get(tried) {
        Some(wait) => Verdict::Retry { at: plus(now, jittered(*wait, delivery)) },
        None => Verdict::Dead { reason: "retries exhausted" },
    }
}

/// The receiver's own wait; but one that asks to wait for ever is not waited for for ever.
fn wait(notifier: &Notifier, delivery: &Delivery, asked: Duration, now: Timestamp) -> Verdict {
    let span: Duration = notifier.schedule.iter().sum();
    let last = plus(delivery.first_try_at, span.saturating_add(WAITING_MAX));
    if now > last {
        return Verdict::Dead { reason: "retries exhausted" };
    }
    Verdict::Wait { at: plus(now, asked) }
}

/// The wait ±20 %, drawn from what the try is: receivers that failed together do not come back
/// together, and a test knows the time.
fn jittered(wait: Duration, delivery: &Delivery) -> Duration {
    let mut hasher = DefaultHasher::new();
    (&delivery.alert, &delivery.notifier, delivery.attempt).hash(&mut hasher);
    let thousandths = u32::try_from(hasher.finish() % 401).expect("below 401"); // 0..=400
    wait.saturating_mul(800 + thousandths) / 1_000
}

fn plus(at: Timestamp, wait: Duration) -> Timestamp {
    let wait = SignedDuration::try_from(wait).unwrap_or(SignedDuration::MAX);
    at.saturating_add(wait).unwrap_or(Timestamp::MAX)
}

/// A note of bounded length on one line.
fn note(text: &str) -> String {
    text.chars().map(|c| if c.is_control() { ' ' } else { c }).take(NOTE_CHARS).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::alert::AlertId;
    use crate::notify::channel::{Channel, StdoutLines};
    use crate::notify::config::StdoutFormat;
    use crate::setting::Severity;

    fn notifier() -> Notifier {
        Notifier {
            name: "soc".into(),
            min_severity: Severity::Info,
            schedule: [0, 10, 100].map(Duration::from_secs).to_vec(),
            channel: Channel::Stdout(StdoutLines { format: StdoutFormat::default() }),
        }
    }

    fn delivery(attempt: u32) -> Delivery {
        Delivery {
            alert: AlertId("msg_1".into()),
            notifier: "soc".into(),
            attempt,
            epoch: i64::from(attempt),
            body: "{}".into(),
            first_try_at: Timestamp::UNIX_EPOCH,
        }
    }

    /// `delivered`, `retry after 10±2`, `wait 60`, `dead: gone`.
    fn said(verdict: &Verdict) -> String {
        let seconds = |at: &Timestamp| at.as_second();
        match verdict {
            Verdict::Delivered => "delivered".into(),
            Verdict::Retry { at } => match seconds(at) {
                8..=12 => "retry after 10±2".into(),
                80..=120 => "retry after 100±20".into(),
                other => format!("retry after {other}"),
            },
            Verdict::Wait { at } => format!("wait {}", seconds(at)),
            Verdict::Dead { reason } => format!("dead: {reason}"),
        }
    }

    #[test]
    fn every_answer_has_its_verdict() {
        #[track_caller]
        fn check(status: u16, attempt: u32, retry_after: Option<u64>, expected: &str) {
            let attempt = judge_answer(
                &notifier(),
                &delivery(attempt),
                status,
                retry_after.map(Duration::from_secs),
                Timestamp::UNIX_EPOCH,
            );
            assert_eq!(said(&attempt.verdict), expected, "{status}");
            assert_eq!((attempt.status, attempt.note), (Some(status), status.to_string()));
        }
        for status in [200, 201, 204, 299] {
            check(status, 1, None, "delivered");
        }
        for status in [500, 502, 503, 504, 408, 425, 301, 302, 307, 401, 403, 404, 405, 418, 100] {
            check(status, 1, None, "retry after 10±2");
            check(status, 2, None, "retry after 100±20");
            check(status, 3, None, "dead: retries exhausted");
        }
        for status in [400, 413, 415, 422] {
            check(status, 1, None, "retry after 60");
            check(status, 2, None, "retry after 180");
            check(status, 3, None, "dead: rejected");
        }
        check(429, 1, None, "wait 60");
        check(429, 3, Some(7), "wait 7");
        check(503, 3, Some(7), "wait 7");
        check(500, 1, Some(7), "retry after 10±2");
        check(410, 1, None, "dead: gone");
    }

    #[test]
    fn a_receiver_that_asks_to_wait_for_ever_is_given_up() {
        let now = Timestamp::from_second(110 + 86_400 + 1).expect("a time");
        let attempt = judge_answer(&notifier(), &delivery(1), 429, None, now);
        assert_eq!(attempt.verdict, Verdict::Dead { reason: "retries exhausted" });
    }

    #[test]
    fn no_answer_is_tried_again_and_a_refused_address_is_not() {
        let now = Timestamp::UNIX_EPOCH;
        let refused = net::Error::Unreachable("connection\nrefused".into());
        let attempt = judge_failure(&notifier(), &delivery(1), &refused, now);
        assert_eq!(said(&attempt.verdict), "retry after 10±2");
        assert_eq!(attempt.note, "connection refused");
        let blocked = net::Error::Blocked("address 169.254.169.254 is link-local".into());
        let attempt = judge_failure(&notifier(), &delivery(1), &blocked, now);
        assert_eq!(attempt.verdict, Verdict::Dead { reason: "blocked" });
    }

    #[test]
    fn jitter_differs_between_deliveries_and_stays_within_a_fifth() {
        let mut waits = std::collections::BTreeSet::new();
        for number in 0..100 {
            let delivery = Delivery { alert: AlertId(format!("msg_{number}")), ..delivery(1) };
            let wait = jittered(Duration::from_secs(100), &delivery);
            assert!((80_000..=120_000).contains(&wait.as_millis()), "{wait:?}");
            waits.insert(wait);
        }
        assert!(waits.len() > 50, "{}", waits.len());
    }
}
