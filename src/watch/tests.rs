//! Watchlists as operators write them, and what they make of items.

mod language;

use std::sync::{Arc, LazyLock};

use serde::de::DeserializeOwned;
use toml::de::{DeTable, DeValue, ValueDeserializer};

use super::*;
use crate::feed::Item;
use crate::problem::{InFile, Problem, SourceFile};

/// Compiles the elements in `text` beside three feeds and two notifiers.
fn compiled(text: &str) -> Result<Matcher, Vec<Problem>> {
    fn elements<T: DeserializeOwned>(file: &Arc<SourceFile>, name: &str) -> Vec<InFile<T>> {
        let mut table = DeTable::parse(&file.text).expect("TOML").into_inner();
        let Some(elements) = table.remove(name) else { return Vec::new() };
        let DeValue::Array(elements) = elements.into_inner() else { panic!("a list") };
        let element = |element: toml::Spanned<DeValue<'_>>| InFile {
            file: Arc::clone(file),
            span: element.span(),
            removed: Vec::new(),
            value: T::deserialize(ValueDeserializer::from(element)).expect("the shape"),
        };
        elements.into_iter().map(element).collect()
    }
    let file = Arc::new(SourceFile { name: "w.toml".into(), text: text.into() });
    let feed = |id: &str, name: &str, tags: &[&str]| {
        (id.to_owned(), name.to_owned(), tags.iter().map(ToString::to_string).collect())
    };
    compile(&Sources {
        watches: &elements(&file, "watch"),
        topics: &elements(&file, "topic"),
        regions: &elements(&file, "region"),
        feeds: &[
            feed("nhk-world", "NHK World", &["japan"]),
            feed("asahi", "Asahi", &["japan"]),
            feed("bbc", "BBC", &["uk"]),
        ],
        notifiers: &["desk".to_owned(), "soc".to_owned()],
    })
}

#[track_caller]
fn matcher(text: &str) -> Matcher {
    compiled(text).unwrap_or_else(|problems| panic!("{problems:?}"))
}

fn titled(title: &str) -> Item {
    Item { title: title.into(), ..Item::default() }
}

/// Countries and regions of an item: `CN JP east-china-sea`.
fn places(item: &Item) -> String {
    static MATCHER: LazyLock<Matcher> =
        LazyLock::new(|| matcher("[[watch]]\nname = 'x'\nterms = ['x']"));
    let findings = MATCHER.scan(None, item);
    let countries = findings.countries.iter().map(|country| country.0.as_str());
    let regions = findings.regions.iter().map(|region| region.0.as_str());
    countries.chain(regions).collect::<Vec<_>>().join(" ")
}

#[test]
fn places_are_found_by_any_name_and_only_where_they_are_meant() {
    #[track_caller]
    fn check(title: &str, expected: &str) {
        assert_eq!(places(&titled(title)), expected, "{title}");
    }
    check("Japan, US and S Korea sign pact", "JP KR US");
    check("U.S. and UAE officials meet", "AE US");
    check("Tokyo protests to Beijing over ships", "CN JP");
    check("Ships in the East and South China seas", "east-china-sea south-china-sea");
    check("South China Sea ruling", "south-china-sea");
    check("North and South Korea talk", "KP KR korean-peninsula");
    check("Fighting in eastern Ukraine", "UA");
    check("泰柬边境恢复平静", "KH TH thai-cambodian-border");
    check("中印国境で衝突", "CN IN line-of-actual-control");
    check("露宇首脳が会談", "RU UA");
    check("宇宙の本を暴露宇宙人が書く", "");
    check("کنگره آمریکا بودجه را تصویب کرد", "US");
    check("Iran ancam tutup Selat Hormuz usai sanksi Amerika", "IR US strait-of-hormuz");
    check("Fighting in Iraqi Kurdistan", "IQ iraqi-kurdistan");
    check("Clashes in Central Darfur and Kirkuk Governorate", "darfur iraqi-kurdistan");
    check("Fire in Provence-Alpes-Côte d’Azur", "");
    check("Tanker hit in the southern Red Sea", "red-sea");
    check("TAIWAN STRAIT TRANSIT", "taiwan-strait");
    check("Patrol near Senkaku/Diaoyu Islands", "senkaku-islands");
    check("尖閣諸島沖に中国海警船", "CN senkaku-islands");
    check("동중국해에서 훈련", "east-china-sea");
    check("日本海上保安庁の船", "JP");
    check("菲律宾海军的船", "PH");
    check("米国と北京、日本海で", "CN US sea-of-japan");
    check("Ukraine’s army", "UA");
    check("زلزله در تركيه", "TR");
    check("مظاهرات في ايطاليا وسوريه", "IT SY");
    check("هجوم على سفينة في البحر الأحمر", "red-sea");
    check("Sino-Japanese ties", "CN JP");
    check("New Mexico and New England", "");
    check("Michael Jordan eats turkey with us", "");
    check("Indiana woman wins", "");
    check("Chad Smith on drums", "");
    check("The polish of a swedish table", "");
    check("Guinea pigs in Papua New Guinea", "PG");
    check("", "");
}

