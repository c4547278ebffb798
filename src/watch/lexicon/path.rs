//! A path of tokens as one number.

use std::hash::Hasher;

use crate::text::hash::PRIME;
use crate::text::pattern::Tail;

pub(super) const WHOLE: u64 = 1;
pub(super) const STEM: u64 = 2;
/// The path that goes on from `path` with a token.
pub(super) fn step(path: u64, token: u64, kind: u64) -> u64 {
    let mixed = (path.rotate_left(23) ^ token).wrapping_add(kind).wrapping_mul(PRIME);
    mixed ^ (mixed >> 32)
}

pub(super) fn with_tail(stem: u64, tail: Tail) -> u64 {
    let number = match tail {
        Tail::Any => 1,
        Tail::Particles => 2,
        Tail::Endings(list) => 3 + u64::from(list),
    };
    step(stem, number, STEM)
}

/// Keys are hashes already.
#[derive(Debug, Default)]
pub(super) struct Hashed(u64);

impl Hasher for Hashed {
    fn finish(&self) -> u64 {
        self.0
    }

    fn write(&mut self, _: &[u8]) {
        unreachable!("keys are numbers")
    }

    fn write_u64(&mut self, key: u64) {
        self.0 = key;
    }
}
