//! A token as one number.

use std::hash::{BuildHasherDefault, Hasher};

/// For tables of our own words, which nobody can choose so that they collide.
pub(crate) type Hashes = BuildHasherDefault<OfText>;

/// The golden ratio in 64 bits: an odd number whose bits are spread well.
pub(crate) const PRIME: u64 = 0x9e37_79b9_7f4a_7c15;

/// A hash of a token, eight bytes at a time. Source: wyhash, whose reads may overlap and whose
/// product is folded.
#[expect(clippy::cast_possible_truncation, reason = "both halves of the product are taken")]
pub(crate) fn hash(text: &[u8]) -> u64 {
    let mix = |hash: u64, part: u64| {
        let product = u128::from(hash ^ part) * u128::from(PRIME);
        (product >> 64) as u64 ^ product as u64
    };
    let eight = |at: usize| text[at..].first_chunk().map_or(0, |part| u64::from_le_bytes(*part));
    let four = |at: usize| text[at..].first_chunk().map_or(0, |part| u32::from_le_bytes(*part));
    let length = text.len();
    let hash = mix(PRIME, length as u64);
    match length {
        0 => hash,
        1..4 => {
            let [first, middle, last] = [text[0], text[length / 2], text[length - 1]];
            mix(hash, u64::from(u32::from_le_bytes([first, middle, last, 0])))
        }
        4..=8 => mix(hash, u64::from(four(0)) << 32 | u64::from(four(length - 4))),
        _ => {
            let whole = (0..length - 8).step_by(8).fold(hash, |hash, at| mix(hash, eight(at)));
            mix(whole, eight(length - 8))
        }
    }
}

/// Hashes as [`hash`] does.
#[derive(Debug, Default, Clone, Copy)]
pub(crate) struct OfText(u64);

impl Hasher for OfText {
    fn finish(&self) -> u64 {
        self.0
    }

    fn write(&mut self, bytes: &[u8]) {
        self.0 ^= hash(bytes);
    }

    /// The end of a text, which its length in the hash tells already.
    fn write_u8(&mut self, _: u8) {}
}
