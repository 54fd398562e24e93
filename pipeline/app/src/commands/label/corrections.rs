//! Corrections as a table: `customer_id,source,event_id,label,text`.

use serve::Correction;

/// The columns of such a table; those without a source and without texts need not be there.
const COLUMNS: [&str; 5] = ["customer_id", "source", "event_id", "label", "text"];

/// The corrections of a CSV file in UTF-8 (RFC 4180) with a header; what is wrong names its row.
pub fn read(bytes: &[u8]) -> Result<Vec<Correction>, String> {
    let bytes = bytes.strip_prefix(b"\xef\xbb\xbf").unwrap_or(bytes);
    let mut reader = csv::Reader::from_reader(bytes);
    let form = COLUMNS.join(",");
    let header = reader.headers().map_err(|error| format!("{error}: write {form} [D0822]"))?;
    let places = COLUMNS.map(|name| header.iter().position(|column| column.trim() == name));
    for needed in [0, 2, 3] {
        if places[needed].is_none() {
            return Err(format!("column {} is missing: write {form} [D0822]", COLUMNS[needed]));
        }
    }
    let mut corrections = Vec::new();
    for (index, row) in reader.records().enumerate() {
        let row = row.map_err(|error| format!("row {}: {error} [D0822]", index + 1))?;
        let field = |at: usize| places[at].and_then(|at| row.get(at)).unwrap_or("").trim();
        if let Some(empty) = [0, 2, 3].into_iter().find(|at| field(*at).is_empty()) {
            let (row, column) = (index + 1, COLUMNS[empty]);
            return Err(format!("row {row}: {column} is empty: say it, or delete it [D0822]"));
        }
        let text = Some(field(4)).filter(|text| !text.is_empty());
        corrections.push(Correction {
            customer_id: field(0).to_owned(),
            source: field(1).to_owned(),
            event_id: field(2).to_owned(),
            label: field(3).to_owned(),
            text: text.map(str::to_owned),
        });
    }
    Ok(corrections)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_table_is_read_whole_or_the_row_that_is_wrong_is_named() {
        let good = "event_id,label,customer_id\nm-1,price,c-1\nm-2,none,c-2\n";
        let read_good = read(good.as_bytes()).expect("corrections");
        let told: Vec<_> = read_good.iter().map(|one| (&*one.event_id, &*one.label)).collect();
        assert_eq!(told, [("m-1", "price"), ("m-2", "none")]);
        assert!(read_good.iter().all(|one| one.source.is_empty() && one.text.is_none()));
        for (bad, why) in [
            ("event_id,label\nm-1,price\n", "column customer_id is missing"),
            ("customer_id,event_id,label\nc-1,,price\n", "row 1: event_id is empty"),
            ("customer_id,event_id,label\nc-1,m-1\n", "row 1:"),
        ] {
            let error = read(bad.as_bytes()).expect_err(bad);
            assert!(error.contains(why) && error.ends_with("[D0822]"), "{error}");
        }
    }
}
