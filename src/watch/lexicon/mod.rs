//! All patterns in one index, and what each of them stands for.
//!
//! Patterns and texts are folded and cut into tokens alike, and a pattern is a path of tokens. The
//! index is a trie whose nodes are found by a hash of their path, so a scan costs one look-up a
//! token, whatever the number of patterns, and building it costs one insertion a token. In
//! inflected languages a piece of a path is a stem with the endings that may follow it. What a
//! hit means is judged by others.

mod filter;
mod path;

use std::collections::HashMap;
use std::collections::hash_map::Entry;
use std::hash::{BuildHasher as _, BuildHasherDefault, RandomState};
use std::ops::Range;

use crate::text::hash::hash;
use crate::text::pattern::{Piece, Tail};
use crate::text::tokens::{Kind, Token};

use filter::{Filter, Starts};
use path::{Hashed, STEM, WHOLE, step, with_tail};

/// What a pattern stands for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Meaning {
    /// A name of the gazetteer, by its index; whether it counts is the name's to say.
    Name(u32),
    /// A word that names share (`seas`), by its index.
    Head(u32),
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
    nodes: Table<Node>,
    /// Second and further meanings of a node, in the order in which they were added: each with
    /// where the next one stands, 0 for the last.
    more: Vec<(Meaning, u32)>,
    /// Tails of the stems that begin with a path; further ones in `more_tails`.
    stems: Table<(Tail, u32)>,
    more_tails: Vec<(Tail, u32)>,
    /// By the hash of a folded ending: the lists that hold it, a bit each.
    endings: Table<Box<[u64]>>,
    /// Bytes of the longest of them.
    ending_bytes_max: usize,
    /// Which paths of one step there may be: most words begin no pattern, and a bit says so
    /// without a look into the large tables.
    firsts: Filter,
    /// Which longer ones.
    laters: Filter,
    /// Bytes of the longest stem: no word, however long, is looked at beyond.
    stem_bytes_max: usize,
    /// How long the stems are that patterns begin with, and those that they go on with.
    starts: Starts,
    later_starts: Starts,
    /// The path of nothing. Random, so that nobody can make texts that collide.
    root: u64,
    patterns: usize,
}

/// Paths to what is there. Keys are hashes already.
type Table<T> = HashMap<u64, T, BuildHasherDefault<Hashed>>;

#[derive(Debug, Default, Clone, Copy)]
struct Node {
    meaning: Option<Meaning>,
    /// Where its second meaning stands; 0 for nowhere.
    more: u32,
    /// Longer patterns go on from here with whole tokens, or with stems.
    has_wholes: bool,
    has_stems: bool,
}

