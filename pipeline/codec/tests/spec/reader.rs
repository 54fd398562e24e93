//! Data of other systems as rows: what each type becomes, the specification's table of resolutions,
//! and what is refused with its place.

#![allow(deprecated)]

use apache_avro::types::Value;
use apache_avro::{Schema, to_avro_datum};
use codec::{DatumFault, Fault, Reader, SchemaError};
use serde_json::{Value as Json, json};

/// A datum of a schema.
fn datum(schema: &Json, value: Value) -> Vec<u8> {
    let schema = Schema::parse(schema).expect("a schema");
    to_avro_datum(&schema, value).expect("a datum")
}

fn row(reader: &Reader, datum: &[u8]) -> Json {
    let text = reader.read(datum).unwrap_or_else(|error| panic!("{error}"));
    serde_json::from_str(&text).unwrap_or_else(|error| panic!("{error}: {text}"))
}

/// A value of a writer, read by a reader's schema.
#[track_caller]
fn read(writer: &Json, value: Value, reader: &Json) -> Json {
    let compiled = Reader::resolve(&writer.to_string(), &[], &reader.to_string());
    row(&compiled.unwrap_or_else(|error| panic!("{error}")), &datum(writer, value))
}

#[track_caller]
fn unlike(writer: &Json, reader: &Json, words: &str) {
    match Reader::resolve(&writer.to_string(), &[], &reader.to_string()) {
        Err(error @ SchemaError::Unlike { .. }) => {
            assert!(error.to_string().contains(words), "{error}");
        }
        other => panic!("{writer} as {reader}: {other:?}"),
    }
}

fn record(fields: Json) -> Json {
    json!({"type": "record", "name": "Order", "namespace": "shop", "fields": fields})
}

#[test]
fn a_value_is_written_as_a_mapping_reads_it_without_being_told_more() {
    let logical = |kind: &str, word: &str| json!({"type": kind, "logicalType": word});
    let fixed = |size: u32, word: &str| {
        let mut fixed = json!({"type": "fixed", "name": "F", "logicalType": word});
        fixed["size"] = size.into();
        fixed
    };
    let decimal = json!({"type": "bytes", "logicalType": "decimal", "precision": 9, "scale": 2});
    let of_fixed = json!({"type": "fixed", "name": "F", "size": 4, "logicalType": "decimal",
                          "precision": 9, "scale": 3});
    let debezium =
        json!({"type": "int", "connect.name": "io.debezium.time.Date", "connect.version": 1});
    for (schema, bytes, expected) in [
        (json!("null"), &[][..], json!(null)),
        (json!("boolean"), &[1], json!(true)),
        (json!("int"), &[0x03], json!(-2)),
        (json!("long"), &[0x80, 0x80, 0x80, 0x80, 0x80, 0x80, 0x80, 0x20], json!(1_i64 << 53)),
        (json!("float"), &0.1_f32.to_le_bytes(), json!(0.1)),
        (json!("double"), &0.1_f64.to_le_bytes(), json!(0.1)),
        (json!("double"), &f64::NAN.to_le_bytes(), json!("NaN")),
        (json!("float"), &f32::NEG_INFINITY.to_le_bytes(), json!("-Infinity")),
        (json!("bytes"), &[4, 0xFF, 0x00], json!("/wA=")),
        (json!("string"), &[8, b'"', b'\\', 7, b'\n'], json!("\"\\\u{7}\n")),
        (json!({"type": "array", "items": "int"}), &[4, 2, 4, 0], json!([1, 2])),
        // A block that says its size.
        (json!({"type": "array", "items": "int"}), &[3, 4, 2, 4, 0], json!([1, 2])),
        (json!({"type": "map", "values": "int"}), &[2, 2, b'a', 2, 0], json!({"a": 1})),
        (json!(["null", "int"]), &[2, 2], json!(1)),
        (logical("int", "date"), &[0xF2, 0xC0, 0x02], json!("2026-03-25")),
        (debezium, &[0xF2, 0xC0, 0x02], json!("2026-03-25")),
        (logical("int", "time-millis"), &[0xF0, 0xFD, 0xD9, 0x1F], json!("09:14:03.000")),
        (logical("long", "time-micros"), &[2], json!("00:00:00.000001")),
        (logical("long", "timestamp-millis"), &[1], json!("1969-12-31T23:59:59.999Z")),
        (logical("long", "timestamp-micros"), &[3], json!("1969-12-31T23:59:59.999998Z")),
        (logical("long", "timestamp-nanos"), &[2], json!("1970-01-01T00:00:00.000000001Z")),
        (logical("long", "local-timestamp-millis"), &[2], json!("1970-01-01T00:00:00.001")),
        (logical("long", "local-timestamp-micros"), &[2], json!("1970-01-01T00:00:00.000001")),
        // Not of the calendar, not of a day: the number stays.
        (logical("int", "date"), &[0xFE, 0xFF, 0xFF, 0xFF, 0x0F], json!(2_147_483_647)),
        (logical("int", "time-millis"), &[1], json!(-1)),
        (decimal, &[4, 0x12, 0xCA], json!(48.10)),
        (of_fixed, &[0xFF, 0xFF, 0xFF, 0xFF], json!(-0.001)),
        (logical("string", "uuid"), &[2, b'x'], json!("x")),
        (fixed(16, "uuid"), &[0xA1; 16], json!("a1a1a1a1-a1a1-a1a1-a1a1-a1a1a1a1a1a1")),
        (fixed(12, "duration"), &[1, 0, 0, 0, 2, 0, 0, 0, 0xBC, 0x0B, 0, 0], json!("P1M2DT3.004S")),
        // What does not fit its type is passed over.
        (logical("string", "date"), &[2, b'x'], json!("x")),
        (
            json!({"type": "bytes", "logicalType": "decimal", "precision": 1, "scale": 2}),
            &[2, 1],
            json!("AQ=="),
        ),
        (logical("long", "fortnights"), &[2], json!(1)),
    ] {
        let reader = Reader::compile(&schema.to_string(), &[]).expect("a reader");
        assert_eq!(row(&reader, bytes), expected, "{schema}");
    }
    let many = json!({"type": "bytes", "logicalType": "decimal", "precision": 38, "scale": 2});
    let reader = Reader::compile(&many.to_string(), &[]).expect("a reader");
    let digits = 10_i128.pow(37).to_be_bytes();
    let text = reader.read(&[&[32][..], &digits].concat()).expect("a number");
    assert_eq!(text, format!("1{}.00", "0".repeat(35)), "no float has these digits");
}

