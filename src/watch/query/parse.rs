//! Reads a query by descent, a function for each thing that binds tighter than the last.

use super::token::{Key, Mark, Token, token};
use super::{Atom, Kind, Mistake, Node};
use crate::watch::Field;
use crate::watch::term::Term;

/// Brackets and `NOT`s in one another.
const DEPTH_MAX: usize = 32;
/// Atoms of a query.
const ATOMS_MAX: usize = 200;

/// Reads the whole of a query.
pub(super) fn read(text: &str) -> Result<(Node, Vec<Atom>), Mistake> {
    let mut reader = Reader { text, at: 0, last: None, inside: None, depth: 0, atoms: Vec::new() };
    let root = reader.any_of()?;
    let next = reader.peek()?;
    match next.mark {
        Mark::End => Ok((root, reader.atoms)),
        _ => Err(closes_nothing(&next)),
    }
}

/// What has been read of a query.
struct Reader<'a> {
    text: &'a str,
    /// Bytes that were read.
    at: usize,
    /// The token that ends there.
    last: Option<Token<'a>>,
    /// The key that holds for what is read now.
    inside: Option<Key>,
    /// Brackets and `NOT`s that are open.
    depth: usize,
    atoms: Vec<Atom>,
}

impl<'a> Reader<'a> {
    /// Parts between `OR`s.
    fn any_of(&mut self) -> Result<Node, Mistake> {
        let mut parts = Vec::new();
        loop {
            match self.all_of()? {
                Node::Or(inner) => parts.extend(inner),
                part => parts.push(part),
            }
            if self.take(Mark::Or)?.is_none() {
                return Ok(alone(&mut parts).unwrap_or(Node::Or(parts)));
            }
        }
    }

    /// Parts between `AND`s, up to an `OR`, the end of a bracket or of all.
    fn all_of(&mut self) -> Result<Node, Mistake> {
        let mut parts = Vec::new();
        loop {
            match self.perhaps_not()? {
                Node::And(inner) => parts.extend(inner),
                part => parts.push(part),
            }
            if self.take(Mark::And)?.is_some() {
                continue;
            }
            let next = self.peek()?;
            return match next.mark {
                Mark::Or | Mark::Close | Mark::End => {
                    Ok(alone(&mut parts).unwrap_or(Node::And(parts)))
                }
                Mark::Near(_) => Err(stands_between_terms(&next)),
                _ => Err(self.no_operator(&next)),
            };
        }
    }

    /// A part, with `NOT` or without.
    fn perhaps_not(&mut self) -> Result<Node, Mistake> {
        match self.take(Mark::Not)? {
            None => self.perhaps_near(),
            Some(not) => Ok(Node::Not(Box::new(self.deeper(&not, Self::perhaps_not)?))),
        }
    }

    /// An operand, or two terms with `NEAR/n` between them.
    fn perhaps_near(&mut self) -> Result<Node, Mistake> {
        let left = self.operand()?;
        let near = self.peek()?;
        let Mark::Near(within) = near.mark else { return Ok(left) };
        self.step(near);
        let right = self.operand()?;
        match (self.as_term(&left), self.as_term(&right)) {
            (Some((_, Some(one))), Some((_, Some(other)))) if one != other => {
                let message = format!("`{}` joins terms of one field", near.text);
                Err(Mistake::new(near.span(), message))
            }
            (Some((left, _)), Some((right, _))) => Ok(Node::Near { left, right, within }),
            _ => Err(stands_between_terms(&near)),
        }
    }

    /// The atom of a node that is a term, and the term's field.
    fn as_term(&self, node: &Node) -> Option<(usize, Option<Field>)> {
        let Node::Atom(atom) = *node else { return None };
        match self.atoms[atom].kind {
            Kind::Term { field, .. } => Some((atom, field)),
            _ => None,
        }
    }

    /// A bracket or an atom.
    fn operand(&mut self) -> Result<Node, Mistake> {
        let token = self.peek()?;
        match token.mark {
            Mark::Open => self.bracket(token),
            Mark::Word | Mark::Quoted { .. } => self.atom(token, token.start),
            Mark::Key(key) => self.behind(token, key),
            _ => Err(self.no_operand(&token)),
        }
    }

