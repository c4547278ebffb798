//! All patterns in one index, and what each of them stands for.
//!
//! Patterns and texts are folded and cut into tokens alike, and a pattern is a path of tokens. The
//! index is a trie whose nodes are found by a hash of their path, so a scan costs one look-up a
//! token, whatever the number of patterns, and building it costs one insertion a token. In
//! inflected languages a piece of a path is a stem with the endings that may follow it. What a
//! hit means is judged by others.

use std::collections::HashMap;
use std::hash::{BuildHasher as _, BuildHasherDefault, Hasher, RandomState};
use std::ops::Range;

use crate::text::pattern::{Piece, Tail};
use crate::text::tokens::{Kind, Token};

/// What a pattern stands for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Meaning {
    /// A name of the gazetteer, by its index; whether it counts is the name's to say.
    Name(u32),
    /// A term of a topic, by the topic's index.
    Topic(u32),
    /// A term of a watch, by the index of its want.
    Want(u32),
}

/// Where a pattern was found.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Hit {
    pub(super) meaning: Meaning,
    /// Bytes of the folded text.
    pub(super) range: Range<usize>,
    /// Indexes of the first and the last token.
    pub(super) tokens: (usize, usize),
}

/// The compiled patterns.
#[derive(Debug)]
pub(super) struct Lexicon {
    nodes: HashMap<u64, Node, BuildHasherDefault<Hashed>>,
    /// Tails of the stems that begin with a path.
    stems: HashMap<u64, Vec<Tail>, BuildHasherDefault<Hashed>>,
    /// Folded endings, each list sorted.
    endings: Vec<Vec<String>>,
    /// Which paths there may be: most words begin no pattern, and a bit says so without a look
    /// into the large tables.
    filter: Filter,
    /// The path of nothing. Random, so that nobody can make texts that collide.
    root: u64,
    patterns: usize,
}

#[derive(Debug, Default)]
struct Node {
    meanings: Vec<Meaning>,
    /// Longer patterns go on from here with whole tokens, or with stems.
    has_wholes: bool,
    has_stems: bool,
}

/// A set of paths that may say yes wrongly and never no.
#[derive(Debug)]
struct Filter(Vec<u64>);

impl Filter {
    /// Bits: half a megabyte, in which 300,000 paths leave nine of ten bits free.
    const BITS: u64 = 1 << 22;

    fn new() -> Self {
        Self(vec![0; usize::try_from(Self::BITS / 64).expect("a small number")])
    }

    fn place(path: u64) -> (usize, u64) {
        let bit = path % Self::BITS;
        (usize::try_from(bit / 64).expect("a small number"), 1 << (bit % 64))
    }

    fn insert(&mut self, path: u64) {
        let (word, bit) = Self::place(path);
        self.0[word] |= bit;
    }

    fn may_hold(&self, path: u64) -> bool {
        let (word, bit) = Self::place(path);
        self.0[word] & bit != 0
    }
}

/// Patterns of one lexicon at most.
const PATTERNS_MAX: usize = 1_000_000;
/// Tokens of one pattern at most, so that a scan is linear in the text: a term has at most 200
/// bytes.
const PIECES_MAX: usize = 70;
/// Letters that may stand glued before an Arabic or Hebrew word: and, in, to, as, the.
/// Source: the grammar of both; longest first is not needed, all that fit are tried.
const ARABIC_CLITICS: [&str; 20] = [
    "و", "ف", "ب", "ل", "ك", "ال", "وال", "فال", "بال", "كال", "لل", "ولل", "وب", "ول", "وك", "فب",
    "فل", "س", "وبال", "فلل",
];
const HEBREW_CLITICS: &str = "והבלמכש";

impl Lexicon {
    /// An index without patterns; `endings` are what [`Tail::Endings`] refers to, folded.
    pub(super) fn new(endings: Vec<Vec<String>>) -> Self {
        let root = RandomState::new().hash_one(0_u8) | 1;
        let mut nodes = HashMap::default();
        nodes.insert(root, Node::default());
        let (stems, filter) = (HashMap::default(), Filter::new());
        Self { nodes, stems, endings, filter, root, patterns: 0 }
    }