/// Paths that there is room for from the start.
const PATHS_MIN: usize = 1_000;
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
        let words = endings.len().div_ceil(64);
        let ending_bytes_max = endings.iter().flatten().map(String::len).max();
        let mut by_ending: Table<Box<[u64]>> = Table::default();
        for (list, ending) in endings
            .into_iter()
            .enumerate()
            .flat_map(|(list, it)| it.into_iter().map(move |it| (list, it)))
        {
            let lists = by_ending.entry(hash(ending.as_bytes()));
            let lists = lists.or_insert_with(|| vec![0; words].into());
            lists[list / 64] |= 1 << (list % 64);
        }
        let root = RandomState::new().hash_one(0_u8) | 1;
        Self {
            nodes: Table::from_iter([(root, Node::default())]),
            more: Vec::new(),
            stems: Table::default(),
            more_tails: Vec::new(),
            ending_bytes_max: ending_bytes_max.unwrap_or_default(),
            endings: by_ending,
            firsts: Filter::new(PATHS_MIN),
            laters: Filter::new(PATHS_MIN),
            stem_bytes_max: 0,
            starts: Starts::new(),
            later_starts: Starts::new(),
            root,
            patterns: 0,
        }
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
                    let whole = step(path, hash(text.as_bytes()), WHOLE);
                    self.add_node(path, whole);
                    path = whole;
                }
                Piece::Stem(text, tail) => {
                    node.has_stems = true;
                    self.stem_bytes_max = self.stem_bytes_max.max(text.len());
                    let is_first = path == self.root;
                    let starts = if is_first { &mut self.starts } else { &mut self.later_starts };
                    starts.insert(text);
                    let stem = step(path, hash(text.as_bytes()), STEM);
                    self.add_stem(path, stem, *tail);
                    path = with_tail(stem, *tail);
                    self.nodes.entry(path).or_default();
                }
            }
        }
        self.add_meaning(path, meaning);
    }

    fn add_node(&mut self, from: u64, path: u64) {
        if let Entry::Vacant(place) = self.nodes.entry(path) {
            place.insert(Node::default());
            self.filter(from).insert(path);
        }
    }

    fn add_stem(&mut self, from: u64, stem: u64, tail: Tail) {
        match self.stems.entry(stem) {
            Entry::Vacant(place) => {
                place.insert((tail, 0));
                self.filter(from).insert(stem);
            }
            Entry::Occupied(mut place) => {
                let (first, more) = place.get_mut();
                if *first != tail
                    && let Appended::First(at) = append(&mut self.more_tails, *more, tail)
                {
                    *more = at;
                }
            }
        }
    }

    /// The filter of what goes on from a path.
    fn filter(&mut self, from: u64) -> &mut Filter {
        if from == self.root { &mut self.firsts } else { &mut self.laters }
    }

    fn may_go(&self, from: u64, path: u64) -> bool {
        let filter = if from == self.root { &self.firsts } else { &self.laters };
        filter.may_hold(path)
    }

    fn add_meaning(&mut self, path: u64, meaning: Meaning) {
        let node = self.nodes.get_mut(&path).expect("just inserted");
        match node.meaning {
            None => node.meaning = Some(meaning),
            Some(first) if first == meaning => return,
            Some(_) => match append(&mut self.more, node.more, meaning) {
                Appended::Known => return,
                Appended::First(at) => node.more = at,
                Appended::Later => {}
            },
        }
        self.patterns += 1;
    }

    /// Whether there are more patterns than one lexicon should have, and how many it should.
    pub(super) fn overflow(&self) -> Option<usize> {
        (self.patterns > PATTERNS_MAX).then_some(PATTERNS_MAX)
    }

    /// What a path of whole tokens stands for.
    pub(super) fn exact(&self, words: &[&str]) -> impl Iterator<Item = Meaning> {
        let path =
            words.iter().fold(self.root, |path, word| step(path, hash(word.as_bytes()), WHOLE));
        let node = self.nodes.get(&path);
        node.into_iter()
            .flat_map(|node| node.meaning.into_iter().chain(chain(&self.more, node.more)))
    }

    /// Finds every pattern at every place of a folded text with these tokens.
    pub(super) fn scan(&self, folded: &str, tokens: &[Token], found: &mut Vec<Hit>) {
        if self.patterns == 0 {
            return;
        }
        let scan = Scan { lexicon: self, folded, tokens };
        // In a loop of its own, for most tokens begin nothing, and looks at far places of the
        // filters can then be under way together.
        let mut begins = Vec::with_capacity(tokens.len());
        for (index, token) in tokens.iter().enumerate() {
            let text = token.of(folded);
            begins.extend(self.begin(text, token.hash).map(|it| (index, token.start, it)));
            if token.kind == Kind::Word {
                for at in after_clitics(text) {
                    let begin = self.begin(&text[at..], hash(&text.as_bytes()[at..]));
                    begins.extend(begin.map(|it| (index, token.start + at, it)));
                }
            }
        }
        for (index, from, Begin { lengths, whole }) in begins {
            let first = (index, from);
            if lengths != 0 {
                scan.walk_stems(self.root, lengths, index, from, first, found);
            }
            if let Some(whole) = whole {
                scan.arrive(whole, index, tokens[index].end, first, found);
            }
        }
    }

    /// What patterns may begin with this text as their first token; `None` where none do.
    fn begin(&self, text: &str, hash: u64) -> Option<Begin> {
        let whole = step(self.root, hash, WHOLE);
        let (lengths, may_go) = (self.starts.of(text), self.firsts.may_hold(whole));
        (may_go || lengths != 0).then(|| Begin { lengths, whole: may_go.then_some(whole) })
    }
}

/// How patterns may begin with a token.
struct Begin {
    /// Lengths of stems, as [`Starts`] has them.
    lengths: u32,
    /// The path of the whole token.
    whole: Option<u64>,
}

impl Lexicon {
    /// The lists that hold an ending.
    fn lists(&self, ending: &str) -> &[u64] {
        if ending.len() > self.ending_bytes_max {
            return &[];
        }
        self.endings.get(&hash(ending.as_bytes())).map_or(&[], |lists| lists)
    }
}

/// What came of adding to the further ones.
enum Appended {
    Known,
    /// It is the first of them, and stands there.
    First(u32),
    Later,
}

