//! Readers of what is committed, who know the schemas and nothing of the engine.

use apache_avro::Schema;
use apache_avro::reader::datum::GenericDatumReader;
use apache_avro::types::Value;
use engine::sim::Broker;
use std::collections::BTreeMap;
use std::sync::OnceLock;

fn schema(id: u32) -> Schema {
    let json = codec::schemas::of(id).expect("a schema").json;
    Schema::parse_str(json).expect("a schema")
}

fn fields(schema: &Schema, value: &[u8]) -> Vec<(String, Value)> {
    let (_, mut datum) = codec::frame::split(value).expect("a frame");
    let reader = GenericDatumReader::builder(schema).build().expect("a reader");
    match reader.read_value(&mut datum).expect("a record") {
        Value::Record(fields) => fields,
        other => panic!("no record: {other:?}"),
    }
}

fn field<'a>(fields: &'a [(String, Value)], name: &str) -> &'a Value {
    let found = fields.iter().find(|field| field.0 == name).map(|field| &field.1).expect(name);
    if let Value::Union(_, inner) = found { inner } else { found }
}

fn text(fields: &[(String, Value)], name: &str) -> Option<String> {
    if let Value::String(text) = field(fields, name) { Some(text.clone()) } else { None }
}

fn number(value: &Value) -> i64 {
    match value {
        Value::Long(number) | Value::TimestampMillis(number) => *number,
        Value::Int(number) => i64::from(*number),
        Value::Null => i64::MIN,
        other => panic!("no number: {other:?}"),
    }
}

/// Moves by where they lead: what was withdrawn is taken away, and no move stands more than once.
///
/// An identity that comes again after it was sealed is another touchpoint and makes a move of the
/// same id: where a map seals, an id may stand more than once.
pub fn net_moves(
    broker: &Broker,
    topic: &str,
    may_seal: bool,
) -> Result<BTreeMap<String, i64>, String> {
    static SCHEMA: OnceLock<Schema> = OnceLock::new();
    let schema = SCHEMA.get_or_init(|| schema(codec::frame::ids::TRANSITION));
    let mut moves: BTreeMap<String, (String, i64)> = BTreeMap::new();
    for (_, record) in broker.records(topic) {
        let fields = fields(schema, record.value.as_deref().unwrap_or_default());
        let (id, sign) = match text(&fields, "withdraws") {
            Some(id) => (id, -1),
            None => (text(&fields, "id").expect("an id"), 1),
        };
        moves.entry(id).or_insert_with(|| (text(&fields, "to").expect("to"), 0)).1 += sign;
    }
    let mut sums = BTreeMap::new();
    for (id, (to, count)) in moves {
        if count < 0 || (count > 1 && !may_seal) {
            return Err(format!("move {id} to {to} stands {count} times"));
        }
        *sums.entry(to).or_default() += count;
    }
    sums.retain(|_, count| *count != 0);
    Ok(sums)
}

/// A counter as a reader of the topic has it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Upsert {
    /// Its count.
    pub count: i64,
    /// Its money by currency.
    pub amounts: BTreeMap<String, i64>,
    order: (i64, i64),
}

/// The counters by key, as whoever reads the topic from the beginning has them at last.
///
/// Each upsert of a counter is later by (revision, as_of) than the one before, or says the same:
/// whether a cohort is final may change by what is open in another counter.
pub fn upserts(broker: &Broker, topic: &str) -> Result<BTreeMap<Vec<u8>, Upsert>, String> {
    static SCHEMA: OnceLock<Schema> = OnceLock::new();
    let schema = SCHEMA.get_or_init(|| schema(codec::frame::ids::INSIGHT));
    let mut table: BTreeMap<Vec<u8>, Upsert> = BTreeMap::new();
    for (_, record) in broker.records(topic) {
        let Some(value) = &record.value else {
            table.remove(&record.key);
            continue;
        };
        let fields = fields(schema, value);
        let Value::Map(amounts) = field(&fields, "amounts") else { panic!("no map") };
        let told = Upsert {
            count: number(field(&fields, "count")),
            amounts: amounts.iter().map(|(code, sum)| (code.clone(), number(sum))).collect(),
            order: (number(field(&fields, "revision")), number(field(&fields, "as_of"))),
        };
        let key = record.key.clone();
        if let Some(before) = table.get(&key)
            && (told.order < before.order || told.order == before.order && told != *before)
        {
            let key = String::from_utf8_lossy(&key);
            return Err(format!("{key} goes back: {before:?}, then {told:?}"));
        }
        table.insert(key, told);
    }
    Ok(table)
}
