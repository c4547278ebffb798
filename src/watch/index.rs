//! From what an item mentions to those who asked for it.

use super::Want;
use crate::gazetteer::{Place, World};

/// What a want asks for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Asks {
    Place(Place),
    Topic(usize),
    /// A pattern of its own.
    Text,
    /// The words of its group.
    Words,
}

/// Something for each place and each topic; nothing for what a text is searched for.
#[derive(Debug, Default)]
pub(super) struct Each<T> {
    countries: Vec<T>,
    regions: Vec<T>,
    topics: Vec<T>,
}

impl<T: Clone + Default> Each<T> {
    /// Room for all of a world and so many topics.
    pub(super) fn of(world: &World, topics: usize) -> Self {
        let of = |count| vec![T::default(); count];
        Self {
            countries: of(world.countries.len()),
            regions: of(world.regions.len()),
            topics: of(topics),
        }
    }

    pub(super) fn get(&self, asked: Asks) -> Option<&T> {
        match asked {
            Asks::Place(Place::Country(country)) => self.countries.get(country),
            Asks::Place(Place::Region(region)) => self.regions.get(region),
            Asks::Topic(topic) => self.topics.get(topic),
            Asks::Text | Asks::Words => None,
        }
    }

    pub(super) fn get_mut(&mut self, asked: Asks) -> Option<&mut T> {
        match asked {
            Asks::Place(Place::Country(country)) => self.countries.get_mut(country),
            Asks::Place(Place::Region(region)) => self.regions.get_mut(region),
            Asks::Topic(topic) => self.topics.get_mut(topic),
            Asks::Text | Asks::Words => None,
        }
    }
}

/// Wants by what they ask for, or their watches; each list in order.
#[derive(Debug)]
pub(super) struct Index(Each<Vec<usize>>);

impl Index {
    /// Of each of `wants` what `entry` says.
    pub(super) fn new(
        wants: &[Want],
        world: &World,
        topics: usize,
        entry: impl Fn(usize, &Want) -> Option<usize>,
    ) -> Self {
        let mut lists: Each<Vec<usize>> = Each::of(world, topics);
        for (index, want) in wants.iter().enumerate() {
            if let (Some(list), Some(entry)) = (lists.get_mut(want.asks), entry(index, want)) {
                list.push(entry);
            }
        }
        Self(lists)
    }

    pub(super) fn asking(&self, asked: Asks) -> &[usize] {
        self.0.get(asked).map_or(&[], Vec::as_slice)
    }
}
