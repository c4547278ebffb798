//! `explain`, `places` and `topics`, to the letter: what people read who ask why.

use std::fmt::Write as _;

use serde_json::{Value, json};

use crate::support::feeds::{FeedServer, Item, Mood};
use crate::support::folder::{self, Folder};
use crate::support::process::{Ended, Process};

/// Five watches: of the sea, of two things at once, of one that excludes, and of nothing here.
const WATCHES: &str = r#"
[[watch]]
name = "Sahel"
countries = ["Mali"]

[[watch]]
name = "Drones over Japan"
match = "all"
countries = ["JP"]
terms = ["drone*", "uncrewed aircraft"]

[[watch]]
name = "Tokyo and Beijing"
countries = ["JP", "CN"]
exclude = ["World Cup"]

[[watch]]
name = "Volcanoes"
topics = ["volcano"]

[[topic]]
name = "Volcano"
terms = ["lava lake"]

[[region]]
name = "Home waters"
aliases = ["our bays"]
"#;

const HEADLINE: &str = "Beijing warns Japan";
const STORY: &str = "Ships near the Diaoyu Islands, seen from Osaka, began a naval exercise. Japan \
                     protested, and Japan asked for talks.";

fn configured() -> Folder {
    let feed = folder::feed("wire", "https://wire.example/feed");
    let desk = folder::webhook("desk", "https://desk.example/hook", "");
    Folder::with(&(feed + &desk + folder::WATCH + WATCHES))
}

/// Two feeds, and a watch on the one that is not at `url`.
fn configured_with(url: &str) -> Folder {
    let feeds = folder::feed("wire", url) + &folder::feed("other", "https://other.example/feed");
    let desk = folder::webhook("desk", "https://desk.example/hook", "");
    let watch = "[[watch]]\nname = \"Others\"\ncountries = [\"Mali\"]\nfeeds = [\"other\"]\n";
    Folder::with(&(feeds + &desk + watch + WATCHES))
}

/// What `wirewatch` says on standard output, when all is well.
async fn told(folder: &Folder, arguments: &[&str]) -> String {
    good(Process::run(folder, arguments).await)
}

#[track_caller]
fn good(ended: Ended) -> String {
    assert_eq!((ended.code(), ended.stderr.as_str()), (Some(0), ""));
    ended.stdout
}

/// What it says on standard error, when it fails.
async fn failure(folder: &Folder, arguments: &[&str]) -> String {
    let ended = Process::run(folder, arguments).await;
    assert_eq!((ended.code(), ended.stdout.as_str()), (Some(1), ""), "{}", ended.stderr);
    folder.without_path(&ended.stderr)
}

#[tokio::test]
async fn a_text_is_told_with_places_topics_and_each_watch() {
    let folder = configured();
    assert_eq!(
        told(&folder, &["explain", STORY, "--title", HEADLINE]).await,
        "\
title     Beijing warns Japan
language  en (told from the text)
places
  CN               China                   capital  “Beijing”         title 0–7
  JP               Japan                   name     “Japan” ×3        title 14–19
  senkaku-islands  Senkaku/Diaoyu Islands  name     “Diaoyu Islands”  body 15–29   Ships near the Diaoyu Islands, seen from Osaka,…
  JP               Japan                   part     “Osaka”           body 41–46   …Islands, seen from Osaka, began a naval…
topics
  military-exercise  “naval exercise”  body 56–70  …from Osaka, began a naval exercise. Japan protested,…

✓ Tokyo and Beijing  score 3.375, needs 1
    1.5  country  China  “Beijing”  title 0–7
    1.5  country  Japan  “Japan”    title 14–19
    1    country  Japan  “Japan”    body 72–77   …a naval exercise. Japan protested, and…
✓ East China Sea  score 1, needs 1
    1  region  East China Sea  “Diaoyu Islands”  body 15–29  Ships near the Diaoyu Islands, seen from Osaka,…
– Drones over Japan  score 1.875, needs 1
    1.5  country  Japan  “Japan”  title 14–19
    1    country  Japan  “Japan”  body 72–77   …a naval exercise. Japan protested, and…
    missing  a hit in `terms`
– 2 other watches: nothing was found for them
"
    );
}

