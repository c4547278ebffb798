//! A [`Report`] as people read it.

use std::ops::Range;

use super::report::{Report, Verdict};
use crate::cli::table::{self, plain};
use crate::gazetteer::Via;
use crate::watch::{Evidence, EvidenceKind, Field, PlaceMention, TopicMention};

/// Characters of a title in a heading.
const TITLE_CHARS: usize = 100;

/// Characters of a snippet on each side of what was found.
const AROUND_CHARS: usize = 20;

/// Which watches are told one by one.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Watches {
    /// Those that something was found for.
    Concerned,
    /// All.
    All,
    /// There are none: no configuration.
    Unconfigured,
}

/// One item in full.
pub(super) fn text(report: &Report, which: Watches) -> String {
    let mut text = String::new();
    if !report.title.is_empty() {
        text += &label("title", &shortened(&report.title));
    }
    if let Some(url) = &report.url {
        text += &label("url", url);
    }
    if let Some(feed) = &report.feed {
        text += &label("feed", &feed.0);
    }
    text += &label("language", &language(report));
    text += &places(&report.places);
    for reading in &report.lost {
        text += &format!("  not {}\n", plain(reading));
    }
    text += &topics(&report.topics);
    text + "\n" + &watches(&report.watches, which)
}

fn label(label: &str, value: &str) -> String {
    format!("{label:<9} {}\n", plain(value))
}

fn shortened(text: &str) -> String {
    match text.char_indices().nth(TITLE_CHARS) {
        Some((end, _)) => format!("{}…", &text[..end]),
        None => text.to_owned(),
    }
}

fn language(report: &Report) -> String {
    match (&report.language, report.language_is_guess) {
        (None, _) => "unknown".into(),
        (Some(language), false) => language.clone(),
        (Some(language), true) => format!("{language} (told from the text)"),
    }
}

/// A block of rows under a word, or the word and that there are none. The last two columns of a
/// row are where it stands and the words around it.
fn block(word: &str, rows: Vec<Vec<String>>) -> String {
    if rows.is_empty() {
        return label(word, "none");
    }
    format!("{word}\n{}", indented(&merged(rows), 2))
}

/// Rows that say the same of another spot are one, with how often.
fn merged(rows: Vec<Vec<String>>) -> Vec<Vec<String>> {
    let mut merged: Vec<(Vec<String>, usize)> = Vec::new();
    for row in rows {
        let what = row.len() - 2;
        match merged.iter_mut().find(|(other, _)| other[..what] == row[..what]) {
            Some((_, count)) => *count += 1,
            None => merged.push((row, 1)),
        }
    }
    let counted = merged.into_iter().map(|(mut row, count)| {
        if count > 1 {
            let words = row.len() - 3;
            row[words] += &format!(" ×{count}");
        }
        row
    });
    counted.collect()
}

/// Rows in columns, without a head.
fn indented(rows: &[Vec<String>], by: usize) -> String {
    let heads = vec![""; rows.first().map_or(0, Vec::len)];
    let lines = table::lines(&heads, rows);
    lines.lines().skip(1).map(|line| format!("{:by$}{line}\n", "")).collect()
}

fn places(mentions: &[PlaceMention]) -> String {
    let row = |it: &PlaceMention| {
        let via = match it.via {
            Via::Name => "name",
            Via::Metonym => "capital",
            Via::Part => "part",
        };
        let what = vec![it.id.clone(), it.name.clone(), via.to_owned()];
        [what, seen(it.at.field, &it.at.text, it.at.start..it.at.end, &it.at.snippet)].concat()
    };
    block("places", mentions.iter().map(row).collect())
}

fn topics(mentions: &[TopicMention]) -> String {
    let row = |it: &TopicMention| {
        let what = vec![it.id.clone()];
        [what, seen(it.at.field, &it.at.text, it.at.start..it.at.end, &it.at.snippet)].concat()
    };
    block("topics", mentions.iter().map(row).collect())
}

/// The words, where they stand, and what is around them: a title stands above whole.
fn seen(field: Field, words: &str, bytes: Range<usize>, snippet: &str) -> Vec<String> {
    let around = match field {
        Field::Title => String::new(),
        Field::Summary | Field::Body => narrowed(snippet, words),
    };
    let place = format!("{} {}–{}", field.as_str(), bytes.start, bytes.end);
    vec![format!("“{words}”"), place, around]
}

/// A snippet with few words around what was found, so that rows fit on a screen.
fn narrowed(snippet: &str, words: &str) -> String {
    let Some(start) = snippet.find(words) else { return snippet.to_owned() };
    let (mut before, mut after) = (&snippet[..start], &snippet[start + words.len()..]);
    let (mut front, mut back) = ("", "");
    if let Some((at, _)) = before.char_indices().rev().nth(AROUND_CHARS) {
        let cut = &before[at..];
        (before, front) = (&cut[cut.find(' ').map_or(0, |blank| blank + 1)..], "…");
    }
    if let Some((at, _)) = after.char_indices().nth(AROUND_CHARS) {
        let cut = &after[..at];
        (after, back) = (&cut[..cut.rfind(' ').unwrap_or(cut.len())], "…");
    }
    format!("{front}{before}{words}{after}{back}")
}

fn watches(verdicts: &[Verdict], which: Watches) -> String {
    if which == Watches::Unconfigured {
        return "no watch is configured: `--config FILE` names a configuration that has some\n"
            .into();
    }
    let is_told = |it: &&Verdict| which == Watches::All || it.says_something();
    let told: Vec<&Verdict> = verdicts.iter().filter(is_told).collect();
    let rest = verdicts.len() - told.len();
    let mut text: String = told.iter().map(|it| verdict(it)).collect();
    text += &match (rest, told.is_empty()) {
        (0, _) => String::new(),
        (1, true) => "– 1 watch: nothing was found for it\n".into(),
        (1, false) => "– 1 other watch: nothing was found for it\n".into(),
        (rest, true) => format!("– {rest} watches: nothing was found for them\n"),
        (rest, false) => format!("– {rest} other watches: nothing was found for them\n"),
    };
    text
}

fn verdict(verdict: &Verdict) -> String {
    let mark = if verdict.matches { '✓' } else { '–' };
    let Verdict { score, threshold, .. } = verdict;
    let mut text = format!(
        "{mark} {}  score {}, needs {}\n",
        plain(&verdict.name),
        rounded(*score),
        rounded(*threshold)
    );
    if !verdict.evidence.is_empty() {
        text += &indented(&verdict.evidence.iter().map(piece).collect::<Vec<_>>(), 4);
    }
    for Evidence { field, text: words, start, end, snippet, .. } in &verdict.excluded_by {
        let seen = seen(*field, words, *start..*end, snippet).join("  ");
        text += &format!("    excluded by  {}\n", plain(seen.trim_end()));
    }
    if !verdict.missing.is_empty() {
        text += &format!("    missing  {}\n", plain(&verdict.missing.join("; ")));
    }
    text
}

/// Sums of weights are not exact, and a sum of nothing is `-0`.
fn rounded(weight: f64) -> f64 {
    (weight * 1_000.0).round() / 1_000.0 + 0.0
}

fn piece(evidence: &Evidence) -> Vec<String> {
    let Evidence { kind, name, field, text, start, end, weight, snippet, .. } = evidence;
    let kind = match kind {
        EvidenceKind::Region => "region",
        EvidenceKind::Country => "country",
        EvidenceKind::Topic => "topic",
        EvidenceKind::Term => "term",
    };
    let what = vec![rounded(*weight).to_string(), kind.to_owned(), name.clone()];
    [what, seen(*field, text, *start..*end, snippet)].concat()
}
