//! Pure text work: folding for comparison, word bounds, and markup to clean text.

pub(crate) mod fold;
pub(crate) mod html;
pub(crate) mod words;