#[tokio::test]
async fn an_exclusion_is_told() {
    let folder = configured();
    assert_eq!(
        told(&folder, &["explain", "--title", "Japan wins at the World Cup"]).await,
        "\
title     Japan wins at the World Cup
language  en (told from the text)
places
  JP  Japan  name  “Japan”  title 0–5
topics    none

– Drones over Japan  score 1.5, needs 1
    1.5  country  Japan  “Japan”  title 0–5
    missing  a hit in `terms`
– Tokyo and Beijing  score 1.5, needs 1
    1.5  country  Japan  “Japan”  title 0–5
    excluded by  “World Cup”  title 18–27
– 3 other watches: nothing was found for them
"
    );
}

#[tokio::test]
async fn with_all_the_watches_that_nothing_was_found_for_are_told_too() {
    let folder = configured();
    assert_eq!(
        told(&folder, &["explain", "Rain fell in the hills", "--language", "en", "--all"]).await,
        "\
language  en
places    none
topics    none

– East China Sea  score 0, needs 1
    missing  a hit in `regions`
– Sahel  score 0, needs 1
    missing  a hit in `countries`
– Tokyo and Beijing  score 0, needs 1
    missing  a hit in `countries`
– Volcanoes  score 0, needs 1
    missing  a hit in `topics`
– Drones over Japan  score 0, needs 1
    missing  a hit in `countries`; a hit in `terms`
"
    );
}

#[tokio::test]
async fn a_feed_is_told_item_by_item() {
    let folder = configured();
    folder.write(
        "feed.xml",
        "<?xml version='1.0'?><rss version='2.0'><channel><title>Wire</title>\
         <language>en</language>\
         <item><title>Fog at sea</title><link>https://wire.example/1</link></item>\
         <item><title>Talks</title><description>&lt;b&gt;Japan&lt;/b&gt; waits</description></item>\
         </channel></rss>",
    );
    let file = folder.path("feed.xml");
    let file = file.to_str().expect("ASCII");
    assert_eq!(
        told(&folder, &["explain", file]).await,
        "\
── item 1 of 2
title     Fog at sea
url       https://wire.example/1
language  en
places    none
topics    none

– 5 watches: nothing was found for them

── item 2 of 2
title     Talks
language  en
places
  JP  Japan  name  “Japan”  summary 0–5  Japan waits
topics    none

✓ Tokyo and Beijing  score 1, needs 1
    1  country  Japan  “Japan”  summary 0–5  Japan waits
– Drones over Japan  score 1, needs 1
    1  country  Japan  “Japan”  summary 0–5  Japan waits
    missing  a hit in `terms`
– 3 other watches: nothing was found for them
"
    );
    assert_eq!(
        failure(&folder, &["explain", file, "--title", "x"]).await,
        "wirewatch: cannot make items of `feed.xml`\n  \
         because: `--title` is for a text: the items of a feed have theirs\n"
    );
    folder.write("feed.xml", "<rss version='2.0'><channel><title>Wire</title></channel></rss>");
    assert_eq!(
        failure(&folder, &["explain", file]).await,
        "wirewatch: cannot make items of `feed.xml`\n  because: the feed holds no items\n"
    );
}

const PAGE: &str = "<!DOCTYPE html><html lang=en><head><title>Mali &amp; Niger</title>\
                    <style>p { color: japan }</style></head><body><p>A <b>dro</b>ne</p></body>";
const PAGE_TOLD: &str = "\
title     Mali & Niger
language  en
places
  ML  Mali   name  “Mali”   title 0–4
  NE  Niger  name  “Niger”  title 7–12
topics    none

✓ Sahel  score 1.5, needs 1
    1.5  country  Mali  “Mali”  title 0–4
