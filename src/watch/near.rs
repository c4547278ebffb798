//! Terms that stand near each other: `NEAR/n` and `"…"~n`.
//!
//! Distance is counted in words: neighbours are one word apart, and marks do not count. In scripts
//! without blanks each sign is a word. What overlaps is not near, but the same: in “East China Sea”
//! there is no `China` near it.

use std::cell::OnceCell;
use std::ops::Range;

use super::find::{Found, Text};
use super::{Field, Group};
use crate::text::tokens::Kind;

/// A mention that a want was met by.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Seen {
    pub(super) want: usize,
    pub(super) field: Field,
    /// Byte offsets into the field's original text.
    pub(super) range: Range<usize>,
    /// Indexes of the first and the last token.
    pub(super) tokens: (usize, usize),
}

/// Counts the words of an item, once there is someone who asks.
pub(super) struct Words<'f> {
    texts: &'f [Text<'f>],
    /// By text: the words before each token, and before the end.
    before: OnceCell<Vec<Vec<usize>>>,
}

impl<'f> Words<'f> {
    pub(super) fn of(found: &'f Found<'f>) -> Self {
        Self { texts: &found.texts, before: OnceCell::new() }
    }

    /// The number of its first word in its field, and of its last.
    fn place(&self, seen: &Seen) -> (usize, usize) {
        let before = self.before.get_or_init(|| self.texts.iter().map(count).collect());
        let text = self.texts.iter().position(|text| text.field == seen.field);
        let before = &before[text.expect("what was seen stands in a text")];
        (before[seen.tokens.0] + 1, before[seen.tokens.1 + 1])
    }

    /// How many words it is from the end of one to the start of the other, which stands after it.
    fn between(&self, one: &Seen, other: &Seen) -> usize {
        self.place(other).0.saturating_sub(self.place(one).1)
    }

    /// Whether one of `left` and one of `right`, each in the order in which one reads, stand in one
    /// field with at most `within` words from one to the other.
    pub(super) fn are_near(&self, left: &[&Seen], right: &[&Seen], within: usize) -> bool {
        let follows = |one: &Seen, others: &[&Seen]| {
            let end = (one.field, one.tokens.1);
            let next = others.partition_point(|it| (it.field, it.tokens.0) <= end);
            others
                .get(next)
                .is_some_and(|next| next.field == one.field && self.between(one, next) <= within)
        };
        left.iter().any(|one| follows(one, right)) || right.iter().any(|one| follows(one, left))
    }

    /// Where the words of a group stand together: `words` are what was seen of them, and which word
    /// of the group each is. No two places overlap.
    pub(super) fn together(&self, group: &Group, mut words: Vec<(usize, Seen)>) -> Vec<Seen> {
        words.sort_by_key(|(word, seen)| (seen.field, seen.tokens, *word));
        // What is glued before a word may be taken off in more than one way.
        words.dedup_by_key(|(word, seen)| (*word, seen.field, seen.tokens.0));
        let mut places = Vec::new();
        let mut counts = vec![0; group.counts.len()];
        let mut first = 0;
        for last in 0..words.len() {
            let (word, end) = &words[last];
            if words[first].1.field != end.field {
                counts.fill(0);
                first = last;
            }
            counts[*word] += 1;
            // As few words as hold all that is needed.
            while counts[words[first].0] > group.counts[words[first].0] {
                counts[words[first].0] -= 1;
                first += 1;
            }
            let start = &words[first].1;
            let is_whole = counts.iter().zip(&group.counts).all(|(count, needed)| count >= needed);
            if is_whole && self.between(start, end) <= group.within {
                let range = start.range.start..end.range.end.max(start.range.end);
                let tokens = (start.tokens.0, end.tokens.1.max(start.tokens.1));
                places.push(Seen { want: group.want, field: end.field, range, tokens });
                counts.fill(0);
                first = last + 1;
            }
        }
        places
    }
}

fn count(text: &Text<'_>) -> Vec<usize> {
    let mut words = 0;
    let mut before = vec![0];
    before.extend(text.tokens.iter().map(|token| {
        words += usize::from(token.kind != Kind::Mark);
        words
    }));
    before
}
