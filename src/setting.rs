//! Values as operators write them: durations, sizes, severities, and keys whose stage is not built.
//!
//! Each type reads itself from TOML text and says what was expected when it cannot; the place
//! (file, line, column) is added by `config`, which knows it. Nothing here decides anything.

use std::fmt;
use std::time::Duration;

use serde::de::{Error as _, IgnoredAny};
use serde::{Deserialize, Deserializer, Serialize, Serializer};

/// A length of time written as text: `"90s"`, `"10m"`, `"1h30m"`, `"30d"`, `"2y"`.
///
/// Units are `ms`, `s`, `m`, `h`, `d` (24 hours), `w` (7 days) and `y` (365 days): a configured
/// length never depends on a calendar.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Length(pub(crate) Duration);

impl Length {
    /// Reads `text`, or says what was expected.
    pub(crate) fn parse(text: &str) -> Result<Self, String> {
        let wrong = || format!("expected a duration such as `90s`, `10m` or `30d`, found `{text}`");
        let mut total = Duration::ZERO;
        let mut rest = text.trim();
        if rest.is_empty() {
            return Err(wrong());
        }
        while !rest.is_empty() {
            let digits = rest.len() - rest.trim_start_matches(|c: char| c.is_ascii_digit()).len();
            let number: u64 = rest[..digits].parse().map_err(|_| wrong())?;
            rest = &rest[digits..];
            let letters =
                rest.len() - rest.trim_start_matches(|c: char| c.is_ascii_alphabetic()).len();
            let unit_ms: u64 = match &rest[..letters] {
                "ms" => 1,
                "s" => 1_000,
                "m" => 60_000,
                "h" => 3_600_000,
                "d" => 86_400_000,
                "w" => 7 * 86_400_000,
                "y" => 365 * 86_400_000,
                _ => return Err(wrong()),
            };
            rest = rest[letters..].trim_start();
            let part = number.checked_mul(unit_ms).map(Duration::from_millis).ok_or_else(wrong)?;
            total = total.checked_add(part).ok_or_else(wrong)?;
        }
        // A century: longer is a slip of the pen, and would overflow sums with timestamps.
        if total > Duration::from_secs(100 * 365 * 86_400) {
            return Err(format!("expected a duration of at most `100y`, found `{text}`"));
        }
        Ok(Self(total))
    }
}

impl fmt::Display for Length {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let ms = self.0.as_millis();
        let units = [(86_400_000, "d"), (3_600_000, "h"), (60_000, "m"), (1_000, "s"), (1, "ms")];
        for (size, unit) in units {
            if ms >= size && ms.is_multiple_of(size) {
                return write!(f, "{}{unit}", ms / size);
            }
        }
        f.write_str("0s")
    }
}

impl<'de> Deserialize<'de> for Length {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Visitor;
        impl serde::de::Visitor<'_> for Visitor {
            type Value = Length;
            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("a duration such as `\"90s\"`, `\"10m\"` or `\"30d\"`")
            }
            fn visit_str<E: serde::de::Error>(self, text: &str) -> Result<Length, E> {
                Length::parse(text).map_err(E::custom)
            }
        }
        deserializer.deserialize_str(Visitor)
    }
}

/// A number of bytes written as text: `"20kB"`, `"10MiB"`, `"512 KiB"`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Size(pub(crate) u64);

impl Size {
    /// Reads `text`, or says what was expected.
    pub(crate) fn parse(text: &str) -> Result<Self, String> {
        let wrong = || format!("expected a size such as `512KiB` or `10MiB`, found `{text}`");
        let text_trimmed = text.trim();
        let digits = text_trimmed.trim_end_matches(|c: char| !c.is_ascii_digit());
        let number: u64 = digits.parse().map_err(|_| wrong())?;
        let unit: u64 = match text_trimmed[digits.len()..].trim() {
            "B" => 1,
            "kB" | "KB" => 1_000,
            "MB" => 1_000_000,
            "GB" => 1_000_000_000,
            "KiB" => 1 << 10,
            "MiB" => 1 << 20,
            "GiB" => 1 << 30,
            _ => return Err(wrong()),
        };
        number.checked_mul(unit).map(Self).ok_or_else(wrong)
    }
}

impl<'de> Deserialize<'de> for Size {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Visitor;
        impl serde::de::Visitor<'_> for Visitor {
            type Value = Size;
            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("a size such as `\"512KiB\"` or `\"10MiB\"`")
            }
            fn visit_str<E: serde::de::Error>(self, text: &str) -> Result<Size, E> {
                Size::parse(text).map_err(E::custom)
            }
        }
        deserializer.deserialize_str(Visitor)
    }
}

