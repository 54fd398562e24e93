//! Mapping: rows of a file to touchpoints, by paths alone and by expressions.

use criterion::{Criterion, Throughput, criterion_group, criterion_main};
use intake::Import;
use rules::{Mapping, Occurrences, Row, parse_mapping};
use std::hint::black_box;

const ROWS: u64 = 1_000;

const PATHS: &str = "source = 'shop'\nevent_id = '.id'\nchannel = 'store'\n\
    time = { at = '.at', unit = 'ms' }\n\
    kind = { of = '.what', table = { paid = 'purchase_made', sent = 'quote_sent' } }\n\
    customer_id = '.who'\nvalue = { amount = '.sum', unit = 'major', currency = 'EUR' }\n\
    subject = '.order'\n";

const EXPRESSIONS: &str = "source = 'shop'\nevent_id = \"= 'order:' ~ body.id\"\n\
    channel = 'store'\nregion = 'DE'\ntime = { at = '.at', unit = 'ms' }\n\
    kind = \"= 'purchase_made' if body.what == 'paid' else 'quote_sent'\"\n\
    customer_id = '= body.who | trim | lower'\n\
    value = { amount = '.sum', unit = 'major', currency = 'EUR' }\n\
    subject = \"= body.order | default('none')\"\n\
    text = \"= body.what ~ ' ' ~ body.order\"\n";

/// Rows as an export has them: 8 columns, of which 6 are read.
fn fields() -> Vec<[String; 8]> {
    let row = |n: u64| {
        let what = if n.is_multiple_of(3) { "sent" } else { "paid" };
        [
            n.to_string(),
            (1_774_430_043_000 + n * 1_000).to_string(),
            what.to_owned(),
            format!("c-{}", n % 97),
            format!("{}.{:02}", n % 500, n % 100),
            format!("o-{}", n / 2),
            "Berlin".to_owned(),
            "no remark".to_owned(),
        ]
    };
    (0..ROWS).map(row).collect()
}

fn table(text: &str) -> Mapping {
    let columns = ["id", "at", "what", "who", "sum", "order", "place", "remark"];
    let mapping = parse_mapping(&format!("{text}[file]\nformat = 'csv'\n"), "bench.toml");
    let mapping = mapping.unwrap_or_else(|error| panic!("{error:?}"));
    mapping.with_columns(&columns.map(str::to_owned)).unwrap_or_else(|error| panic!("{error:?}"))
}

fn object(text: &str) -> Mapping {
    parse_mapping(text, "bench.toml").unwrap_or_else(|error| panic!("{error:?}"))
}

fn mapping(criterion: &mut Criterion) {
    let rows = fields();
    let rows: Vec<Vec<&str>> =
        rows.iter().map(|row| row.iter().map(String::as_str).collect()).collect();
    let objects: Vec<String> = rows
        .iter()
        .map(|row| match row.as_slice() {
            [id, at, what, who, sum, order, place, remark] => format!(
                "{{\"id\": {id}, \"at\": {at}, \"what\": \"{what}\", \"who\": \"{who}\", \
                 \"sum\": {sum}, \"order\": \"{order}\", \"place\": \"{place}\", \
                 \"remark\": \"{remark}\"}}"
            ),
            _ => String::new(),
        })
        .collect();
    let mut group = criterion.benchmark_group("mapping");
    group.throughput(Throughput::Elements(ROWS));
    for (name, text) in [("paths", PATHS), ("five expressions", EXPRESSIONS)] {
        let mapping = table(text);
        group.bench_function(format!("columns, {name}"), |bencher| {
            bencher.iter(|| {
                let mut seen = Occurrences::default();
                for (number, row) in (1_u64..).zip(&rows) {
                    let drafts = mapping.drafts(&Row::fields(row), number, &mut seen);
                    black_box(drafts.expect("a touchpoint"));
                }
            });
        });
        let mapping = object(text);
        group.bench_function(format!("JSON, {name}"), |bencher| {
            bencher.iter(|| {
                let mut seen = Occurrences::default();
                for (number, text) in (1_u64..).zip(&objects) {
                    let row = Row::json(text).expect("an object");
                    let drafts = mapping.drafts(&row, number, &mut seen);
                    black_box(drafts.expect("a touchpoint"));
                }
            });
        });
    }
    group.finish();
}

/// Files from the first byte to touchpoints: nothing is appended.
fn reading(criterion: &mut Criterion) {
    let folder = tempfile::tempdir().expect("a folder");
    let lines: String = fields()
        .iter()
        .cycle()
        .take(20_000)
        .map(|row| {
            let [id, at, _, who, ..] = row;
            format!(
                "{{\"event_id\":\"{id}\",\"time\":{at},\"customer_id\":\"{who}\",\"channel\":\
                 \"store\",\"kind\":\"purchase_made\",\"source\":\"bench\"}}\n"
            )
        })
        .collect();
    let rows: String =
        fields().iter().cycle().take(20_000).map(|row| row.join(",") + "\n").collect();
    let table_text = format!("id,at,what,who,sum,order,place,remark\n{rows}");
    let (json, csv) = (folder.path().join("t.jsonl"), folder.path().join("t.csv"));
    std::fs::write(&json, lines).expect("a file");
    std::fs::write(&csv, table_text).expect("a file");
    let mapping = object(&format!("{PATHS}[file]\nformat = 'csv'\n"));
    let mut group = criterion.benchmark_group("reading");
    group.throughput(Throughput::Elements(20_000));
    group.sample_size(10);
    group.bench_function("touchpoints, JSON lines", |bencher| {
        bencher.iter(|| Import::open(&json, None, None).expect("a file").count());
    });
    group.bench_function("rows, CSV by paths", |bencher| {
        bencher.iter(|| Import::open(&csv, Some(mapping.clone()), None).expect("a file").count());
    });
    group.finish();
}

criterion_group!(benches, mapping, reading);
criterion_main!(benches);