#[test]
fn a_decimal_whose_scale_differs_from_row_to_row_is_a_number_as_well() {
    let variable = json!({"type": "record", "name": "VariableScaleDecimal",
        "namespace": "io.debezium.data", "fields": [
            {"name": "scale", "type": "int"}, {"name": "value", "type": "bytes"}]});
    let reader =
        Reader::compile(&record(json!([{"name": "n", "type": variable}])).to_string(), &[]);
    assert_eq!(row(&reader.expect("a reader"), &[4, 4, 0x12, 0xCA]), json!({"n": 48.10}));
}

/// The rows of the specification: what may be read as what, and what becomes of it.
#[test]
fn a_number_is_widened_and_text_and_bytes_are_each_other() {
    for (writer, value, reader, expected) in [
        ("int", Value::Int(5), "long", json!(5)),
        ("int", Value::Int(5), "float", json!(5.0)),
        ("int", Value::Int(5), "double", json!(5.0)),
        ("long", Value::Long(5), "float", json!(5.0)),
        ("long", Value::Long(5), "double", json!(5.0)),
        ("float", Value::Float(0.5), "double", json!(0.5)),
        ("string", Value::String("ß".into()), "bytes", json!("w58=")),
        ("bytes", Value::Bytes("ß".into()), "string", json!("ß")),
    ] {
        assert_eq!(read(&json!(writer), value, &json!(reader)), expected, "{writer} {reader}");
    }
    for (writer, readers) in [
        ("null", &["boolean", "int", "long", "float", "double", "bytes", "string"][..]),
        ("boolean", &["null", "int", "long", "float", "double", "bytes", "string"]),
        ("int", &["null", "boolean", "bytes", "string"]),
        ("long", &["null", "boolean", "int", "bytes", "string"]),
        ("float", &["null", "boolean", "int", "long", "bytes", "string"]),
        ("double", &["null", "boolean", "int", "long", "float", "bytes", "string"]),
        ("bytes", &["null", "boolean", "int", "long", "float", "double"]),
        ("string", &["null", "boolean", "int", "long", "float", "double"]),
    ] {
        for reader in readers {
            unlike(&json!(writer), &json!(reader), &format!("{writer} is not read as {reader}"));
        }
    }
}

