//! What a document says of its own feed: when to come back, and where else to hear of news.
//!
//! Every hint is a publisher's word and no more: [`super::super::schedule`] weighs it. What is
//! no number, no day or no address is no hint.

use std::collections::BTreeSet;
use std::time::Duration;

use jiff::civil::Weekday;
use url::Url;

/// Bytes of a hint; a longer one is none.
const HINT_BYTES_MAX: usize = 64;
/// Bytes of an address.
const URL_BYTES_MAX: usize = 2 << 10;
/// The longest `<ttl>` that is believed to be meant: a year, in minutes.
const TTL_MINUTES_MAX: u64 = 366 * 24 * 60;
/// The shortest time between two updates that a feed may claim.
const UPDATE_EVERY_MIN: Duration = Duration::from_secs(60);
/// The seven days as RSS names them.
const DAYS: [(&str, Weekday); 7] = [
    ("monday", Weekday::Monday),
    ("tuesday", Weekday::Tuesday),
    ("wednesday", Weekday::Wednesday),
    ("thursday", Weekday::Thursday),
    ("friday", Weekday::Friday),
    ("saturday", Weekday::Saturday),
    ("sunday", Weekday::Sunday),
];
/// `sy:updatePeriod` in seconds. Source: RSS 1.0, `mod_syndication`.
const PERIODS: [(&str, u64); 5] = [
    ("hourly", 3_600),
    ("daily", 86_400),
    ("weekly", 7 * 86_400),
    ("monthly", 30 * 86_400),
    ("yearly", 365 * 86_400),
];

/// The publisher's word on polling; empty where a document says nothing.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(crate) struct Hints {
    /// RSS `<ttl>`: how long the document may be kept. Never zero.
    pub(crate) ttl: Option<Duration>,
    /// RSS `<skipHours>`: hours of the day in UTC, 0 to 23, in which not to ask.
    pub(crate) skip_hours: BTreeSet<u8>,
    /// RSS `<skipDays>`: days of the week in UTC on which not to ask, each once.
    pub(crate) skip_days: Vec<Weekday>,
    /// `sy:updatePeriod` over `sy:updateFrequency`: how often the feed says it changes.
    pub(crate) update_every: Option<Duration>,
    /// The `WebSub` hub: http or https.
    pub(crate) hub: Option<Url>,
    /// What the feed calls its own address: http or https.
    pub(crate) self_url: Option<Url>,
}

/// [`Hints`] as they are met in a document.
#[derive(Debug, Default)]
pub(super) struct Gathering {
    hints: Hints,
    period: Option<Duration>,
    frequency: Option<u32>,
}

impl Gathering {
    /// Takes the text of an element of the feed itself, by its local name; the first one counts.
    pub(super) fn element(&mut self, name: &str, text: &str) {
        let text = text.trim();
        if text.len() > HINT_BYTES_MAX {
            return;
        }
        match name {
            "ttl" => {
                let minutes = text.parse().ok().filter(|it| (1..=TTL_MINUTES_MAX).contains(it));
                let ttl = minutes.map(|minutes| Duration::from_secs(minutes * 60));
                self.hints.ttl = self.hints.ttl.or(ttl);
            }
            // Some count the last hour of the day as 24. Source: RSS 0.91 has 1 to 24.
            "hour" => self.hints.skip_hours.extend(match text.parse() {
                Ok(24) => Some(0),
                Ok(hour @ 0..24) => Some(hour),
                _ => None,
            }),
            "day" => {
                let day = DAYS.iter().find(|(name, _)| text.eq_ignore_ascii_case(name));
                let known = &mut self.hints.skip_days;
                known.extend(day.map(|(_, day)| *day).filter(|day| !known.contains(day)));
            }
            "updatePeriod" => {
                let period = PERIODS.iter().find(|(name, _)| text.eq_ignore_ascii_case(name));
                self.period =
                    self.period.or_else(|| period.map(|(_, it)| Duration::from_secs(*it)));
            }
            "updateFrequency" => {
                self.frequency = self.frequency.or_else(|| text.parse().ok().filter(|it| *it > 0));
            }
            _ => {}
        }
    }

