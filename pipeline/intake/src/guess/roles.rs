//! Which column is what: by its name first, and only where its values agree.

use super::dates::{self, Written};
use super::numbers::{self, Amounts};
use super::sample::{Column, Sample};
use super::words::{CHANNELS, KINDS, meaning};
use super::{Hints, Question};

/// What a column is for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Role {
    Time,
    Clock,
    Customer,
    Email,
    Phone,
    Amount,
    Currency,
    Kind,
    Channel,
    EventId,
    Subject,
    Text,
    Campaign,
}

/// A column by its place in the sample.
pub(super) type Place = usize;

/// The columns that are something.
#[derive(Default)]
pub(super) struct Roles {
    pub(super) time: Option<(Place, Written, String)>,
    pub(super) clock: Option<Place>,
    pub(super) customer: Option<Place>,
    /// The customer is known by a name only.
    pub(super) is_name: bool,
    pub(super) email: Option<Place>,
    pub(super) phone: Option<Place>,
    pub(super) amount: Option<(Place, Amounts)>,
    pub(super) currency: Option<Place>,
    pub(super) kind: Option<Place>,
    pub(super) channel: Option<Place>,
    pub(super) event_id: Option<Place>,
    pub(super) subject: Option<Place>,
    pub(super) text: Option<Place>,
    pub(super) campaign: Option<Place>,
    pub(super) used: Vec<Place>,
}

impl Roles {
    pub(super) fn find(sample: &Sample, hints: &Hints) -> Result<Roles, Question> {
        let mut roles = Roles::default();
        roles.find_time(sample, hints)?;
        let most = |count: u64, column: &Column| count * 2 > column.filled && column.filled > 0;
        roles.email = roles.take(sample, Role::Email, |column| most(column.addresses, column));
        if roles.email.is_none() {
            let is_free = |place: &Place| !roles.used.contains(place);
            let mut places = (0..sample.columns.len()).filter(is_free);
            roles.email = places.find(|place| {
                let column = &sample.columns[*place];
                column.addresses * 20 > column.filled * 19 && column.filled > 0
            });
            roles.used.extend(roles.email);
        }
        roles.phone = roles.take(sample, Role::Phone, |column| column.filled > 0);
        roles.find_amount(sample, hints)?;
        roles.currency = roles.take(sample, Role::Currency, |column| most(column.codes, column));
        let means = |column: &Column, table: &[(&'static str, &[&str])]| {
            let words = column.words.as_ref();
            words.is_some_and(|words| words.keys().any(|word| meaning(table, word).is_some()))
        };
        roles.kind = roles.take(sample, Role::Kind, |column| means(column, &KINDS));
        roles.channel = roles.take(sample, Role::Channel, |column| means(column, &CHANNELS));
        roles.customer = roles.take(sample, Role::Customer, |c| c.filled * 2 > sample.rows);
        if let Some(place) = roles.customer {
            let column = &sample.columns[place];
            roles.is_name = most(column.names, column);
        }
        let rows = sample.rows;
        roles.event_id = roles.take(sample, Role::EventId, |column| column.is_unique(rows));
        roles.subject = roles.take(sample, Role::Subject, |column| column.filled > 0);
        roles.text = roles.take(sample, Role::Text, |column| column.filled > 0);
        roles.campaign = roles.take(sample, Role::Campaign, |column| column.filled > 0);
        if roles.kind.is_none() && roles.amount.is_none() && hints.kind.is_none() {
            return Err(Question::Kind);
        }
        Ok(roles)
    }

    /// Whether a row says whose it is.
    pub(super) fn has_somebody(&self) -> bool {
        self.customer.is_some() || self.email.is_some() || self.phone.is_some()
    }

    /// The free column whose name says the role most surely, and whose values agree.
    fn take(
        &mut self,
        sample: &Sample,
        role: Role,
        agrees: impl Fn(&Column) -> bool,
    ) -> Option<Place> {
        let place = self.named(sample, role, agrees)?;
        self.used.push(place);
        Some(place)
    }

    fn named(
        &self,
        sample: &Sample,
        role: Role,
        agrees: impl Fn(&Column) -> bool,
    ) -> Option<Place> {
        let columns = sample.columns.iter().enumerate();
        let free = columns.filter(|(place, column)| {
            // A name that stands twice names no column.
            let same = sample.columns.iter().filter(|other| other.name == column.name).count();
            !self.used.contains(place) && same == 1 && !column.name.is_empty()
        });
        let ranked = free.filter_map(|(place, column)| Some((column.rank(role)?, place)));
        let agreed = ranked.filter(|(_, place)| agrees(&sample.columns[*place]));
        agreed.min().map(|(_, place)| place)
    }

    fn find_time(&mut self, sample: &Sample, hints: &Hints) -> Result<(), Question> {
        let is_time = |column: &Column| !matches!(column.dates.verdict(None), dates::Verdict::No);
        let by_values = || {
            let plain = |column: &Column| match column.dates.verdict(None) {
                dates::Verdict::Is(Written::Since(_), _) | dates::Verdict::No => false,
                dates::Verdict::Is(..) | dates::Verdict::Ambiguous(_) => true,
            };
            sample.columns.iter().position(|column| column.filled > 0 && plain(column))
        };
        let Some(place) = self.named(sample, Role::Time, is_time).or_else(by_values) else {
            return Ok(());
        };
        let column = &sample.columns[place];
        match column.dates.verdict(hints.dates) {
            dates::Verdict::Is(written, why) => self.time = Some((place, written, why)),
            dates::Verdict::Ambiguous(value) => {
                return Err(Question::Dates(column.name.clone(), value));
            }
            dates::Verdict::No => return Ok(()),
        }
        self.used.push(place);
        if column.dates.is_days() {
            let is_clock = |column: &Column| column.clocks == column.filled && column.filled > 0;
            self.clock = self.take(sample, Role::Clock, is_clock);
        }
        Ok(())
    }

    fn find_amount(&mut self, sample: &Sample, hints: &Hints) -> Result<(), Question> {
        let is_amount =
            |column: &Column| !matches!(column.numbers.verdict(None), numbers::Verdict::No);
        let Some(place) = self.named(sample, Role::Amount, is_amount) else { return Ok(()) };
        let column = &sample.columns[place];
        let told = if column.is_plain() { Some('.') } else { hints.decimal };
        match column.numbers.verdict(told) {
            numbers::Verdict::Is(amounts) => {
                let why = if column.is_plain() { "a number".to_owned() } else { amounts.why };
                self.amount = Some((place, Amounts { why, ..amounts }));
            }
            numbers::Verdict::Ambiguous(sign, value) => {
                return Err(Question::Decimal(column.name.clone(), sign, value));
            }
            numbers::Verdict::No => return Ok(()),
        }
        self.used.push(place);
        Ok(())
    }
}