#[test]
fn fields_are_dropped_added_by_default_renamed_and_put_in_another_order() {
    let writer = record(json!([
        {"name": "gone", "type": {"type": "array", "items": ["null", "string"]}},
        {"name": "id", "type": "int"},
        {"name": "mail", "type": "string"}]));
    let value = Value::Record(vec![
        ("gone".into(), Value::Array(vec![Value::Union(1, Box::new(Value::String("x".into())))])),
        ("id".into(), Value::Int(7)),
        ("mail".into(), Value::String("a@b".into())),
    ]);
    let reader = json!({"type": "record", "name": "Purchase", "namespace": "other",
        "aliases": ["shop.Order"], "fields": [
        {"name": "email", "aliases": ["e_mail", "mail"], "type": ["null", "string"]},
        {"name": "id", "type": "long"},
        {"name": "tags", "type": {"type": "map", "values": "int"}, "default": {"a": 1}},
        {"name": "raw", "type": "bytes", "default": "\u{ff}"},
        {"name": "day", "type": {"type": "int", "logicalType": "date"}, "default": 1},
        {"name": "note", "type": ["null", "string"], "default": null},
        {"name": "since", "type": ["null", "long"], "default": 3},
        {"name": "who", "type": {"type": "record", "name": "Who", "fields": [
            {"name": "name", "type": "string", "default": "n"}]}, "default": {}}]});
    let expected = json!({"id": 7, "email": "a@b", "tags": {"a": 1}, "raw": "/w==",
        "day": "1970-01-02", "note": null, "since": 3, "who": {"name": "n"}});
    assert_eq!(read(&writer, value, &reader), expected);

    let added = record(json!([{"name": "id", "type": "int"}, {"name": "new", "type": "int"}]));
    unlike(&writer, &added, "new: is not written, and the reader's schema has no default for it");
    let bad = record(json!([{"name": "new", "type": "int", "default": "x"}]));
    unlike(&writer, &bad, "new: has a default in the reader's schema that is none of its type");
    let other = json!({"type": "record", "name": "Invoice", "fields": []});
    unlike(&writer, &other, "record shop.Order is not read as record Invoice");
    // A name that was given away and taken anew: who has it now goes first.
    let swapped =
        record(json!([{"name": "old_id", "aliases": ["id"], "type": "int", "default": 0},
                                {"name": "id", "type": "int"}]));
    let writer = record(json!([{"name": "id", "type": "int"}]));
    let value = Value::Record(vec![("id".into(), Value::Int(7))]);
    assert_eq!(read(&writer, value, &swapped), json!({"id": 7, "old_id": 0}));
}

#[test]
fn a_symbol_is_the_readers_its_default_or_refused() {
    let colours = |name: &str, symbols: Json, default: Option<&str>| {
        let mut colours = json!({"type": "enum", "name": name, "symbols": symbols});
        if let Some(default) = default {
            colours["default"] = default.into();
        }
        colours
    };
    let writer = colours("a.Colour", json!(["red", "green"]), None);
    let green = || Value::Enum(1, "green".into());
    let same = colours("b.Colour", json!(["green", "red"]), None);
    assert_eq!(read(&writer, green(), &same), json!("green"));
    let other = colours("Colour", json!(["red", "other"]), Some("other"));
    assert_eq!(read(&writer, green(), &other), json!("other"));
    let lacking = colours("Colour", json!(["red"]), None);
    let reader = Reader::resolve(&writer.to_string(), &[], &lacking.to_string()).expect("a reader");
    let error = reader.read(&[2]).expect_err("green is not known");
    assert_eq!(
        error.to_string(),
        "record: symbol green has no place in the reader's schema [D0230]"
    );
    assert_eq!(row(&reader, &[0]), json!("red"));
    unlike(&writer, &colours("Shade", json!(["red"]), None), "enum a.Colour");
}

