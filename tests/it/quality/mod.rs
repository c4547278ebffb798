//! How well the real binary finds countries and regions in the gold sets of `tests/quality`.
//!
//! ```text
//! gold ─▶ Question ─▶ `wirewatch explain --jsonl` ─▶ Answer ─▶ Verdict ─▶ Tally ─▶ Figure
//! ```
//!
//! [`no_figure_falls`] compares every figure with `tests/quality/recorded.toml`. Two variables
//! change what it does besides:
//! - `UPDATE_QUALITY=1` writes `recorded.toml` and `table.md` anew: read the difference before
//!   committing it.
//! - `QUALITY_ERRORS=english` prints each document that is wrong, for a set, a class, a language,
//!   an id or `all`. With `--no-capture` it is seen where the test passes, too.

mod explain;
mod figures;
mod gold;
mod keywords;
mod markdown;
mod plain;
mod record;
mod score;
mod shares;

use std::collections::{BTreeMap, BTreeSet};
use std::fs;

use self::explain::{Question, Variant};
use self::figures::Answered;
use self::gold::{Document, Level};
use self::keywords::Keywords;
use self::record::Record;

/// Up to so many newly wrong documents are shown.
const SHOWN_MAX: usize = 30;
/// Headlines that peers get wrong and that stand, word for word, in another set than `peers`,
/// where only a variant of them can: no text is in the gold twice.
const PEERS_ELSEWHERE: [&str; 2] = ["amb-chad-place-01", "en-559"];

#[tokio::test]
async fn no_figure_falls() {
    let documents = gold::read();
    let all = answer(&documents).await;
    if let Ok(wanted) = std::env::var("QUALITY_ERRORS") {
        print(&listing(&all, &wanted));
    }
    let figures = figures::figures(&all);
    let now = Record::new(&figures, wrong(&all));
    if std::env::var_os("UPDATE_QUALITY").is_some() {
        return update(&all, &now);
    }
    let path = gold::folder().join("recorded.toml");
    let text = fs::read_to_string(path)
        .expect("tests/quality/recorded.toml is there: UPDATE_QUALITY=1 writes it");
    let recorded: Record = toml::from_str(&text).expect("recorded.toml is as it was written");
    let falls = recorded.falls(&figures);
    assert!(falls.is_empty(), "{}", report(&falls, &recorded.newly_wrong(&now), &all));
}

/// The rows of the table of headlines on which the best open matcher was seen to fail.
#[tokio::test]
async fn headlines_that_peers_get_wrong_are_right() {
    let mut documents = gold::read();
    documents.retain(|it| it.set == "peers" || PEERS_ELSEWHERE.contains(&it.id.as_str()));
    let questions: Vec<Question<'_>> =
        documents.iter().map(|document| Question { document, variant: Variant::Written }).collect();
    let answers = explain::ask(&questions).await;
    let faults: String = questions
        .into_iter()
        .zip(answers)
        .filter_map(|(question, wirewatch)| {
            let (substrings, words) = Default::default();
            fault(&Answered { question, wirewatch, substrings, words })
        })
        .collect();
    assert!(faults.is_empty(), "\n{faults}");
}

/// Asks wirewatch and both keyword lists everything.
async fn answer(documents: &[Document]) -> Vec<Answered<'_>> {
    let put = |document| {
        let variants = figures::variants(document);
        variants.into_iter().map(move |variant| Question { document, variant })
    };
    let questions: Vec<Question<'_>> = documents.iter().flat_map(put).collect();
    let answers = explain::ask(&questions).await;
    let keywords = Keywords::read();
    let mut all = Vec::new();
    for (question, wirewatch) in questions.into_iter().zip(answers) {
        let (substrings, words) = (keywords.substrings(&question), keywords.words(&question));
        all.push(Answered { question, wirewatch, substrings, words });
    }
    all
}