    /// Adds a pattern; one of too many pieces, or of none, is left out.
    pub(super) fn add(&mut self, pieces: &[Piece], meaning: Meaning) {
        if pieces.is_empty() || pieces.len() > PIECES_MAX {
            return;
        }
        // In Arabic "to the" eats the article's first letter: الصين, للصين.
        if let [Piece::Whole(text), rest @ ..] = pieces
            && let Some(bare) = text.strip_prefix("ال")
        {
            let to_the = std::iter::once(Piece::Whole(format!("لل{bare}")));
            self.add(&to_the.chain(rest.iter().cloned()).collect::<Vec<_>>(), meaning);
        }
        let mut path = self.root;
        for piece in pieces {
            let node = self.nodes.get_mut(&path).expect("every step was inserted");
            match piece {
                Piece::Whole(text) => {
                    node.has_wholes = true;
                    path = step(path, hash(text), WHOLE);
                    self.filter.insert(path);
                }
                Piece::Stem(text, tail) => {
                    node.has_stems = true;
                    let stem = step(path, hash(text), STEM);
                    self.filter.insert(stem);
                    let tails = self.stems.entry(stem).or_default();
                    if !tails.contains(tail) {
                        tails.push(*tail);
                    }
                    path = with_tail(stem, *tail);
                }
            }
            self.nodes.entry(path).or_default();
        }
        let node = self.nodes.get_mut(&path).expect("just inserted");
        if !node.meanings.contains(&meaning) {
            node.meanings.push(meaning);
            self.patterns += 1;
        }
    }

    /// Whether there are more patterns than one lexicon should have, and how many it should.
    pub(super) fn overflow(&self) -> Option<usize> {
        (self.patterns > PATTERNS_MAX).then_some(PATTERNS_MAX)
    }

    /// What a path of whole tokens stands for.
    pub(super) fn exact(&self, pieces: &[Piece]) -> &[Meaning] {
        let mut path = self.root;
        for piece in pieces {
            let Piece::Whole(text) = piece else { return &[] };
            path = step(path, hash(text), WHOLE);
        }
        self.nodes.get(&path).map_or(&[][..], |node| node.meanings.as_slice())
    }

    /// Finds every pattern at every place of a folded text with these tokens.
    pub(super) fn scan(&self, folded: &str, tokens: &[Token], found: &mut Vec<Hit>) {
        let root = &self.nodes[&self.root];
        let scan = Scan { lexicon: self, folded, tokens };
        for (index, token) in tokens.iter().enumerate() {
            scan.walk(self.root, root, index, token.start, (index, token.start), found);
            if token.kind == Kind::Word {
                for start in after_clitics(token.of(folded)) {
                    let start = token.start + start;
                    scan.walk(self.root, root, index, start, (index, start), found);
                }
            }
        }
    }
}

/// One scan under way.
struct Scan<'s> {
    lexicon: &'s Lexicon,
    folded: &'s str,
    tokens: &'s [Token],
}

