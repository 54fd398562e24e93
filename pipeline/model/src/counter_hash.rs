//! How the key of a counter is hashed: each difference of each touchpoint is.

use crate::{CounterKey, CurrencyId, Measure};
use std::hash::{Hash, Hasher};

/// As one small number.
impl Hash for Measure {
    fn hash<H: Hasher>(&self, state: &mut H) {
        state.write_u32(match self {
            Measure::Count => 0,
            Measure::Money(CurrencyId(currency)) => 1 + u32::from(*currency),
        });
    }
}

/// As two numbers.
impl Hash for CounterKey {
    fn hash<H: Hasher>(&self, state: &mut H) {
        let [first, second, third, fourth, fifth] = self.dims.map(u64::from);
        state.write_u64(first | second << 16 | third << 32 | fourth << 48);
        let pane = u64::from(self.pane.cast_unsigned());
        state.write_u64(fifth | (self.family as u64) << 16 | pane << 32);
    }
}
