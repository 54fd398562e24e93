//! The yardstick's job by hand: a decoder of its one schema, a state a customer, sums by hour.

use super::client::Fetched;
use crate::load::touchpoint::target;
use hashbrown::HashMap;

const HOUR: i64 = 3_600_000;
const COLD_AFTER: i64 = 7 * 24 * HOUR;

/// Customers that are looked up before any of their states is touched, so that the misses of the
/// cache lie beside each other and not one behind the other.
const STRIDE: usize = 32;

/// What is kept of a customer.
#[derive(Clone, Default)]
struct State {
    key: Vec<u8>,
    partition: u32,
    stage: u8,
    is_changed: bool,
    entered_at: i64,
    last: i64,
    touches: [u32; 4],
    cents: i64,
    ids: [[u8; 16]; 8],
    next: u8,
}

/// Sums of one hour, stage and channel: touches, entered, advanced, dropped, cents.
#[derive(Clone, Copy, Default)]
struct Cell {
    sums: [i64; 5],
    revision: i64,
    is_changed: bool,
}

/// What the job reads of a record.
struct View<'a> {
    id: &'a [u8; 16],
    time: i64,
    channel: u8,
    kind: u8,
    cents: i64,
}

/// Where what the job writes goes.
pub trait Sink {
    /// One move of a customer.
    fn transition(&mut self, partition: u32, key: &[u8], value: &[u8]);
    /// One sum as it stands.
    fn insight(&mut self, key: &[u8], value: &[u8]);
    /// One state as it stands.
    fn state(&mut self, partition: u32, key: &[u8], value: &[u8]);
}

/// The job and its states.
#[derive(Default)]
pub struct Job {
    customers: HashMap<Vec<u8>, u32>,
    states: Vec<State>,
    changed_states: Vec<u32>,
    cells: HashMap<(i64, u8, u8), Cell>,
    changed_cells: Vec<(i64, u8, u8)>,
    /// Moves so far.
    pub transitions: u64,
    /// Records that were dropped as repeated ones.
    pub duplicates: u64,
}

impl Job {
    /// Takes records in order.
    pub fn apply(&mut self, records: &[Fetched<'_>], sink: &mut dyn Sink) {
        let mut found = Vec::with_capacity(STRIDE);
        for stride in records.chunks(STRIDE) {
            found.clear();
            for record in stride {
                found.push((self.customer(record), read(record.value).expect("a touchpoint")));
            }
            for (customer, view) in &found {
                self.step(*customer, view, sink);
            }
        }
    }

    fn customer(&mut self, record: &Fetched<'_>) -> u32 {
        if let Some(known) = self.customers.get(record.key) {
            return *known;
        }
        let number = self.states.len() as u32;
        self.customers.insert(record.key.to_vec(), number);
        let (key, partition) = (record.key.to_vec(), record.partition);
        self.states.push(State { key, partition, ..State::default() });
        number
    }

    fn step(&mut self, customer: u32, view: &View<'_>, sink: &mut dyn Sink) {
        let state = &mut self.states[customer as usize];
        if state.ids.contains(view.id) {
            self.duplicates += 1;
            return;
        }
        state.ids[usize::from(state.next)] = *view.id;
        state.next = (state.next + 1) % 8;
        if !state.is_changed {
            state.is_changed = true;
            self.changed_states.push(customer);
        }
        let channel = view.channel;
        let mut cell = |time: i64, stage: u8, add: [i64; 5]| {
            let at = (time.div_euclid(HOUR) * HOUR, stage, channel);
            let cell = self.cells.entry(at).or_default();
            (0..5).for_each(|index| cell.sums[index] += add[index]);
            if !cell.is_changed {
                cell.is_changed = true;
                self.changed_cells.push(at);
            }
        };
        if (1..=3).contains(&state.stage) && view.time - state.last > COLD_AFTER {
            cell(state.last + COLD_AFTER, state.stage, [0, 0, 0, 1, 0]);
            state.stage = 0;
        }
        let to = target(view.kind);
        if to > state.stage {
            cell(view.time, to, [0, 1, 0, 0, 0]);
            if state.stage > 0 {
                cell(view.time, state.stage, [0, 0, 1, 0, 0]);
            }
            let mut value = [0; 11];
            value[..3].copy_from_slice(&[state.stage, to, channel]);
            value[3..].copy_from_slice(&view.time.to_be_bytes());
            sink.transition(state.partition, &state.key, &value);
            self.transitions += 1;
            (state.stage, state.entered_at) = (to, view.time);
        }
        cell(view.time, state.stage, [1, 0, 0, 0, view.cents]);
        if let Some(touches) = usize::from(state.stage).checked_sub(1) {
            state.touches[touches] += 1;
        }
        state.cents += view.cents;
        state.last = state.last.max(view.time);
    }

    /// Writes what has changed since the last time: each sum once, and each state if asked.
    pub fn flush(&mut self, has_changelog: bool, sink: &mut dyn Sink) {
        for at in self.changed_cells.drain(..) {
            let Some(cell) = self.cells.get_mut(&at) else { continue };
            cell.is_changed = false;
            cell.revision += 1;
            let (start, stage, channel) = at;
            let mut key = [0; 10];
            key[..8].copy_from_slice(&start.to_be_bytes());
            key[8..].copy_from_slice(&[stage, channel]);
            let mut value = [0; 48];
            let numbers = cell.sums.iter().chain([&cell.revision]);
            for (bytes, number) in value.chunks_exact_mut(8).zip(numbers) {
                bytes.copy_from_slice(&number.to_be_bytes());
            }
            sink.insight(&key, &value);
        }
        let mut value = Vec::with_capacity(256);
        for customer in self.changed_states.drain(..) {
            let state = &mut self.states[customer as usize];
            state.is_changed = false;
            if has_changelog {
                encode(state, &mut value);
                sink.state(state.partition, &state.key, &value);
            }
        }
    }
}

fn encode(state: &State, out: &mut Vec<u8>) {
    out.clear();
    out.extend_from_slice(&[state.stage, state.next]);
    for number in [state.entered_at, state.last, state.cents] {
        out.extend_from_slice(&number.to_be_bytes());
    }
    state.touches.iter().for_each(|touches| out.extend_from_slice(&touches.to_be_bytes()));
    state.ids.iter().for_each(|id| out.extend_from_slice(id));
}

/// The fields of `touchpoint.avsc` that the job needs; `None` where the record ends before them.
fn read(value: &[u8]) -> Option<View<'_>> {
    let (_, rest) = value.split_at_checked(5)?;
    let (id, mut rest) = rest.split_first_chunk::<16>()?;
    let key = long(&mut rest)?;
    rest = rest.get(usize::try_from(key).ok()?..)?;
    let time = long(&mut rest)?;
    let channel = long(&mut rest)? as u8;
    let kind = long(&mut rest)? as u8;
    let cents = if long(&mut rest)? == 1 { long(&mut rest)? } else { 0 };
    Some(View { id, time, channel, kind, cents })
}

/// A number as Avro writes it.
fn long(bytes: &mut &[u8]) -> Option<i64> {
    let mut zigzag = 0_u64;
    for shift in (0..64).step_by(7) {
        let (byte, rest) = bytes.split_first()?;
        *bytes = rest;
        zigzag |= u64::from(byte & 0x7F) << shift;
        if byte & 0x80 == 0 {
            return Some((zigzag >> 1) as i64 ^ -((zigzag & 1) as i64));
        }
    }
    None
}