#[test]
fn what_is_also_a_person_a_town_or_a_word_is_told_by_its_neighbours() {
    #[track_caller]
    fn check(title: &str, expected: &str) {
        assert_eq!(places(&titled(title)), expected, "{title}");
    }
    check("A dog named Scotland wins the race", "");
    check("First woman named Kenya army chief", "KE");
    check("Two sons survive: Jordan, 34, and Bill", "");
    check("Blast in Jordan, 34 killed, police say", "JO");
    check("The sheriff of Cuba, N.Y., retires", "");
    check("Talks in Cuba, no deal in sight", "CU");
    check("English councils raise taxes", "GB");
    check("She learned English at the school", "");
    // A country in German and Danish, and a word in English.
    check("Island hopping by kayak is fun for the family", "");
    check("Vulkan in Island ist wieder ausgebrochen", "IS");
    check("В Того прошли выборы", "TG");
    check("Того требует закон", "");
    check("北朝鮮の船", "KP");
    check("朝鲜族民俗村迎来游客", "");
    check("북미 정상회담 재개", "KP US");
    check("북미 시장 진출", "north-america");
    // A capital that has rules of its own is no name of its country.
    let named = |title| Matcher::without_watches().scan(None, &titled(title)).countries_named;
    assert!(named("واشنطن تتحدث عن استفزاز").is_empty());
    assert!(named("ワシントンで会談").is_empty());
    check("واشنطن تتحدث عن استفزاز", "US");
}

#[test]
fn the_language_of_an_item_decides_over_latin_names() {
    let item = |language: Option<&str>| Item {
        title: "Buques en el mar de China Oriental".into(),
        language: language.map(str::to_owned),
        ..Item::default()
    };
    assert_eq!(places(&item(Some("es"))), "east-china-sea");
    assert_eq!(places(&item(None)), "east-china-sea");
    assert_eq!(places(&item(Some("en-GB"))), "");
}

/// The ids of the watches that match.
fn watches(matcher: &Matcher, feed: Option<&str>, item: &Item) -> Vec<String> {
    let findings = matcher.scan(feed.map(|id| FeedId(id.into())).as_ref(), item);
    findings.matches.iter().map(|found| matcher.watches()[found.watch].id.clone()).collect()
}

