//! The webhook's JSON, frozen when the match is made.
//!
//! The shape is the contract of design.md §6: every key is always there, `null` where nothing
//! is known, so that receivers can rely on it. A body that would be too large is cut in a fixed
//! order, the least telling first, and says so with `"truncated": true`.

use jiff::Timestamp;
use serde::Serialize;

use super::AlertId;
use crate::feed::{Feed, Item, Reliability};
use crate::gazetteer::{CountryCode, RegionId};
use crate::setting::Severity;
use crate::story::Story;
use crate::watch::{Evidence, Findings, Match, Watch};

/// Bytes of one webhook body. Source: the advice of Standard Webhooks 1.0.0.
pub(super) const BODY_BYTES_MAX: usize = 20_000;

/// What is left of each part, step by step, until the body fits; the last step always does.
const CUTS: [Cut; 5] = [
    Cut { text: usize::MAX, evidence: usize::MAX, list: usize::MAX },
    Cut { text: 4_000, evidence: 20, list: 100 },
    Cut { text: 1_000, evidence: 5, list: 50 },
    Cut { text: 300, evidence: 3, list: 10 },
    // Even if every character takes six bytes (`\\u0000`), this fits.
    Cut { text: 60, evidence: 2, list: 5 },
];

/// Characters of a text, pieces of evidence, entries of a list.
#[derive(Clone, Copy)]
struct Cut {
    text: usize,
    evidence: usize,
    list: usize,
}

#[derive(Serialize)]
struct Body<'a> {
    #[serde(rename = "type")]
    kind: &'static str,
    timestamp: String,
    data: Data<'a>,
}

#[derive(Serialize)]
struct Data<'a> {
    id: &'a AlertId,
    severity: Severity,
    score: f64,
    watch: WatchRef<'a>,
    item: ItemRef<'a>,
    evidence: Vec<Evidence>,
    places: Places<'a>,
    story: Story,
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    truncated: bool,
}

#[derive(Serialize)]
struct WatchRef<'a> {
    id: &'a str,
    name: &'a str,
}

#[derive(Serialize)]
struct ItemRef<'a> {
    title: String,
    url: Option<String>,
    summary: String,
    published: Option<String>,
    language: Option<&'a str>,
    authors: Vec<String>,
    feed: FeedRef<'a>,
}

#[derive(Serialize)]
struct FeedRef<'a> {
    id: &'a str,
    name: &'a str,
    url: String,
    tags: &'a [String],
    reliability: Option<Reliability>,
}

#[derive(Serialize)]
struct Places<'a> {
    countries: Vec<&'a CountryCode>,
    regions: Vec<&'a RegionId>,
}

/// The body of one alert, at most [`BODY_BYTES_MAX`] bytes.
#[expect(clippy::too_many_arguments, reason = "the parts of one document, each once")]
pub(super) fn freeze(
    id: &AlertId,
    feed: &Feed,
    item: &Item,
    findings: &Findings,
    found: &Match,
    watch: &Watch,
    story: &Story,
    now: Timestamp,
) -> String {
    let mut text = String::new();
    for cut in CUTS {
        let mut shortened = Shortener { cut, cut_something: false };
        let s = &mut shortened;
        let data = Data {
            id,
            severity: watch.severity,
            score: found.score,
            watch: WatchRef { id: &watch.id, name: &watch.name },
            item: ItemRef {
                title: s.text(&item.title),
                url: item.url.as_deref().map(|url| s.text(url)),
                summary: s.text(&item.summary),
                published: item.published.map(seconds),
                language: item.language.as_deref(),
                authors: s.list(&item.authors).iter().map(|author| s.text(author)).collect(),
                feed: FeedRef {
                    id: &feed.id.0,
                    name: &feed.name,
                    url: public(&feed.url),
                    tags: &feed.tags,
                    reliability: feed.reliability,
                },
            },
            evidence: s.evidence(&found.evidence),
            places: Places {
                countries: s.list(&findings.countries.iter().collect::<Vec<_>>()),
                regions: s.list(&findings.regions.iter().collect::<Vec<_>>()),
            },
            story: Story { urls: s.list(&story.urls), ..story.clone() },
            truncated: false,
        };
        let truncated = shortened.cut_something;
        let body = Body {
            kind: "alert.created",
            timestamp: seconds(now),
            data: Data { truncated, ..data },
        };
        text = serde_json::to_string(&body).expect("strings, numbers and lists are JSON");
        if text.len() <= BODY_BYTES_MAX {
            break;
        }
    }
    text
}

