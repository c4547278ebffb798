//! What had to be mended to read a document at all, told to who asks why a feed is odd.

use std::fmt;

/// One kind of damage that was read past.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Repair {
    /// The document was compressed, and no header said so.
    Unpacked,
    /// The declared encoding is not the one that the bytes are in.
    Encoding,
    /// Something stood before the document.
    Junk,
    /// An `&` that begins no reference.
    Ampersand,
    /// A CDATA section without its end.
    Cdata,
    /// A comment without its end.
    Comment,
    /// Elements that do not end, end twice, or end in another order.
    Tags,
    /// Attributes without quotes, or markup that only a browser would take for markup.
    Markup,
    /// JSON that breaks off, or values of the wrong type.
    Json,
}

impl fmt::Display for Repair {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Unpacked => "the body was compressed without a header that says so",
            Self::Encoding => "the declared encoding is not the one it is in",
            Self::Junk => "something stood before the document",
            Self::Ampersand => "an `&` began no reference",
            Self::Cdata => "a CDATA section did not end",
            Self::Comment => "a comment did not end",
            Self::Tags => "elements did not end, or in the wrong order",
            Self::Markup => "markup was not well-formed",
            Self::Json => "a value was not as JSON Feed wants it",
        })
    }
}

impl Repair {
    /// One word for scripts.
    pub(crate) const fn word(self) -> &'static str {
        match self {
            Self::Unpacked => "unpacked",
            Self::Encoding => "encoding",
            Self::Junk => "junk",
            Self::Ampersand => "ampersand",
            Self::Cdata => "cdata",
            Self::Comment => "comment",
            Self::Tags => "tags",
            Self::Markup => "markup",
            Self::Json => "json",
        }
    }
}
