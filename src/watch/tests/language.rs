//! The language of watches: queries, weights, thresholds, languages, cities, and what is missing.

use proptest::prelude::*;

use super::*;

/// A watch alone, of these lines.
#[track_caller]
fn watch(lines: &str) -> Matcher {
    matcher(&format!("[[watch]]\nname = 'w'\n{lines}\n"))
}

#[track_caller]
fn check(matcher: &Matcher, title: &str, expected: bool) {
    assert_eq!(watches(matcher, None, &titled(title)) == ["w"], expected, "{title}");
}

/// The score and what is missing, of the first watch.
fn judged(matcher: &Matcher, feed: Option<&str>, item: &Item) -> (f64, Vec<String>) {
    let (findings, judgements) = matcher.judge(feed.map(|id| FeedId(id.into())).as_ref(), item);
    let judgement = judgements.into_iter().find(|it| it.watch == 0).expect("a watch");
    assert_eq!(judgement.holds, findings.matches.iter().any(|it| it.watch == 0));
    (judgement.score, judgement.missing)
}

#[track_caller]
fn score(matcher: &Matcher, item: &Item, expected: f64) {
    let (score, _) = judged(matcher, None, item);
    assert!((score - expected).abs() < 1e-9, "{score}: {}", item.title);
}

#[test]
fn a_query_alone_is_the_whole_condition() {
    let documented = watch(
        "query = '(region:\"East China Sea\" OR \"Okinawa Trough\") AND topic:military-exercise \
         AND NOT title:football'",
    );
    check(&documented, "Live-fire drill in the East China Sea", true);
    check(&documented, "Military exercise off the Diaoyu Islands", true);
    check(&documented, "Military exercise over the Okinawa Trough", true);
    check(&documented, "Fishing in the East China Sea", false);
    check(&documented, "Military exercise in the Baltic Sea", false);
    check(&documented, "Football and a military exercise in the East China Sea", false);
    let in_body = Item { body: "No football.".into(), ..titled("Live-fire drill off Senkaku") };
    assert_eq!(watches(&documented, None, &in_body), ["w"]);

    let countries = watch("query = 'country:日本 AND (title:drone* OR body:drone*)'");
    check(&countries, "Japanese drones", true);
    check(&countries, "Chinese drones", false);
    let summary = Item { summary: "drones".into(), ..titled("Japan") };
    assert!(watches(&countries, None, &summary).is_empty());
}

#[test]
fn beside_lists_both_must_hold() {
    let both = watch("countries = ['Japan', 'China']\nquery = 'drone* OR ship*'");
    check(&both, "Chinese ships", true);
    check(&both, "Danish ships", false);
    check(&both, "China and Japan", false);
    let all = watch(
        "match = 'all'\ncountries = ['Japan']\nterms = ['talks']\nquery = 'NOT football AND coast'",
    );
    check(&all, "Talks on the coast of Japan", true);
    check(&all, "Talks on the coast", false);
    check(&all, "Football talks on the coast of Japan", false);
}

#[test]
fn terms_that_are_near_have_few_words_between_them() {
    let near = watch("query = 'drone* NEAR/3 navy'");
    check(&near, "navy drones", true);
    check(&near, "drones of the navy", true);
    check(&near, "drones, of the (royal) navy", false);
    check(&near, "drones -- of, the: navy", true);
    check(&near, "A navy. Nobody had any drones. Another drone of the navy", true);
    check(&near, "drones", false);
    let apart = Item { summary: "navy".into(), ..titled("drones") };
    assert!(watches(&near, None, &apart).is_empty());
    let signs = watch("query = '尖閣 NEAR/3 訓練'");
    check(&signs, "尖閣沖で訓練", true);
    check(&signs, "尖閣諸島沖で訓練", false);
    let overlap = watch("query = '\"East China Sea\" NEAR/5 China'");
    check(&overlap, "The East China Sea", false);
    check(&overlap, "China in the East China Sea", true);
    let field = watch("query = 'title:drone NEAR/2 navy'");
    let summary = Item { summary: "drone navy".into(), ..titled("x") };
    assert!(watches(&field, None, &summary).is_empty());
    check(&field, "navy drone", true);
}