/// Cuts, and remembers whether it had to.
struct Shortener {
    cut: Cut,
    cut_something: bool,
}

impl Shortener {
    fn text(&mut self, text: &str) -> String {
        let Some((end, _)) = text.char_indices().nth(self.cut.text) else {
            return text.to_owned();
        };
        self.cut_something = true;
        // At a blank where one is near: half a word says little.
        let kept = &text[..end];
        let end = kept.rfind(' ').filter(|blank| end - blank < 100).unwrap_or(end);
        format!("{}…", kept[..end].trim_end())
    }

    fn list<T: Clone>(&mut self, list: &[T]) -> Vec<T> {
        self.cut_something |= list.len() > self.cut.list;
        list.iter().take(self.cut.list).cloned().collect()
    }

    fn evidence(&mut self, evidence: &[Evidence]) -> Vec<Evidence> {
        self.cut_something |= evidence.len() > self.cut.evidence;
        evidence
            .iter()
            .take(self.cut.evidence)
            .map(|one| Evidence {
                id: self.text(&one.id),
                name: self.text(&one.name),
                text: self.text(&one.text),
                snippet: self.text(&one.snippet),
                ..one.clone()
            })
            .collect()
    }
}

/// RFC 3339 to the second, in UTC.
fn seconds(at: Timestamp) -> String {
    at.strftime("%Y-%m-%dT%H:%M:%SZ").to_string()
}