impl Scan<'_> {
    /// Goes on from a node with the token at `index`, read from `from`. The depth is that of the
    /// longest pattern. `first` is where the hit began: its token and byte.
    fn walk(
        &self,
        path: u64,
        node: &Node,
        index: usize,
        from: usize,
        first: (usize, usize),
        found: &mut Vec<Hit>,
    ) {
        let Some(token) = self.tokens.get(index) else { return };
        let text = &self.folded[from..token.end];
        let mut running = EMPTY;
        for (at, c) in text.char_indices() {
            let end = at + c.len_utf8();
            for byte in &text.as_bytes()[at..end] {
                running = add(running, *byte);
            }
            if !node.has_stems {
                continue;
            }
            let stem = step(path, running, STEM);
            if !self.lexicon.filter.may_hold(stem) {
                continue;
            }
            for tail in self.lexicon.stems.get(&stem).into_iter().flatten() {
                if let Some(end) = self.tail_ends(*tail, from + end, token.end) {
                    self.arrive(with_tail(stem, *tail), index, end, first, found);
                }
            }
        }
        if node.has_wholes {
            let path = step(path, running, WHOLE);
            if self.lexicon.filter.may_hold(path) {
                self.arrive(path, index, token.end, first, found);
            }
        }
    }

    /// Where the hit ends, if the rest of the word is such a tail.
    fn tail_ends(&self, tail: Tail, from: usize, word_end: usize) -> Option<usize> {
        match tail {
            Tail::Any => Some(word_end),
            Tail::Particles => Some(from),
            Tail::Endings(list) => {
                let rest = &self.folded[from..word_end];
                let endings = &self.lexicon.endings[usize::from(list)];
                endings.binary_search_by(|it| it.as_str().cmp(rest)).is_ok().then_some(word_end)
            }
        }
    }

    fn arrive(
        &self,
        path: u64,
        index: usize,
        end: usize,
        first: (usize, usize),
        found: &mut Vec<Hit>,
    ) {
        let Some(node) = self.lexicon.nodes.get(&path) else { return };
        let (first_token, start) = first;
        found.extend(node.meanings.iter().map(|meaning| Hit {
            meaning: *meaning,
            range: start..end,
            tokens: (first_token, index),
        }));
        if (node.has_wholes || node.has_stems)
            && let Some(next) = self.tokens.get(index + 1)
        {
            self.walk(path, node, index + 1, next.start, first, found);
        }
    }
}

/// Where a word may begin once what is glued before it is taken off; byte offsets.
fn after_clitics(word: &str) -> Vec<usize> {
    let rest_is_long = |at: &usize| word[*at..].chars().count() >= 3;
    match word.chars().next() {
        Some('\u{621}'..='\u{6ff}') => {
            let clitics = ARABIC_CLITICS.iter().filter(|clitic| word.starts_with(**clitic));
            clitics.map(|clitic| clitic.len()).filter(rest_is_long).collect()
        }
        Some('\u{5d0}'..='\u{5ea}') => {
            let mut letters = word.char_indices().take_while(|(_, c)| HEBREW_CLITICS.contains(*c));
            let ends = letters.by_ref().take(2).map(|(at, c)| at + c.len_utf8());
            ends.filter(|at| *at < word.len()).filter(rest_is_long).collect()
        }
        _ => Vec::new(),
    }
}

const WHOLE: u64 = 1;
const STEM: u64 = 2;
/// The hash of nothing. Source: FNV-1a, 64 bits.
const EMPTY: u64 = 0xcbf2_9ce4_8422_2325;

fn add(hash: u64, byte: u8) -> u64 {
    (hash ^ u64::from(byte)).wrapping_mul(0x0000_0100_0000_01b3)
}

fn hash(text: &str) -> u64 {
    text.bytes().fold(EMPTY, add)
}

/// The path that goes on from `path` with a token.
fn step(path: u64, token: u64, kind: u64) -> u64 {
    let mixed =
        (path.rotate_left(23) ^ token).wrapping_add(kind).wrapping_mul(0x9e37_79b9_7f4a_7c15);
    mixed ^ (mixed >> 32)
}

fn with_tail(stem: u64, tail: Tail) -> u64 {
    let number = match tail {
        Tail::Any => 1,
        Tail::Particles => 2,
        Tail::Endings(list) => 3 + u64::from(list),
    };
    step(stem, number, STEM)
}

/// Keys are hashes already.
#[derive(Debug, Default)]
struct Hashed(u64);

impl Hasher for Hashed {
    fn finish(&self) -> u64 {
        self.0
    }

    fn write(&mut self, _: &[u8]) {
        unreachable!("keys are numbers")
    }