#[test]
fn words_together_stand_in_any_order() {
    let listed = watch("terms = ['\"joint air patrol\"~4']");
    check(&listed, "joint air patrol", true);
    check(&listed, "Patrol: joint, by sea and air", false);
    check(&listed, "patrol by air, joint", true);
    check(&listed, "joint joint air air x patrol", true);
    check(&listed, "joint patrol", false);
    check(&listed, "joint air x x x x air patrol joint", true);
    let twice = watch("query = '\"bora bora\"~2'");
    check(&twice, "Bora", false);
    check(&twice, "Bora and Bora", true);
    let excluded = watch("terms = ['ship*']\nexclude = ['\"video game\"~3']");
    check(&excluded, "A ship in a game on video", false);
    check(&excluded, "A ship in a game", true);

    let item = Item { summary: "A joint, very long patrol.".into(), ..Item::default() };
    let matcher = watch("terms = ['\"patrol joint\"~4']");
    let findings = matcher.scan(None, &item);
    let evidence = &findings.matches[0].evidence;
    let shown: Vec<_> =
        evidence.iter().map(|it| (it.id.as_str(), it.text.as_str(), it.start)).collect();
    assert_eq!(shown, [("\"patrol joint\"~4", "joint, very long patrol", 2)]);
}

#[test]
fn evidence_of_a_query_is_the_side_that_holds() {
    let matcher = watch("query = '(drone AND navy) OR (ship AND NOT title:NASA)'");
    let findings = matcher.scan(None, &titled("drone ship"));
    let texts: Vec<_> = findings.matches[0].evidence.iter().map(|it| it.text.as_str()).collect();
    assert_eq!(texts, ["ship"]);
}

#[test]
fn each_thing_adds_to_the_score_and_again_less() {
    let matcher = watch("terms = [{ term = 'incursion', weight = 2 }, 'ship']\nthreshold = 3");
    score(&matcher, &titled("Incursion"), 3.0);
    score(&matcher, &titled("Ship"), 1.5);
    score(&matcher, &titled("Ship, ship, ship, ship"), 1.5 * 1.375);
    let item = Item { body: "ship, incursion, incursion".into(), ..titled("ship") };
    score(&matcher, &item, 1.5 + 0.25 + 2.0 + 0.5);
    assert_eq!(watches(&matcher, None, &item), ["w"]);
    let near_miss = Item { summary: "incursion".into(), ..Item::default() };
    assert!(watches(&matcher, None, &near_miss).is_empty());
    assert_eq!(judged(&matcher, None, &near_miss).1, ["1 more score"]);
    // What stands in a list and in the query is one thing.
    let matcher = watch("regions = ['East China Sea']\nquery = 'region:\"East China Sea\"'");
    score(&matcher, &titled("East China Sea"), 1.5);
    // One of half the weight needs help.
    let matcher = watch("terms = [{ term = 'ship', weight = 0.5 }, 'navy']");
    check(&matcher, "A ship", false);
    check(&matcher, "A ship of the navy", true);
}

#[test]
fn a_watch_may_be_for_some_languages() {
    let item = |language: Option<&str>| Item {
        title: "Drone".into(),
        language: language.map(str::to_owned),
        ..Item::default()
    };
    let matcher = watch("terms = ['drone']\nlanguages = ['en', 'nb']");
    let matches = |matcher: &Matcher, language| !watches(matcher, None, &item(language)).is_empty();
    assert!(matches(&matcher, Some("en-GB")) && matches(&matcher, Some("nn")));
    assert!(!matches(&matcher, Some("fr")));
    let lacks = judged(&matcher, None, &item(Some("fr-CA"))).1;
    assert_eq!(lacks, ["language one of en, no (it is fr)"]);
    let matcher = watch("query = 'drone AND lang:ja'");
    assert!(matches(&matcher, Some("ja")) && !matches(&matcher, Some("en")));
    let matcher = watch("query = 'drone AND NOT lang:ja'");
    assert!(!matches(&matcher, Some("ja")) && matches(&matcher, Some("en")));

    // No letters, no language: it counts everywhere.
    let unknown = titled("110 + 119");
    for lines in [
        "terms = ['119']\nlanguages = ['en']",
        "query = '119 AND lang:ja'",
        "query = '119 AND NOT lang:ja'",
    ] {
        assert_eq!(watches(&watch(lines), None, &unknown), ["w"], "{lines}");
    }
}