/// A feed's address without the credentials that it may carry.
fn public(url: &url::Url) -> String {
    let mut url = url.clone();
    // Fails only for URLs without a host, which are no feeds.
    let _ = url.set_username("");
    let _ = url.set_password(None);
    url.into()
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use proptest::prelude::*;
    use serde_json::{Value, json};

    use super::*;
    use crate::feed::{FeedId, Interval, ItemKey};
    use crate::watch::{EvidenceKind, Field};

    fn feed() -> Feed {
        Feed {
            id: FeedId("nhk-world".into()),
            name: "NHK World".into(),
            url: "https://reader:pa55@feeds.example/world".parse().expect("a URL"),
            tags: vec!["japan".into()],
            interval: Interval::Auto,
            language: Some("en".into()),
            reliability: Some(Reliability::B),
        }
    }

    fn item() -> Item {
        Item {
            key: ItemKey("guid:1".into()),
            title: "Ministers sign".into(),
            url: Some("https://news.example/1".into()),
            summary: "Ships in the East China Sea.".into(),
            published: "2024-07-28T09:00:00.5+09:00".parse().ok(),
            language: Some("en".into()),
            authors: vec!["Desk".into()],
            ..Item::default()
        }
    }

    fn evidence(text: &str) -> Evidence {
        Evidence {
            kind: EvidenceKind::Region,
            id: "east-china-sea".into(),
            name: "East China Sea".into(),
            field: Field::Summary,
            text: text.into(),
            start: 13,
            end: 27,
            weight: 1.0,
            snippet: format!("Ships in the {text}."),
        }
    }

    fn frozen(item: &Item, found: &Match) -> String {
        let findings = Findings {
            countries: BTreeSet::from([CountryCode("JP".into()), CountryCode("CN".into())]),
            regions: BTreeSet::from([RegionId("east-china-sea".into())]),
            ..Findings::default()
        };
        let watch = Watch {
            id: "east-china-sea".into(),
            name: "East China Sea".into(),
            severity: Severity::High,
            notify: Vec::new(),
        };
        let now = "2024-07-28T09:12:44.9Z".parse().expect("a time");
        let story = Story::first("abcdefghijklmnopqrstuvwx", item, now);
        let id = AlertId("msg_1".into());
        freeze(&id, &feed(), item, &findings, found, &watch, &story, now)
    }

    #[test]
    fn the_body_is_the_contract_to_the_letter() {
        let found = Match { watch: 0, score: 3.5, evidence: vec![evidence("East China Sea")] };
        let body = frozen(&item(), &found);
        let expected = r#"{"type":"alert.created","timestamp":"2024-07-28T09:12:44Z","data":{"id":"msg_1","severity":"high","score":3.5,"watch":{"id":"east-china-sea","name":"East China Sea"},"item":{"title":"Ministers sign","url":"https://news.example/1","summary":"Ships in the East China Sea.","published":"2024-07-28T00:00:00Z","language":"en","authors":["Desk"],"feed":{"id":"nhk-world","name":"NHK World","url":"https://feeds.example/world","tags":["japan"],"reliability":"B"}},"evidence":[{"kind":"region","id":"east-china-sea","name":"East China Sea","field":"summary","text":"East China Sea","start":13,"end":27,"weight":1.0,"snippet":"Ships in the East China Sea."}],"places":{"countries":["CN","JP"],"regions":["east-china-sea"]},"story":{"id":"st_abcdefghijklmnop","first_seen":"2024-07-28T09:12:44Z","sources":1,"owners":1,"urls":["https://news.example/1"]}}}"#;
        assert_eq!(body, expected);
    }

    #[test]
    fn what_is_unknown_is_null_and_never_absent() {
        let bare = Item { title: "t".into(), ..Item::default() };
        let found = Match { watch: 0, score: 1.0, evidence: vec![evidence("East China Sea")] };
        let body: Value = serde_json::from_str(&frozen(&bare, &found)).expect("JSON");
        for key in ["url", "published", "language"] {
            assert_eq!(body["data"]["item"].get(key), Some(&Value::Null), "{key}");
        }
        assert_eq!(body["data"]["story"]["urls"], json!([]));
        assert_eq!(body["data"].get("truncated"), None);
    }

    #[test]
    fn a_long_summary_is_cut_and_said_to_be() {
        let long = Item { summary: "東シナ海 ".repeat(5_000), ..item() };
        let found = Match { watch: 0, score: 1.0, evidence: vec![evidence("East China Sea")] };
        let text = frozen(&long, &found);
        assert!(text.len() <= BODY_BYTES_MAX, "{}", text.len());
        let body: Value = serde_json::from_str(&text).expect("JSON");
        assert_eq!(body["data"]["truncated"], json!(true));
        assert!(body["data"]["item"]["summary"].as_str().expect("text").ends_with("海…"));
    }

    proptest! {
        // Large texts: a few dozen say as much as hundreds, in a tenth of the time.
        #![proptest_config(ProptestConfig::with_cases(24))]
        #[test]
        fn every_body_is_json_and_within_its_bound(
            title in "\\PC{0,2000}", summary in "(\\PC|\u{0}|\"){0,9000}", count in 0_usize..21,
        ) {
            let item = Item {
                authors: vec![title.clone(); 500],
                url: Some(format!("https://news.example/{title}")),
                title,
                summary: summary.clone(),
                ..item()
            };
            let found = Match { watch: 0, score: 1.0, evidence: vec![evidence(&summary); count] };
            let text = frozen(&item, &found);
            prop_assert!(text.len() <= BODY_BYTES_MAX, "{}", text.len());
            prop_assert!(serde_json::from_str::<Value>(&text).is_ok());
        }
    }
}