– Drones over Japan  score 1, needs 1
    1  term  drone*  “drone”  body 2–7  A drone
    missing  a hit in `countries`
– 3 other watches: nothing was found for them
";

#[tokio::test]
async fn a_page_a_text_file_and_standard_input_are_read() {
    let folder = configured();
    folder.write("page.html", PAGE);
    folder.write("story.txt", "\nThe lava lake is growing\n");
    folder.write("empty.txt", "\n");
    let path = |name: &str| folder.path(name).to_str().expect("ASCII").to_owned();
    assert_eq!(told(&folder, &["explain", &path("page.html")]).await, PAGE_TOLD);
    let lava = "\
language  en (told from the text)
places    none
topics
  volcano  “lava lake”  body 4–13  The lava lake is growing

✓ Volcanoes  score 1, needs 1
    1  topic  volcano  “lava lake”  body 4–13  The lava lake is growing
– 4 other watches: nothing was found for them
";
    assert_eq!(told(&folder, &["explain", &path("story.txt")]).await, lava);
    let main = path("wirewatch.toml");
    let fed = Process::fed(&["explain", "-", "--config", &main], "The lava lake is growing");
    assert_eq!(good(fed.ends().await), lava);
    assert_eq!(
        failure(&folder, &["explain", &path("empty.txt")]).await,
        "wirewatch: cannot make items of `empty.txt`\n  because: it is empty\n"
    );
}

#[tokio::test]
async fn an_address_is_fetched_as_a_feed_would_be() {
    let folder = configured();
    let server = FeedServer::start().await;
    let item = Item { guid: "1".into(), title: "Fog in Mali".into(), summary: "Thick.".into() };
    server.publish_item("wire", item);
    let shown = told(&folder, &["explain", &server.url("wire")]).await;
    assert!(shown.contains("title     Fog in Mali\n") && shown.contains("✓ Sahel"), "{shown}");
    assert_eq!(server.asked("wire").len(), 1);

    let own = configured_with(&server.url("wire"));
    let shown = told(&own, &["explain", &server.url("wire")]).await;
    assert!(shown.contains("feed      wire\n") && shown.contains("✓ Sahel"), "{shown}");
    assert!(shown.contains("missing  one of its feeds (it is `wire`)"), "{shown}");

    server.set_mood("wire", Mood::Status(404, "x-none", "1".into()));
    let url = server.url("wire");
    assert_eq!(
        failure(&folder, &["explain", &url]).await,
        format!("wirewatch: cannot fetch `{url}`\n  because: answered 404\n")
    );
    // Only where the configuration allows it.
    let elsewhere = tempfile::tempdir().expect("a temporary folder");
    let refused = Process::start_in(elsewhere.path(), &["explain", &url]).ends().await;
    assert_eq!(
        refused.stderr,
        format!(
            "wirewatch: cannot fetch `{url}`\n  because: address 127.0.0.1 is loopback: \
             `[polling] allow_private` does not list it\n"
        )
    );
}

#[tokio::test]
async fn what_is_no_text_file_or_address_is_told() {
    let folder = configured();
    assert_eq!(
        failure(&folder, &["explain", "story.txt"]).await,
        "wirewatch: there is no file `story.txt`; a text is taken as it is, `-` reads standard \
         input\n"
    );
    assert_eq!(
        failure(&folder, &["explain", "ftp://wire.example/feed"]).await,
        "wirewatch: `ftp://wire.example/feed`: expected an http or https address\n"
    );
    let usage = Process::run(&folder, &["explain", "x", "--language", "english"]).await;
    assert_eq!(usage.code(), Some(2));
    assert!(usage.stderr.contains("expected a language such as `en` or `zh-Hant`"));
}

