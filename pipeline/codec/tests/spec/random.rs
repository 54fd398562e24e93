//! Random writers: schemas that hold a touchpoint among other things, and values of them.

use apache_avro::types::Value;
use serde_json::{Value as Json, json};
use std::collections::HashMap;

/// A generator of schemas and values from one seed.
pub struct Random {
    state: u64,
    names: u32,
    records: HashMap<String, Json>,
}

impl Random {
    pub fn new(seed: u64) -> Random {
        Random { state: seed, names: 0, records: HashMap::new() }
    }

    /// Splitmix64.
    pub fn next(&mut self) -> u64 {
        self.state = self.state.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut z = self.state;
        z = (z ^ z >> 30).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        z = (z ^ z >> 27).wrapping_mul(0x94d0_49bb_1331_11eb);
        z ^ z >> 31
    }

    pub fn below(&mut self, limit: usize) -> usize {
        (self.next() % limit as u64) as usize
    }

    fn name(&mut self) -> String {
        self.names += 1;
        format!("N{}", self.names)
    }

    fn pick(&mut self, choices: &[Json]) -> Json {
        choices[self.below(choices.len())].clone()
    }

    fn enumeration(&mut self) -> Json {
        json!({"type": "enum", "name": self.name(), "symbols": ["chat", "email", "store"]})
    }

    fn fixed(&mut self) -> Json {
        let size = 1 + self.below(20);
        json!({"type": "fixed", "name": self.name(), "size": size})
    }

    fn text_type(&mut self) -> Json {
        let plain = [json!("string"), json!("bytes"), self.fixed(), self.enumeration()];
        let plain = self.pick(&plain);
        match self.below(4) {
            0 => json!(["null", plain]),
            1 => json!([plain, "null"]),
            _ => plain,
        }
    }

    fn number_type(&mut self) -> Json {
        let millis = json!({"type": "long", "logicalType": "timestamp-millis"});
        self.pick(&[json!("long"), json!("int"), millis, json!(["null", "long"]), json!(["int"])])
    }

    fn map_type(&mut self) -> Json {
        let item = self.pick(&[
            json!("string"),
            json!("bytes"),
            json!(["null", "string"]),
            json!(["bytes", "null"]),
        ]);
        let map = json!({"type": "map", "values": item});
        if self.below(3) == 0 { json!(["null", map]) } else { map }
    }

    fn record_type(&mut self, wanted: Vec<(&str, Json)>) -> Json {
        let name = self.name();
        let mut fields: Vec<Json> =
            wanted.into_iter().map(|(name, kind)| json!({"name": name, "type": kind})).collect();
        if self.below(2) == 0 {
            let kind = self.any_type(2);
            fields.insert(self.below(fields.len() + 1), json!({"name": "extra", "type": kind}));
        }
        let record = json!({"type": "record", "name": name, "fields": fields});
        if self.below(2) == 0 { json!(["null", record]) } else { record }
    }

    /// Any type at all, itself among its own parts now and then.
    fn any_type(&mut self, depth: usize) -> Json {
        match self.below(if depth >= 4 { 10 } else { 15 }) {
            0 => json!("null"),
            1 => json!("boolean"),
            2 => json!("int"),
            3 => json!("long"),
            4 => json!("float"),
            5 => json!("double"),
            6 => json!("bytes"),
            7 => json!("string"),
            8 => self.fixed(),
            9 => self.enumeration(),
            10 => json!({"type": "array", "items": self.any_type(depth + 1)}),
            11 => json!({"type": "map", "values": self.any_type(depth + 1)}),
            12 => json!(["null", "string", self.fixed(), "double"]),
            13 => {
                let name = self.name();
                let again = json!(["null", name]);
                json!({"type": "record", "name": name, "fields": [
                    {"name": "value", "type": "int"}, {"name": "next", "type": again}]})
            }
            _ => {
                let (a, b) = (self.any_type(depth + 1), self.any_type(depth + 1));
                json!({"type": "record", "name": self.name(), "fields": [
                    {"name": "a", "type": a}, {"name": "b", "type": b}]})
            }
        }
    }

    /// Any type at all.
    pub fn any(&mut self) -> Json {
        self.any_type(0)
    }

