//! Pure text work: folding for comparison, tokens and patterns of them, markup to clean text.

pub(crate) mod fold;
pub(crate) mod html;
pub(crate) mod language;
pub(crate) mod pattern;
pub(crate) mod tokens;
