//! What a writer of CSV writes is read back, and bytes that nobody wrote on purpose harm nobody.

use crate::files::touchpoint;
use crate::{file, gzip, imported, mapping};
use intake::Import;
use proptest::prelude::*;
use rules::Mapping;

proptest! {
    #![proptest_config(ProptestConfig {
        cases: 300,
        failure_persistence: None,
        ..Default::default()
    })]

    #[test]
    fn every_field_that_the_csv_crate_writes_is_read_back(
        fields in prop::collection::vec("[a-c\",;\n\r\té ]{0,12}", 1..20)
    ) {
        let shapes = [(b',', ""), (b';', "delimiter = ';'"), (b'\t', "delimiter = 'tab'")];
        for (delimiter, shape) in shapes {
            let mut writer = csv::WriterBuilder::new().delimiter(delimiter).from_writer(Vec::new());
            writer.write_record(["at", "who", "x"]).unwrap();
            for field in &fields {
                writer.write_record(["2026-03-25", "ann", field]).unwrap();
            }
            let text = writer.into_inner().unwrap();
            let (drafts, bad) = imported(&text, mapping("text = '.x'", shape));
            prop_assert_eq!(bad, vec![]);
            let found: Vec<&str> = drafts.iter().map(|draft| &*draft.text).collect();
            // The end of a line is one character, and what is around a field says nothing.
            let said: Vec<String> =
                fields.iter().map(|field| field.replace("\r\n", "\n").trim().to_owned()).collect();
            prop_assert_eq!(found, said);
        }
    }
}

/// Numbers that are the same in every run: xorshift.
struct Numbers(u64);

impl Numbers {
    fn below(&mut self, limit: usize) -> usize {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        (self.0 % limit as u64) as usize
    }

    /// Bytes with a few of them changed, taken out or doubled.
    fn mutated(&mut self, bytes: &[u8]) -> Vec<u8> {
        const ODD: &[u8] = b"\"\"\n\r,;{}[]\\\0\xff\xc3-+.0 ";
        let mut bytes = bytes.to_vec();
        for _ in 0..=self.below(4) {
            let at = self.below(bytes.len());
            match self.below(5) {
                0 => bytes[at] = ODD[self.below(ODD.len())],
                1 => bytes.insert(at, ODD[self.below(ODD.len())]),
                2 => bytes[at] ^= 1 << self.below(8),
                3 => bytes.truncate(at.max(1)),
                _ => {
                    let end = (at + self.below(40)).min(bytes.len());
                    bytes.extend_from_within(at..end);
                }
            }
        }
        bytes
    }
}

/// Reads a file to its end: whatever is in it, each row is a touchpoint, bad or dropped.
fn check(bytes: &[u8], mapping: Option<Mapping>) {
    let kept = file("rows", bytes);
    let Ok(mut import) = Import::open(&kept.path, mapping, None) else { return };
    let mut count = 0;
    for row in import.by_ref() {
        match row {
            Ok(Err(bad)) => assert!(bad.line >= 1 && !bad.raw.is_empty(), "{bad}"),
            Ok(Ok(draft)) => assert!(draft.history && !draft.event_id.is_empty()),
            Err(error) => {
                assert!(error.to_string().contains("[D05"), "{error}");
                return;
            }
        }
        count += 1;
    }
    let dropped: u64 = import.dropped().values().sum();
    assert_eq!(import.progress().rows, count + dropped);
}

#[test]
fn mutated_files_are_read_to_their_end() {
    let csv =
        "at,who,x\n2026-03-25,ann,\"1,5\"\n2026-03-26,\"b \"\"c\"\"\",2\n\n2026-03-27,d,drop\n";
    let keys = "value = { amount = '.x', unit = 'major', currency = 'EUR' }\n\
                drop = { when = { '.x' = 'drop' } }";
    let lines: String = ["a", "b", "c"].map(|id| touchpoint(id, ", \"a\": [{\"b\": 1}]")).concat();
    let quoted = mapping(keys, "decimal = ','");
    let aligned = mapping(keys, "delimiter = 'spaces'\ncolumns = ['at', 'who', 'x']");
    let mut numbers = Numbers(0x9e37_79b9_7f4a_7c15);
    for _ in 0..1_500 {
        let table = numbers.mutated(csv.as_bytes());
        check(&table, Some(quoted.clone()));
        check(&table, Some(aligned.clone()));
        let mutated = numbers.mutated(lines.as_bytes());
        check(&mutated, None);
        check(&numbers.mutated(&gzip(&mutated)), None);
        check(&numbers.mutated(&zstd::encode_all(mutated.as_slice(), 1).unwrap()), None);
    }
}
