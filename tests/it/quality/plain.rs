//! No country, capital or region is lost in a plain headline.
//!
//! The rows of `ambiguous.tsv` keep dishes, players and towns from being taken for countries. Each
//! was written after a false alert; what it costs is seen here: every country, capital and region, in
//! sentences in which no reader would doubt it; and in `tests/quality/cases.tsv` names of one word
//! and of several in the cases of 29 languages.

use std::fs;
use std::path::Path;

use super::explain::{self, Question, Variant};
use super::gold::{Document, Level};

const OF_A_NAME: [&str; 11] = [
    "Explosion near {} kills three",
    "{} calls for a ceasefire",
    "President of {} resigns after protests",
    "{} and Japan sign a pact",
    "Talks between Japan and {} collapse",
    "The {} government falls",
    "Attack at {} airport",
    "{} police arrest five suspects",
    "{} army shells border village",
    "Talks with {} on a trade deal",
    "Ship from {} seized at sea",
];
const OF_AN_ADJECTIVE: [&str; 8] = [
    "The {} president visits Tokyo",
    "Two {} soldiers killed in ambush",
    "Japanese and {} leaders meet",
    "A {} ship was seized in the gulf",
    "{} police arrest five",
    "Ships enter {} waters",
    "Official at the {} mission wounded",
    "{} farmers block the road",
];
const OF_A_CAPITAL: [&str; 6] = [
    "Explosion near {} kills three",
    "President visits {} after protests",
    "{} and Tokyo sign a pact",
    "Thousands march in the streets of {}",
    "Drone attack at {} airport",
    "Flights from {} halted",
];
const OF_A_REGION: [&str; 4] =
    ["Ships collide in {}", "Tension rises near {}", "Troops move into {}", "Storm hits {} coast"];
/// `The government of … resigns after protests`.
const IN_OTHER_LANGUAGES: [(&str, &str); 26] = [
    ("de", "{}: Regierung tritt nach Protesten zurück"),
    ("fr", "{} : le gouvernement démissionne après les manifestations"),
    ("es", "{}: el gobierno dimite tras las protestas"),
    ("it", "{}: il governo si dimette dopo le proteste"),
    ("pt", "{}: governo renuncia após protestos"),
    ("nl", "{}: regering treedt af na protesten"),
    ("pl", "{}: rząd podaje się do dymisji po protestach"),
    ("ru", "{}: правительство ушло в отставку после протестов"),
    ("uk", "{}: уряд пішов у відставку після протестів"),
    ("tr", "{}: hükümet protestoların ardından istifa etti"),
    ("ar", "{}: الحكومة تستقيل بعد الاحتجاجات"),
    ("fa", "{}: دولت پس از اعتراضات استعفا داد"),
    ("zh", "{}政府在抗议后辞职"),
    ("ja", "{}政府、抗議を受け総辞職"),
    ("ko", "{} 정부, 시위 끝에 총사퇴"),
    ("vi", "{}: chính phủ từ chức sau biểu tình"),
    ("id", "{}: pemerintah mundur setelah protes"),
    ("cs", "{}: vláda po protestech odstoupila"),
    ("sv", "{}: regeringen avgår efter protester"),
    ("el", "{}: η κυβέρνηση παραιτείται μετά τις διαδηλώσεις"),
    ("ro", "{}: guvernul demisionează după proteste"),
    ("hu", "{}: lemondott a kormány a tüntetések után"),
    ("fi", "{}: hallitus eroaa mielenosoitusten jälkeen"),
    ("he", "{}: הממשלה מתפטרת לאחר המחאות"),
    ("hi", "{}: विरोध के बाद सरकार ने इस्तीफा दिया"),
    ("sr", "{}: влада поднела оставку после протеста"),
];
/// Names that mean more elsewhere: a saint, a meeting, Granada, the Dominican Republic, a shirt.
const OF_MORE_ELSEWHERE: [&str; 7] =
    ["도미니카", "Grenade", "ジャージー", "저지", "Reunião", "Santa Elena", "Santa Helena"];
/// Most of the world's `Jersey` is a shirt or the state, most of its `Saint Martin` a church, its
/// `Alba` an actress, and its `West` a direction: the item must say more.
const NEEDS_MORE: [&str; 4] = ["JE", "MF", "alba", "the-west"];
/// People, and a prefix: none stands before `president`.
const NO_ADJECTIVES: [&str; 6] = ["Dane", "Finn", "Pole", "Swede", "Irishman", "Russo-"];
/// `African leaders` are all of Africa's.
const OF_MORE: &str = "Japanese and Central African leaders meet";

