//! No country is lost in a plain headline.
//!
//! The rows of `ambiguous.tsv` keep dishes, players and towns from being taken for countries. Each
//! was written after a false alert; what it costs is seen here: every country, in sentences in
//! which no reader would doubt it.

use std::fs;
use std::path::Path;

use super::explain::{self, Question, Variant};
use super::gold::Document;

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
/// Most of the world's `Jersey` is a shirt or the state, and most of its `Saint Martin` a church:
/// the item must say more.
const NEEDS_MORE: [&str; 2] = ["JE", "MF"];
/// People, and a prefix: none stands before `president`.
const NO_ADJECTIVES: [&str; 6] = ["Dane", "Finn", "Pole", "Swede", "Irishman", "Russo-"];
/// `African leaders` are all of Africa's.
const OF_MORE: &str = "Japanese and Central African leaders meet";

/// The code of the country and the headlines that are about it.
fn headlines() -> Vec<(String, String)> {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("src/gazetteer/data/countries.tsv");
    let table = fs::read_to_string(path).expect("the table of countries is there");
    let mut headlines = Vec::new();
    for row in table.lines().skip(1) {
        let cells: Vec<&str> = row.split('\t').collect();
        let [code, name, adjectives] = [0, 2, 4].map(|cell| cells.get(cell).copied().unwrap_or(""));
        if NEEDS_MORE.contains(&code) {
            continue;
        }
        let is_plural = |it: &str| it.ends_with('s') && !it.ends_with("ss");
        let adjectives = adjectives
            .split('|')
            .filter(|it| !it.is_empty() && !is_plural(it) && !NO_ADJECTIVES.contains(it));
        headlines.extend(OF_A_NAME.map(|it| (code.to_owned(), it.replace("{}", name))));
        for adjective in adjectives {
            let told = OF_AN_ADJECTIVE.map(|it| it.replace("{}", adjective));
            headlines.extend(
                told.into_iter().filter(|it| it != OF_MORE).map(|it| (code.to_owned(), it)),
            );
        }
    }
    headlines
}

#[tokio::test]
async fn no_country_is_lost_in_a_plain_headline() {
    let headlines = headlines();
    assert!(headlines.len() > 4_000, "{} headlines", headlines.len());
    let documents: Vec<Document> = headlines
        .iter()
        .enumerate()
        .map(|(index, (_, title))| Document {
            id: format!("plain-{index}"),
            lang: "en".to_owned(),
            title: title.clone(),
            ..Document::default()
        })
        .collect();
    let questions: Vec<Question<'_>> =
        documents.iter().map(|document| Question { document, variant: Variant::Told }).collect();
    let answers = explain::ask(&questions).await;
    let lost: Vec<String> = headlines
        .iter()
        .zip(answers)
        .filter(|((code, _), answer)| !answer.countries.contains(code))
        .map(|((code, title), _)| format!("{code}: {title}"))
        .collect();
    assert!(lost.is_empty(), "{} lost:\n{}", lost.len(), lost.join("\n"));
}
