//! `tests/quality/table.md`: the tables for people, quoted by the README.

use super::figures::{Figure, Row, Table};
use super::score::Tally;

/// All tables, then the figures that are no row of one.
pub(super) fn page(tables: &[Table], shares: &[Figure]) -> String {
    let mut page = String::from(
        "# How well wirewatch finds places\n\n\
         Written by `UPDATE_QUALITY=1 cargo nextest run quality`; what is counted, and what the two\n\
         keyword lists are, is said in [README.md](README.md).\n",
    );
    for table in tables {
        page += &format!("\n## {}\n\n{}", capitalised(&table.title), markdown(table));
    }
    page += "\n## Shares\n\n| figure | value |\n| --- | ---: |\n";
    for Figure { name, value, .. } in shares {
        page += &format!("| {name} | {value:.3} |\n");
    }
    page
}

fn markdown(table: &Table) -> String {
    let mut lines = String::from(
        "| | documents | P | R | F1 | exact | false a document | substrings F1 | words F1 |\n\
         | --- | ---: | ---: | ---: | ---: | ---: | ---: | ---: | ---: |\n",
    );
    for row in &table.rows {
        lines += &line(row);
    }
    lines
}

fn line(row: &Row) -> String {
    let Row { name, wirewatch: tally, substrings, words } = row;
    format!(
        "| {name} | {} | {} | {} | {} | {:.3} | {:.3} | {} | {} |\n",
        tally.documents,
        if_gold(tally, Tally::precision),
        if_gold(tally, Tally::recall),
        if_gold(tally, Tally::f1),
        tally.exact(),
        tally.false_alerts_per_document(),
        if_gold(substrings, Tally::f1),
        words.as_ref().map_or("–".to_owned(), |it| if_gold(it, Tally::f1)),
    )
}

/// A figure that says nothing where there is nothing to be found.
fn if_gold(tally: &Tally, figure: fn(&Tally) -> f64) -> String {
    if tally.has_gold() { format!("{:.3}", figure(tally)) } else { "–".to_owned() }
}

fn capitalised(text: &str) -> String {
    let mut letters = text.chars();
    letters.next().map_or(String::new(), |first| first.to_uppercase().chain(letters).collect())
}

#[test]
fn a_row_without_gold_has_dashes() {
    use super::score::{judge, names};
    let verdict = |gold: &str, said: &str| judge(&names(gold), &names(""), &names(said));
    let row = |gold: &str, said: &str| Row {
        name: "ja".to_owned(),
        wirewatch: [verdict(gold, said), verdict(gold, gold)].into_iter().collect(),
        substrings: [verdict(gold, gold)].into_iter().collect(),
        words: None,
    };
    assert_eq!(
        line(&row("JP", "JP CN")),
        "| ja | 2 | 0.667 | 1.000 | 0.800 | 0.500 | 0.500 | 1.000 | – |\n"
    );
    assert_eq!(line(&row("", "CN")), "| ja | 2 | – | – | – | 0.500 | 0.500 | – | – |\n");
}
