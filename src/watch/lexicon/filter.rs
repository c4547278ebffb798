//! Saying no without a look into the large tables: most words of a text begin no pattern.

use crate::text::hash::PRIME;

/// A set of paths that may say yes wrongly and never no.
#[derive(Debug)]
pub(super) struct Filter {
    bits: Vec<u64>,
    /// What it was made of, to make a wider one.
    paths: Vec<u64>,
}

impl Filter {
    /// Bits for each path, of which two are set: of a hundred paths that are not in it, about two
    /// seem to be.
    const BITS_EACH: usize = 16;

    pub(super) fn new(paths_max: usize) -> Self {
        let words = (paths_max * Self::BITS_EACH / 64).next_power_of_two();
        Self { bits: vec![0; words], paths: Vec::new() }
    }

    /// The word of a path, and its bits in it.
    fn place(&self, path: u64) -> (usize, u64) {
        // Both in one word, so that it is one look.
        let bits = 1 << (path % 64) | 1 << (path >> 58);
        ((path >> 6) as usize & (self.bits.len() - 1), bits)
    }

    /// Adds a path that is not yet in it.
    pub(super) fn insert(&mut self, path: u64) {
        self.paths.push(path);
        if self.paths.len() * Self::BITS_EACH <= self.bits.len() * 64 {
            return self.mark(path);
        }
        let paths = std::mem::take(&mut self.paths);
        *self = Self::new(paths.len() * 2);
        for path in &paths {
            self.mark(*path);
        }
        self.paths = paths;
    }

    fn mark(&mut self, path: u64) {
        let (word, bits) = self.place(path);
        self.bits[word] |= bits;
    }

    pub(super) fn may_hold(&self, path: u64) -> bool {
        let (word, bits) = self.place(path);
        self.bits[word] & bits == bits
    }
}

/// How many bytes the first stems have that begin as a word does: most words begin as none, and
/// need not be looked up at each of their letters.
#[derive(Debug)]
pub(super) struct Starts {
    /// By the first bytes of stems that have [`Self::LONG`] or more: a bit for each length, the
    /// highest for longer ones.
    long: Vec<u32>,
    /// By the first bytes of shorter ones.
    short: Vec<u8>,
    /// Lengths of stems that have fewer bytes than tell those apart.
    shortest: u32,
}

impl Starts {
    /// Bytes that tell stems apart, of long and of short ones.
    const LONG: usize = 6;
    const SHORT: usize = 3;
    const PLACES: usize = 1 << 14;
    pub(super) const LONGEST: usize = 31;

    pub(super) fn new() -> Self {
        Self { long: vec![0; Self::PLACES], short: vec![0; Self::PLACES], shortest: 0 }
    }

    fn place<const BYTES: usize>(start: [u8; BYTES]) -> usize {
        let mut bytes = [0; 8];
        bytes[..BYTES].copy_from_slice(&start);
        (u64::from_le_bytes(bytes).wrapping_mul(PRIME) >> 50) as usize
    }

    pub(super) fn insert(&mut self, stem: &str) {
        let (bytes, length) = (stem.as_bytes(), stem.len());
        if let Some(start) = bytes.first_chunk::<{ Self::LONG }>() {
            self.long[Self::place(*start)] |= 1 << length.min(Self::LONGEST);
        } else if let Some(start) = bytes.first_chunk::<{ Self::SHORT }>() {
            self.short[Self::place(*start)] |= 1 << length;
        } else {
            self.shortest |= 1 << length;
        }
    }

    /// The lengths that a stem of this word may have; a bit each.
    pub(super) fn of(&self, word: &str) -> u32 {
        let (long, short) = (word.as_bytes().first_chunk(), word.as_bytes().first_chunk());
        let long = long.map_or(0, |start| self.long[Self::place::<{ Self::LONG }>(*start)]);
        let short = short.map_or(0, |start| self.short[Self::place::<{ Self::SHORT }>(*start)]);
        self.shortest | u32::from(short) | long
    }
}