/// The ids of what is not right to the last name and not held out, by level and variant.
fn wrong(all: &[Answered<'_>]) -> BTreeMap<String, BTreeSet<String>> {
    let mut wrong: BTreeMap<String, BTreeSet<String>> = BTreeMap::new();
    for answered in all.iter().filter(|it| !it.question.document.is_held_out()) {
        for level in Level::ALL.into_iter().filter(|it| !answered.judged(*it).exact()) {
            let ids = wrong.entry(kind(answered, level)).or_default();
            ids.insert(answered.question.document.id.clone());
        }
    }
    wrong
}

/// What is wrong in a document, as `recorded.toml` has it.
fn kind(answered: &Answered<'_>, level: Level) -> String {
    format!("{}{}", level.title(), answered.question.variant.suffix())
}

fn update(all: &[Answered<'_>], now: &Record) {
    let page = markdown::page(&figures::tables(all), &shares::shares(all));
    for (file, text) in [("recorded.toml", now.to_toml()), ("table.md", page)] {
        fs::write(gold::folder().join(file), text).expect("a folder of ours");
    }
}

/// What became worse, and the documents behind it if they are few.
fn report(falls: &[String], newly: &[(&str, &str)], all: &[Answered<'_>]) -> String {
    let mut report = format!("{} figures are worse than recorded:\n", falls.len());
    report.extend(falls.iter().map(|fall| format!("  {fall}\n")));
    report += &format!("{} times a document that was right is wrong", newly.len());
    if newly.len() > SHOWN_MAX {
        return report + "; QUALITY_ERRORS=all prints what is";
    }
    report += ":\n";
    let is_new = |it: &&Answered<'_>| {
        let id = it.question.document.id.as_str();
        Level::ALL.into_iter().any(|level| newly.contains(&(kind(it, level).as_str(), id)))
    };
    report.extend(all.iter().filter(is_new).filter_map(fault));
    report + "if this is meant, UPDATE_QUALITY=1 records it"
}

/// Every wrong document of a set, a class, a language or an id, as it stands and without case;
/// none that is held out.
fn listing(all: &[Answered<'_>], wanted: &str) -> String {
    let is_wanted = |it: &&Answered<'_>| {
        let document = it.question.document;
        if document.is_held_out() {
            return false;
        }
        let names = [document.set, &document.class, &document.lang, &document.id, "all"];
        names.iter().any(|name| wanted == format!("{name}{}", it.question.variant.suffix()))
    };
    let wanted_ones: Vec<&Answered<'_>> = all.iter().filter(is_wanted).collect();
    let faults: Vec<String> = wanted_ones.iter().filter_map(|it| fault(it)).collect();
    let count = format!("{wanted}: {} of {} documents wrong\n", faults.len(), wanted_ones.len());
    faults.concat() + &count
}

/// The document, and what is missing and extra in the answer; `None` where it is right.
fn fault(answered: &Answered<'_>) -> Option<String> {
    let Question { document, variant } = answered.question;
    let lines: String = Level::ALL
        .into_iter()
        .filter_map(|level| {
            let verdict = answered.judged(level);
            let said = |what: &str, names: &[String]| {
                if names.is_empty() {
                    String::new()
                } else {
                    format!("; {what} {}", names.join(" "))
                }
            };
            let (missing, extra) =
                (said("missing", &verdict.missing), said("extra", &verdict.extra));
            let line = format!("  {}{missing}{extra}\n", level.title());
            (!verdict.exact()).then_some(line)
        })
        .collect();
    let Document { id, lang, set, class, .. } = document;
    let texts = [answered.question.title(), answered.question.text()];
    let texts: String =
        texts.iter().filter(|it| !it.is_empty()).map(|it| format!("  {it}\n")).collect();
    (!lines.is_empty())
        .then(|| format!("{id} [{lang}] {set}/{class}{}\n{texts}{lines}", variant.suffix()))
}

#[expect(clippy::print_stdout, reason = "the list is for people")]
fn print(text: &str) {
    println!("{text}");
}
