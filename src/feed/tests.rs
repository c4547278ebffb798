//! What an operator is told about feeds.

use std::sync::Arc;

use toml::de::{DeTable, DeValue, ValueDeserializer};

use super::*;
use crate::problem::SourceFile;

fn configs(text: &str) -> Vec<InFile<Config>> {
    let file = Arc::new(SourceFile { name: "w.toml".into(), text: text.into() });
    let mut table = DeTable::parse(text).expect("TOML").into_inner();
    let DeValue::Array(elements) = table.remove("feed").expect("feeds").into_inner() else {
        panic!("a list")
    };
    let element = |element: Spanned<DeValue<'_>>| InFile {
        file: Arc::clone(&file),
        span: element.span(),
        removed: Vec::new(),
        value: Config::deserialize(ValueDeserializer::from(element)).expect("the shape"),
    };
    elements.into_iter().map(element).collect()
}

#[test]
fn a_feed_is_named_by_its_host_and_known_by_its_name() {
    let configs = configs(
        "[[feed]]\nurl = 'https://www.news.example/rss#top'\n\
         [[feed]]\nurl = 'https://a.example/'\nname = 'NHK World'\ninterval = '5m'\n\
         [[feed]]\nurl = 'https://b.example/'\nname = '朝日新聞'\nid = 'asahi'\ntags = ['japan']\n",
    );
    let feeds = compile(&configs, &Polling::default()).expect("good");
    let shown: Vec<(&str, &str, &str, Interval)> = feeds
        .iter()
        .map(|feed| (feed.id.0.as_str(), feed.name.as_str(), feed.url.as_str(), feed.interval))
        .collect();
    let five = Interval::Fixed(std::time::Duration::from_secs(300));
    assert_eq!(
        shown,
        [
            (
                "www-news-example",
                "www.news.example",
                "https://www.news.example/rss",
                Interval::Auto
            ),
            ("nhk-world", "NHK World", "https://a.example/", five),
            ("asahi", "朝日新聞", "https://b.example/", Interval::Auto),
        ]
    );
    assert_eq!(names(&configs)[2], ("asahi".into(), "朝日新聞".into(), vec!["japan".into()]));
}

#[test]
fn all_that_is_wrong_is_told() {
    let configs = configs(
        "[[feed]]\nname = 'A'\n\
         [[feed]]\nurl = 'ftp://a.example/'\nlanguage = 'english language'\n\
         [[feed]]\nurl = 'nonsense'\nid = 'a b'\n\
         [[feed]]\nurl = 'https://b.example/'\nname = 'B'\ninterval = '10ms'\n\
         [[feed]]\nurl = 'https://c.example/'\nname = 'b'\n\
         [[feed]]\nurl = 'https://d.example/'\nname = '…'\n\
         [[feed]]\nurl = 'https://e.example/'\nname = 'E'\n\
         [[feed]]\nurl = 'HTTPS://E.example:443#top'\nname = 'F'\n",
    );
    let mut problems = compile(&configs, &Polling::default()).expect_err("wrong");
    Problem::sort(&mut problems);
    let shown: Vec<String> = problems
        .iter()
        .map(|problem| {
            let (line, column) = problem.line_and_column().expect("a place");
            format!("{line}:{column}: {}", problem.message())
        })
        .collect();
    assert_eq!(
        shown,
        [
            "1:1: missing `url`",
            "4:7: `url`: expected an http or https address",
            "5:12: expected a language such as `en` or `zh-Hant`, found `english language`",
            "7:7: `url`: expected an http or https address",
            "8:6: `id` is made of letters, digits and hyphens",
            "9:1: `interval` must be at least `1s`",
            "15:8: there is another feed with the id `b`",
            "18:8: `name` has no letter or digit",
            "23:7: there is another feed with this `url`, `E`",
        ]
    );
}

#[test]
fn outcomes_are_said_in_words() {
    #[track_caller]
    fn check(outcome: &Outcome, word: &str, text: &str, is_success: bool) {
        assert_eq!((outcome.word(), outcome.to_string().as_str()), (word, text));
        assert_eq!(outcome.is_success(), is_success);
    }
    check(&Outcome::Unchanged, "unchanged", "unchanged", true);
    check(&Outcome::Read { items: 1 }, "read", "1 item", true);
    check(&Outcome::Read { items: 3 }, "read", "3 items", true);
    let cut = "3 items, then the document ends early";
    check(&Outcome::Cut { items: 3 }, "cut", cut, true);
    check(&Outcome::Cut { items: 1 }, "cut", "1 item, then the document ends early", true);
    check(&Outcome::Gone, "gone", "gone for good (410)", false);
    check(&Outcome::Throttled { status: 429 }, "throttled", "asked to be left alone (429)", false);
    check(&Outcome::Refused { status: 404 }, "refused", "answered 404", false);
    let text = "answered 403 and wants to see a browser";
    check(&Outcome::Challenged { status: 403 }, "challenged", text, false);
    let reason = "the answer is empty".to_owned();
    check(&Outcome::NotAFeed { reason }, "not_a_feed", "the answer is empty", false);
}
