//! What is known of each character, looked up once and kept: a page of the table is made when
//! the first of its characters is met.

use std::sync::OnceLock;

/// Characters of one page: a text is of few scripts, and a script of few pages.
const PAGE: usize = 128;
/// Pages: those of the Basic Multilingual Plane. Beyond it are emoji and rare ideographs.
const PAGES: usize = 0x1_0000 / PAGE;

/// A fact of each character.
#[derive(Debug)]
pub(super) struct Pages<T: 'static> {
    pages: [OnceLock<Box<[T; PAGE]>>; PAGES],
    find: fn(char) -> T,
}

impl<T: Copy> Pages<T> {
    /// A table of what `find` says.
    pub(super) const fn new(find: fn(char) -> T) -> Self {
        Self { pages: [const { OnceLock::new() }; PAGES], find }
    }

    /// What `find` says of a character.
    pub(super) fn of(&self, c: char) -> T {
        let number = c as usize;
        let Some(page) = self.pages.get(number / PAGE) else { return (self.find)(c) };
        page.get_or_init(|| {
            let first = u32::try_from(number - number % PAGE).expect("it was a character");
            let mut numbers = first..;
            Box::new(std::array::from_fn(|_| {
                let c = numbers.next().and_then(char::from_u32);
                (self.find)(c.unwrap_or(char::REPLACEMENT_CHARACTER)) // a half of a surrogate pair
            }))
        })[number % PAGE]
    }
}
