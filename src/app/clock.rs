//! The one clock of the daemon.
//!
//! Everything that needs the time is handed it from here, so a test that turns a
//! [`Clock::manual`] by hand turns all of it, and nothing has to sleep.

use std::time::Duration;

use jiff::Timestamp;
use tokio::sync::watch;

/// The longest sleep in one piece: a wall clock that was set is noticed within this.
const NAP: Duration = Duration::from_secs(1);

/// Tells the time, and waits for one.
#[derive(Debug, Clone)]
pub struct Clock(Kind);

#[derive(Debug, Clone)]
enum Kind {
    System,
    Manual(watch::Sender<Timestamp>),
}

impl Clock {
    /// The machine's clock.
    pub fn system() -> Self {
        Self(Kind::System)
    }

    /// A clock that stands at `start` until it is turned.
    pub fn manual(start: Timestamp) -> Self {
        Self(Kind::Manual(watch::Sender::new(start)))
    }

    /// The time.
    #[expect(clippy::disallowed_methods, reason = "this is where the time comes from")]
    pub fn now(&self) -> Timestamp {
        match &self.0 {
            Kind::System => Timestamp::now(),
            Kind::Manual(time) => *time.borrow(),
        }
    }

    /// Turns a manual clock on by `by`; all who wait for a time until then wake.
    ///
    /// # Panics
    ///
    /// On the machine's clock, which is not ours to turn.
    pub fn advance(&self, by: Duration) {
        let Kind::Manual(time) = &self.0 else { panic!("only a manual clock can be turned") };
        time.send_modify(|time| *time = later(*time, by));
    }

    /// Waits until it is `at`; at once where that has passed.
    ///
    /// Follows the wall clock: one that is set forward ends the wait within a second.
    pub async fn sleep_until(&self, at: Timestamp) {
        match &self.0 {
            Kind::System => loop {
                let Ok(left) = Duration::try_from(at.duration_since(self.now())) else { return };
                if left.is_zero() {
                    return;
                }
                #[expect(clippy::disallowed_methods, reason = "this is where waiting comes from")]
                tokio::time::sleep(left.min(NAP)).await;
            },
            Kind::Manual(time) => {
                // The sender lives in `self`, so the channel cannot close under us.
                let _ = time.subscribe().wait_for(|now| *now >= at).await;
            }
        }
    }
}

/// `at` and `by` more, or the end of time.
pub(crate) fn later(at: Timestamp, by: Duration) -> Timestamp {
    at.saturating_add(jiff::SignedDuration::try_from(by).unwrap_or(jiff::SignedDuration::MAX))
        .unwrap_or(Timestamp::MAX)
}

/// `at` and `by` less, or the beginning of time.
pub(crate) fn earlier(at: Timestamp, by: Duration) -> Timestamp {
    at.saturating_sub(jiff::SignedDuration::try_from(by).unwrap_or(jiff::SignedDuration::MAX))
        .unwrap_or(Timestamp::MIN)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn a_manual_clock_wakes_sleepers_when_it_is_turned_far_enough() {
        let clock = Clock::manual(Timestamp::UNIX_EPOCH);
        let at = later(clock.now(), Duration::from_secs(60));
        let sleeper = tokio::spawn({
            let clock = clock.clone();
            async move {
                clock.sleep_until(at).await;
                clock.now()
            }
        });
        clock.advance(Duration::from_secs(59));
        tokio::task::yield_now().await;
        assert!(!sleeper.is_finished());
        clock.advance(Duration::from_secs(1));
        assert_eq!(sleeper.await.expect("no panic"), at);
    }

    #[tokio::test]
    async fn a_time_that_has_passed_is_no_wait() {
        let clock = Clock::system();
        clock.sleep_until(Timestamp::UNIX_EPOCH).await;
        clock.sleep_until(clock.now()).await;
    }

    #[test]
    fn sums_stop_at_the_ends_of_time() {
        assert_eq!(later(Timestamp::MAX, Duration::MAX), Timestamp::MAX);
        assert_eq!(earlier(Timestamp::MIN, Duration::from_secs(1)), Timestamp::MIN);
    }
}