#[tokio::test]
async fn json_has_all_of_it() {
    let folder = configured();
    let shown = told(&folder, &["explain", STORY, "--title", HEADLINE, "--json"]).await;
    let reports: Value = serde_json::from_str(&shown).expect("JSON");
    let report = &reports[0];
    assert_eq!(reports.as_array().map(Vec::len), Some(1));
    let keys = |value: &Value| -> Vec<String> {
        value.as_object().expect("an object").keys().cloned().collect()
    };
    assert_eq!(
        keys(report),
        [
            "feed",
            "title",
            "url",
            "language",
            "language_is_guess",
            "places",
            "lost",
            "topics",
            "watches"
        ]
    );
    assert_eq!(
        report["places"][0],
        json!({
            "kind": "country", "id": "CN", "name": "China", "via": "metonym", "field": "title",
            "text": "Beijing", "start": 0, "end": 7, "snippet": HEADLINE,
        })
    );
    assert_eq!(report["topics"][0]["text"], "naval exercise");
    let watches = report["watches"].as_array().expect("a list");
    let ids: Vec<&str> = watches.iter().filter_map(|it| it["id"].as_str()).collect();
    assert_eq!(
        ids,
        ["tokyo-and-beijing", "east-china-sea", "drones-over-japan", "sahel", "volcanoes"]
    );
    assert_eq!(
        keys(&watches[0]),
        ["id", "name", "matches", "score", "threshold", "evidence", "excluded_by", "missing"]
    );
}

#[tokio::test]
async fn without_a_configuration_places_and_topics_are_told() {
    let folder = tempfile::tempdir().expect("a temporary folder");
    let told = Process::start_in(folder.path(), &["explain", "Quake felt over the whole of Japan"])
        .ends()
        .await;
    assert_eq!(
        good(told),
        "\
language  en (told from the text)
places
  JP  Japan  name  “Japan”  body 29–34  …over the whole of Japan
topics    none

no watch is configured: `--config FILE` names a configuration that has some
"
    );
}

#[tokio::test]
async fn documents_are_told_a_line_each_in_order() {
    let folder = configured();
    let main = folder.main();
    let arguments = ["explain", "--jsonl", "--config", main.to_str().expect("ASCII")];
    let mut input = String::new();
    for id in 0..10_000 {
        let title = if id % 2 == 0 { "Mali and Niger talk" } else { "Rain" };
        writeln!(input, "{}", json!({ "id": id, "title": title, "lang": "en" })).expect("a string");
    }
    let output = good(Process::fed(&arguments, input).ends().await);
    let lines: Vec<&str> = output.lines().collect();
    assert_eq!(lines.len(), 10_000);
    for (id, line) in lines.iter().enumerate() {
        assert!(line.starts_with(&format!("{{\"id\":{id},")), "{line}");
    }
    assert_eq!(
        lines[2],
        "{\"id\":2,\"language\":\"en\",\"countries\":[\"ML\",\"NE\"],\
         \"countries_any\":[\"ML\",\"NE\"],\"regions\":[],\"topics\":[],\"watches\":[\"sahel\"]}"
    );

    folder.write("documents.jsonl", "{\"id\":\"a\",\"title\":\"Mali\",\"lang\":\"en\"}\n");
    let file = folder.path("documents.jsonl");
    let file = file.to_str().expect("ASCII");
    let from = |source: &str| Process::fed(&[&arguments[..], &[source]].concat(), "{\"id\":7}\n");
    assert!(good(from(file).ends().await).starts_with("{\"id\":\"a\","));
    assert!(good(from("-").ends().await).starts_with("{\"id\":7,"));
    assert_eq!(
        from("no-such.jsonl").ends().await.stderr,
        "wirewatch: cannot read `no-such.jsonl`\n  \
         because: No such file or directory (os error 2)\n"
    );

    let ended = Process::fed(&arguments, "{\"id\":1}\n\n{\"id\":2,}\n").ends().await;
    assert_eq!(ended.code(), Some(1));
    assert_eq!(ended.stdout.lines().count(), 1, "what was good before it is told");
    assert_eq!(
        ended.stderr,
        "wirewatch: line 3: expected {\"id\",\"title\",\"text\"}\n  \
         because: trailing comma at line 1 column 9\n"
    );
}

