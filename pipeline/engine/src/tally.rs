//! What tasks count of their own work for whoever looks after them. Nothing of it is a state: it
//! decides about no record, and a task that is made anew begins at zero.

use codec::{DeadClass, LateClass};

/// Where a customer of a touchpoint was found.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Found {
    /// In memory.
    Hot,
    /// In the store.
    Stored,
    /// Nowhere: a customer who is new.
    Nowhere,
}

/// What was committed by the tasks of one worker; each number only grows.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Tally {
    /// Touchpoints whose customer was in memory.
    pub hot: u64,
    /// Touchpoints whose customer had to be read from the store.
    pub stored: u64,
    /// Touchpoints whose customer was new.
    pub nowhere: u64,
    dead: [u64; DeadClass::ALL.len()],
    late: [u64; LateClass::ALL.len()],
}

impl Tally {
    /// Dead letters by why they are dead.
    pub fn dead(&self) -> impl Iterator<Item = (DeadClass, u64)> + '_ {
        DeadClass::ALL.into_iter().zip(self.dead)
    }

    /// Touchpoints that came too late by what they came too late for.
    pub fn late(&self) -> impl Iterator<Item = (LateClass, u64)> + '_ {
        LateClass::ALL.into_iter().zip(self.late)
    }

    pub(crate) fn found(&mut self, found: Found) {
        match found {
            Found::Hot => self.hot += 1,
            Found::Stored => self.stored += 1,
            Found::Nowhere => self.nowhere += 1,
        }
    }

    pub(crate) fn has_died(&mut self, class: DeadClass) {
        self.dead.iter_mut().skip(class as usize).take(1).for_each(|count| *count += 1);
    }

    pub(crate) fn was_late(&mut self, class: LateClass) {
        self.late.iter_mut().skip(class as usize).take(1).for_each(|count| *count += 1);
    }

    pub(crate) fn add(&mut self, other: &Tally) {
        self.hot += other.hot;
        self.stored += other.stored;
        self.nowhere += other.nowhere;
        let sum = |to: &mut [u64], from: &[u64]| {
            to.iter_mut().zip(from).for_each(|(to, from)| *to += from);
        };
        sum(&mut self.dead, &other.dead);
        sum(&mut self.late, &other.late);
    }
}
