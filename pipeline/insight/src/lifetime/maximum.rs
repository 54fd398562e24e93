//! The maximum of a smooth function of a few variables.

/// A maximum, and how sharp it is.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) struct Maximum<const N: usize> {
    /// Where.
    pub(crate) at: [f64; N],
    /// How high.
    pub(crate) value: f64,
    /// The inverse of the negative matrix of second derivatives there.
    pub(crate) covariance: [[f64; N]; N],
}

/// What came of a climb.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) enum Climb<const N: usize> {
    /// A strict maximum: the slope is nothing and every direction leads down.
    Arrived(Maximum<N>),
    /// A variable left the range; which one.
    Left(usize),
    /// Neither within so many steps.
    Lost,
}

const STEPS_MAX: usize = 200;
/// A maximum is within so small a part of a standard error in each variable: what is left of it to
/// climb is half of the square.
const REST_MAX: f64 = 1e-7;
/// A step changes a variable, which is a logarithm, by so much at most.
const STEP_MAX: f64 = 1.5;
/// For second derivatives from slopes.
const APART: f64 = 1e-4;

/// Climbs from a start, by Newton's method with Levenberg's damping. `slope` gives the value and
/// the first derivatives; the second ones are differences of these.
///
/// It ends only where Newton's own estimate of what is left to climb is nothing and the second
/// derivatives are negative definite, so a plateau or a saddle is never taken for a maximum.
pub(crate) fn climb<const N: usize>(
    start: [f64; N],
    bound: f64,
    mut slope: impl FnMut(&[f64; N]) -> (f64, [f64; N]),
) -> Climb<N> {
    let mut at = start;
    let (mut value, mut gradient) = slope(&at);
    let mut damping: f64 = 1e-3;
    for _ in 0..STEPS_MAX {
        let curvature = curvature(&at, &mut slope);
        if let Some(covariance) = inverse(&curvature) {
            let step = times(&covariance, &gradient);
            let rest: f64 = step.iter().zip(&gradient).map(|(step, slope)| step * slope).sum();
            // Newton's decrement: twice what is left to climb.
            if rest.abs() <= REST_MAX * REST_MAX {
                return Climb::Arrived(Maximum { at, value, covariance });
            }
        }
        loop {
            let mut damped = curvature;
            (0..N).for_each(|n| damped[n][n] += damping * (1.0 + curvature[n][n].abs()));
            let tried = inverse(&damped).map(|inverse| {
                let step = times(&inverse, &gradient);
                let longest = step.iter().fold(0.0, |most: f64, step| most.max(step.abs()));
                let scale = (STEP_MAX / longest).min(1.0);
                let there: [f64; N] = std::array::from_fn(|n| at[n] + scale * step[n]);
                (there, slope(&there))
            });
            match tried {
                // What is lower by no more than rounding is as high.
                Some((there, (higher, its))) if higher >= value - 1e-12 * value.abs() => {
                    (at, value, gradient) = (there, higher, its);
                    damping = (damping / 8.0).max(1e-12);
                    break;
                }
                _ => damping *= 8.0,
            }
            if damping > 1e12 {
                return Climb::Lost;
            }
        }
        if let Some(left) = at.iter().position(|at| at.abs() > bound) {
            return Climb::Left(left);
        }
    }
    Climb::Lost
}

/// The negative matrix of second derivatives.
fn curvature<const N: usize>(
    at: &[f64; N],
    slope: &mut impl FnMut(&[f64; N]) -> (f64, [f64; N]),
) -> [[f64; N]; N] {
    let mut rows = [[0.0; N]; N];
    for (n, row) in rows.iter_mut().enumerate() {
        let moved = |by: f64| {
            let mut there = *at;
            there[n] += by;
            there
        };
        let (above, below) = (slope(&moved(APART)).1, slope(&moved(-APART)).1);
        *row = std::array::from_fn(|m| (below[m] - above[m]) / (2.0 * APART));
    }
    std::array::from_fn(|n| std::array::from_fn(|m| 0.5 * (rows[n][m] + rows[m][n])))
}

pub(crate) fn times<const N: usize>(matrix: &[[f64; N]; N], vector: &[f64; N]) -> [f64; N] {
    std::array::from_fn(|n| matrix[n].iter().zip(vector).map(|(m, v)| m * v).sum())
}

/// The inverse of a positive definite matrix, by Cholesky's factors; `None` where it is none.
fn inverse<const N: usize>(matrix: &[[f64; N]; N]) -> Option<[[f64; N]; N]> {
    let mut lower = [[0.0; N]; N];
    for n in 0..N {
        for m in 0..=n {
            let known: f64 = (0..m).map(|k| lower[n][k] * lower[m][k]).sum();
            let rest = matrix[n][m] - known;
            lower[n][m] = match n == m {
                // Also what is not a number is no pivot.
                true if rest > 1e-13 * matrix[n][n].abs() => rest.sqrt(),
                true => return None,
                false => rest / lower[m][m],
            };
        }
    }
    // Symmetric, so its columns are its rows.
    let column = |column: usize| {
        let (mut solved, mut row) = ([0.0; N], [0.0; N]);
        for n in 0..N {
            let known: f64 = (0..n).map(|k| lower[n][k] * solved[k]).sum();
            solved[n] = (f64::from(u8::from(n == column)) - known) / lower[n][n];
        }
        for n in (0..N).rev() {
            let known: f64 = (n + 1..N).map(|k| lower[k][n] * row[k]).sum();
            row[n] = (solved[n] - known) / lower[n][n];
        }
        row
    };
    Some(std::array::from_fn(column))
}
