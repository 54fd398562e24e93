//! What a row is worth: an exact amount in minor units, or a refusal; never a float.

use super::decimal::{Decimal, NumberFault, Punctuation};
use super::mistake::MappingMistake;
use super::row::Cell;
use super::row_error::{FieldFault, RowError};
use super::value::{Compiler, Found, Reading, Value, missing, plain_text};
use crate::map::error::Fault;
use crate::map::fields::{Fields, wrong_type};
use toml::Spanned;
use toml::de::DeValue;

pub(super) const KEYS: &[&str] = &["amount", "unit", "currency", "exponents"];
const EXAMPLE: &str = "value = { amount = \".total\", unit = \"major\", currency = \"EUR\" }";

/// Currencies whose minor unit is not a hundredth: ISO 4217, list one of 2024.
const EXPONENTS: [(u32, &[&str]); 3] = [
    (
        0,
        &[
            "BIF", "CLP", "DJF", "GNF", "ISK", "JPY", "KMF", "KRW", "PYG", "RWF", "UGX", "UYI",
            "VND", "VUV", "XAF", "XOF", "XPF",
        ],
    ),
    (3, &["BHD", "IQD", "JOD", "KWD", "LYD", "OMR", "TND"]),
    (4, &["CLF", "UYW"]),
];

/// Where a payment service counts otherwise than ISO 4217: Stripe, as its documentation says.
const STRIPE: [(u32, &[&str]); 2] = [(0, &["MGA"]), (2, &["ISK", "UGX"])];

/// How the value of a row is read.
#[derive(Clone, Debug)]
pub(super) struct Money {
    amount: Value,
    /// Whole euros, not cents.
    is_major: bool,
    /// The minor units of the amount are Stripe's.
    is_stripe: bool,
    currency: Value,
    signs: Punctuation,
}

impl Money {
    pub(super) fn read(
        compiler: &mut Compiler,
        value: &Spanned<DeValue<'_>>,
        signs: Punctuation,
    ) -> Result<Money, Fault> {
        let DeValue::Table(table) = value.get_ref() else {
            return Err(wrong_type("value", value, "a table with amount, unit and currency"));
        };
        let fields = Fields::new("`value`", value.span(), table, KEYS)?;
        let absent = |key| missing("`value`", key, EXAMPLE, &value.span());
        let amount = fields.get("amount").ok_or_else(|| absent("amount"))?;
        let place = amount.span();
        let amount = compiler.keeping("value.amount", amount)?;
        if let Some(text) = amount.constants().into_iter().find(|text| {
            // A constant that is no number is a path without its dot.
            Decimal::parse(text, signs).is_err()
        }) {
            let (key, text) = ("value.amount".to_owned(), text.to_owned());
            return Err(Fault::new(MappingMistake::Constant { key, text }, &place));
        }
        let unit = fields.choice("unit", &["minor", "major"])?.ok_or_else(|| absent("unit"))?;
        let currency = fields.get("currency").ok_or_else(|| absent("currency"))?;
        let place = currency.span();
        let currency = compiler.keeping("value.currency", currency)?;
        if let Some(text) = currency.constants().into_iter().find(|text| code(text).is_none()) {
            return Err(Fault::new(MappingMistake::Currency(text.to_owned()), &place));
        }
        let is_stripe = fields.choice("exponents", &["iso", "stripe"])? == Some(1);
        let is_major = unit == 1;
        if let (true, true, Some(place)) = (is_stripe, is_major, fields.get("exponents")) {
            let mistake = MappingMistake::Together {
                key: "exponents",
                other: "unit = \"major\"",
                fix: "whole units need no exponents: take them out, or say unit = \"minor\"",
            };
            return Err(Fault::new(mistake, &place.span()));
        }
        Ok(Money { amount, is_major, is_stripe, currency, signs })
    }

    /// What of it is more than paths, constants and tables; `None` where nothing is.
    pub(super) fn beyond_plain(&self) -> Option<&'static str> {
        self.amount.beyond_plain().or_else(|| self.currency.beyond_plain())
    }

    /// The value of a row; `None` where it says no amount.
    pub(super) fn of(&self, reading: &Reading<'_>) -> Result<Option<model::Value>, RowError> {
        let cell = match reading.find(&self.amount) {
            Found::Cell(cell) => cell,
            Found::Fault(fault) => return Err(reading.fault("value.amount", fault)),
            Found::Unlisted(..) | Found::Drop => return Ok(None),
        };
        // The signs of the file hold for its texts; JSON and expressions have their own numbers.
        let is_number = matches!(cell, Cell::Number(_) | Cell::Worked(_));
        let signs = if is_number { Punctuation::PLAIN } else { self.signs };
        let fault = |fault| reading.fault("value.amount", fault);
        let Some(text) = plain_text(cell).map_err(fault)? else { return Ok(None) };
        let currency = self.currency(reading)?;
        let iso = exponent(&currency);
        let (up, down) = match (self.is_major, self.is_stripe) {
            (true, _) => (iso, 0),
            (false, true) => (iso, stripe_exponent(&currency)),
            (false, false) => (0, 0),
        };
        let number = Decimal::parse(&text, signs).map(|number| number.divided(down));
        let minor = number.and_then(|number| number.exact(up));
        let amount_minor = minor.map_err(|why| fault(self.refused(why, &text, &currency)))?;
        Ok(Some(model::Value { amount_minor, currency }))
    }

    fn currency(&self, reading: &Reading<'_>) -> Result<String, RowError> {
        const FIELD: &str = "value.currency";
        let fix = "there is an amount: name the column of its currency, or a constant like \"EUR\"";
        let text = reading.required(FIELD, &self.currency, fix)?;
        code(&text).ok_or_else(|| reading.fault(FIELD, FieldFault::currency(&text)))
    }

    fn refused(&self, why: NumberFault, text: &str, currency: &str) -> FieldFault {
        match why {
            NumberFault::NotANumber => FieldFault::number(
                text,
                "is no number",
                "digits belong there; `decimal` and `thousands` in [file] name the signs between",
            ),
            NumberFault::Grouping => FieldFault::number(
                text,
                "has thousands that are not three digits",
                "`decimal` and `thousands` in [file] may be the wrong way round",
            ),
            NumberFault::TooFine => {
                let fix = if self.is_major {
                    format!("{currency} has {} digits behind the sign", exponent(currency))
                } else {
                    "minor units are whole; unit = \"major\" reads 12.50".to_owned()
                };
                FieldFault::range(text, "is finer than the currency", &fix)
            }
            NumberFault::TooLarge => FieldFault::range(
                text,
                "is too large",
                "an amount has at most 9223372036854775807 minor units",
            ),
        }
    }
}

/// The code of a currency in capital letters.
fn code(text: &str) -> Option<String> {
    let is_code = text.len() == 3 && text.bytes().all(|byte| byte.is_ascii_alphabetic());
    is_code.then(|| text.to_ascii_uppercase())
}

/// How many digits of an amount in a currency stand behind the sign, by ISO 4217.
pub fn exponent(currency: &str) -> u32 {
    let found = EXPONENTS.iter().find(|(_, codes)| codes.contains(&currency));
    found.map_or(2, |(exponent, _)| *exponent)
}

/// How many digits Stripe counts behind the sign.
fn stripe_exponent(currency: &str) -> u32 {
    let found = STRIPE.iter().find(|(_, codes)| codes.contains(&currency));
    found.map_or_else(|| exponent(currency), |(exponent, _)| *exponent)
}