#[test]
fn a_watch_hears_of_regions_their_parts_and_all_else_it_lists() {
    let matcher = matcher(
        "[[topic]]\nname = 'Undersea Cable'\nterms = ['undersea cable*', '海底ケーブル']\n\
         [[watch]]\nname = 'sea'\nregions = ['East China Sea']\n\
         [[watch]]\nname = 'part'\nregions = ['senkaku-islands']\n\
         [[watch]]\nname = 'country'\ncountries = ['JPN', '中国']\n\
         [[watch]]\nname = 'topic'\ntopics = ['undersea-cable']\n\
         [[watch]]\nname = 'terms'\nterms = ['Freedom Edge', 'drone*', 'AI']\n",
    );
    let check = |title: &str, expected: &[&str]| {
        assert_eq!(watches(&matcher, None, &titled(title)), expected, "{title}");
    };
    check("Ships in the East China Sea", &["sea"]);
    check("Ships near the Diaoyu Islands", &["sea", "part"]);
    check("Ships in the South China Sea", &[]);
    check("Beijing said", &["country"]);
    check("Undersea cables cut", &["topic"]);
    check("海底ケーブルが切断", &["topic"]);
    check("Undersea-cable repair ship", &["topic"]);
    check("FREEDOM EDGE begins; drones seen", &["terms"]);
    check("The train to Maine", &[]);
}

#[test]
fn all_means_a_hit_in_each_list() {
    let matcher = matcher(
        "[[watch]]\nname = 'both'\nmatch = 'all'\ncountries = ['Japan', 'China']\nterms = ['ship*', 'vessel*']\n",
    );
    let matches = |title: &str| !watches(&matcher, None, &titled(title)).is_empty();
    assert!(matches("Chinese vessels seen"));
    assert!(!matches("Chinese trains seen") && !matches("Danish ships seen"));
}

#[test]
fn an_excluded_word_anywhere_silences_the_watch() {
    let matcher = matcher(
        "[[watch]]\nname = 'japan'\ncountries = ['Japan']\nexclude = ['World Cup', 'footbal*']\nfields = ['title']\n",
    );
    let item = |summary: &str| Item { summary: summary.into(), ..titled("Japan wins") };
    assert_eq!(watches(&matcher, None, &item("a prize")), ["japan"]);
    assert!(watches(&matcher, None, &item("the WORLD CUP")).is_empty());
    assert!(watches(&matcher, None, &item("a footballer")).is_empty());
}

#[test]
fn only_the_fields_and_feeds_that_a_watch_names_count() {
    let matcher = matcher(
        "[[watch]]\nname = 'title'\ncountries = ['Japan']\nfields = ['title']\n\
         [[watch]]\nname = 'tag'\ncountries = ['Japan']\nfeeds = ['tag:japan']\n\
         [[watch]]\nname = 'feed'\ncountries = ['Japan']\nfeeds = ['BBC', 'asahi']\n",
    );
    let body = Item { body: "Japan".into(), ..Item::default() };
    assert_eq!(watches(&matcher, None, &body), ["tag", "feed"]);
    assert_eq!(watches(&matcher, Some("nhk-world"), &titled("Japan")), ["title", "tag"]);
    assert_eq!(watches(&matcher, Some("bbc"), &titled("Japan")), ["title", "feed"]);
    assert_eq!(watches(&matcher, Some("asahi"), &titled("Japan")), ["title", "tag", "feed"]);
}

#[test]
fn evidence_says_what_where_and_how_much() {
    use EvidenceKind::{Region, Term};
    use Field::{Body, Summary, Title};
    let matcher =
        matcher("[[watch]]\nname = 'sea'\nregions = ['East China Sea']\nterms = ['ship*']\n");
    let item = Item {
        summary:
            "Assertive in the East and South China seas, ships from China near the Diaoyu Islands."
                .into(),
        body: "The East China Sea. Again: the East China Sea.".into(),
        ..titled("Ministers watch Ships")
    };
    let findings = matcher.scan(None, &item);
    let [found] = findings.matches.as_slice() else { panic!("{findings:?}") };
    let shown: Vec<_> = found
        .evidence
        .iter()
        .map(|it| {
            (it.kind, it.id.as_str(), it.field, it.text.as_str(), it.start, it.end, it.weight)
        })
        .collect();
    assert_eq!(
        shown,
        [
            (Term, "ship*", Title, "Ships", 16, 21, 1.5),
            (Region, "east-china-sea", Summary, "East and South China seas", 17, 42, 1.0),
            (Term, "ship*", Summary, "ships", 44, 49, 1.0),
            (Region, "east-china-sea", Summary, "Diaoyu Islands", 70, 84, 1.0),
            (Region, "east-china-sea", Body, "East China Sea", 4, 18, 1.0),
        ]
    );
    // The ships 1.5 and a quarter, the sea 1, a quarter and an eighth.
    assert!((found.score - 3.125).abs() < f64::EPSILON, "{}", found.score);
    assert_eq!(&item.summary[17..42], "East and South China seas");
    assert_eq!(
        found.evidence[1].snippet,
        "Assertive in the East and South China seas, ships from China near the Diaoyu Islands."
    );
}

