//! Which words an item may hold: names are judged by hundreds of words that most items lack, and a
//! bit says no without a look at the text.

use super::find::Text;

/// A set of words that may say yes wrongly and never no.
#[derive(Debug)]
pub(super) struct Vocabulary(Vec<u64>);

impl Vocabulary {
    /// Bits for each word: most stay free.
    const BITS_EACH: usize = 16;

    /// The words of all fields of an item.
    pub(super) fn of(texts: &[Text<'_>]) -> Self {
        let words: usize = texts.iter().map(|text| text.tokens.len()).sum();
        let mut vocabulary = Self(vec![0; (words * Self::BITS_EACH / 64 + 1).next_power_of_two()]);
        for token in texts.iter().flat_map(|text| &text.tokens) {
            let (part, bit) = vocabulary.place(token.hash);
            vocabulary.0[part] |= bit;
        }
        vocabulary
    }

    /// Whether there may be a word of this hash.
    pub(super) fn may_hold(&self, hash: u64) -> bool {
        let (part, bit) = self.place(hash);
        self.0[part] & bit != 0
    }

    fn place(&self, hash: u64) -> (usize, u64) {
        ((hash >> 6) as usize & (self.0.len() - 1), 1 << (hash % 64))
    }
}
