//! What a plain list of keywords finds: the two scripts that people write.
//!
//! The *substring* script looks for every name in any case and anywhere, so that Niger is in
//! Nigeria. It has the names and short forms of `countries.tsv`, the names of the document's
//! language out of `country_names.tsv`, and the English name of every region with its first one
//! in the document's language. In favour of the script, a short form such as US is looked for as
//! a whole word in capitals: as a substring it would be in every other text.
//!
//! The *word* script, for English alone, looks for whole words as they are spelt, and has the
//! adjectives too.

use std::collections::HashMap;
use std::fs;
use std::path::Path;

use super::explain::{Answer, Question, Variant};
use super::gold::{Document, Names};
use super::score::names;

/// Up to so many letters, a name in capitals is a short form.
const SHORT_FORM_LETTERS: usize = 4;

/// A name, and the country or region that it stands for.
type Entry = (String, String);

/// Both scripts, ready to run.
#[derive(Debug, Default)]
pub(super) struct Keywords {
    /// Names of countries and regions in any case, by language.
    substrings: HashMap<String, Lists>,
    short_forms: Vec<Entry>,
    words: Lists,
}

#[derive(Debug, Default)]
struct Lists {
    countries: Vec<Entry>,
    regions: Vec<Entry>,
}

impl Keywords {
    /// Reads the lists out of the gazetteer.
    pub(super) fn read() -> Self {
        let mut keywords = Self::default();
        for row in Table::read("countries.tsv").rows() {
            keywords.add_country(&row("alpha2"), &row("name"), &row("other_names"));
            let code = row("alpha2");
            let adjectives = parts(&row("adjectives")).into_iter().map(|it| (it, code.clone()));
            keywords.words.countries.extend(adjectives);
        }
        for row in Table::read("country_names.tsv").rows() {
            let names =
                parts(&row("names")).into_iter().map(|it| (it.to_lowercase(), row("alpha2")));
            keywords.list(&row("language")).countries.extend(names);
        }
        let regions = Table::read("regions.tsv");
        for row in regions.rows() {
            keywords.words.regions.push((row("name_en"), row("id")));
            keywords.list("en").regions.push((row("name_en").to_lowercase(), row("id")));
            for (column, language) in regions.languages() {
                let first =
                    parts(&row(column)).into_iter().next().map(|it| (it.to_lowercase(), row("id")));
                keywords.list(language).regions.extend(first);
            }
        }
        keywords
    }

    fn list(&mut self, language: &str) -> &mut Lists {
        self.substrings.entry(language.to_owned()).or_default()
    }

    fn add_country(&mut self, code: &str, name: &str, others: &str) {
        for name in [vec![name.to_owned()], parts(others)].concat() {
            let entry = (name.clone(), code.to_owned());
            if is_short_form(&name) {
                self.short_forms.push(entry.clone());
            } else {
                let entry = (name.to_lowercase(), code.to_owned());
                self.list("en").countries.push(entry);
            }
            self.words.countries.push(entry);
        }
    }

    /// What the substring script says.
    pub(super) fn substrings(&self, question: &Question<'_>) -> Answer {
        let text = format!("{}\n{}", question.title(), question.text());
        let lower = text.to_lowercase();
        let mut languages = vec!["en"];
        languages.extend(Some(question.document.lang.as_str()).filter(|it| *it != "en"));
        let lists = || languages.iter().filter_map(|it| self.substrings.get(*it));
        let holds = |(name, _): &&Entry| lower.contains(name.as_str());
        let mut countries = found(lists().flat_map(|it| &it.countries).filter(holds));
        countries.extend(found(self.short_forms.iter().filter(|it| has_word(&text, &it.0))));
        let regions = found(lists().flat_map(|it| &it.regions).filter(holds));
        Answer::new(countries.clone(), countries, regions)
    }