#[test]
fn unions_meet_branch_by_branch_the_closest_first() {
    let union = json!(["null", "int", "string"]);
    let branch = |index, value| Value::Union(index, Box::new(value));
    for (value, reader, expected) in [
        (branch(1, Value::Int(1)), json!(["string", "long", "null"]), json!(1)),
        (branch(2, Value::String("s".into())), json!(["null", "long", "string"]), json!("s")),
        (branch(0, Value::Null), json!(["null", "long", "string"]), json!(null)),
        (branch(1, Value::Int(1)), json!("long"), json!(1)),
    ] {
        assert_eq!(read(&union, value, &reader), expected, "{reader}");
    }
    assert_eq!(read(&json!("long"), Value::Long(1), &json!(["double", "long"])), json!(1));
    assert_eq!(read(&json!("int"), Value::Int(1), &json!(["null", "double"])), json!(1.0));
    unlike(&json!("string"), &json!(["null", "int"]), "string is no branch there");
    unlike(&union, &json!("boolean"), "null is not read as boolean");
    // Only a value of the branch that is not known costs its record.
    let narrow = Reader::resolve(&union.to_string(), &[], "\"long\"").expect("a reader");
    let error = narrow.read(&[4, 0]).expect_err("a string");
    assert!(matches!(error.why(), DatumFault::Unmatched(why) if why.contains("string")), "{error}");
    let (a, b) = (
        json!({"type": "record", "name": "a.R", "fields": []}),
        json!({"type": "record", "name": "b.R", "fields": [
                      {"name": "n", "type": "int", "default": 9}]}),
    );
    let both = json!([{"type": "record", "name": "c.R", "fields": []}, b, a]);
    assert_eq!(read(&b, Value::Record(vec![("n".into(), Value::Int(1))]), &both), json!({"n": 1}));
    assert_eq!(read(&a, Value::Record(vec![]), &json!(["null", b])), json!({"n": 9}));
}

#[test]
fn fixed_arrays_and_maps_meet_by_their_parts() {
    let fixed = |name: &str, size: u32| json!({"type": "fixed", "name": name, "size": size});
    let value = Value::Fixed(1, vec![7]);
    assert_eq!(read(&fixed("a.F", 1), value, &fixed("b.F", 1)), json!("Bw=="));
    unlike(&fixed("F", 1), &fixed("F", 2), "fixed F is not read as fixed F");
    unlike(&fixed("F", 1), &fixed("G", 1), "fixed F is not read as fixed G");
    let (list, map) =
        (json!({"type": "array", "items": "int"}), json!({"type": "map", "values": "int"}));
    let longs = json!({"type": "array", "items": "long"});
    assert_eq!(read(&list, Value::Array(vec![Value::Int(1)]), &longs), json!([1]));
    unlike(&list, &map, "array is not read as map");
    unlike(&list, &json!({"type": "array", "items": "string"}), "int is not read as string");
    let money = |scale: u32| {
        let mut money = json!({"type": "bytes", "logicalType": "decimal", "precision": 9});
        money["scale"] = scale.into();
        money
    };
    unlike(&money(2), &money(3), "bytes as Decimal(2) is not read as Decimal(3)");
    let instant = |word: &str| json!({"type": "long", "logicalType": word});
    unlike(&instant("timestamp-millis"), &instant("timestamp-micros"), "Instant(Milli)");
    assert_eq!(
        read(&json!("long"), Value::Long(0), &instant("timestamp-millis")),
        json!("1970-01-01T00:00:00.000Z")
    );
}

#[test]
fn a_type_within_itself_is_read_to_any_depth_that_is_sane() {
    let list = json!({"type": "record", "name": "Item", "fields": [
        {"name": "n", "type": "int"}, {"name": "next", "type": ["null", "Item"]}]});
    let longer = json!({"type": "record", "name": "Item", "fields": [
        {"name": "next", "type": ["null", "Item"]}, {"name": "n", "type": "long"},
        {"name": "x", "type": "int", "default": 0}]});
    let reader = Reader::resolve(&list.to_string(), &[], &longer.to_string()).expect("a reader");
    let expected = json!({"n": 1, "next": {"n": 2, "next": null, "x": 0}, "x": 0});
    assert_eq!(row(&reader, &[2, 2, 4, 0]), expected);
    let deep = [2, 2].repeat(40);
    let error = reader.read(&[&deep[..], &[2, 0]].concat()).expect_err("too deep");
    assert!(matches!(error.why(), DatumFault::Bytes(Fault::Fuel { limit: 64, .. })), "{error}");
}