/// How much an alert matters, from `info` to `critical`.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, PartialOrd, Ord, Deserialize, Serialize)]
#[serde(rename_all = "lowercase")]
pub(crate) enum Severity {
    /// Worth knowing.
    Info,
    /// Worth reading today.
    Low,
    /// Worth reading soon; what a watch has that says nothing.
    #[default]
    Medium,
    /// Worth interrupting work.
    High,
    /// Worth waking someone.
    Critical,
}

impl Severity {
    /// The word used in configuration, payloads and tables.
    pub(crate) const fn as_str(self) -> &'static str {
        match self {
            Self::Info => "info",
            Self::Low => "low",
            Self::Medium => "medium",
            Self::High => "high",
            Self::Critical => "critical",
        }
    }

    /// Reads the word back; `None` for any other text.
    pub(crate) fn from_word(word: &str) -> Option<Self> {
        [Self::Info, Self::Low, Self::Medium, Self::High, Self::Critical]
            .into_iter()
            .find(|severity| severity.as_str() == word)
    }
}

impl fmt::Display for Severity {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.as_str())
    }
}

/// A key that belongs to the contract but whose stage has not landed: any value is refused.
///
/// Better an error now than an operator who believes that quiet hours are kept.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum NotYetBuilt {}

/// What `config` looks for in an error text to say the key instead of the type.
pub(crate) const NOT_YET_BUILT: &str = "is not yet built";

impl<'de> Deserialize<'de> for NotYetBuilt {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        IgnoredAny::deserialize(deserializer)?;
        Err(D::Error::custom(NOT_YET_BUILT))
    }
}

impl Serialize for Length {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

/// Turns a name into an id: lower case, every run of other characters one hyphen.
///
/// Letters and digits of every script stay, so `朝日新聞` is its own id.
pub(crate) fn slug(name: &str) -> String {
    let mut id = String::new();
    for c in name.chars() {
        if c.is_alphanumeric() {
            id.extend(c.to_lowercase());
        } else if !id.is_empty() && !id.ends_with('-') {
            id.push('-');
        }
    }
    id.trim_end_matches('-').to_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_length_is_a_sum_of_numbers_with_units() {
        #[track_caller]
        fn check(text: &str, seconds: u64) {
            assert_eq!(Length::parse(text), Ok(Length(Duration::from_secs(seconds))), "{text}");
        }
        check("90s", 90);
        check("10m", 600);
        check("1h30m", 5_400);
        check("1h 30m", 5_400);
        check("30d", 30 * 86_400);
        check("2w", 14 * 86_400);
        check("2y", 730 * 86_400);
        check("0s", 0);
        check("1000ms", 1);
    }

    #[test]
    fn a_wrong_length_says_what_was_expected() {
        #[track_caller]
        fn check(text: &str, message: &str) {
            assert_eq!(Length::parse(text), Err(message.to_owned()));
        }
        for text in ["", "10", "m", "10 minutes", "-5s", "1.5h", "5x", "99999999999999999999s"] {
            check(
                text,
                &format!("expected a duration such as `90s`, `10m` or `30d`, found `{text}`"),
            );
        }
        check("101y", "expected a duration of at most `100y`, found `101y`");
    }

    #[test]
    fn a_length_is_shown_in_its_largest_whole_unit() {
        for text in ["90s", "10m", "24h", "30d", "250ms", "0s"] {
            let shown = Length::parse(text).expect("written here").to_string();
            assert_eq!(Length::parse(&shown), Length::parse(text));
        }
        assert_eq!(Length(Duration::from_secs(86_400)).to_string(), "1d");
        assert_eq!(Length(Duration::from_secs(90)).to_string(), "90s");
    }

    #[test]
    fn a_size_needs_its_unit() {
        assert_eq!(Size::parse("10MiB"), Ok(Size(10 << 20)));
        assert_eq!(Size::parse("20 kB"), Ok(Size(20_000)));
        for text in ["10", "MiB", "10 mib", "-1B", "1.5MiB"] {
            assert_eq!(
                Size::parse(text),
                Err(format!("expected a size such as `512KiB` or `10MiB`, found `{text}`"))
            );
        }
    }

    #[test]
    fn a_slug_keeps_letters_of_every_script() {
        assert_eq!(slug("NHK World – Japan"), "nhk-world-japan");
        assert_eq!(slug("朝日新聞"), "朝日新聞");
        assert_eq!(slug("  ...  "), "");
    }

    #[test]
    fn severities_are_ordered_and_read_back() {
        assert!(Severity::Info < Severity::Critical);
        assert_eq!(Severity::from_word("high"), Some(Severity::High));
        assert_eq!(Severity::from_word("High"), None);
    }
}
