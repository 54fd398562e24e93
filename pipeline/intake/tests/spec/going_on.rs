//! An import that goes on where another was cut off: the rest comes as it would have come.

use crate::files::touchpoint;
use crate::{file, gzip, mapping, rows};
use intake::{BadRow, Import, Place};
use model::Draft;
use proptest::prelude::*;
use rules::Mapping;

type Read = Vec<Result<Draft, BadRow>>;

/// Everything of a file, and at every row the place there and how much came before it.
fn read(bytes: &[u8], mapping: Option<Mapping>) -> (Read, Vec<(Place, usize)>) {
    let kept = file("rows", bytes);
    let mut import = Import::open(&kept.path, mapping, None).unwrap();
    let (mut all, mut places) = (Vec::new(), Vec::new());
    while let Some(row) = import.next() {
        all.push(row.unwrap());
        places.extend(import.place().map(|place| (place, all.len())));
    }
    (all, places)
}

/// What comes of a file behind a place; `None` where it is another file.
fn rest(bytes: &[u8], mapping: Option<Mapping>, place: &Place) -> Option<Read> {
    let kept = file("rows", bytes);
    let mut import = Import::open(&kept.path, mapping, None).unwrap();
    // As whoever keeps places does.
    import.beginning().unwrap();
    let import = import.go_on(place, &mut |_| {}).unwrap()?;
    Some(import.map(Result::unwrap).collect())
}

/// Mappings that name rows by their content, by a column, and by both in turn.
fn mappings() -> [Mapping; 3] {
    let named = mapping("event_id = '.x'", "");
    let rules = "[[rule]]\nwhen = { '.who' = 'ann' }\n[[rule]]\nevent_id = '.x'";
    [mapping("", ""), named, mapping(rules, "")]
}

proptest! {
    #![proptest_config(ProptestConfig {
        cases: 100,
        failure_persistence: None,
        ..Default::default()
    })]

    #[test]
    fn the_rest_of_a_table_comes_as_if_nobody_had_stopped(
        lines in prop::collection::vec("2026-03-2[56],(ann|bea),[xy\"]{0,2}|\\PC{0,9}|\"?", 2..30),
        ends in prop_oneof![Just("\n"), Just("")],
    ) {
        let text = format!("at,who,x\n{}{ends}", lines.join("\n"));
        for mapping in mappings() {
            let (all, places) = read(text.as_bytes(), Some(mapping.clone()));
            for (place, before) in places.iter().filter(|(place, _)| place.rows > 1) {
                let rest = rest(text.as_bytes(), Some(mapping.clone()), place);
                prop_assert_eq!(rest.as_deref(), Some(&all[*before..]), "{:?}", place);
            }
        }
    }

    #[test]
    fn of_a_longer_file_comes_what_is_new_or_all_of_it(
        lines in prop::collection::vec("2026-03-2[56],(ann|bea),[xy\"]{0,2}|\"", 2..20),
        more in "[ab,\"\n]{0,20}",
        ends in prop_oneof![Just("\n"), Just("")],
    ) {
        let short = format!("at,who,x\n{}{ends}", lines.join("\n"));
        let long = format!("{short}{more}");
        for mapping in mappings() {
            let (_, places) = read(short.as_bytes(), Some(mapping.clone()));
            let (all, _) = read(long.as_bytes(), Some(mapping.clone()));
            let Some((place, before)) = places.last() else { continue };
            if let Some(rest) = rest(long.as_bytes(), Some(mapping.clone()), place) {
                prop_assert_eq!(&*rest, &all[*before..], "{:?}", place);
            }
        }
    }
}

#[test]
fn touchpoints_and_objects_go_on_however_they_are_packed() {
    let line = |n: usize| match n % 7 {
        3 => "no touchpoint\n".to_owned(),
        _ => touchpoint(&n.to_string(), ", \"source\": \"web\""),
    };
    let text: String = (0..100).map(line).collect();
    let object = "event_id = '.event_id'\nsource = 'a'\ntime = '.time'\nchannel = '.channel'\n\
                  kind = '.kind'\ncustomer_id = '.customer_id'\n";
    let unnamed = object.replace("event_id = '.event_id'\n", "");
    let objects = [object, &unnamed].map(|text| rules::parse_mapping(text, "t.toml").unwrap());
    let [named, unnamed] = objects.map(Some);
    for mapping in [None, named, unnamed] {
        let (all, places) = read(text.as_bytes(), mapping.clone());
        assert_eq!((all.len(), places.len()), (100, 100));
        let packed = [text.clone().into_bytes(), gzip(text.as_bytes())];
        for (bytes, (place, before)) in packed.iter().cycle().zip(places).skip(1) {
            let rest = rest(bytes, mapping.clone(), &place).expect("the same file");
            assert_eq!(rest, all[before..], "{place:?}");
        }
    }
}

#[test]
fn another_file_is_not_gone_on_with() {
    let row = |n: usize| format!("2026-03-25,ann,{n}\n");
    let text = |numbers: Vec<usize>| {
        "at,who,x\n".to_owned() + &numbers.into_iter().map(row).collect::<String>()
    };
    let first = text((0..50).collect());
    for mapping in mappings() {
        let (_, places) = read(first.as_bytes(), Some(mapping.clone()));
        let (place, _) = places.last().expect("places");
        for (name, other) in [
            ("a shorter one", text((0..49).collect())),
            ("the same rows in another order", text((0..50).rev().collect())),
            ("another row within", text((0..50).map(|n| if n == 20 { 77 } else { n }).collect())),
            ("a row more within", text((0..50).flat_map(|n| vec![n; 1 + n / 49]).collect())),
            ("other ends of lines", first.replace('\n', "\r\n")),
        ] {
            let rest = rest(other.as_bytes(), Some(mapping.clone()), place);
            let is_longer = name == "a row more within";
            assert_eq!(rest.map(|rest| rest.len()), is_longer.then_some(1), "{name}");
        }
    }
}

#[test]
fn there_is_no_place_where_a_longer_file_would_be_read_otherwise() {
    for (name, end, has_place) in [
        ("a whole line", "2026-03-25,ann,1\n", true),
        ("a line without its end", "2026-03-25,ann,1", false),
        ("a quote that is open", "2026-03-25,\"ann,1\n", false),
        ("a quote that is open, and rows after it", "2026-03-25,\"ann,1\n2026-03-25,a,1\n", false),
    ] {
        let text = format!("at,who,x\n2026-03-25,ann,0\n2026-03-25,bea,0\n{end}");
        let kept = file("rows", text.as_bytes());
        let mut import = Import::open(&kept.path, Some(mapping("", "")), None).unwrap();
        while import.next().is_some() {}
        assert_eq!(import.place().is_some(), has_place, "{name}");
        let (_, bad) =
            rows(Import::open(&kept.path, Some(mapping("", "")), None).unwrap()).unwrap();
        assert_eq!(bad.is_empty(), !end.contains('"'), "{name}");
    }
}
