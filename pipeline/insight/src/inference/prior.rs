//! What a batch of rates says of each of them.

/// How the rates of a batch are spread: a beta distribution, by its moments.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Prior {
    /// The mean of the rates.
    pub mean: f64,
    /// How many customers the mean is worth; infinite where the rates differ no more than chance.
    pub weight: f64,
}

impl Prior {
    /// The prior of groups (part, whole), by the moments of Kleinman (1973) with groups weighed by
    /// their sizes.
    pub fn of(groups: &[(i64, i64)]) -> Prior {
        let groups: Vec<(f64, f64)> =
            groups.iter().filter(|g| g.1 > 0).map(|g| (g.0 as f64, g.1 as f64)).collect();
        let all: f64 = groups.iter().map(|(_, whole)| whole).sum();
        let mean = groups.iter().map(|(part, _)| part).sum::<f64>() / all.max(1.0);
        let spread: f64 = groups
            .iter()
            .map(|(part, whole)| whole * (part / whole - mean) * (part / whole - mean))
            .sum();
        let squares: f64 = groups.iter().map(|(_, whole)| whole * whole).sum();
        let freedom = groups.len() as f64 - 1.0;
        // The correlation of two customers of one group.
        let alike = (spread / (mean * (1.0 - mean)) - freedom) / (all - squares / all - freedom);
        let is_apart = alike.is_finite() && alike > 0.0;
        let weight = if is_apart { (1.0 / alike - 1.0).max(0.0) } else { f64::INFINITY };
        Prior { mean, weight }
    }

    /// The rate of a group (part, whole), drawn toward the mean.
    pub fn rate(&self, (part, whole): (i64, i64)) -> f64 {
        match self.weight.is_finite() {
            true => (part as f64 + self.weight * self.mean) / (whole as f64 + self.weight),
            false => self.mean,
        }
    }
}
