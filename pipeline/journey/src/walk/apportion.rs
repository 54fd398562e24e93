//! A whole number shared out by weights, so that the parts add up to it.

use model::CreditRule;

const DAY: i64 = 86_400_000;

/// 2^30 × 2^(−r/7), rounded down.
const HALVES: [u64; 7] =
    [1_073_741_824, 972_513_379, 880_828_381, 797_787_109, 722_574_663, 654_452_972, 592_753_544];

/// The weights that a rule gives to touches of these ages in milliseconds; none where it gives all
/// to a single one.
pub(super) fn weights(rule: CreditRule, custom: Option<[u8; 3]>, ages: &[i64], out: &mut Vec<u64>) {
    out.clear();
    let count = ages.len() as u64;
    // Of those between each has one part, all of them together as many as there are.
    let ends = |first: u64, last: u64, out: &mut Vec<u64>| match ages.len() {
        1 => out.push(1),
        2 => out.extend([first, last]),
        _ => {
            out.resize(ages.len(), 1);
            out[0] = first * (count - 2);
            out[ages.len() - 1] = last * (count - 2);
        }
    };
    match rule {
        CreditRule::Linear => out.resize(ages.len(), 1),
        CreditRule::UShaped => ends(2, 2, out),
        CreditRule::JShaped => ends(1, 3, out),
        CreditRule::InverseJ => ends(3, 1, out),
        CreditRule::Custom => {
            let [first, between, last] = custom.unwrap_or([0, 100, 0]).map(u64::from);
            match ages.len() {
                1 => out.push(1),
                2 if first + last == 0 => out.extend([1, 1]),
                2 => out.extend([first, last]),
                _ => {
                    out.resize(ages.len(), between);
                    out[0] = first * (count - 2);
                    out[ages.len() - 1] = last * (count - 2);
                }
            }
        }
        CreditRule::TimeDecay => out.extend(ages.iter().map(|age| decayed(*age))),
        CreditRule::First
        | CreditRule::Last
        | CreditRule::LastNonDirect
        | CreditRule::Participation
        | CreditRule::SameTouch => {}
    }
}

fn decayed(age: i64) -> u64 {
    let days = age.div_euclid(DAY);
    let weight = HALVES[days.rem_euclid(7) as usize];
    let halved = u32::try_from(days / 7).ok().and_then(|weeks| weight.checked_shr(weeks));
    halved.unwrap_or(0).max(1)
}

/// Parts of a whole, and room to reckon them in.
#[derive(Default)]
pub(super) struct Parts {
    pub(super) parts: Vec<i64>,
    /// What division leaves of each, and its place.
    rests: Vec<(u64, usize)>,
}

impl Parts {
    /// Shares a number out by weights; what division leaves goes to the largest remainders, of
    /// equal ones to the earliest.
    pub(super) fn apportion(&mut self, whole: i64, weights: &[u64]) {
        let (size, sum) = (whole.unsigned_abs(), weights.iter().sum::<u64>());
        let mut left = size;
        self.parts.clear();
        self.rests.clear();
        for (at, weight) in weights.iter().enumerate() {
            let (part, rest) = divided(size, *weight, sum);
            left -= part;
            self.parts.push(part as i64);
            self.rests.push((rest, at));
        }
        if left > 0 {
            // The order is that of all of them, though only the first are asked for.
            let order = |a: &(u64, usize), b: &(u64, usize)| b.0.cmp(&a.0).then(a.1.cmp(&b.1));
            self.rests.sort_unstable_by(order);
            self.rests[..left as usize].iter().for_each(|(_, at)| self.parts[*at] += 1);
        }
        if whole < 0 {
            self.parts.iter_mut().for_each(|part| *part = part.wrapping_neg());
        }
    }
}

/// A share of a size, and what is left of it; in a narrow number where that is wide enough, for
/// that is several times quicker.
fn divided(size: u64, weight: u64, sum: u64) -> (u64, u64) {
    if let Some(product) = size.checked_mul(weight) {
        return (product / sum, product % sum);
    }
    let (product, sum) = (u128::from(size) * u128::from(weight), u128::from(sum));
    ((product / sum) as u64, (product % sum) as u64)
}
