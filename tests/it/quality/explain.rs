//! Asks the real binary: every question in one run of `wirewatch explain --jsonl`.

use std::time::Duration;

use serde::Deserialize;
use serde_json::json;

use super::gold::{Document, Level, Names};
use crate::support::process::{Ended, Process};

/// The longest that all questions may take: a debug build, on a busy machine.
const EXPLAINED_WITHIN: Duration = Duration::from_secs(180);

/// How a document is put.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Variant {
    /// As it stands, and without a word of its language.
    Written,
    /// As it stands, and its language said, as some feeds do.
    Told,
    Lower,
    Upper,
}

impl Variant {
    /// What a name of a figure, and `QUALITY_ERRORS`, says of it.
    pub(super) fn suffix(self) -> &'static str {
        match self {
            Self::Written => "",
            Self::Told => ", language told",
            Self::Lower => ", lower-cased",
            Self::Upper => ", upper-cased",
        }
    }

    fn put(self, text: &str) -> String {
        match self {
            Self::Written | Self::Told => text.to_owned(),
            Self::Lower => text.to_lowercase(),
            Self::Upper => text.to_uppercase(),
        }
    }
}

/// One document, put in one way.
#[derive(Clone, Copy, Debug)]
pub(super) struct Question<'a> {
    pub(super) document: &'a Document,
    pub(super) variant: Variant,
}

impl Question<'_> {
    fn id(&self) -> String {
        format!("{}{}", self.document.id, self.variant.suffix())
    }

    pub(super) fn title(&self) -> String {
        self.variant.put(&self.document.title)
    }

    pub(super) fn text(&self) -> String {
        self.variant.put(&self.document.text)
    }

    fn line(&self) -> String {
        let (id, title, text) = (self.id(), self.title(), self.text());
        let line = match self.variant {
            Variant::Told => {
                json!({"id": id, "title": title, "text": text, "lang": self.document.lang})
            }
            _ => json!({"id": id, "title": title, "text": text}),
        };
        format!("{line}\n")
    }
}

/// What `explain` says of a text; its topics and watches are not measured here.
#[derive(Clone, Debug, Default, PartialEq, Eq, Deserialize)]
pub(super) struct Answer {
    #[serde(default)]
    pub(super) id: String,
    pub(super) language: Option<String>,
    pub(super) countries: Names,
    pub(super) countries_any: Names,
    pub(super) regions: Names,
}

impl Answer {
    pub(super) fn new(countries: Names, countries_any: Names, regions: Names) -> Self {
        Self { countries, countries_any, regions, ..Self::default() }
    }

    pub(super) fn said(&self, level: Level) -> &Names {
        match level {
            Level::Named => &self.countries,
            Level::Any => &self.countries_any,
            Level::Regions => &self.regions,
        }
    }
}

/// The answers to `questions`, in their order.
pub(super) async fn ask(questions: &[Question<'_>]) -> Vec<Answer> {
    let input: String = questions.iter().map(Question::line).collect();
    let process = Process::fed(&["explain", "--jsonl"], input);
    let ended = process.ends_within(EXPLAINED_WITHIN).await;
    assert!(ended, "`wirewatch explain --jsonl` has no end within {EXPLAINED_WITHIN:?}");
    let ended = process.ends().await;
    if let Some(fault) = fault(&ended) {
        panic!("{fault}");
    }
    let ids: Vec<String> = questions.iter().map(Question::id).collect();
    read(&ids, &ended.stdout).unwrap_or_else(|fault| panic!("{fault}"))
}

/// Why there are no answers.
fn fault(ended: &Ended) -> Option<String> {
    match ended.code() {
        Some(0) => None,
        Some(2) if ended.stderr.contains("unrecognized subcommand") => {
            Some("`wirewatch explain` is missing".to_owned())
        }
        code => Some(format!("`wirewatch explain --jsonl` ends with {code:?}: {}", ended.stderr)),
    }
}

/// Reads a line an id, in the order of `ids`, or tells what breaks the contract.
fn read(ids: &[String], lines: &str) -> Result<Vec<Answer>, String> {
    let answers: Vec<&str> = lines.lines().collect();
    if answers.len() != ids.len() {
        return Err(format!("{} questions, but {} answers", ids.len(), answers.len()));
    }
    ids.iter().zip(answers).map(|(id, line)| read_line(id, line)).collect()
}

fn read_line(id: &str, line: &str) -> Result<Answer, String> {
    let answer: Answer =
        serde_json::from_str(line).map_err(|error| format!("{id}: {error} in {line}"))?;
    if answer.id != id {
        return Err(format!("{id}: the answer is to `{}`", answer.id));
    }
    match answer.countries.difference(&answer.countries_any).next() {
        Some(code) => Err(format!("{id}: `countries` has {code}, and `countries_any` has not")),
        None => Ok(answer),
    }
}

#[track_caller]
fn check_read(ids: &[&str], lines: &str, fault: &str) {
    let ids: Vec<String> = ids.iter().map(|&id| id.to_owned()).collect();
    assert_eq!(read(&ids, lines), Err(fault.to_owned()));
}

#[test]
fn an_answer_that_breaks_the_contract_is_told() {
    let good = r#"{"id":"a","language":"en","countries":["FR"],"countries_any":["FR","US"],"regions":["red-sea"],"topics":[],"watches":[]}"#;
    let names = super::score::names;
    let answer = Answer {
        id: "a".to_owned(),
        language: Some("en".to_owned()),
        ..Answer::new(names("FR"), names("FR US"), names("red-sea"))
    };
    assert_eq!(read(&["a".to_owned()], good), Ok(vec![answer]));
    check_read(&["a", "b"], good, "2 questions, but 1 answers");
    check_read(&["b"], good, "b: the answer is to `a`");
    let lacking =
        r#"{"id":"a","language":null,"countries":["FR"],"countries_any":[],"regions":[]}"#;
    check_read(&["a"], lacking, "a: `countries` has FR, and `countries_any` has not");
    check_read(
        &["a"],
        r#"{"id":"a"}"#,
        r#"a: missing field `countries` at line 1 column 10 in {"id":"a"}"#,
    );
}

#[test]
fn a_document_is_put_in_four_ways() {
    let document = Document {
        id: "en-1".to_owned(),
        lang: "en".to_owned(),
        title: "Us".to_owned(),
        text: "Réunion.".to_owned(),
        ..Document::default()
    };
    let put = |variant| Question { document: &document, variant }.line();
    assert_eq!(put(Variant::Written), "{\"id\":\"en-1\",\"title\":\"Us\",\"text\":\"Réunion.\"}\n");
    assert_eq!(
        put(Variant::Told),
        "{\"id\":\"en-1, language told\",\"title\":\"Us\",\"text\":\"Réunion.\",\"lang\":\"en\"}\n"
    );
    assert_eq!(
        put(Variant::Lower),
        "{\"id\":\"en-1, lower-cased\",\"title\":\"us\",\"text\":\"réunion.\"}\n"
    );
    assert_eq!(
        put(Variant::Upper),
        "{\"id\":\"en-1, upper-cased\",\"title\":\"US\",\"text\":\"RÉUNION.\"}\n"
    );
}