    /// A writer's schema with the fields of a touchpoint in any order, and others between them.
    pub fn schema(&mut self) -> Json {
        let mut fields = Vec::new();
        for name in ["event_id", "channel", "kind"] {
            fields.push((name.to_owned(), self.text_type()));
        }
        fields.push(("time".to_owned(), self.number_type()));
        for name in ["source", "customer_id", "subject", "text"] {
            let kind = self.text_type();
            self.maybe(name, kind, &mut fields);
        }
        for name in ["identifiers", "properties"] {
            let kind = self.map_type();
            self.maybe(name, kind, &mut fields);
        }
        let (amount, currency) = (self.number_type(), self.text_type());
        let record = self.record_type(vec![("currency", currency), ("amount_minor", amount)]);
        let kind = if self.below(4) == 0 { json!(["null", "long"]) } else { record };
        self.maybe("value", kind, &mut fields);
        let kind = self.pick(&[json!("int"), json!(["null", "int"])]);
        self.maybe("revision", kind, &mut fields);
        self.maybe("history", json!("boolean"), &mut fields);
        let (key, algorithm) = (self.text_type(), self.text_type());
        let parts = vec![("bytes", json!("bytes")), ("key_id", key), ("algorithm", algorithm)];
        let kind = self.record_type(parts);
        self.maybe("sealed", kind, &mut fields);
        for index in 0..self.below(6) {
            fields.push((format!("other{index}"), self.any_type(0)));
        }
        for at in (1..fields.len()).rev() {
            fields.swap(at, self.below(at + 1));
        }
        // A name is defined where it stands first, and the generator makes each one once.
        let fields: Vec<Json> =
            fields.into_iter().map(|(name, kind)| json!({"name": name, "type": kind})).collect();
        json!({"type": "record", "name": "Writer", "namespace": "some.where", "fields": fields})
    }

    fn maybe(&mut self, name: &str, kind: Json, fields: &mut Vec<(String, Json)>) {
        if self.below(4) > 0 {
            fields.push((name.to_owned(), kind));
        }
    }

    fn word(&mut self) -> String {
        let length = self.below(12);
        (0..length).map(|_| ['a', 'ß', '€', '0', '|', '𝄞'][self.below(6)]).collect()
    }

    fn number(&mut self) -> i64 {
        let shift = self.below(64);
        self.next() as i64 >> shift
    }

    /// A value of a type.
    pub fn value(&mut self, kind: &Json, depth: usize) -> Value {
        match kind {
            Json::Array(branches) => {
                // Types that contain themselves end here.
                let branch = if depth > 6 { 0 } else { self.below(branches.len()) };
                let value = self.value(&branches[branch], depth + 1);
                Value::Union(branch as u32, Box::new(value))
            }
            Json::Object(_) => self.complex(kind, depth),
            _ => match kind.as_str().unwrap() {
                "null" => Value::Null,
                "boolean" => Value::Boolean(self.below(2) == 1),
                "int" => Value::Int((self.number() >> 32) as i32 & i32::MAX),
                "long" => Value::Long(self.number()),
                "float" => Value::Float(self.below(1_000) as f32),
                "double" => Value::Double(self.below(1_000) as f64),
                "bytes" => Value::Bytes(self.word().into_bytes()),
                "string" => Value::String(self.word()),
                name => {
                    let record = self.records[name].clone();
                    self.value(&record, depth + 1)
                }
            },
        }
    }

    fn complex(&mut self, kind: &Json, depth: usize) -> Value {
        match kind["type"].as_str().unwrap() {
            "long" => Value::TimestampMillis(self.number()),
            "fixed" => {
                let size = kind["size"].as_u64().unwrap() as usize;
                Value::Fixed(size, (0..size).map(|_| b'a' + self.below(26) as u8).collect())
            }
            "enum" => {
                let symbol = self.below(3);
                let text = kind["symbols"][symbol].as_str().unwrap();
                Value::Enum(symbol as u32, text.to_owned())
            }
            "array" => Value::Array(
                (0..self.below(4)).map(|_| self.value(&kind["items"], depth + 1)).collect(),
            ),
            "map" => {
                let count = self.below(4);
                let pairs = (0..count).map(|_| (self.word(), self.value(&kind["values"], depth)));
                Value::Map(pairs.collect())
            }
            _ => {
                self.records.insert(kind["name"].as_str().unwrap().to_owned(), kind.clone());
                let fields = kind["fields"].as_array().unwrap().iter();
                let fields = fields.map(|field| {
                    let name = field["name"].as_str().unwrap().to_owned();
                    (name, self.value(&field["type"], depth + 1))
                });
                Value::Record(fields.collect())
            }
        }
    }
}