    fn write_u64(&mut self, key: u64) {
        self.0 = key;
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::text::fold::fold;
    use crate::text::pattern::{open, whole};
    use crate::text::tokens::tokens;

    fn found(lexicon: &Lexicon, text: &str) -> Vec<(u32, String)> {
        let folded = fold(text);
        let tokens = tokens(folded.as_str());
        let mut hits = Vec::new();
        lexicon.scan(folded.as_str(), &tokens, &mut hits);
        let shown = |hit: &Hit| match hit.meaning {
            Meaning::Want(index) => (index, folded.as_str()[hit.range.clone()].to_owned()),
            other => panic!("{other:?}"),
        };
        hits.iter().map(shown).collect()
    }

    #[track_caller]
    fn check(lexicon: &Lexicon, text: &str, expected: &[(u32, &str)]) {
        let found = found(lexicon, text);
        let found: Vec<_> = found.iter().map(|(index, text)| (*index, text.as_str())).collect();
        assert_eq!(found, expected, "{text}");
    }

    #[test]
    fn whole_words_are_found_and_open_ones_go_on() {
        let mut lexicon = Lexicon::new(Vec::new());
        let terms = [
            ("ai", false),
            ("drone", true),
            ("Drone", false),
            ("尖閣", false),
            ("한국", false),
            ("East China Sea", false),
            ("C++", false),
        ];
        for (index, (term, may_go_on)) in (0..).zip(terms) {
            lexicon.add(&if may_go_on { open(term) } else { whole(term) }, Meaning::Want(index));
        }
        check(&lexicon, "the train, AI", &[(0, "ai")]);
        check(&lexicon, "a drone", &[(1, "drone"), (2, "drone")]);
        check(&lexicon, "two drones, one", &[(1, "drones")]);
        check(&lexicon, "eudrones", &[]);
        check(&lexicon, "沖縄県の尖閣諸島", &[(3, "尖閣")]);
        check(&lexicon, "한국은 오늘, 대한국", &[(4, "한국")]);
        check(&lexicon, "in the East-China Sea's", &[(5, "east china sea")]);
        check(&lexicon, "in C++.", &[(6, "c++")]);
    }

    #[test]
    fn a_stem_takes_its_endings_and_no_others() {
        let sorted = |endings: &[&str]| {
            let mut endings: Vec<String> = endings.iter().map(ToString::to_string).collect();
            endings.sort();
            endings
        };
        let mut lexicon =
            Lexicon::new(vec![sorted(&["ая", "ои", "ую"]), sorted(&["я", "и", "ю", "еи"])]);
        let stem = |text: &str, list| Piece::Stem(text.to_owned(), Tail::Endings(list));
        lexicon.add(&[stem("южн", 0), stem("коре", 1)], Meaning::Want(0));
        lexicon.add(&[stem("коре", 1)], Meaning::Want(1));
        check(&lexicon, "Южная Корея", &[(0, "южная корея"), (1, "корея")]);
        check(&lexicon, "в Южной Корее и Южную Корею", &[(0, "южную корею"), (1, "корею")]);
        check(&lexicon, "корейский", &[]);
    }

    #[test]
    fn clitics_are_taken_off() {
        let mut lexicon = Lexicon::new(Vec::new());
        lexicon.add(&whole("الصين"), Meaning::Want(0));
        lexicon.add(&whole("روسيا"), Meaning::Want(1));
        lexicon.add(&whole("ישראל"), Meaning::Want(2));
        check(&lexicon, "للصين", &[(0, "للصين")]);
        check(&lexicon, "والصين وروسيا", &[(0, "الصين"), (1, "روسيا")]);
        check(&lexicon, "בישראל ומישראל", &[(2, "ישראל"), (2, "ישראל")]);
    }

    proptest! {
        #[test]
        fn no_text_makes_it_panic(text in "(\\PC|a|i|尖|閣|و|ל|\u{301}){0,60}") {
            let mut lexicon = Lexicon::new(Vec::new());
            lexicon.add(&whole("ai"), Meaning::Want(0));
            lexicon.add(&open("尖"), Meaning::Want(1));
            lexicon.add(&open("לאא"), Meaning::Want(2));
            found(&lexicon, &text);
        }
    }
}