#[test]
fn an_operators_region_is_a_part_like_any_other_or_adds_to_one_that_is_known() {
    let matcher = matcher(
        "[[region]]\nname = 'Miyako Strait'\naliases = ['Miyako gap']\nwithin = ['East China Sea']\ncountries = ['JP']\n\
         [[region]]\nname = 'Ikema Bank'\nwithin = ['Miyako Strait']\n\
         [[watch]]\nname = 'sea'\nregions = ['East China Sea']\n\
         [[watch]]\nname = 'strait'\nregions = ['miyako-strait']\n",
    );
    assert_eq!(watches(&matcher, None, &titled("空母が宮古海峡を通過")), ["sea", "strait"]);
    assert_eq!(watches(&matcher, None, &titled("Through the Miyako gap")), ["sea", "strait"]);
    assert_eq!(watches(&matcher, None, &titled("Off Ikema Bank")), ["sea", "strait"]);
}

/// The problems, a line each: `line:column: message | hint`.
fn problems(text: &str) -> Vec<String> {
    let mut found = compiled(text).err().unwrap_or_default();
    Problem::sort(&mut found);
    let line = |problem: &Problem| {
        let (line, column) = problem.line_and_column().expect("a place");
        let shown = problem.to_string();
        let hint =
            shown.split_once("\n  hint: ").map_or(String::new(), |(_, hint)| format!(" | {hint}"));
        format!("{line}:{column}: {}{hint}", problem.message())
    };
    found.iter().map(line).collect()
}

#[test]
fn all_that_is_wrong_with_watches_is_told() {
    let text = "\
[[topic]]
name = 'cables'
terms = ['cable']
[[topic]]
name = 'Cables'
[[region]]
name = 'Ikema'
[[region]]
name = 'ikema'
within = ['East Chinna Sea']
countries = ['Japn']
[[watch]]
name = 'one'
regions = ['Sahell', 'Japan']
countries = ['Maly', 'Sahel']
topics = ['cabels', 'xyzzy']
feeds = ['NHK Word', 'tag:jpan']
notify = ['desc', 'xyzzy']
[[watch]]
name = 'One'
[[watch]]
countries = ['Xyzzy']
[[watch]]
name = '!'
id = 'x'
terms = ['x']
[[watch]]
name = 'two'
id = 'a b'
terms = ['x']
";
    assert_eq!(
        problems(text),
        [
            "5:8: there is another topic named `Cables`",
            "9:8: there is another region named `ikema`",
            "10:11: unknown region `East Chinna Sea` | there is a region named `East China Sea`",
            "11:14: unknown country `Japn` | there is a country named `Japan` (JP)",
            "14:12: unknown region `Sahell` | there is a region named `Sahel`",
            "14:22: unknown region `Japan` | `Japan` is a country: it belongs in `countries`",
            "15:14: unknown country `Maly` | there is a country named `Mali` (ML)",
            "15:22: unknown country `Sahel` | `Sahel` is a region: it belongs in `regions`",
            "16:11: unknown topic `cabels` | there is a topic named `cables`",
            "16:21: unknown topic `xyzzy` | `wirewatch topics` lists them; a `[[topic]]` makes one",
            "17:10: unknown feed `NHK Word` | there is a feed named `NHK World`",
            "17:22: no feed has the tag `jpan` | there is a tag `japan`",
            "18:11: unknown notifier `desc` | there is a notifier named `desk`",
            "18:19: unknown notifier `xyzzy` | the notifiers are: `desk`, `soc`",
            "19:1: a watch that watches for nothing | give it `regions`, `countries`, `topics`, `terms` or a `query`",
            "20:8: there is another watch with the id `one` | the id is a slug of the name; `id` sets another",
            "21:1: missing `name`",
            "22:14: unknown country `Xyzzy`",
            "24:8: `name` has no letter or digit",
            "29:6: `id` is made of letters, digits and hyphens",
        ]
    );
}

