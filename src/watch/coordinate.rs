//! Names that share a word: `Barents and Kara Seas`, `the East, South and Yellow Seas`, `North and
//! sub-Saharan Africa`.
//!
//! Such a phrase is read as the names that it is short for; those that the gazetteer knows are
//! mentioned by the whole of it.

use std::ops::Range;

use super::find::Text;
use super::lexicon::{Lexicon, Meaning};
use crate::text::tokens::Kind;

/// The words that names share, and what they are when one alone has them.
const HEADS: [(&str, &str); 34] = [
    ("seas", "sea"),
    ("straits", "strait"),
    ("islands", "islands"),
    ("shoals", "shoal"),
    ("reefs", "reef"),
    ("gulfs", "gulf"),
    ("oceans", "ocean"),
    ("peninsulas", "peninsula"),
    ("heights", "heights"),
    ("canals", "canal"),
    ("koreas", "korea"),
    ("korea", "korea"),
    ("sudans", "sudan"),
    ("africa", "africa"),
    ("america", "america"),
    ("asia", "asia"),
    ("europe", "europe"),
    ("ukraine", "ukraine"),
    ("pacific", "pacific"),
    ("atlantic", "atlantic"),
    ("ossetia", "ossetia"),
    ("yemen", "yemen"),
    ("syria", "syria"),
    ("libya", "libya"),
    ("iraq", "iraq"),
    ("nigeria", "nigeria"),
    ("lebanon", "lebanon"),
    ("gaza", "gaza"),
    ("kivu", "kivu"),
    ("caucasus", "caucasus"),
    ("kurdistan", "kurdistan"),
    ("jerusalem", "jerusalem"),
    ("cyprus", "cyprus"),
    ("timor", "timor"),
];
/// What joins the members.
const JOINS: [&str; 4] = ["and", "&", "or", "/"];
/// Members of one phrase at most.
const MEMBERS_MAX: usize = 5;
/// Words of one member at most: `East Siberian`, `Second Thomas`.
const WORDS_MAX: usize = 2;

/// One name that a phrase is short for, and where the whole phrase stands.
#[derive(Debug)]
pub(super) struct Short {
    pub(super) meaning: Meaning,
    /// Bytes of the folded text.
    pub(super) range: Range<usize>,
    pub(super) tokens: (usize, usize),
}

/// The words that names share, as [`Meaning::Head`] counts them.
pub(super) fn heads() -> impl Iterator<Item = &'static str> {
    HEADS.iter().map(|(plural, _)| *plural)
}

/// The names in phrases that share their last word; `heads` are such words, each with its token.
pub(super) fn shared(text: &Text<'_>, lexicon: &Lexicon, heads: &[(u32, usize)]) -> Vec<Short> {
    let mut found = Vec::new();
    for &(word, head) in heads {
        let (plural, singular) = HEADS[word as usize];
        let members = members(text, head);
        if members.len() < 2 {
            continue;
        }
        let last = &members[0];
        let mut meant: Vec<(usize, Meaning)> = Vec::new();
        let mut read = 0;
        for member in &members {
            let before = meant.len();
            for (first, name) in names(text, member, last, &[singular, plural]) {
                meant.extend(lexicon.exact(&name).map(|meaning| (first, meaning)));
            }
            read += usize::from(meant.len() > before);
        }
        // `China and South Korea` shares nothing.
        if read < 2 {
            continue;
        }
        let first = meant.iter().map(|(first, _)| *first).min().unwrap_or(head);
        let range = text.tokens[first].start..text.tokens[head].end;
        found.extend(meant.iter().map(|(_, meaning)| Short {
            meaning: *meaning,
            range: range.clone(),
            tokens: (first, head),
        }));
    }
    found
}

/// The members before a head, the last first, as ranges of tokens.
fn members(text: &Text<'_>, head: usize) -> Vec<Range<usize>> {
    let word = |index: usize| text.tokens[index].of(text.folded.as_str());
    let is_word =
        |index: usize| text.tokens[index].kind == Kind::Word && !JOINS.contains(&word(index));
    let mut found = Vec::new();
    let mut end = head;
    let mut has_join = false;
    while found.len() < MEMBERS_MAX {
        let mut start = end;
        while start > 0 && end - start < WORDS_MAX && is_word(start - 1) {
            start -= 1;
        }
        if start == end {
            break;
        }
        found.push(start..end);
        // Before it: `and`, `,`, or both.
        let mut before = start;
        while before > 0 && (JOINS.contains(&word(before - 1)) || word(before - 1) == ",") {
            has_join |= word(before - 1) != ",";
            before -= 1;
        }
        if before == start {
            break;
        }
        end = before;
    }
    if has_join { found } else { Vec::new() }
}

/// What a member may be short for, and the token at which it then begins: with the head alone, and
/// in the place of the last member's first word (`East and South China Seas`).
fn names<'t>(
    text: &'t Text<'_>,
    member: &Range<usize>,
    last: &Range<usize>,
    heads: &[&'t str],
) -> Vec<(usize, Vec<&'t str>)> {
    let words =
        |tokens: Range<usize>| text.tokens[tokens].iter().map(|it| it.of(text.folded.as_str()));
    let rest = last.start + 1..last.end;
    let mut found = Vec::new();
    // `in the Black and Caspian Seas`: a member may begin later than it seems.
    for first in member.clone() {
        for head in heads {
            let own = words(first..member.end);
            found.push((first, own.clone().chain([*head]).collect()));
            if member != last && !rest.is_empty() {
                found.push((first, own.chain(words(rest.clone())).chain([*head]).collect()));
            }
        }
    }
    found.dedup();
    found
}

#[cfg(test)]
mod tests {
    use crate::feed::Item;
    use crate::watch::Matcher;

    #[test]
    fn names_that_share_a_word_are_read_in_full() {
        #[track_caller]
        fn check(title: &str, expected: &str) {
            let item = Item { title: title.into(), ..Item::default() };
            let findings = Matcher::without_watches().scan(None, &item);
            let countries = findings.countries.iter().map(|country| country.0.as_str());
            let regions = findings.regions.iter().map(|region| region.0.as_str());
            let found: Vec<&str> = countries.chain(regions).collect();
            assert_eq!(found.join(" "), expected, "{title}");
        }
        check("Shells in the North and Baltic Seas", "baltic-sea north-sea");
        check("In the East, South and Yellow Seas", "east-china-sea south-china-sea yellow-sea");
        check("The East and South China Seas", "east-china-sea south-china-sea");
        check("Heat in Eastern and Southern Europe", "eastern-europe southern-europe");
        check("Talks between China and South Korea", "CN KR");
        check("North and South Korea", "KP KR korean-peninsula");
    }
}
