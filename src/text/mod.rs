//! Pure text work: folding for comparison, tokens and patterns of them, markup to clean text.

pub(crate) mod fold;
pub(crate) mod hash;
pub(crate) mod html;
pub(crate) mod language;
mod pages;
pub(crate) mod pattern;
pub(crate) mod tokens;

/// The beginning of a text: at most so many bytes, and whole characters.
pub(crate) fn capped(mut text: String, bytes: usize) -> String {
    text.truncate(text.floor_char_boundary(bytes));
    text
}