#[test]
fn a_failing_watch_test_says_what_was_found() {
    let text = "\
[[watch]]
name = 'sea'
regions = ['East China Sea']
[[watch.test]]
text = 'Ships in the East China Sea'
matches = true
[[watch.test]]
text = 'Ships near Diaoyu'
matches = false
[[watch.test]]
text = 'Japan and the South China Sea'
matches = true
[[watch.test]]
text = 'Nothing'
matches = true
[[watch.test]]
matches = true
";
    assert_eq!(
        problems(text),
        [
            "7:1: watch `sea` matches this text and should not | found: “Diaoyu” (East China Sea)",
            "10:1: watch `sea` does not match this text and should | missing: a hit in `regions`; places found in it: JP, south-china-sea",
            "13:1: watch `sea` does not match this text and should | missing: a hit in `regions`; places found in it: none",
            "16:1: a `[[watch.test]]` needs `text` and `matches`",
        ]
    );
}

/// A scan looks at few watches; what it comes to is what looking at each of them does.
#[test]
fn no_watch_is_passed_over() {
    let matcher = matcher(
        "[[watch]]\nname = 'any'\nregions = ['East China Sea']\nterms = ['tariff*']\n\
         [[watch]]\nname = 'all'\nmatch = 'all'\ncountries = ['JP', 'FR']\nterms = ['navy', 'tariff*']\n\
         [[watch]]\nname = 'places'\nmatch = 'all'\ncountries = ['JP']\nregions = ['East China Sea']\n\
         [[watch]]\nname = 'topic'\nmatch = 'all'\ncountries = ['JP']\ntopics = ['military-exercise']\n\
         [[watch]]\nname = 'cities'\ncountries = ['JP']\nmatch = 'all'\ncities = true\nterms = ['port']\n\
         [[watch]]\nname = 'words'\nterms = ['\"ships patrol\"~4']\nexclude = ['tariff*']\n\
         [[watch]]\nname = 'both'\nterms = ['navy', 'ships']\nquery = 'country:JP AND NOT tariff*'\n\
         [[watch]]\nname = 'query'\nquery = 'lang:en AND (region:\"East China Sea\" OR \"navy patrol\"~9)'\n\
         [[watch]]\nname = 'near'\nquery = 'country:JP AND ships NEAR/5 port'\n\
         [[watch]]\nname = 'not'\nquery = 'NOT (NOT navy OR NOT country:JP)'\n\
         [[watch]]\nname = 'title'\nfields = ['title']\nthreshold = 3\nterms = ['navy']\ncountries = ['JP']\n",
    );
    let mut matched = BTreeSet::new();
    for (title, body) in [
        ("Tariffs on French cheese", "The ministers of France said no."),
        ("Japan navy ships patrol the East China Sea", "A naval exercise with ships at a port."),
        ("Ships on patrol near the Diaoyu Islands", "The navy is Japanese, the port is not."),
        ("A port at Osaka", "Ships call at the port. Tariffs rise in Japan."),
        ("Navy bands play", "A patrol of ships was seen by nobody."),
        ("Nothing", ""),
    ] {
        let item = Item { body: body.into(), ..titled(title) };
        let (judged, _) = matcher.judge(None, &item);
        assert_eq!(matcher.scan(None, &item), judged, "{title}");
        matched.extend(judged.matches.iter().map(|it| matcher.watches()[it.watch].id.clone()));
    }
    assert_eq!(matched.len(), matcher.watches().len(), "{matched:?}");
}
