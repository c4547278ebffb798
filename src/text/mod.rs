//! Pure text work: folding for comparison, and markup to clean text.

pub(crate) mod fold;
pub(crate) mod html;