/// Few words leave a doubt: a watch for either language is asked, and none is kept away by `NOT`.
#[test]
fn a_doubt_between_two_languages_silences_no_watch() {
    let doubtful = titled("Gulf of Paria");
    for (line, holds) in [
        ("terms = ['gulf']\nlanguages = ['en']", true),
        ("terms = ['gulf']\nlanguages = ['nl']", true),
        ("terms = ['gulf']\nlanguages = ['fr']", false),
        ("query = 'gulf AND lang:nl'", true),
        ("query = 'gulf AND lang:fr'", false),
        ("query = 'gulf AND NOT lang:en'", true),
        ("query = 'gulf AND NOT lang:fr'", true),
    ] {
        assert_eq!(!watches(&watch(line), None, &doubtful).is_empty(), holds, "{line}");
    }
    let french = watch("terms = ['gulf']\nlanguages = ['fr']");
    assert_eq!(judged(&french, None, &doubtful).1, ["language fr (it is en or nl)"]);
    // Where the feed says it, there is no doubt.
    let told = Item { language: Some("en".into()), ..doubtful };
    assert!(watches(&watch("query = 'gulf AND NOT lang:en'"), None, &told).is_empty());
}

/// `Mali` is “small” in several languages: a headline that may be English keeps its alert.
#[test]
fn a_short_headline_in_english_keeps_its_country() {
    for title in ["Mali and Japan sign a pact", "Mali junta ousts premier", "Talks with Mali"] {
        assert_eq!(watches(&watch("countries = ['Mali']"), None, &titled(title)), ["w"], "{title}");
    }
    assert!(
        watches(&watch("countries = ['Mali']"), None, &titled("Mali sportaši traže dvoranu"))
            .is_empty()
    );
}

#[test]
fn a_query_may_be_for_some_feeds() {
    let matcher = watch("query = 'drone AND feed:(tag:japan OR BBC) AND NOT feed:asahi'");
    let matches = |feed| !watches(&matcher, feed, &titled("drone")).is_empty();
    assert!(matches(Some("nhk-world")) && matches(Some("bbc")) && matches(None));
    assert!(!matches(Some("asahi")) && !matches(Some("another")));
}

#[test]
fn a_city_is_its_country_where_a_watch_says_so() {
    let text = "[[watch]]\nname = 'without'\ncountries = ['Japan']\n\
                [[watch]]\nname = 'with'\ncountries = ['Japan']\ncities = true\n\
                [[watch]]\nname = 'query'\nquery = 'country:JP'\ncities = true\n";
    let matcher = matcher(text);
    let with = watches(&matcher, None, &titled("Factory opens in Osaka"));
    assert_eq!(with, ["with", "query"]);
    assert_eq!(watches(&matcher, None, &titled("Japan")), ["without", "with", "query"]);
}

#[test]
fn what_is_missing_is_told_in_words() {
    #[track_caller]
    fn check(lines: &str, title: &str, expected: &[&str]) {
        assert_eq!(judged(&watch(lines), Some("asahi"), &titled(title)).1, expected, "{title}");
    }
    check("countries = ['Japan']", "Japan", &[]);
    check("countries = ['Japan']", "x", &["a hit in `countries`"]);
    let lists = "regions = ['Sahel']\ncountries = ['Japan']\nterms = ['x']\ntopics = ['sanctions']";
    check(lists, "none", &["a hit in `regions` or `countries` or `topics` or `terms`"]);
    let all = format!("{lists}\nmatch = 'all'");
    check(&all, "Japan x", &["a hit in `regions`", "a hit in `topics`"]);
    check("terms = ['x']\nthreshold = 2.3333", "x", &["0.834 more score"]);
    check("terms = ['x']\nthreshold = 2", "x", &["0.5 more score"]);
    check("terms = ['x']\nfeeds = ['BBC']", "x", &["one of its feeds (it is `asahi`)"]);
    check("terms = ['x']\nlanguages = ['fr']", "The x of the x", &["language fr (it is en)"]);
    check(
        "query = '(a1 OR b1) AND c1 AND NOT title:d1'",
        "c1 d1",
        &["query: a1 OR b1", "query: NOT title:d1"],
    );
    check("query = 'a1 NEAR/2 b1'", "a1 x x b1", &["query: a1 NEAR/2 b1"]);
}

#[test]
fn what_excludes_is_told() {
    let matcher = watch("terms = ['ship']\nexclude = ['cup']");
    let (findings, judgements) = matcher.judge(None, &titled("A ship wins the Cup"));
    assert!(findings.matches.is_empty() && !judgements[0].holds);
    assert_eq!(judgements[0].excluded_by[0].text, "Cup");
    assert_eq!(judgements[0].evidence[0].text, "ship");
    assert_eq!((judgements[0].missing.len(), judgements[0].threshold), (0, 1.0));
}