    fn bracket(&mut self, open: Token<'a>) -> Result<Node, Mistake> {
        self.step(open);
        let node = self.deeper(&open, Self::any_of)?;
        self.take(Mark::Close)?.map(|_| node).ok_or_else(|| is_not_closed(&open))
    }

    /// What a key holds for: a value that follows at once, or a bracket of them.
    fn behind(&mut self, token: Token<'a>, key: Key) -> Result<Node, Mistake> {
        if let Some(outer) = self.inside {
            return Err(wants_no(&token, outer));
        }
        self.step(token);
        self.inside = Some(key);
        let value = self.peek()?;
        let follows = value.start == token.end();
        let node = match value.mark {
            Mark::Open if follows => self.bracket(value)?,
            Mark::Word | Mark::Quoted { .. } if follows => self.atom(value, token.start)?,
            Mark::Key(_) if follows => return Err(wants_no(&value, key)),
            Mark::Open | Mark::Word | Mark::Quoted { .. } => {
                let hint =
                    format!("no space stands behind the `:`: `{}{}`", token.text, value.text);
                return Err(has_no_value(&token).hint(hint));
            }
            _ => return Err(has_no_value(&token)),
        };
        self.inside = None;
        Ok(node)
    }

    /// A word or what is quoted, as the key before it says; `start` is where the atom starts.
    fn atom(&mut self, token: Token<'a>, start: usize) -> Result<Node, Mistake> {
        let span = start..token.end();
        if self.atoms.len() == ATOMS_MAX {
            let message = format!("a query has at most {ATOMS_MAX} terms and names");
            return Err(Mistake::new(span, message));
        }
        let kind = match self.inside {
            None => looked_for(&token, None)?,
            Some(Key::Field(field)) => looked_for(&token, Some(field))?,
            Some(Key::Region) => Kind::Region(name(&token, Key::Region)?),
            Some(Key::Country) => Kind::Country(name(&token, Key::Country)?),
            Some(Key::Topic) => Kind::Topic(name(&token, Key::Topic)?),
            Some(Key::Language) => Kind::Language(name(&token, Key::Language)?),
            Some(Key::Feed) => Kind::Feed(name(&token, Key::Feed)?),
        };
        self.step(token);
        self.atoms.push(Atom { kind, span });
        Ok(Node::Atom(self.atoms.len() - 1))
    }

    /// Reads what is inside of `token`, a bracket or a `NOT`.
    fn deeper(
        &mut self,
        token: &Token,
        read: impl FnOnce(&mut Self) -> Result<Node, Mistake>,
    ) -> Result<Node, Mistake> {
        if self.depth == DEPTH_MAX {
            let message = format!("at most {DEPTH_MAX} brackets and `NOT`s stand in one another");
            return Err(Mistake::new(token.span(), message));
        }
        self.depth += 1;
        let node = read(self)?;
        self.depth -= 1;
        Ok(node)
    }

    /// The next token, which stays.
    fn peek(&self) -> Result<Token<'a>, Mistake> {
        let is_value = matches!(self.last, Some(Token { mark: Mark::Key(_), .. }));
        token(self.text, self.at, self.inside, is_value)
    }

    /// The next token, if it is this one.
    fn take(&mut self, mark: Mark) -> Result<Option<Token<'a>>, Mistake> {
        let token = self.peek()?;
        if token.mark != mark {
            return Ok(None);
        }
        self.step(token);
        Ok(Some(token))
    }

    fn step(&mut self, token: Token<'a>) {
        self.at = token.end();
        self.last = Some(token);
    }

    /// The mistake of `next`, which stands where an operand is wanted.
    fn no_operand(&self, next: &Token) -> Mistake {
        let Some(last) = self.last else {
            return match next.mark {
                Mark::End => Mistake::new(0..self.text.len(), "the query is empty"),
                Mark::Close => closes_nothing(next),
                _ => has_nothing(next, "before"),
            };
        };
        match (last.mark, next.mark) {
            (Mark::Open, Mark::End) => is_not_closed(&last),
            (Mark::Open, Mark::Close) => {
                Mistake::new(last.start..next.end(), "there is nothing in the bracket")
            }
            (Mark::Open, _) => has_nothing(next, "before"),
            _ => has_nothing(&last, "after"),
        }
    }

    /// The mistake of `next`, which stands right after an operand.
    fn no_operator(&self, next: &Token) -> Mistake {
        let hint = match (self.last, next.mark) {
            (_, Mark::Not) => "write `AND NOT`".to_owned(),
            (Some(Token { mark: Mark::Word, text, .. }), Mark::Word) => {
                format!("write `AND` or `OR` between them, or a phrase: `\"{text} {}\"`", next.text)
            }
            _ => "write `AND` or `OR` between them".to_owned(),
        };
        let message = format!("there is no operator before `{}`", next.text);
        Mistake::new(next.span(), message).hint(hint)
    }
}

