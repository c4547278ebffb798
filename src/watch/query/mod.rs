//! The query language of a watch: what `query = '…'` may say, read into a tree.
//!
//! ```text
//! (region:"East China Sea" OR "Okinawa Trough") AND drone* NEAR/5 navy AND NOT title:football
//! ```
//!
//! An atom is a term (a word, a `prefix*`, a `"phrase"`, or words together: `"joint patrol"~4`),
//! alone or behind `title:`, `summary:` or `body:`; or a name behind `region:`, `country:`,
//! `topic:`, `lang:` or `feed:`. What stands before a bracket holds for all in it. `NEAR/n` joins
//! two terms and binds tightest, then `NOT`, `AND`, `OR`. Two atoms side by side are a mistake:
//! some tools read `AND` there and some `OR`, and either surprises those who came from the other.
//!
//! Nothing here knows which places and topics there are, or looks into a text: [`Query::holds`] is
//! told what was found.

mod parse;
#[cfg(test)]
mod tests;
mod token;

use std::fmt;
use std::ops::Range;

use super::Field;
use super::term::Term;
use token::Key;

/// Bytes of a query.
const QUERY_BYTES_MAX: usize = 4096;
/// Words of `NEAR/n` and of `"…"~n`.
const WITHIN_MAX: usize = 50;

/// A query, ready to be asked. It holds only where one of its [`Query::positive`] atoms is met.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Query {
    pub(super) root: Node,
    /// As written, from left to right; a [`Node`] names each by its index, once.
    pub(super) atoms: Vec<Atom>,
}

/// How atoms are joined. `And` and `Or` have two parts or more, none of their own kind.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Node {
    Atom(usize),
    Not(Box<Node>),
    And(Vec<Node>),
    Or(Vec<Node>),
    /// Two [`Kind::Term`]s in one field, in either order, `within` words (1 to 50) of each other.
    Near {
        left: usize,
        right: usize,
        within: usize,
    },
}

/// One thing that a query asks for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Atom {
    pub(super) kind: Kind,
    /// Its bytes in the query's text, from its own field on; a field before a bracket is not in it.
    pub(super) span: Range<usize>,
}

/// What an atom asks for. A name is as it was written: trimmed, not empty, and not yet looked up.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Kind {
    Region(String),
    Country(String),
    Topic(String),
    Language(String),
    /// A feed's name or id, or `tag:…`.
    Feed(String),
    /// A term in this field, or in any.
    Term {
        term: Term,
        field: Option<Field>,
    },
    /// Two words or more, all `within` words (1 to 50) of each other, in any order.
    Together {
        words: Vec<String>,
        within: usize,
        field: Option<Field>,
    },
}

/// What is wrong with a query.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Mistake {
    /// Bytes of the query's text.
    pub(super) span: Range<usize>,
    pub(super) message: String,
    pub(super) hint: Option<String>,
}

/// Reads a query, or says the first mistake in it.
///
/// A query has at most 4 KiB and 200 atoms, with 32 brackets and `NOT`s in one another. One that
/// could hold where nothing is found is a mistake too: it would be no reason for an alert.
pub(super) fn parse(text: &str) -> Result<Query, Mistake> {
    let whole = 0..text.len();
    if text.len() > QUERY_BYTES_MAX {
        return Err(Mistake::new(whole, format!("a query has at most {QUERY_BYTES_MAX} bytes")));
    }
    let (root, atoms) = parse::read(text)?;
    let query = Query { root, atoms };
    if query.positive().is_empty() {
        return Err(Mistake::new(whole, "a query needs something that it looks for").hint(
            "`NOT`, `lang:` and `feed:` narrow what else is found: `drone AND NOT football`",
        ));
    }
    if query.can_be(&query.root, true) {
        return Err(Mistake::new(whole, "the query holds where nothing of it is found").hint(
            "each side of an `OR` needs something to look for, beside `NOT`, `lang:` and `feed:`",
        ));
    }
    Ok(query)
}

/// Reads `"joint patrol"~4` alone: its words, and how near they are. Or says what is wrong with it.
pub(super) fn together(text: &str) -> Result<(Vec<String>, usize), String> {
    let mut query = parse(text).map_err(|mistake| mistake.message)?;
    match query.atoms.pop().map(|atom| atom.kind) {
        Some(Kind::Together { words, within, .. }) if query.atoms.is_empty() => Ok((words, within)),
        _ => Err(format!("`{text}` is more than one term")),
    }
}

