//! Both data sets that nobody here made, read whole by the mappings that ship.
//!
//! The numbers are those of `tests/data/expected.sh`, which reckons them without this code.

use crate::rows;
use intake::Import;
use model::Draft;
use rules::parse_mapping;
use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};
use std::process::Command;

/// Fetches what is missing, and says where the data sets are.
fn folder() -> PathBuf {
    let script = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../deploy/data/fetch.sh");
    let output = Command::new(script).output().unwrap();
    let (said, error) =
        (String::from_utf8_lossy(&output.stdout), String::from_utf8_lossy(&output.stderr));
    assert!(output.status.success(), "{said}{error}");
    let folder = said.lines().find_map(|line| line.strip_prefix("data: "));
    PathBuf::from(folder.unwrap())
}

/// Every touchpoint of a data set; there may be no bad row.
fn drafts(file: &str, mapping: &str) -> Vec<Draft> {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../deploy/mappings").join(mapping);
    let text = std::fs::read_to_string(path).unwrap();
    let mapping = parse_mapping(&text, mapping).unwrap_or_else(|error| panic!("{error:?}"));
    let import = Import::open(&folder().join(file), Some(mapping), None).unwrap();
    let (drafts, bad) = rows(import).unwrap();
    assert_eq!(bad, []);
    assert!(drafts.iter().all(|draft| draft.history));
    let ids: BTreeSet<&str> = drafts.iter().map(|draft| draft.event_id.as_str()).collect();
    assert_eq!(ids.len(), drafts.len(), "no two rows have one id");
    drafts
}

fn count<'a>(words: impl Iterator<Item = &'a str>) -> BTreeMap<&'a str, usize> {
    let mut counts = BTreeMap::new();
    words.for_each(|word| *counts.entry(word).or_insert(0) += 1);
    counts
}

#[test]
fn cdnow_is_read_to_the_cent() {
    let drafts = drafts("CDNOW_sample.txt", "cdnow.toml");
    assert_eq!(drafts.len(), 6_919);
    assert_eq!(count(drafts.iter().map(|draft| &*draft.customer_id)).len(), 2_357);
    let values = drafts.iter().map(|draft| draft.value.as_ref().unwrap());
    assert!(values.clone().all(|value| value.currency == "USD"));
    assert_eq!(values.map(|value| value.amount_minor).sum::<i64>(), 24_409_194);
    let times = drafts.iter().map(|draft| draft.time);
    assert_eq!(times.clone().min().unwrap().to_string(), "1997-01-01T00:00:00.000Z");
    assert_eq!(times.max().unwrap().to_string(), "1998-06-30T00:00:00.000Z");
    assert_eq!(count(drafts.iter().map(|draft| &*draft.kind)), [("purchase_made", 6_919)].into());
    assert_eq!(count(drafts.iter().map(|draft| &*draft.channel)), [("store", 6_919)].into());
}

#[test]
fn ecom_is_read_with_every_event() {
    let drafts = drafts("ecom.csv.gz", "ecom.toml");
    assert_eq!(drafts.len(), 31_106);
    assert_eq!(count(drafts.iter().map(|draft| &*draft.customer_id)).len(), 600);
    let pages = count(drafts.iter().map(|draft| &*draft.properties["page"]));
    assert_eq!(pages.len(), 19);
    for (page, number) in [("product_view", 6_851), ("purchase", 470), ("support_chat", 277)] {
        assert_eq!(pages[page], number, "{page}");
    }
    let kinds = count(drafts.iter().map(|draft| &*draft.kind));
    let pages_viewed = 659 + 1_204 + 6_521 + 275 + 2_610 + 2_762 + 6_851 + 796 + 406 + 4_011;
    for (kind, number) in [
        ("page_viewed", pages_viewed),
        ("form_submitted", 958 + 709),
        ("enquiry_received", 277),
        ("purchase_made", 470),
        ("add_to_cart", 1_346),
        ("wishlist_add", 812),
        ("error_page", 276),
        ("payment_error", 119),
        ("checkout_bug", 44),
    ] {
        assert_eq!(kinds[kind], number, "{kind}");
    }
    assert_eq!(kinds.len(), 9);
    let channels = count(drafts.iter().map(|draft| &*draft.channel));
    assert_eq!(channels, [("chat", 277), ("website", 31_106 - 277)].into());
    let times = drafts.iter().map(|draft| draft.time);
    assert_eq!(times.clone().min().unwrap().to_string(), "2024-01-04T11:45:38.000Z");
    assert_eq!(times.max().unwrap().to_string(), "2024-06-29T22:02:40.000Z");
}