#[test]
fn a_schema_that_names_others_is_read_with_them() {
    let money = r#"{"type": "record", "name": "shop.Money", "fields": [
        {"name": "minor", "type": "long"}, {"name": "currency", "type": "shop.Currency"}]}"#;
    let currency = r#"{"type": "enum", "name": "shop.Currency", "symbols": ["EUR", "CHF"]}"#;
    let order = r#"{"type": "record", "name": "shop.Order", "fields": [
        {"name": "total", "type": "Money"}]}"#;
    let reader = Reader::compile(order, &[currency, money]).expect("a reader");
    let expected = json!({"total": {"minor": 1, "currency": "CHF"}});
    assert_eq!(row(&reader, &[2, 2]), expected);
    assert_eq!(reader.fingerprint(), None);
    let error = Reader::compile(order, &[money]).expect_err("no currency");
    assert_eq!(error, SchemaError::Type("shop.Currency".to_owned()));
}

#[test]
fn what_cannot_be_read_says_where() {
    let schema = record(json!([{"name": "customer", "type": {"type": "record", "name": "C",
        "fields": [{"name": "orders", "type": {"type": "array", "items":
            {"type": "map", "values": ["null", {"type": "bytes", "logicalType": "decimal",
                                                "precision": 40, "scale": 1}]}}}]}}]));
    let reader = Reader::compile(&schema.to_string(), &[]).expect("a reader");
    for (bytes, words) in [
        (&[][..], "field customer.orders: message ends early"),
        (&[2, 2, 2, b'a', 4], "field customer.orders[0][0]: branch 2 at 4 is not one of 2"),
        (&[2, 2, 2, b'a', 2, 0], "field customer.orders[0][0]: is no decimal of at most 38 digits"),
        (&[2, 2, 2, 0xFF, 0, 0, 0], "field customer.orders[0][0]: text before 4 is not utf-8"),
        (&[0, 0], "record: 1 bytes follow the value that ends at 1"),
    ] {
        let error = reader.read(bytes).expect_err("bytes that are none of the schema");
        assert!(error.to_string().starts_with(words), "{error}");
    }
    let nulls = Reader::compile(r#"{"type": "array", "items": "null"}"#, &[]).expect("a reader");
    let many = [0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 1, 0];
    let error = nulls.read(&many).expect_err("items without bytes");
    assert!(matches!(error.why(), DatumFault::Bytes(Fault::Fuel { .. })), "{error}");
    let name = "n".repeat(1_000);
    let wide = json!({"type": "array", "items": {"type": "record", "name": "W", "fields": [
        {"name": name, "type": "null"}]}});
    let wide = Reader::compile(&wide.to_string(), &[]).expect("a reader");
    let error = wide.read(&[0x80, 0x80, 0x10, 0]).expect_err("a row of a hundred megabytes");
    assert!(matches!(error.why(), DatumFault::Size { .. }), "{error}");
}

#[test]
fn a_schema_that_is_none_is_refused() {
    let deep = format!("{}\"int\"{}", "{\"type\":".repeat(90), "}".repeat(90));
    let bomb: Vec<String> = (1..40)
        .map(|n| {
            format!(
                r#"{{"type": "record", "name": "R{n}", "fields": [
                {{"name": "a", "type": "R{0}", "default": {{}}}},
                {{"name": "b", "type": "R{0}", "default": {{}}}}]}}"#,
                n - 1
            )
        })
        .collect();
    let first = r#"{"type": "record", "name": "R0", "fields": []}"#.to_owned();
    let all: Vec<&str> = std::iter::once(&first).chain(&bomb).map(String::as_str).collect();
    let all = format!(
        r#"{{"type": "record", "name": "Root", "fields": [{{"name": "x", "type": [{}],
        "default": {{}}}}, {{"name": "y", "type": "R39", "default": {{}}}}]}}"#,
        all.join(",")
    );
    let empty = r#"{"type": "record", "name": "Root", "fields": []}"#;
    assert!(matches!(Reader::resolve(empty, &[], &all), Err(SchemaError::Unlike { .. })));
    for (schema, code) in [
        ("{", "D0111"),
        ("7", "D0112"),
        ("[]", "D0112"),
        (r#""unknown""#, "D0112"),
        (r#"["int", "int"]"#, "D0112"),
        (r#"["int", ["null"]]"#, "D0112"),
        (r#"{"type": "enum", "name": "E", "symbols": []}"#, "D0112"),
        (r#"{"type": "enum", "name": "E", "symbols": ["a"], "default": "b"}"#, "D0112"),
        (r#"{"type": "fixed", "name": "F", "size": -1}"#, "D0112"),
        (r#"{"type": "record", "name": "R", "fields": [{"name": "a"}]}"#, "D0112"),
        (
            r#"{"type": "record", "name": "R", "fields": [{"name": "a", "type": "int"},
                {"name": "a", "type": "int"}]}"#,
            "D0112",
        ),
        (
            r#"[{"type": "fixed", "name": "F", "size": 1}, {"type": "record", "name": "R",
                "fields": [{"name": "a", "type": {"type": "fixed", "name": "F", "size": 2}}]}]"#,
            "D0112",
        ),
        (&deep, "D0113"),
    ] {
        let error = Reader::compile(schema, &[]).expect_err(schema);
        assert!(error.to_string().contains(code), "{schema}: {error}");
    }
    // A chain of types that is too long is refused, not followed until the stack ends.
    let chain: Vec<String> = (0..5_000)
        .map(|n| {
            let before = n - 1;
            let of = if n == 0 { "\"int\"".to_owned() } else { format!("\"C{before}\"") };
            format!(
                r#"{{"type": "record", "name": "C{n}", "fields": [{{"name": "a", "type": {of}}}]}}"#
            )
        })
        .collect();
    let chain: Vec<&str> = chain.iter().map(String::as_str).collect();
    assert!(matches!(Reader::compile("\"C4999\"", &chain), Err(SchemaError::Size { .. })));
}

#[test]
fn a_fingerprint_is_that_of_the_canonical_form() {
    let schema = r#"{"type": "record", "name": "Visit", "namespace": "a.b", "doc": "words",
        "aliases": ["Old"], "fields": [
        {"name": "kind", "type": {"type": "enum", "name": "c.Kind", "symbols": ["x"],
            "default": "x"}},
        {"name": "again", "type": ["null", "c.Kind", "Visit"], "default": null},
        {"name": "id", "type": {"type": "fixed", "name": "Id", "size": 2, "logicalType": "none"}},
        {"name": "times", "type": {"type": "map", "values": {"type": "array", "items":
            {"type": "long", "logicalType": "timestamp-millis"}}}}]}"#;
    for (text, print) in [
        // As fastavro has it: apache-avro keeps `{"type": "long"}` and drops inherited namespaces.
        (schema, 0x7369_6de3_89e8_a249),
        // As the specification's test data have them.
        ("\"int\"", 0x7275_d51a_3f39_5c8f),
        (r#"{"type": "string"}"#, 0x8f01_4872_6345_03c7),
        ("\"null\"", 0x63dd_24e7_cc25_8f8a),
    ] {
        let reader = Reader::compile(text, &[]).expect("a reader");
        assert_eq!(reader.fingerprint(), Some(print), "{text}");
    }
    let reader = Reader::compile("\"int\"", &[]).expect("a reader");
    let own = reader.fingerprint().expect("it stands alone").to_le_bytes();
    let framed = [&[0xC3, 0x01][..], &own, &[4]].concat();
    assert_eq!(reader.read_object(&framed).expect("a number"), "2");
    assert_eq!(reader.read_object(&[4]).expect("a number"), "2");
    // A bare number may begin as a frame does.
    assert_eq!(reader.read_object(&[0xC3, 0x01]).expect("a number"), "-98");
    assert!(!reader.is_of_another(&framed) && !reader.is_of_another(&[0xC3, 0x01]));
    assert!(reader.is_of_another(&[&[0xC3, 0x01][..], &[1; 8]].concat()));
}
