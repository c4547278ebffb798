//! A phrase as a pattern: a path of tokens, some of them stems with what may follow.

use super::fold::fold;
use super::tokens::{is_hangul, tokens};

/// What may follow a stem.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub(crate) enum Tail {
    /// Any rest of the word, which is part of the hit: `drone*`.
    Any,
    /// Any rest of the word, which is no part of the hit: Korean particles.
    Particles,
    /// One of the endings of the list with this index.
    Endings(u16),
}

/// One token of a pattern, folded.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Piece {
    Whole(String),
    Stem(String, Tail),
}

/// The tokens of a phrase as a pattern; a last word of Hangul may be followed by particles.
pub(crate) fn whole(phrase: &str) -> Vec<Piece> {
    let folded = fold(phrase);
    let tokens = tokens(folded.as_str());
    let mut pieces: Vec<Piece> =
        tokens.iter().map(|token| Piece::Whole(token.of(folded.as_str()).to_owned())).collect();
    if let Some(Piece::Whole(text)) = pieces.last()
        && text.chars().next_back().is_some_and(is_hangul)
    {
        let stem = Piece::Stem(text.clone(), Tail::Particles);
        pieces.pop();
        pieces.push(stem);
    }
    pieces
}

/// A phrase whose last word may go on: `undersea cable*`.
pub(crate) fn open(phrase: &str) -> Vec<Piece> {
    let mut pieces = whole(phrase);
    if let Some(Piece::Whole(text) | Piece::Stem(text, _)) = pieces.pop() {
        pieces.push(Piece::Stem(text, Tail::Any));
    }
    pieces
}

/// A phrase whose words that end in a hyphen are stems: `Южн- Коре-`. The last word takes the
/// tail `last`, one before it `inner`.
pub(crate) fn stems(phrase: &str, inner: Tail, last: Tail) -> Vec<Piece> {
    let words: Vec<&str> = phrase.split_whitespace().collect();
    let mut pieces = Vec::new();
    for (index, word) in words.iter().enumerate() {
        let Some(stem) = word.strip_suffix('-') else {
            pieces.extend(whole(word));
            continue;
        };
        let mut parts = whole(stem);
        if let Some(Piece::Whole(text) | Piece::Stem(text, _)) = parts.pop() {
            let tail = if index + 1 == words.len() { last } else { inner };
            parts.push(Piece::Stem(text, tail));
        }
        pieces.extend(parts);
    }
    pieces
}

/// The tokens of a phrase, folded, marks among them.
pub(crate) fn parts(phrase: &str) -> Vec<String> {
    let folded = fold(phrase);
    let tokens = tokens(folded.as_str());
    tokens.iter().map(|token| token.of(folded.as_str()).to_owned()).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn shown(pieces: &[Piece]) -> String {
        let piece = |piece: &Piece| match piece {
            Piece::Whole(text) => text.clone(),
            Piece::Stem(text, Tail::Any) => format!("{text}*"),
            Piece::Stem(text, Tail::Particles) => format!("{text}+"),
            Piece::Stem(text, Tail::Endings(list)) => format!("{text}-{list}"),
        };
        pieces.iter().map(piece).collect::<Vec<_>>().join(" ")
    }

    #[test]
    fn a_phrase_is_a_path_of_tokens() {
        assert_eq!(shown(&whole("East China Sea")), "east china sea");
        assert_eq!(shown(&whole("U.S.")), "u . s .");
        assert_eq!(shown(&whole("동중국해")), "동중국해+");
        assert_eq!(shown(&whole("尖閣")), "尖 閣");
        assert_eq!(shown(&open("Undersea cable")), "undersea cable*");
        let (inner, last) = (Tail::Endings(1), Tail::Endings(2));
        assert_eq!(shown(&stems("Южн- Коре-", inner, last)), "южн-1 коре-2");
        assert_eq!(shown(&stems("Китаиск- Народная", inner, last)), "китаиск-1 народная");
        assert_eq!(shown(&stems("Папуа-Нов- Гвине-", inner, last)), "папуа нов-1 гвине-2");
        assert_eq!(parts("Côte d'Ivoire"), ["cote", "d", "'", "ivoire"]);
    }
}
