//! Whether a feed has moved for good.
//!
//! The address stands in the operator's file and is not ours to change: a move is told. It is
//! believed only after several polls in a row: a captive portal, or a server that is set up
//! wrong for an hour, says 301 as well.

use url::Url;

/// Where permanent redirects lead, and how many polls in a row found a good feed there.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Moved {
    pub(crate) to: String,
    pub(crate) times: u32,
}

/// Polls in a row after which a move is believed.
const TIMES_MIN: u32 = 3;

impl Moved {
    /// What is known after a poll that went well, and that was redirected to `to` by permanent
    /// redirects alone (301, 308; RFC 9110 §15.4), if at all.
    pub(crate) fn after(before: Option<&Self>, to: Option<&Url>) -> Option<Self> {
        let to = to?.to_string();
        let times = before.filter(|before| before.to == to).map_or(0, |before| before.times);
        Some(Self { to, times: times.saturating_add(1) })
    }

    /// Whether it is believed.
    pub(crate) fn is_for_good(&self) -> bool {
        self.times >= TIMES_MIN
    }

    /// Whether this poll is the first that makes it believed: the moment to tell of it.
    pub(crate) fn is_news(&self) -> bool {
        self.times == TIMES_MIN
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_move_is_believed_after_three_polls_in_a_row_and_told_once() {
        let mut moved = None;
        let mut told = Vec::new();
        for (poll, to) in [
            "https://b.example/feed",
            "https://b.example/feed",
            "", // as if nothing had been
            "https://b.example/feed",
            "https://c.example/feed",
            "https://b.example/feed",
            "https://b.example/feed",
            "https://b.example/feed",
            "https://b.example/feed",
        ]
        .iter()
        .enumerate()
        {
            moved = Moved::after(moved.as_ref(), Url::parse(to).ok().as_ref());
            if moved.as_ref().is_some_and(Moved::is_news) {
                told.push(poll);
            }
            assert_eq!(moved.as_ref().is_some_and(Moved::is_for_good), poll >= 7, "{poll}");
        }
        assert_eq!(told, [7]);
    }
}
