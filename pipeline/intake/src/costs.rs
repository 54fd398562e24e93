//! What channels have cost, as a table that people keep: `date,channel,amount,currency`.

use codec::cost_from_json;
use csv_core::{ReadRecordResult, Reader};
use model::{Cost, minor_digits};
use serde_json::json;

/// The columns of such a table; others may stand beside them.
const COLUMNS: [&str; 4] = ["date", "channel", "amount", "currency"];

/// Bytes of a row at most, and fields.
const ROW_BYTES_MAX: usize = 64 * 1024;
const FIELDS_MAX: usize = 256;

/// Why a table of costs cannot be read: the row, what is wrong, the fix. Nothing of it is taken.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("row {row}: {what} [D0239]")]
pub struct CostFault {
    /// The row, from 1 without the header; 0 is the header.
    pub row: u64,
    /// What is wrong, and the fix.
    pub what: String,
}

/// The costs of a CSV file in UTF-8 (RFC 4180) with a header.
///
/// Amounts are in major units with a point, `120.50`, of no more digits than the currency has.
pub fn costs_of_csv(bytes: &[u8]) -> Result<Vec<Cost>, CostFault> {
    let bytes = bytes.strip_prefix(b"\xef\xbb\xbf").unwrap_or(bytes);
    let mut rows = Rows { reader: Reader::new(), rest: bytes };
    let fault = |row: u64, what: String| CostFault { row, what };
    let header = rows.next().map_err(|what| fault(0, what))?;
    let header = header.ok_or_else(|| fault(0, format!("the file is empty: {}", form())))?;
    let place = |name: &&str| header.iter().position(|column| column.trim() == *name);
    let places: Vec<Option<usize>> = COLUMNS.iter().map(place).collect();
    if let Some(at) = places.iter().position(Option::is_none) {
        return Err(fault(0, format!("column {} is missing: {}", COLUMNS[at], form())));
    }
    let places: Vec<usize> = places.into_iter().flatten().collect();
    let mut costs = Vec::new();
    let mut row = 0;
    while let Some(fields) = rows.next().map_err(|what| fault(row + 1, what))? {
        row += 1;
        if fields.iter().all(|field| field.trim().is_empty()) {
            continue;
        }
        let field = |at: usize| fields.get(places[at]).map_or("", |field| field.trim());
        let (amount, currency) = (field(2), field(3));
        let amount_minor = minor(amount, currency).ok_or_else(|| {
            let digits = minor_digits(currency);
            fault(
                row,
                format!(
                    "{amount:?} is no amount of {currency:?}: write digits with at most {digits} \
                 behind a point, such as 120.50"
                ),
            )
        })?;
        let value = json!({ "amount_minor": amount_minor, "currency": currency });
        let cost = json!({ "date": field(0), "channel": field(1), "value": value });
        costs.push(cost_from_json(&cost).map_err(|error| fault(row, error.to_string()))?);
    }
    Ok(costs)
}

fn form() -> String {
    format!("write {}", COLUMNS.join(","))
}

/// `120.50` in minor units.
fn minor(amount: &str, currency: &str) -> Option<i64> {
    let (sign, digits) = match amount.strip_prefix('-') {
        Some(digits) => (-1, digits),
        None => (1, amount),
    };
    let (whole, part) = digits.split_once('.').unwrap_or((digits, ""));
    let room = minor_digits(currency);
    let are_digits = |text: &str| text.bytes().all(|byte| byte.is_ascii_digit());
    if whole.is_empty() || part.len() > room || !are_digits(whole) || !are_digits(part) {
        return None;
    }
    let minor: i64 = format!("{whole}{part:0<room$}").parse().ok()?;
    Some(sign * minor)
}

/// The rows of a table, field by field.
struct Rows<'a> {
    reader: Reader,
    rest: &'a [u8],
}

impl Rows<'_> {
    /// The next row; `None` behind the last.
    fn next(&mut self) -> Result<Option<Vec<String>>, String> {
        let mut text = vec![0; ROW_BYTES_MAX];
        let mut ends = vec![0; FIELDS_MAX];
        let (mut written, mut ended) = (0, 0);
        loop {
            let (result, read, wrote, fields) =
                self.reader.read_record(self.rest, &mut text[written..], &mut ends[ended..]);
            self.rest = &self.rest[read..];
            (written, ended) = (written + wrote, ended + fields);
            match result {
                ReadRecordResult::InputEmpty => {}
                ReadRecordResult::OutputFull => {
                    return Err(format!("the row is larger than {ROW_BYTES_MAX} bytes"));
                }
                ReadRecordResult::OutputEndsFull => {
                    return Err(format!("the row has more than {FIELDS_MAX} fields"));
                }
                ReadRecordResult::End => return Ok(None),
                ReadRecordResult::Record => break,
            }
        }
        let mut from = 0;
        let mut fields = Vec::with_capacity(ended);
        for end in &ends[..ended] {
            let field = std::str::from_utf8(&text[from..*end]);
            let field = field.map_err(|_| "the row is no UTF-8: save the file as it".to_owned())?;
            fields.push(field.to_owned());
            from = *end;
        }
        Ok(Some(fields))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_table_of_costs_is_read_whatever_stands_beside_it() {
        let table = "\u{feff}note,currency,date,channel,amount\r\n\
                     \"spring, one\",EUR,2026-03-25,ads,120.50\r\n\
                     ,JPY,2026-03-26,social,900\r\n\
                     \r\n\
                     back,EUR,2026-03-27,ads,-0.5\n";
        let costs = costs_of_csv(table.as_bytes()).expect("costs");
        let told: Vec<String> = costs
            .iter()
            .map(|cost| {
                format!("{} {} {} {}", cost.date, cost.channel, cost.amount_minor, cost.currency)
            })
            .collect();
        let expected =
            ["2026-03-25 ads 12050 EUR", "2026-03-26 social 900 JPY", "2026-03-27 ads -50 EUR"];
        assert_eq!(told, expected);
    }

    #[test]
    fn a_table_that_cannot_be_read_says_where_and_what_to_write() {
        let table = [
            ("", "row 0: the file is empty"),
            ("date,channel,currency\n", "row 0: column amount is missing"),
            ("date,channel,amount,currency\n2026-03-25,ads,1,EUR\n25.3.2026,ads,1,EUR", "row 2: "),
            ("date,channel,amount,currency\n2026-03-25,ads,1.005,EUR", "at most 2 behind a point"),
            ("date,channel,amount,currency\n2026-03-25,ads,1.5,JPY", "at most 0 behind a point"),
            ("date,channel,amount,currency\n2026-03-25,ads,\"1,5\",EUR", "no amount of \"EUR\""),
            ("date,channel,amount,currency\n2026-03-25,ads,,EUR", "is no amount"),
            ("date,channel,amount,currency\n2026-03-25,,1,EUR", "channel is no text"),
            ("date,channel,amount,currency\n2026-03-25,ads,1,eur", "three capital letters"),
            ("date,channel,amount,currency\n2026-03-25,ads,99999999999999999999,EUR", "no amount"),
        ];
        for (text, expected) in table {
            let told = costs_of_csv(text.as_bytes()).expect_err(text).to_string();
            assert!(told.contains(expected) && told.contains("D0239"), "{told}");
        }
        let latin = b"date,channel,amount,currency\n2026-03-25,\xfcber,1,EUR";
        assert!(costs_of_csv(latin).expect_err("latin").to_string().contains("UTF-8"));
    }
}