/// The part that there is, where there is one alone.
fn alone(parts: &mut Vec<Node>) -> Option<Node> {
    if parts.len() == 1 { parts.pop() } else { None }
}

/// A term, or words together.
fn looked_for(token: &Token, field: Option<Field>) -> Result<Kind, Mistake> {
    let at_token = |message| Mistake::new(token.span(), message);
    let term = |written| Term::parse(written).map_err(at_token);
    match token.mark {
        Mark::Quoted { inner, within: Some(within) } => {
            let words: Vec<_> = inner.split_whitespace().map(str::to_owned).collect();
            if let Some(open) = words.iter().find(|word| word.contains('*')) {
                return Err(at_token(format!("`{open}` is no whole word"))
                    .hint(format!("`NEAR/{within}` joins two terms that may have a `*`")));
            }
            term(inner)?;
            if words.len() < 2 {
                return Err(at_token(format!("`~{within}` needs two words or more")));
            }
            if within + 1 < words.len() {
                let count = words.len();
                return Err(at_token(format!("`~{within}` is too near for {count} words")));
            }
            words.iter().try_for_each(|word| term(word).map(drop))?;
            Ok(Kind::Together { words, within, field })
        }
        // Between quotes a `*` at the end is what it is without them, or no phrase could have one.
        Mark::Quoted { inner, .. } if inner.trim_end().ends_with('*') => {
            Ok(Kind::Term { term: term(inner)?, field })
        }
        _ => Ok(Kind::Term { term: term(token.text)?, field }),
    }
}

/// A name, for a key that takes one.
fn name(token: &Token, key: Key) -> Result<String, Mistake> {
    let key = key.name();
    let name = match token.mark {
        Mark::Quoted { inner, within: None } => inner.trim(),
        Mark::Quoted { within: Some(within), .. } => {
            let message = format!("`{key}:` takes a name, without `~{within}`");
            return Err(Mistake::new(token.span(), message));
        }
        _ => token.text,
    };
    if name.is_empty() {
        return Err(Mistake::new(token.span(), format!("`{key}:` has no value")));
    }
    Ok(name.to_owned())
}

fn wants_no(token: &Token, outer: Key) -> Mistake {
    let (outer, inner) = (outer.name(), token.text);
    Mistake::new(token.span(), format!("`{inner}` cannot stand behind `{outer}:`"))
}

fn has_no_value(key: &Token) -> Mistake {
    Mistake::new(key.span(), format!("`{}` has no value", key.text))
}

fn has_nothing(operator: &Token, side: &str) -> Mistake {
    Mistake::new(operator.span(), format!("`{}` has nothing {side} it", operator.text))
}

fn is_not_closed(open: &Token) -> Mistake {
    Mistake::new(open.span(), "the bracket is not closed")
}

fn closes_nothing(close: &Token) -> Mistake {
    Mistake::new(close.span(), "the bracket closes nothing")
}

fn stands_between_terms(near: &Token) -> Mistake {
    Mistake::new(near.span(), format!("`{}` stands between two terms", near.text)).hint(
        "a term is a word, a phrase or a `prefix*`; others are written out: \
         `ship NEAR/5 navy OR boat NEAR/5 navy`",
    )
}
