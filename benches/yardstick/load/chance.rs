//! Chance: PCG (O'Neill 2014, the 128-bit multiplicative generator, XSL-RR output), and what is
//! drawn from it.
//!
//! Written here and not taken from a crate, for the records of the load must never change: not with
//! a release of a crate, nor with the platform's `pow`, which may differ in the last bit.

/// A generator of chance.
pub struct Chance(u128);

impl Chance {
    /// From a seed, spread over the state by a generator of 32 bits.
    pub fn new(seed: u64) -> Chance {
        let mut small = seed;
        let state = (0..4).fold(0, |state, at| {
            small = small.wrapping_mul(6_364_136_223_846_793_005);
            small = small.wrapping_add(11_634_580_027_462_260_723);
            let mixed = (((small >> 18) ^ small) >> 27) as u32;
            let word = mixed.rotate_right((small >> 59) as u32);
            state | u128::from(word) << (32 * at)
        });
        Chance(state | 1)
    }

    fn long(&mut self) -> u64 {
        self.0 = self.0.wrapping_mul(0x2360_ED05_1FC6_5DA4_4385_DF64_9FCC_F645);
        let mixed = (self.0 >> 64) as u64 ^ self.0 as u64;
        mixed.rotate_right((self.0 >> 122) as u32)
    }

    fn short(&mut self) -> u32 {
        self.long() as u32
    }

    /// From 0 up to 1, without it.
    pub fn unit(&mut self) -> f64 {
        (self.long() >> 11) as f64 / (1_u64 << 53) as f64
    }

    /// Whether something of this probability happens.
    pub fn happens(&mut self, probability: f64) -> bool {
        // 1.0 is always, and costs no number.
        probability >= 1.0 || self.long() < (probability * 2.0_f64.powi(64)) as u64
    }

    /// One of so many, from 0. Canon's method: one number, seldom two.
    pub fn below(&mut self, count: u32) -> u32 {
        let wide = u64::from(self.short()) * u64::from(count);
        let (mut drawn, rest) = ((wide >> 32) as u32, wide as u32);
        if rest > count.wrapping_neg() {
            let more = (u64::from(self.short()) * u64::from(count)) >> 32;
            drawn += u32::from(rest.checked_add(more as u32).is_none());
        }
        drawn
    }

    /// As `below`, of numbers of 64 bits.
    pub fn below_long(&mut self, count: u64) -> u64 {
        let wide = u128::from(self.long()) * u128::from(count);
        let (mut drawn, rest) = ((wide >> 64) as u64, wide as u64);
        if rest > count.wrapping_neg() {
            let more = (u128::from(self.long()) * u128::from(count)) >> 64;
            drawn += u64::from(rest.checked_add(more as u64).is_none());
        }
        drawn
    }

    /// One of so many, each exactly as likely as the others. Lemire's method.
    fn fair(&mut self, count: u32) -> u32 {
        loop {
            let wide = u64::from(self.short()) * u64::from(count);
            if wide as u32 >= count.wrapping_neg() % count {
                return (wide >> 32) as u32;
            }
        }
    }
}

/// Ranks from 1 on, the k-th as likely as k to the power of −s. By rejection from an envelope.
pub struct Zipf {
    s: f64,
    t: f64,
    q: f64,
}

impl Zipf {
    /// Of so many ranks; `s` of 0 makes all alike.
    pub fn new(ranks: f64, s: f64) -> Zipf {
        if s == 1.0 {
            return Zipf { s, t: 1.0 + libm::log(ranks), q: 0.0 };
        }
        let q = 1.0 / (1.0 - s);
        Zipf { s, t: (libm::pow(ranks, 1.0 - s) - s) * q, q }
    }

    /// A rank.
    pub fn draw(&self, chance: &mut Chance) -> u64 {
        loop {
            let envelope = self.envelope(chance.unit());
            let rank = libm::floor(envelope + 1.0);
            let mut ratio = libm::pow(rank, -self.s);
            if rank > 1.0 {
                ratio *= libm::pow(envelope, self.s);
            }
            if chance.unit() < ratio {
                return rank as u64;
            }
        }
    }

    fn envelope(&self, unit: f64) -> f64 {
        let scaled = unit * self.t;
        if scaled <= 1.0 {
            scaled
        } else if self.s == 1.0 {
            libm::exp(scaled - 1.0)
        } else {
            libm::pow(scaled * (1.0 - self.s) + self.s, self.q)
        }
    }
}

/// Indices by weight, by Vose's table of aliases.
pub struct Weighted {
    odds: Vec<u32>,
    aliases: Vec<u32>,
    sum: u32,
}

impl Weighted {
    /// The weights; none is 0.
    pub fn new(weights: &[u32]) -> Weighted {
        let (count, sum) = (weights.len(), weights.iter().sum());
        let mut odds: Vec<u32> = weights.iter().map(|weight| weight * count as u32).collect();
        let mut aliases = vec![0; count];
        let (mut small, mut big): (Vec<usize>, Vec<usize>) =
            (0..count).partition(|index| odds[*index] < sum);
        while let (Some(less), Some(more)) = (small.last().copied(), big.last().copied()) {
            small.pop();
            big.pop();
            aliases[less] = more as u32;
            odds[more] = odds[more] - sum + odds[less];
            if odds[more] < sum { small.push(more) } else { big.push(more) }
        }
        small.into_iter().chain(big).for_each(|index| odds[index] = sum);
        Weighted { odds, aliases, sum }
    }

    /// An index.
    pub fn draw(&self, chance: &mut Chance) -> usize {
        let index = chance.fair(self.odds.len() as u32) as usize;
        if chance.fair(self.sum) < self.odds[index] { index } else { self.aliases[index] as usize }
    }
}
