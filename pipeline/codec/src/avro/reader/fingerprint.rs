//! The name of a schema by its content: CRC-64-AVRO of its canonical form.

use super::spelling;
use super::types::{Kind, Type, TypeId, Types};
use std::collections::BTreeSet;
use std::fmt::Write;

/// The fingerprint of nothing, and the polynomial.
const EMPTY: u64 = 0xc15d_213a_a4d7_a795;

/// The fingerprint of a schema that stands alone.
pub(super) fn of(types: &Types) -> u64 {
    let mut form = String::new();
    canonical(types, types.root, &mut BTreeSet::new(), &mut form);
    let table = table();
    form.bytes().fold(EMPTY, |print, byte| {
        let index = usize::from(print as u8 ^ byte);
        (print >> 8) ^ table.get(index).copied().unwrap_or_default()
    })
}

fn table() -> [u64; 256] {
    std::array::from_fn(|index| {
        (0..8).fold(index as u64, |print, _| (print >> 1) ^ (EMPTY & (print & 1).wrapping_neg()))
    })
}

/// The Parsing Canonical Form: full names, each type once, nothing that reading does not need.
fn canonical(types: &Types, of: TypeId, seen: &mut BTreeSet<TypeId>, out: &mut String) {
    let Type { kind, .. } = types.get(of);
    let is_known = kind.name().is_some() && !seen.insert(of);
    match kind {
        Kind::Fixed { name, .. } | Kind::Enum { name, .. } | Kind::Record { name, .. }
            if is_known =>
        {
            spelling::text(&name.full, out);
        }
        Kind::Fixed { name, size } => {
            head(&name.full, kind, out);
            let _ = write!(out, ",\"size\":{size}}}");
        }
        Kind::Enum { name, symbols, .. } => {
            head(&name.full, kind, out);
            out.push_str(",\"symbols\":[");
            for (index, symbol) in symbols.iter().enumerate() {
                comma(index, out);
                spelling::text(symbol, out);
            }
            out.push_str("]}");
        }
        Kind::Record { name, fields } => {
            head(&name.full, kind, out);
            out.push_str(",\"fields\":[");
            for (index, field) in fields.iter().enumerate() {
                comma(index, out);
                out.push_str("{\"name\":");
                spelling::text(&field.name, out);
                out.push_str(",\"type\":");
                canonical(types, field.of, seen, out);
                out.push('}');
            }
            out.push_str("]}");
        }
        Kind::Array(item) => {
            out.push_str("{\"type\":\"array\",\"items\":");
            canonical(types, *item, seen, out);
            out.push('}');
        }
        Kind::Map(item) => {
            out.push_str("{\"type\":\"map\",\"values\":");
            canonical(types, *item, seen, out);
            out.push('}');
        }
        Kind::Union(branches) => {
            out.push('[');
            for (index, branch) in branches.iter().enumerate() {
                comma(index, out);
                canonical(types, *branch, seen, out);
            }
            out.push(']');
        }
        Kind::Null
        | Kind::Boolean
        | Kind::Int
        | Kind::Long
        | Kind::Float
        | Kind::Double
        | Kind::Bytes
        | Kind::String => spelling::text(kind.word(), out),
    }
}

fn head(name: &str, kind: &Kind, out: &mut String) {
    out.push_str("{\"name\":");
    spelling::text(name, out);
    let _ = write!(out, ",\"type\":\"{}\"", kind.word());
}

fn comma(index: usize, out: &mut String) {
    if index > 0 {
        out.push(',');
    }
}