impl Query {
    /// Whether the query holds where the atoms of which `met` says so are met. `near` is asked for
    /// the left and the right term of a `NEAR` and the words that may be between one and the other.
    pub(super) fn holds(
        &self,
        met: impl Fn(usize) -> bool,
        near: impl Fn(usize, usize, usize) -> bool,
    ) -> bool {
        self.root.holds(&met, &near)
    }

    /// The atoms that can be evidence: what the text is searched for, unless an odd number of
    /// `NOT`s stand before it. A language or a feed is none.
    pub(super) fn positive(&self) -> Vec<usize> {
        let mut wanted = self.root.atoms();
        wanted.retain(|&(atom, is_wanted)| is_wanted && self.atoms[atom].kind.is_in_text());
        wanted.into_iter().map(|(atom, _)| atom).collect()
    }

    /// Of the atoms that can be evidence, those that are why the query holds: the ones that are met
    /// on the sides of each `OR` that hold. None where it does not hold.
    pub(super) fn reasons(
        &self,
        met: impl Fn(usize) -> bool,
        near: impl Fn(usize, usize, usize) -> bool,
    ) -> Vec<usize> {
        let mut found = Vec::new();
        self.root.reasons(true, &met, &near, &mut found);
        found.retain(|atom| self.atoms[*atom].kind.is_in_text());
        found
    }

    /// The parts between the outermost `AND`s that do not hold.
    pub(super) fn unmet(
        &self,
        met: impl Fn(usize) -> bool,
        near: impl Fn(usize, usize, usize) -> bool,
    ) -> Vec<&Node> {
        let parts = match &self.root {
            Node::And(parts) => parts.as_slice(),
            part => std::slice::from_ref(part),
        };
        parts.iter().filter(|part| !part.holds(&met, &near)).collect()
    }

    /// For each atom, whether an even number of `NOT`s stand before it.
    pub(super) fn is_wanted(&self) -> Vec<bool> {
        let mut found = vec![true; self.atoms.len()];
        for (atom, is_wanted) in self.root.atoms() {
            found[atom] = is_wanted;
        }
        found
    }

    /// A part of the query in its normal form.
    pub(super) fn written<'q>(&'q self, part: &'q Node) -> impl fmt::Display + 'q {
        fmt::from_fn(|f| self.write(part, f))
    }

    /// Atoms of which one is met wherever the query holds; of several such sets the one whose
    /// `cost`s are the least in sum. Every query that [`parse`] lets pass has one.
    pub(super) fn needed(&self, cost: impl Fn(&Kind) -> u32) -> Option<Vec<usize>> {
        self.needed_for(&self.root, true, &cost).map(|(_, atoms)| atoms)
    }

    /// Atoms of which one is met wherever a node comes to `value`, and what they cost.
    fn needed_for(
        &self,
        node: &Node,
        value: bool,
        cost: &impl Fn(&Kind) -> u32,
    ) -> Option<(u32, Vec<usize>)> {
        let atom = |atom: &usize| {
            let kind = &self.atoms[*atom].kind;
            (value && kind.is_in_text()).then(|| (cost(kind), vec![*atom]))
        };
        let least = |sets: &mut dyn Iterator<Item = Option<_>>| {
            sets.flatten().min_by_key(|(cost, _): &(u32, Vec<usize>)| *cost)
        };
        match node {
            Node::Atom(it) => atom(it),
            Node::Near { left, right, .. } => least(&mut [left, right].into_iter().map(atom)),
            Node::Not(part) => self.needed_for(part, !value, cost),
            Node::And(parts) | Node::Or(parts) => {
                let mut sets = parts.iter().map(|part| self.needed_for(part, value, cost));
                if matches!(node, Node::And(_)) == value {
                    return least(&mut sets);
                }
                sets.try_fold((0, Vec::new()), |(sum, mut all), set| {
                    let (cost, atoms) = set?;
                    all.extend(atoms);
                    Some((sum + cost, all))
                })
            }
        }
    }

    /// Whether a node can come to `value` where nothing is found in the text. A language that is
    /// asked for twice is taken for two, which at worst is too strict.
    fn can_be(&self, node: &Node, value: bool) -> bool {
        match node {
            Node::Atom(atom) => !value || !self.atoms[*atom].kind.is_in_text(),
            Node::Near { .. } => !value,
            Node::Not(part) => self.can_be(part, !value),
            Node::And(parts) if value => parts.iter().all(|part| self.can_be(part, value)),
            Node::Or(parts) if !value => parts.iter().all(|part| self.can_be(part, value)),
            Node::And(parts) | Node::Or(parts) => parts.iter().any(|it| self.can_be(it, value)),
        }
    }