    /// Takes a link of the feed itself: `hub` and `self` are hints. Source: `WebSub` §4, RFC 4287.
    pub(super) fn link(&mut self, rel: &str, href: &str, base: &Url) {
        let kept = match rel.trim() {
            "hub" => &mut self.hints.hub,
            "self" => &mut self.hints.self_url,
            _ => return,
        };
        let url = Some(href.trim()).filter(|href| !href.is_empty() && href.len() <= URL_BYTES_MAX);
        let url = url.and_then(|href| base.join(href).ok());
        let url = url.filter(|url| matches!(url.scheme(), "http" | "https") && url.has_host());
        if kept.is_none() {
            *kept = url;
        }
    }

    /// All that was said.
    pub(super) fn hints(self) -> Hints {
        let Self { mut hints, period, frequency } = self;
        if period.is_some() || frequency.is_some() {
            // Source: `mod_syndication`: daily and once where one of the two is missing.
            let period = period.unwrap_or(Duration::from_secs(86_400));
            let every = period / frequency.unwrap_or(1);
            hints.update_every = Some(every.max(UPDATE_EVERY_MIN));
        }
        hints
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn gathered(said: &[(&str, &str)]) -> Hints {
        let mut gathering = Gathering::default();
        for (name, text) in said {
            gathering.element(name, text);
        }
        gathering.hints()
    }

    #[test]
    fn a_ttl_is_minutes() {
        #[track_caller]
        fn check(text: &str, minutes: Option<u64>) {
            let found = gathered(&[("ttl", text)]).ttl;
            assert_eq!(found, minutes.map(|minutes| Duration::from_secs(minutes * 60)), "{text}");
        }
        check("60", Some(60));
        check("\n 60 ", Some(60));
        check("0", None);
        check("-5", None);
        check("an hour", None);
        check("527040", Some(527_040));
        check("99999999999999999999", None);
        check("527041", None);
        assert_eq!(
            gathered(&[("ttl", "x"), ("ttl", "5"), ("ttl", "9")]).ttl,
            gathered(&[("ttl", "5")]).ttl
        );
    }

    #[test]
    fn hours_are_0_to_23_and_days_are_named() {
        let hours = ["0", " 7 ", "24", "25", "-1", "x", "7"].map(|hour| ("hour", hour));
        assert_eq!(gathered(&hours).skip_hours, BTreeSet::from([0, 7]));
        let days = ["Sunday", "saturday", "SUNDAY", "Someday"].map(|day| ("day", day));
        assert_eq!(gathered(&days).skip_days, [Weekday::Sunday, Weekday::Saturday]);
    }

    #[test]
    fn updates_come_so_often_in_a_period() {
        #[track_caller]
        fn check(said: &[(&str, &str)], seconds: Option<u64>) {
            assert_eq!(gathered(said).update_every, seconds.map(Duration::from_secs), "{said:?}");
        }
        let (period, frequency) = ("updatePeriod", "updateFrequency");
        check(&[(period, "hourly"), (frequency, "1")], Some(3_600));
        check(&[(period, "\n\thourly\n"), (frequency, " 4 ")], Some(900));
        check(&[(period, "Weekly")], Some(604_800));
        check(&[(frequency, "2")], Some(43_200));
        check(&[(period, "hourly"), (frequency, "0")], Some(3_600));
        check(&[(period, "hourly"), (frequency, "1000000")], Some(60));
        check(&[(period, "sometimes")], None);
        check(&[], None);
    }

    #[test]
    fn a_hub_and_the_own_address_are_links() {
        let base = Url::parse("https://a.example/news/feed").expect("a URL");
        let mut gathering = Gathering::default();
        for (rel, href) in [
            ("hub", "mailto:x@a.example"),
            ("hub", "https://hub.example/"),
            ("hub", "https://late.example/"),
            (" self ", "/feed.xml"),
            ("alternate", "https://a.example/"),
        ] {
            gathering.link(rel, href, &base);
        }
        let Hints { hub, self_url, .. } = gathering.hints();
        assert_eq!(hub.map(String::from).as_deref(), Some("https://hub.example/"));
        assert_eq!(self_url.map(String::from).as_deref(), Some("https://a.example/feed.xml"));
        let mut gathering = Gathering::default();
        gathering.link("self", &"x".repeat(URL_BYTES_MAX + 1), &base);
        assert_eq!(gathering.hints(), Hints::default());
    }
}