    /// What the word script says.
    pub(super) fn words(&self, question: &Question<'_>) -> Answer {
        let text = format!("{}\n{}", question.title(), question.text());
        let holds = |(name, _): &&Entry| has_word(&text, name);
        let countries = found(self.words.countries.iter().filter(holds));
        let regions = found(self.words.regions.iter().filter(holds));
        Answer::new(countries.clone(), countries, regions)
    }
}

fn found<'a>(entries: impl Iterator<Item = &'a Entry>) -> Names {
    entries.map(|(_, name)| name.clone()).collect()
}

/// The parts of a cell.
fn parts(cell: &str) -> Vec<String> {
    cell.split('|').filter(|it| !it.is_empty()).map(str::to_owned).collect()
}

fn is_short_form(name: &str) -> bool {
    let letters = || name.chars().filter(|it| it.is_alphabetic());
    letters().count() <= SHORT_FORM_LETTERS && letters().all(char::is_uppercase)
}

/// Whether `word` stands in `text` with neither letter nor digit beside it.
fn has_word(text: &str, word: &str) -> bool {
    text.match_indices(word).any(|(start, _)| {
        let before = text[..start].chars().next_back();
        let after = text[start + word.len()..].chars().next();
        !before.is_some_and(char::is_alphanumeric) && !after.is_some_and(char::is_alphanumeric)
    })
}

/// A file of the gazetteer: a row a line, cells apart by tabs, the first row the columns' names.
struct Table {
    columns: Vec<String>,
    lines: Vec<Vec<String>>,
}

impl Table {
    fn read(file: &str) -> Self {
        let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("src/gazetteer/data");
        let text = fs::read_to_string(folder.join(file)).expect("a file of the gazetteer");
        let cells = |line: &str| line.split('\t').map(str::to_owned).collect();
        let mut lines: Vec<Vec<String>> =
            text.lines().filter(|it| !it.trim().is_empty()).map(cells).collect();
        Self { columns: lines.remove(0), lines }
    }

    /// Each row, as a function from the name of a column to the cell.
    fn rows(&self) -> impl Iterator<Item = impl Fn(&str) -> String> {
        self.lines.iter().map(|cells| {
            |column: &str| {
                let index = self.columns.iter().position(|it| it == column);
                let index = index.unwrap_or_else(|| panic!("no column `{column}`"));
                cells.get(index).cloned().unwrap_or_default()
            }
        })
    }

    /// The columns of names in a language, and the language as the gold sets write it.
    fn languages(&self) -> impl Iterator<Item = (&str, &str)> {
        self.columns.iter().filter_map(|column| {
            let language = column.strip_prefix("n_")?;
            Some((column.as_str(), if language == "zh-Hans" { "zh" } else { language }))
        })
    }
}

#[track_caller]
fn check(lang: &str, title: &str, substrings: [&str; 2], words: [&str; 2]) {
    let (lang, title) = (lang.to_owned(), title.to_owned());
    let document = Document { lang, title, ..Document::default() };
    let question = Question { document: &document, variant: Variant::Written };
    let keywords = Keywords::read();
    let answer = |[countries, regions]: [&str; 2]| {
        Answer::new(names(countries), names(countries), names(regions))
    };
    assert_eq!(keywords.substrings(&question), answer(substrings), "substrings");
    assert_eq!(keywords.words(&question), answer(words), "words");
}

#[test]
fn keywords_find_what_a_script_finds() {
    check("en", "nigeria wins", ["NE NG", ""], ["", ""]);
    check("en", "French and U.S. ships", ["US", ""], ["FR US", ""]);
    check("en", "Tell us of Romans", ["OM", ""], ["", ""]);
    check("en", "US-India pact", ["IN US", ""], ["IN US", ""]);
    check("en", "Red Sea", ["", "red-sea"], ["", "red-sea"]);
    check("ja", "中国船が紅海に", ["CN", "red-sea"], ["", ""]);
    check("de", "Frankreich", ["FR", ""], ["", ""]);
}
