//! Tables as text and as CSV.

use crate::books::{at, map};
use insight::report::{Cell, Column, Kind, Money, Rate, Table, minor_digits};

fn table(columns: &[(&'static str, Kind)], rows: Vec<Vec<Cell>>) -> Table {
    let column = |(name, kind): &(&'static str, Kind)| Column { name, heading: name, kind: *kind };
    Table {
        name: "things",
        title: "Things.".to_owned(),
        columns: columns.iter().map(column).collect(),
        keys: 1,
        rows,
        notes: Vec::new(),
    }
}

fn text(cell: Cell, kind: Kind) -> String {
    let table = table(&[("k", Kind::Text), ("v", kind)], vec![vec![Cell::None, cell]]);
    let text = table.render(&map().zone);
    let last = text.lines().last().expect("a row");
    last.trim_start_matches('–').trim().to_owned()
}

fn money(sums: &[(&str, i64)]) -> Cell {
    Cell::Money(sums.iter().map(|(word, sum)| ((*word).to_owned(), *sum)).collect::<Money>())
}

#[test]
fn a_cell_is_written_as_people_read_it() {
    let rate = |part, whole| Cell::from(Rate::of(part, whole));
    let table = [
        (Cell::Count(1_234_567), Kind::Count, "1,234,567"),
        (Cell::Count(999), Kind::Count, "999"),
        (Cell::Count(-1_000), Kind::Count, "-1,000"),
        (Cell::Share(976_350), Kind::Share, "97.6 %"),
        (Cell::Share(1_000_000), Kind::Share, "100.0 %"),
        (rate(61, 412), Kind::Rate, "61 of 412 = 15 % (12–19)"),
        (rate(1_412, 2_304), Kind::Rate, "1,412 of 2,304 = 61 % (59–63)"),
        (rate(3, 100), Kind::Rate, "3 of 100 = 3.0 % (1.0–8.5)"),
        (rate(0, 4), Kind::Rate, "0 of 4 = 0 % (0–49)"),
        (rate(4, 4), Kind::Rate, "4 of 4 = 100 % (51–100)"),
        (rate(0, 0), Kind::Rate, ""),
        (money(&[("EUR", 123_456), ("JPY", 500)]), Kind::Money, "1,234.56 EUR, 500 JPY"),
        (money(&[("EUR", -5), ("KWD", 1_050)]), Kind::Money, "-0.05 EUR, 1.050 KWD"),
        (money(&[]), Kind::Money, ""),
        (Cell::Time(at("2026-01-05")), Kind::Time, "2026-01-05"),
        (Cell::Time(at("2026-01-05T09:30")), Kind::Time, "2026-01-05 09:30"),
        (Cell::Text("chat".to_owned()), Kind::Text, "chat"),
    ];
    for (cell, kind, expected) in table {
        let label = format!("{cell:?}");
        assert_eq!(text(cell, kind).trim_end_matches(['–', ' ']), expected, "{label}");
    }
    assert_eq!(["EUR", "JPY", "BHD", "CLF", "XXX"].map(minor_digits), [2, 0, 3, 4, 2]);
}

#[test]
fn a_wide_table_goes_on_in_blocks_that_name_their_rows() {
    let wide = "x".repeat(60);
    let row = |name: &str| {
        vec![Cell::Text(name.to_owned()), Cell::Text(wide.clone()), Cell::Text(wide.clone())]
    };
    let columns = [("name", Kind::Text), ("one", Kind::Text), ("two", Kind::Text)];
    let text = table(&columns, vec![row("ann"), row("bob")]).render(&map().zone);
    let lines: Vec<&str> = text.lines().collect();
    assert_eq!(lines.len(), 1 + 2 * (1 + 3), "{text}");
    assert_eq!([lines[2], lines[6]], ["name  one", "name  two"]);
    assert!(lines[3].starts_with("ann   xxx") && lines[7].starts_with("ann   xxx"), "{text}");
    assert!(lines.iter().all(|line| line.chars().count() <= 100));
}

#[test]
fn csv_has_a_field_for_each_part_of_a_rate_and_each_currency() {
    let columns = [
        ("name", Kind::Text),
        ("count", Kind::Count),
        ("rate", Kind::Rate),
        ("money", Kind::Money),
        ("at", Kind::Time),
    ];
    let rows = vec![
        vec![
            Cell::Text("a \"b\", c".to_owned()),
            Cell::Count(1_000),
            Cell::from(Rate::of(1, 29)),
            money(&[("EUR", 4_900)]),
            Cell::Time(at("2026-01-05")),
        ],
        vec![Cell::None, Cell::Count(0), Cell::None, money(&[("USD", 1)]), Cell::None],
        vec![Cell::None, Cell::Count(0), Cell::None, Cell::None, Cell::None],
    ];
    let expected = "name,count,rate_part,rate_whole,rate_low,rate_high,money_EUR,money_USD,at\r\n\
        \"a \"\"b\"\", c\",1000,1,29,0.006113,0.171755,4900,0,2026-01-05T00:00:00+01:00\r\n\
        ,0,,,,,0,1,\r\n\
        ,0,,,,,,,\r\n";
    assert_eq!(table(&columns, rows).csv(&map().zone), expected);
}
