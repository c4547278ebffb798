//! Saying no without a look into the large tables: most words of a text begin no pattern.

/// A set of paths that may say yes wrongly and never no.
#[derive(Debug)]
pub(super) struct Filter {
    bits: Vec<u64>,
    /// What it was made of, to make a wider one.
    paths: Vec<u64>,
}

impl Filter {
    /// Bits for each path: nine of ten stay free.
    const BITS_EACH: usize = 10;

    pub(super) fn new(paths_max: usize) -> Self {
        let words = (paths_max * Self::BITS_EACH / 64).next_power_of_two();
        Self { bits: vec![0; words], paths: Vec::new() }
    }

    fn place(&self, path: u64) -> (usize, u64) {
        ((path >> 6) as usize & (self.bits.len() - 1), 1 << (path % 64))
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
        let (word, bit) = self.place(path);
        self.bits[word] |= bit;
    }

    pub(super) fn may_hold(&self, path: u64) -> bool {
        let (word, bit) = self.place(path);
        self.bits[word] & bit != 0
    }
}

/// How many bytes the first stems have that begin as a word does: most words begin as none, and
/// need not be looked up at each of their letters.
#[derive(Debug)]
pub(super) struct Starts {
    /// By the first bytes: a bit for each length, the highest for longer ones.
    lengths: Vec<u32>,
    /// Lengths of stems that have fewer bytes than tell them apart.
    short: u32,
}

impl Starts {
    /// Bytes that tell stems apart.
    const BYTES: usize = 3;
    const PLACES: usize = 1 << 13;
    pub(super) const LONGEST: usize = 31;

    pub(super) fn new() -> Self {
        Self { lengths: vec![0; Self::PLACES], short: 0 }
    }

    fn place(start: [u8; Self::BYTES]) -> usize {
        let number = u32::from_le_bytes([start[0], start[1], start[2], 0]);
        (number.wrapping_mul(0x9e37_79b1) >> 19) as usize
    }

    pub(super) fn insert(&mut self, stem: &str) {
        let bit = 1 << stem.len().min(Self::LONGEST);
        match stem.as_bytes().first_chunk() {
            Some(start) => self.lengths[Self::place(*start)] |= bit,
            None => self.short |= bit,
        }
    }

    /// The lengths that a stem of this word may have; a bit each.
    pub(super) fn of(&self, word: &str) -> u32 {
        let start = word.as_bytes().first_chunk();
        self.short | start.map_or(0, |start| self.lengths[Self::place(*start)])
    }
}
