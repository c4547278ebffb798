//! A reading that only sketches the entries, for feed-rs to fill them: which fields each has, and
//! what feed-rs would lose of the document.

use url::Url;

use super::super::entry::Rank;
use super::super::format::Format;
use super::super::vocabulary::Vocabulary;
use super::{Attributes, Field, Reading, attribute};

/// Fields of one entry that an outline keeps; one with more is not for feed-rs.
const FIELDS_MAX: usize = 256;

/// What feed-rs would lose of a document. Source: feeds.md §2.4, and feed-rs 3.0 itself.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(in crate::feed::parse) enum Loss {
    /// The root is none that it knows: a sitemap, or an item or a channel alone.
    Root,
    /// `xml:base`: it knows none but absolute ones, and not for what RSS has as text.
    Base,
    /// A word that its model has no place for: `feedburner:origLink`, an entry's language, a guid in RSS 1.0.
    Word,
    /// The same is said twice: it keeps the last one, be it empty or no date.
    Twice,
    /// Markup that is not escaped: it cuts the text there.
    Markup,
    /// Entries in several languages: its dates know of one.
    Language,
    /// The only title or text is that of media, and it has none or several.
    Media,
    /// An RSS item says when it was updated, and feed-rs may have put the publication there.
    Update,
    /// It found another number of entries than there are, or failed.
    Entries,
}

/// Where the innermost open element stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(in crate::feed::parse) enum Place {
    /// It holds entries, or fields of one.
    Outer,
    /// It is a field of an entry.
    Field(Field),
    /// It is markup within a field, or the name within a person.
    Within,
    /// Nothing that an entry is made of.
    Passed,
}

/// What an outline keeps beside its entries.
#[derive(Debug, Default)]
pub(super) struct Outline {
    lost: Option<Loss>,
    /// The fields of the open entry.
    seen: Vec<Field>,
    /// The fields of each entry.
    fields: Vec<Vec<Field>>,
    /// The open field is XHTML, where markup is no loss.
    is_xhtml: bool,
}

impl<'b> Reading<'b> {
    /// One that only sketches the entries.
    pub(in crate::feed::parse) fn outline(base: &'b Url) -> Self {
        Self { outline: Some(Outline::default()), ..Self::new(base) }
    }

    /// What an outline found feed-rs to lose.
    pub(in crate::feed::parse) fn lost(&self) -> Option<Loss> {
        self.outline.as_ref().and_then(|outline| outline.lost)
    }

    /// Takes the fields of each entry of an outline.
    pub(in crate::feed::parse) fn take_fields(&mut self) -> Vec<Vec<Field>> {
        self.outline.as_mut().map(|outline| std::mem::take(&mut outline.fields)).unwrap_or_default()
    }

    pub(in crate::feed::parse) fn format(&self) -> Option<&Format> {
        self.format.as_ref()
    }

    /// What a name means here, and the name without its prefix.
    pub(in crate::feed::parse) fn resolve<'n>(&self, name: &'n str) -> (Vocabulary, &'n str) {
        self.bindings.resolve(name)
    }

    /// Where the element stands that was opened last.
    pub(in crate::feed::parse) fn place(&self) -> Place {
        match &self.capture {
            _ if self.skipped.is_some() => Place::Passed,
            None => Place::Outer,
            Some(_) if self.entry.is_none() => Place::Passed,
            Some(capture) if capture.depth == self.depth => Place::Field(capture.field),
            Some(_) => Place::Within,
        }
    }

    pub(super) fn lose(&mut self, loss: Loss) {
        if let Some(outline) = &mut self.outline {
            outline.lost = outline.lost.or(Some(loss));
        }
    }

    pub(super) fn is_atom(&self) -> bool {
        matches!(self.format, Some(Format::Atom(_)))
    }

    /// Keeps in mind that an entry has a field.
    pub(super) fn note(&mut self, field: Field, attributes: &Attributes<'_>) {
        let is_atom = self.is_atom();
        let Some(outline) = &mut self.outline else { return };
        let is_several =
            matches!(field, Field::Link | Field::Author | Field::MediaTitle | Field::MediaSummary);
        let is_same = |it: &Field| std::mem::discriminant(it) == std::mem::discriminant(&field);
        let is_twice = !is_several && outline.seen.iter().any(is_same);
        let kind = attribute(attributes, "type").unwrap_or_default();
        outline.is_xhtml = is_atom && kind.contains("xhtml");
        let is_full = outline.seen.len() == FIELDS_MAX;
        if !is_full {
            outline.seen.push(field);
        }
        if is_twice || is_full {
            self.lose(Loss::Twice);
        }
        let is_rdf = self.format == Some(Format::Rdf);
        match field {
            Field::OriginalLink | Field::Language => self.lose(Loss::Word),
            Field::Guid | Field::Updated(_) if is_rdf => self.lose(Loss::Word),
            _ => {}
        }
    }

    /// The document begins with an element of that name.
    pub(super) fn note_root(&mut self, local: &str) {
        if !matches!(local, "rss" | "RDF" | "feed") {
            self.lose(Loss::Root);
        }
    }

    /// A link begins: in Atom it has an address, elsewhere it is one.
    pub(super) fn note_link(&mut self, has_address: bool) {
        if has_address != self.is_atom() {
            self.lose(Loss::Word);
        }
    }

    /// Markup begins within a field.
    pub(super) fn note_markup(&mut self) {
        let (Some(outline), Some(capture)) = (&self.outline, &self.capture) else { return };
        let is_person = capture.field == Field::Author;
        let is_known = if is_person { self.is_atom() } else { outline.is_xhtml };
        if !is_known && self.entry.is_some() {
            self.lose(Loss::Markup);
        }
    }

    /// Text stands in an entry: a person of Atom has none but in a name.
    pub(super) fn note_text(&mut self, text: &str) {
        let is_bare = self
            .capture
            .as_ref()
            .is_some_and(|capture| capture.field == Field::Author && capture.depth == self.depth);
        if is_bare && self.is_atom() && !text.trim().is_empty() {
            self.lose(Loss::Markup);
        }
    }

    /// The open entry ends, and is kept or not.
    pub(super) fn note_entry(&mut self, is_kept: bool) {
        if let Some(outline) = &mut self.outline {
            let seen = std::mem::take(&mut outline.seen);
            outline.fields.extend(is_kept.then_some(seen));
        }
    }
}

/// Whether an Atom link may lead to the article.
pub(super) fn is_alternate(attributes: &Attributes<'_>) -> bool {
    Rank::of(attribute(attributes, "rel"), attribute(attributes, "type")).is_some()
}