#[tokio::test]
async fn places_are_found_by_any_name() {
    let folder = configured();
    assert_eq!(
        told(&folder, &["places", "ieodo"]).await,
        "\
ieodo  Ieodo / Socotra Rock  (region)
  part of    east-china-sea
  countries  CN China, KR South Korea
  names      en       Ieodo / Socotra Rock, Ieodo, Socotra Rock … 3 more
             ja       離於島, 蘇岩礁
             ko       이어도, 쑤옌자오, 파랑도
             ru       Иодо, скала Сокотра
             zh-Hans  苏岩礁, 离於岛
             zh-Hant  蘇岩礁, 離於島
"
    );
    assert_eq!(
        told(&folder, &["places", "our bays"]).await,
        "home-waters  Home waters  (region)\n  names      own  Home waters, our bays\n"
    );
    let shown = told(&folder, &["places", "東シナ海", "--json"]).await;
    let found: Value = serde_json::from_str(&shown).expect("JSON");
    let sea = &found[0];
    assert_eq!(sea["id"], "east-china-sea");
    assert_eq!((&sea["kind"], &sea["exact"]), (&json!("region"), &json!(true)));
    assert_eq!(sea["part_of"], json!(["pacific-ocean"]));
    assert_eq!(sea["countries"][0], json!({ "code": "CN", "name": "China" }));
    assert_eq!(sea["names"][0]["language"], "en");
    assert_eq!(
        failure(&folder, &["places", "Maly"]).await,
        "wirewatch: there is no place `Maly`; there is `Mali`\n"
    );
    assert_eq!(
        failure(&folder, &["places", "xyzzy"]).await,
        "wirewatch: there is no place `xyzzy`\n"
    );

    folder.write("wirewatch.toml", "[[watch]]\nname = 'w'\n");
    let ended = Process::run(&folder, &["places", "JP", "--json"]).await;
    assert_eq!(ended.code(), Some(0));
    assert_eq!(
        ended.stderr,
        "wirewatch: the configuration has 3 problems, which `wirewatch check` tells: your own \
         regions are left out\n"
    );
}

#[tokio::test]
async fn topics_are_listed_and_told_with_their_terms() {
    let folder = configured();
    let list = told(&folder, &["topics"]).await;
    assert!(list.starts_with("TOPIC "), "{list}");
    let own = list.lines().last().unwrap_or_default();
    assert_eq!(own.split_whitespace().collect::<Vec<_>>(), ["volcano", "1", "own"]);
    assert_eq!(
        told(&folder, &["topics", "Volcano"]).await,
        "volcano  (own, 1 term)\n  lava lake\n"
    );
    let rows: Value =
        serde_json::from_str(&told(&folder, &["topics", "--json"]).await).expect("JSON");
    let rows = rows.as_array().expect("a list");
    assert!(rows.len() > 40 && rows.iter().all(|row| row["count"].as_u64() > Some(0)));
    assert_eq!(rows.last(), Some(&json!({ "name": "volcano", "origin": "own", "count": 1 })));
    let one: Value =
        serde_json::from_str(&told(&folder, &["topics", "volcano", "--json"]).await).expect("JSON");
    assert_eq!(one["terms"], json!(["lava lake"]));
    assert_eq!(
        told(&folder, &["topics", "LAVA LAKE"]).await,
        "volcano  (own, 1 term)\n  lava lake\n"
    );
    let found = told(&folder, &["topics", "embargo"]).await;
    assert!(found.contains("sanctions  (built in, "), "{found}");
    let is_asked_for = |line: &str| line.to_lowercase().contains("embargo");
    assert!(found.lines().all(|line| is_asked_for(line) || !line.starts_with(' ')), "{found}");
    let by_name = told(&folder, &["topics", "shipping"]).await;
    assert!(by_name.starts_with("shipping-attack  (built in, "), "{by_name}");
    assert_eq!(
        failure(&folder, &["topics", "blockaed"]).await,
        "wirewatch: no topic has `blockaed` in its name or its terms; there is a topic named \
         `blockade`\n"
    );
}
