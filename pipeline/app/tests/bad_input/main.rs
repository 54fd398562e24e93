//! Bad input of the whole program, each sort by name: what is refused says so with its code, what
//! was accepted is counted, and the sums add up.

mod backups;
mod costs;
mod files;
mod guessed;
mod http;
mod keys;
mod labels;
mod mended;
mod program;
mod records;
mod resumed;
mod starting;

/// A touchpoint in JSON; `more` is put over its fields, and a null takes one away.
pub fn touchpoint(id: &str, more: serde_json::Value) -> serde_json::Value {
    let mut made = serde_json::json!({
        "event_id": id, "source": "test", "time": "2026-03-25T09:14:03Z", "customer_id": "ann",
        "channel": "chat", "kind": "enquiry_received",
    });
    let object = made.as_object_mut().expect("an object");
    for (name, value) in more.as_object().expect("an object") {
        match value.is_null() {
            true => object.remove(name),
            false => object.insert(name.clone(), value.clone()),
        };
    }
    made
}

/// Bytes, compressed.
pub fn gzip(bytes: &[u8]) -> Vec<u8> {
    use std::io::Write;
    let mut out = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::fast());
    out.write_all(bytes).expect("memory");
    out.finish().expect("memory")
}
