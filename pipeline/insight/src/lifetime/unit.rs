//! Lengths of time and rates of interest, so that neither is taken for a bare number.

/// A length of time in days. Models, histories and horizons all speak of it, so that there is no
/// unit that could be left out or be another one.
#[derive(Clone, Copy, Debug, Default, PartialEq, PartialOrd)]
pub struct Days(pub f64);

impl Days {
    /// Seven days.
    pub const WEEK: Days = Days(7.0);
    /// The twelfth part of 365 days.
    pub const MONTH: Days = Days(365.0 / 12.0);

    /// So many weeks.
    pub fn weeks(weeks: f64) -> Days {
        Days(7.0 * weeks)
    }

    /// How many of another length it is.
    pub fn in_units_of(self, unit: Days) -> f64 {
        self.0 / unit.0
    }
}

/// What money is worth less when it comes later: a rate of interest for one month.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Discount {
    per_month: f64,
}

impl Discount {
    /// Money keeps its worth.
    pub const NONE: Discount = Discount { per_month: 0.0 };

    /// A share for each month: 0.01 is one per cent. `None` where it is not a rate from 0 to 1.
    pub fn per_month(rate: f64) -> Option<Discount> {
        (0.0..=1.0).contains(&rate).then_some(Discount { per_month: rate })
    }

    /// A share for each year, the same every month and with interest on interest.
    pub fn per_year(rate: f64) -> Option<Discount> {
        let is_rate = (0.0..=1.0).contains(&rate);
        is_rate.then(|| Discount { per_month: libm::pow(1.0 + rate, 1.0 / 12.0) - 1.0 })
    }

    /// What one is worth that comes after so many months.
    pub(crate) fn after(self, months: u32) -> f64 {
        libm::pow(1.0 + self.per_month, -f64::from(months))
    }
}

/// How far ahead a value is added up: whole months, each discounted as of its end.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Horizon {
    /// How many months.
    pub months: u32,
    /// How long a month is.
    pub month: Days,
    /// What later money is worth less.
    pub discount: Discount,
}

impl Horizon {
    /// Twelve months without a discount: what people mean by "in a year".
    pub const YEAR: Horizon = Horizon { months: 12, month: Days::MONTH, discount: Discount::NONE };

    /// The ends of its months, each with what money of that month is worth.
    pub(crate) fn ends(&self) -> impl Iterator<Item = (Days, f64)> {
        let (month, discount) = (self.month.0, self.discount);
        (1..=self.months).map(move |at| (Days(month * f64::from(at)), discount.after(at)))
    }
}