/// A sentence and what it is about: a country's code or a region's id.
struct Headline {
    about: String,
    language: String,
    level: Level,
    title: String,
}

/// Rows of a table of the gazetteer, or of `tests/quality`, with the cells of `columns`.
fn rows<const N: usize>(table: &str, columns: [&str; N]) -> Vec<[String; N]> {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let folders = ["src/gazetteer/data", "tests/quality"];
    let table = folders.iter().find_map(|it| fs::read_to_string(root.join(it).join(table)).ok());
    let table = table.expect("a table");
    let mut lines = table.lines().map(|line| line.split('\t').collect::<Vec<_>>());
    let head = lines.next().expect("a head");
    let at = columns.map(|it| head.iter().position(|column| *column == it).expect("a column"));
    let cell = |row: &[&str], at: usize| row.get(at).copied().unwrap_or("").to_owned();
    lines.map(|row| at.map(|at| cell(&row, at))).collect()
}

fn headlines() -> Vec<Headline> {
    let mut headlines = Vec::new();
    let mut put = |about: &str, level: Level, language: &str, name: &str, patterns: &[&str]| {
        for title in patterns.iter().map(|it| it.replace("{}", name)) {
            if !NEEDS_MORE.contains(&about) && title != OF_MORE {
                let (about, language) = (about.to_owned(), language.to_owned());
                headlines.push(Headline { about, language, level, title });
            }
        }
    };
    let columns = ["alpha2", "name", "adjectives", "metonyms"];
    for [code, name, adjectives, capitals] in rows("countries.tsv", columns) {
        put(&code, Level::Named, "en", &name, &OF_A_NAME);
        let is_plural = |it: &str| it.ends_with('s') && !it.ends_with("ss");
        let is_wanted = |it: &&str| !is_plural(it) && !NO_ADJECTIVES.contains(it);
        for adjective in adjectives.split('|').filter(|it| !it.is_empty()).filter(is_wanted) {
            put(&code, Level::Named, "en", adjective, &OF_AN_ADJECTIVE);
        }
        if let Some(capital) = capitals.split('|').next().filter(|it| !it.is_empty()) {
            put(&code, Level::Any, "en", capital, &OF_A_CAPITAL);
        }
    }
    // A name with a bracket is for lists: nobody writes it in a sentence.
    for [id, name] in rows("regions.tsv", ["id", "name_en"]) {
        if !name.contains('(') {
            put(&id, Level::Regions, "en", &name, &OF_A_REGION);
        }
    }
    for [code, language, names] in rows("country_names.tsv", ["alpha2", "language", "names"]) {
        let pattern = IN_OTHER_LANGUAGES.iter().find(|(of, _)| *of == language);
        let name = names.split('|').next().filter(|it| !OF_MORE_ELSEWHERE.contains(it));
        if let (Some((_, pattern)), Some(name)) = (pattern, name) {
            put(&code, Level::Named, &language, name, &[*pattern]);
        }
    }
    for [language, code, phrase] in rows("cases.tsv", ["language", "country", "phrase"]) {
        put(&code, Level::Named, &language, &phrase, &["{}"]);
    }
    headlines
}

#[tokio::test]
async fn nothing_is_lost_in_a_plain_headline() {
    let headlines = headlines();
    assert!(headlines.len() > 12_000, "{} headlines", headlines.len());
    let documents: Vec<Document> = headlines
        .iter()
        .enumerate()
        .map(|(index, headline)| Document {
            id: format!("plain-{index}"),
            lang: headline.language.clone(),
            title: headline.title.clone(),
            ..Document::default()
        })
        .collect();
    let questions: Vec<Question<'_>> =
        documents.iter().map(|document| Question { document, variant: Variant::Told }).collect();
    let answers = explain::ask(&questions).await;
    let lost: Vec<String> = headlines
        .iter()
        .zip(answers)
        .filter(|(headline, answer)| !answer.said(headline.level).contains(&headline.about))
        .map(|(headline, _)| format!("{}: {}", headline.about, headline.title))
        .collect();
    assert!(lost.is_empty(), "{} lost:\n{}", lost.len(), lost.join("\n"));
}
