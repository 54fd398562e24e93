//! Samples of several rounds, and the table that is made of them.

use std::fmt::Write;

/// What one run took.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct Sample {
    /// Records a second.
    pub rate: f64,
    /// CPU-seconds of what is measured, per million records.
    pub processor: f64,
    /// CPU-seconds of the broker, per million records.
    pub broker: f64,
    /// The most that was resident of what is measured, in MiB.
    pub peak_mib: f64,
    /// Cores that others had meanwhile.
    pub foreign: f64,
}

/// A system and its runs.
struct Row {
    title: String,
    samples: Vec<Sample>,
    failures: usize,
}

/// Systems in the order in which they first ran.
#[derive(Default)]
pub struct Table(Vec<Row>);

impl Table {
    /// Adds a run whose answer was right, or says that there was none.
    pub fn add(&mut self, title: &str, sample: Option<Sample>) {
        let at = self.0.iter().position(|row| row.title == title).unwrap_or_else(|| {
            let row = Row { title: title.to_owned(), samples: Vec::new(), failures: 0 };
            self.0.push(row);
            self.0.len() - 1
        });
        match sample {
            Some(sample) => self.0[at].samples.push(sample),
            None => self.0[at].failures += 1,
        }
    }

    /// Whether every run of every system had the right answer.
    pub fn is_right(&self) -> bool {
        self.0.iter().all(|row| row.failures == 0)
    }

    /// The most cores that others had in a run.
    pub fn foreign_max(&self) -> f64 {
        let samples = self.0.iter().flat_map(|row| &row.samples);
        samples.map(|sample| sample.foreign).fold(0.0, f64::max)
    }

    /// The table in Markdown: medians, and the least and the greatest where there are several.
    pub fn text(&self) -> String {
        let mut text = String::from(
            "| system | records/s | CPU-s/M | broker CPU-s/M | peak MiB | foreign cores | right |\n\
             | --- | --- | --- | --- | --- | --- | --- |\n",
        );
        for Row { title, samples, failures } in &self.0 {
            let part = |of: fn(&Sample) -> f64, digits| spread(samples, of, digits);
            let (rate, processor) = (part(|s| s.rate, 0), part(|s| s.processor, 2));
            let (broker, peak) = (part(|s| s.broker, 2), part(|s| s.peak_mib, 0));
            let foreign = part(|s| s.foreign, 2);
            let (right, all) = (samples.len(), samples.len() + failures);
            writeln!(
                text,
                "| {title} | {rate} | {processor} | {broker} | {peak} | {foreign} \
                 | {right} of {all} |"
            )
            .expect("invariant: a string takes everything");
        }
        text
    }

    /// How one system's medians are to another's: its share of the rate, and how many times as much
    /// it does with a CPU-second. `None` where one of them has no sample.
    pub fn ratios(&self, title: &str, other: &str) -> Option<(f64, f64)> {
        let find = |title: &str| self.0.iter().find(|row| row.title == title);
        let middle = |row: &Row, of: fn(&Sample) -> f64| median(&row.samples, of);
        let (one, other) = (find(title)?, find(other)?);
        let rate = middle(one, |s| s.rate)? / middle(other, |s| s.rate)?;
        let processor = middle(other, |s| s.processor)? / middle(one, |s| s.processor)?;
        Some((rate, processor))
    }
}

/// The figures of all samples, ascending.
fn ascending(samples: &[Sample], of: fn(&Sample) -> f64) -> Vec<f64> {
    let mut figures: Vec<f64> = samples.iter().map(of).collect();
    figures.sort_by(f64::total_cmp);
    figures
}

/// The middle one, or the mean of both.
fn median(samples: &[Sample], of: fn(&Sample) -> f64) -> Option<f64> {
    let figures = ascending(samples, of);
    let (low, high) = (figures.len().checked_sub(1)? / 2, figures.len() / 2);
    Some((figures[low] + figures[high]) / 2.0)
}

fn spread(samples: &[Sample], of: fn(&Sample) -> f64, digits: usize) -> String {
    let figures = ascending(samples, of);
    match (median(samples, of), figures.as_slice()) {
        (Some(median), [least, .., greatest]) => {
            let number = |figure| number(figure, digits);
            format!("{} [{}–{}]", number(median), number(*least), number(*greatest))
        }
        (Some(median), _) => number(median, digits),
        (None, _) => "–".to_owned(),
    }
}

/// A number with a comma at each thousand.
fn number(figure: f64, digits: usize) -> String {
    let text = format!("{figure:.digits$}");
    let (whole, rest) = text.split_at(text.find('.').unwrap_or(text.len()));
    let mut grouped = String::new();
    for (at, digit) in whole.chars().enumerate() {
        if at > 0 && (whole.len() - at).is_multiple_of(3) {
            grouped.push(',');
        }
        grouped.push(digit);
    }
    grouped + rest
}

#[cfg(test)]
mod tests {
    use super::{Sample, Table};

    fn sample(rate: f64, processor: f64) -> Sample {
        Sample { rate, processor, broker: 0.25, peak_mib: 190.4, foreign: 0.061 }
    }

    #[test]
    fn a_row_has_the_median_and_the_range_of_what_was_right() {
        let mut table = Table::default();
        table.add("bare", Some(sample(2_200_000.0, 0.6)));
        table.add("ours", Some(sample(900.0, 6.0)));
        table.add("bare", Some(sample(2_600_000.0, 0.5)));
        table.add("bare", Some(sample(1_000_000.0, 0.7)));
        table.add("ours", None);
        let text = table.text();
        let rows: Vec<&str> = text.lines().skip(2).collect();
        assert_eq!(
            rows,
            [
                "| bare | 2,200,000 [1,000,000–2,600,000] | 0.60 [0.50–0.70] \
                 | 0.25 [0.25–0.25] | 190 [190–190] | 0.06 [0.06–0.06] | 3 of 3 |",
                "| ours | 900 | 6.00 | 0.25 | 190 | 0.06 | 1 of 2 |",
            ]
        );
        assert!(!table.is_right());
        assert_eq!(table.foreign_max(), 0.061);
        let (rate, processor) = table.ratios("ours", "bare").expect("both");
        assert_eq!((rate, processor), (900.0 / 2_200_000.0, 0.6 / 6.0));
        assert_eq!(table.ratios("ours", "peer"), None);
    }
}