/// Adds to the further ones, of which the first stands at `first`.
fn append<T: Copy + PartialEq>(all: &mut Vec<(T, u32)>, first: u32, new: T) -> Appended {
    let at = number(all.len() + 1);
    let mut last = first;
    while last != 0 {
        let (known, next) = &mut all[last as usize - 1];
        if *known == new {
            return Appended::Known;
        }
        if *next == 0 {
            *next = at;
            break;
        }
        last = *next;
    }
    all.push((new, 0));
    if first == 0 { Appended::First(at) } else { Appended::Later }
}

/// The further ones, of which the first stands at `first`.
fn chain<T: Copy>(all: &[(T, u32)], first: u32) -> impl Iterator<Item = T> {
    let at = |place: u32| all.get((place as usize).checked_sub(1)?);
    std::iter::successors(at(first), move |(_, next)| at(*next)).map(|(it, _)| *it)
}

fn number(place: usize) -> u32 {
    u32::try_from(place).expect("patterns are bounded")
}

/// One scan under way.
struct Scan<'s> {
    lexicon: &'s Lexicon,
    folded: &'s str,
    tokens: &'s [Token],
}

impl Scan<'_> {
    /// Goes on from a node with the token at `index`. The depth is that of the longest pattern.
    /// `first` is where the hit began: its token and byte.
    fn walk(
        &self,
        path: u64,
        node: &Node,
        index: usize,
        first: (usize, usize),
        found: &mut Vec<Hit>,
    ) {
        let Some(token) = self.tokens.get(index) else { return };
        if node.has_stems {
            let lengths = self.lexicon.later_starts.of(token.of(self.folded));
            self.walk_stems(path, lengths, index, token.start, first, found);
        }
        if node.has_wholes {
            let whole = step(path, token.hash, WHOLE);
            if self.lexicon.may_go(path, whole) {
                self.arrive(whole, index, token.end, first, found);
            }
        }
    }

    /// Goes on with every stem of one of these lengths that the token at `index` begins with.
    fn walk_stems(
        &self,
        path: u64,
        lengths: u32,
        index: usize,
        from: usize,
        first: (usize, usize),
        found: &mut Vec<Hit>,
    ) {
        let word_end = self.tokens[index].end;
        let text = &self.folded[from..word_end];
        let longest = text.len().min(self.lexicon.stem_bytes_max);
        for length in lengths_in(lengths, longest) {
            if !text.is_char_boundary(length) {
                continue;
            }
            let stem = step(path, hash(&text.as_bytes()[..length]), STEM);
            if !self.lexicon.may_go(path, stem) {
                continue;
            }
            let Some((tail, more)) = self.lexicon.stems.get(&stem) else { continue };
            let tails = std::iter::once(*tail).chain(chain(&self.lexicon.more_tails, *more));
            let rest = &text[length..];
            let mut lists = None;
            for tail in tails {
                let end = match tail {
                    Tail::Any => word_end,
                    Tail::Particles => from + length,
                    Tail::Endings(list) => {
                        let lists = *lists.get_or_insert_with(|| self.lexicon.lists(rest));
                        let word = lists.get(usize::from(list / 64)).copied().unwrap_or_default();
                        if word & 1 << (list % 64) == 0 {
                            continue;
                        }
                        word_end
                    }
                };
                self.arrive(with_tail(stem, tail), index, end, first, found);
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
        let hit = |meaning| Hit { meaning, range: start..end, tokens: (first_token, index) };
        found.extend(node.meaning.map(hit));
        if node.more != 0 {
            found.extend(chain(&self.lexicon.more, node.more).map(hit));
        }
        if node.has_wholes || node.has_stems {
            self.walk(path, node, index + 1, first, found);
        }
    }
}

/// The lengths of stems that bits stand for, as [`Starts`] has them; the shortest first.
fn lengths_in(bits: u32, longest: usize) -> impl Iterator<Item = usize> {
    let longer = bits >> Starts::LONGEST != 0;
    let mut rest = bits & !(1 << Starts::LONGEST) & !1;
    let short = std::iter::from_fn(move || {
        let length = rest.trailing_zeros();
        rest &= rest.checked_sub(1)?;
        Some(length as usize)
    });
    let long = (Starts::LONGEST..=longest).filter(move |_| longer);
    short.take_while(move |length| *length <= longest).chain(long)
}

/// Where a word may begin once what is glued before it is taken off; byte offsets.
fn after_clitics(word: &str) -> Vec<usize> {
    // Both scripts are of characters that begin with a high byte.
    if word.as_bytes().first().is_none_or(|byte| !(0xd7..=0xdb).contains(byte)) {
        return Vec::new();
    }
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

#[cfg(test)]
mod tests;