    /// Writes a node; brackets are needed where a part binds less than what it stands in.
    fn write(&self, node: &Node, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let inside = |part: &Node, f: &mut fmt::Formatter<'_>| {
            if matches!((node, part), (_, Node::Or(_)) | (Node::Not(_), Node::And(_))) {
                f.write_str("(")?;
                self.write(part, f)?;
                f.write_str(")")
            } else {
                self.write(part, f)
            }
        };
        match node {
            Node::Atom(atom) => write!(f, "{}", self.atoms[*atom].kind),
            Node::Near { left, right, within } => {
                let (left, right) = (&self.atoms[*left].kind, &self.atoms[*right].kind);
                write!(f, "{left} NEAR/{within} {right}")
            }
            Node::Not(part) => {
                f.write_str("NOT ")?;
                inside(part, f)
            }
            Node::And(parts) | Node::Or(parts) => {
                let operator = if matches!(node, Node::And(_)) { " AND " } else { " OR " };
                for (index, part) in parts.iter().enumerate() {
                    f.write_str(if index == 0 { "" } else { operator })?;
                    inside(part, f)?;
                }
                Ok(())
            }
        }
    }
}

/// The normal form: the fewest brackets, each atom with its own field. It reads back as the same
/// query, but it may pass the limit of bytes where a field stood before a long bracket.
impl fmt::Display for Query {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.write(&self.root, f)
    }
}

impl Node {
    fn holds(
        &self,
        met: &impl Fn(usize) -> bool,
        near: &impl Fn(usize, usize, usize) -> bool,
    ) -> bool {
        match self {
            Self::Atom(atom) => met(*atom),
            Self::Not(part) => !part.holds(met, near),
            Self::And(parts) => parts.iter().all(|part| part.holds(met, near)),
            Self::Or(parts) => parts.iter().any(|part| part.holds(met, near)),
            Self::Near { left, right, within } => near(*left, *right, *within),
        }
    }

    /// Collects the atoms that are met where that is why this node comes to `value`.
    fn reasons(
        &self,
        value: bool,
        met: &impl Fn(usize) -> bool,
        near: &impl Fn(usize, usize, usize) -> bool,
        found: &mut Vec<usize>,
    ) {
        match self {
            _ if self.holds(met, near) != value => {}
            Self::Atom(atom) => found.extend(value.then_some(*atom)),
            Self::Near { left, right, .. } if value => found.extend([*left, *right]),
            Self::Near { .. } => {}
            Self::Not(part) => part.reasons(!value, met, near, found),
            Self::And(parts) | Self::Or(parts) => {
                for part in parts {
                    part.reasons(value, met, near, found);
                }
            }
        }
    }

    /// Its atoms from left to right, and whether an even number of `NOT`s stand before each.
    fn atoms(&self) -> Vec<(usize, bool)> {
        match self {
            Self::Atom(atom) => vec![(*atom, true)],
            Self::Near { left, right, .. } => vec![(*left, true), (*right, true)],
            Self::Not(part) => part.atoms().into_iter().map(|(it, wanted)| (it, !wanted)).collect(),
            Self::And(parts) | Self::Or(parts) => parts.iter().flat_map(Self::atoms).collect(),
        }
    }
}

impl Kind {
    /// Whether the text is searched for it.
    fn is_in_text(&self) -> bool {
        !matches!(self, Self::Language(_) | Self::Feed(_))
    }
}

impl fmt::Display for Kind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (key, written) = match self {
            Self::Region(name) => (Some(Key::Region), name),
            Self::Country(name) => (Some(Key::Country), name),
            Self::Topic(name) => (Some(Key::Topic), name),
            Self::Language(name) => (Some(Key::Language), name),
            Self::Feed(name) => (Some(Key::Feed), name),
            Self::Term { term, field } => (field.map(Key::Field), &term.written),
            Self::Together { words, within, field } => {
                (field.map(Key::Field), &format!("\"{}\"~{within}", words.join(" ")))
            }
        };
        if let Some(key) = key {
            write!(f, "{}:", key.name())?;
        }
        if written.starts_with('"') || token::is_word(written, key) {
            f.write_str(written)
        } else {
            write!(f, "\"{written}\"")
        }
    }
}

impl Mistake {
    fn new(span: Range<usize>, message: impl Into<String>) -> Self {
        Self { span, message: message.into(), hint: None }
    }

    fn hint(self, hint: impl Into<String>) -> Self {
        Self { hint: Some(hint.into()), ..self }
    }
}
