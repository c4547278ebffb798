//! Folding: two spellings of one thing become one, and every byte knows where it came from.

/// Folded text with a way back to the original.
#[derive(Debug)]
pub(crate) struct Folded;