#[test]
fn what_is_wrong_with_a_query_is_told_at_its_place() {
    let text = "\
[[watch]]
name = 'one'
query = 'region:Sahell OR country:Sahel OR topic:xyzzy'
[[watch]]
name = 'two'
query = \"region:Japan OR title:\\u0041\"
fields = ['summary']
[[watch]]
name = 'three'
query = '''
  drone AND
  feed:Asahy AND lang:jp AND title:x'''
fields = ['body']
languages = ['english', 'en-GB', 'cn', 'ja']
[[watch]]
name = 'four'
query = ''
[[watch]]
name = 'five'
query = \"\"\"drone navy\"\"\"
";
    assert_eq!(
        problems(text),
        [
            "3:10: unknown region `Sahell` | there is a region named `Sahel`",
            "3:27: unknown country `Sahel` | `Sahel` is a region: write `region:`",
            "3:44: unknown topic `xyzzy` | `wirewatch topics` lists them; a `[[topic]]` makes one",
            "6:9: unknown region `Japan` | `Japan` is a country: write `country:`",
            "6:9: the watch does not look at `title` | add `\"title\"` to its `fields`",
            "12:3: unknown feed `Asahy` | there is a feed named `Asahi`",
            "12:18: `jp` is a country, not a language | its language is `ja`",
            "12:30: the watch does not look at `title` | add `\"title\"` to its `fields`",
            "14:14: expected a language such as `en` or `zh`, found `english`",
            "14:25: expected a language such as `en` or `zh`, found `en-GB` | `en` stands for all of its kinds",
            "14:34: `cn` is a country, not a language | its language is `zh`",
            "17:9: the query is empty",
            "20:18: there is no operator before `navy` | write `AND` or `OR` between them, or a phrase: `\"drone navy\"`",
        ]
    );
}

#[test]
fn a_failing_test_of_a_query_says_what_stopped_it() {
    let text = "\
[[watch]]
name = 'drones'
query = 'drone* AND country:Japan'
exclude = ['toy*']
[[watch.test]]
text = 'Chinese drones'
matches = true
[[watch.test]]
text = 'Japanese toy drones'
matches = true
[[watch.test]]
text = 'Japanese drones'
matches = false
";
    assert_eq!(
        problems(text),
        [
            "5:1: watch `drones` does not match this text and should | missing: query: country:Japan; places found in it: CN",
            "8:1: watch `drones` does not match this text and should | excluded by “toy”; places found in it: JP",
            "11:1: watch `drones` matches this text and should not | found: “Japanese” (Japan), “drones” (drone*)",
        ]
    );
}

static ALL_WAYS: LazyLock<Matcher> = LazyLock::new(|| {
    matcher(
        "[[watch]]\nname = 'query'\ncities = true\n\
         query = '(aa* OR title:\"a b\"~2) AND NOT 尖閣 OR b NEAR/3 a OR \"b b a\"~9 OR country:CN'\n\
         [[watch]]\nname = 'lists'\nterms = ['\"尖 a\"~5', 'East China Sea']\nexclude = ['\"b b\"~1']\n\
         [[watch]]\nname = 'arabic'\nquery = '\"روسيا الصين\"~3 OR \"الصين الصين\"~9'\n",
    )
});

/// Text that often holds what is wanted, with what is hard about it.
fn texts() -> impl Strategy<Value = String> {
    let piece = prop::sample::select(vec![
        "a ",
        "b ",
        "aa",
        "尖",
        "閣",
        "East China Sea ",
        "والصين ",
        "روسيا ",
        "للصين",
        "…",
        "\u{301}",
        ".",
        "\n",
        "Osaka ",
        "中国",
        "ǅ",
        "İ",
        "ß",
    ]);
    prop_oneof![any::<String>(), prop::collection::vec(piece, 0..30).prop_map(|it| it.concat())]
}

proptest! {
    #[test]
    fn no_item_makes_it_panic(title in texts(), summary in texts(), body in texts()) {
        let item = Item { title, summary, body, ..Item::default() };
        let findings = ALL_WAYS.scan(None, &item);
        let (judged, judgements) = ALL_WAYS.judge(None, &item);
        prop_assert_eq!(&findings, &judged);
        prop_assert_eq!(judgements.len(), ALL_WAYS.watches().len());
        for found in &findings.matches {
            prop_assert!(!found.evidence.is_empty() && judgements[found.watch].holds);
            for it in &found.evidence {
                let text = match it.field {
                    Field::Title => &item.title,
                    Field::Summary => &item.summary,
                    Field::Body => &item.body,
                };
                prop_assert_eq!(text.get(it.start..it.end), Some(it.text.as_str()));
            }
        }
        for judgement in judgements {
            let stopped = !judgement.missing.is_empty() || !judgement.excluded_by.is_empty();
            prop_assert!(judgement.holds != stopped);
        }
    }
}
