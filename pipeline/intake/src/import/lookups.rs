//! The files that a mapping looks words up in, read before the first row.

use super::columns::Columns;
use super::error::ImportError;
use super::lines::Lines;
use super::opened;
use codec::Limits;
use rules::{Format, LOOKUP_WORDS_MAX, LookupFile, Mapping};
use std::collections::BTreeMap;
use std::path::Path;

/// A mapping with the words of every lookup; their files stand in `folder`, that of the mapping.
///
/// Of several rows with one word the first counts. A row that cannot be read is refused: rows that
/// find nothing would be counted wrongly in silence.
pub fn with_lookups(mapping: Mapping, folder: &Path) -> Result<Mapping, ImportError> {
    let files: Vec<LookupFile> = mapping.lookup_files().cloned().collect();
    let mut words_left = LOOKUP_WORDS_MAX;
    files.into_iter().try_fold(mapping, |mapping, file| {
        let words = words(&file, folder, words_left)?;
        words_left -= words.len();
        Ok(mapping.with_lookup(&file.name, words))
    })
}

fn words(
    file: &LookupFile,
    folder: &Path,
    words_max: usize,
) -> Result<BTreeMap<String, String>, ImportError> {
    let path = folder.join(&file.file);
    let refused = |problem: String, fix| {
        let (name, path) = (file.name.clone(), path.clone());
        ImportError::Lookup { name, path, problem, fix }
    };
    let limits = Limits::default();
    let encoding = file.shape.encoding;
    let mut lines = Lines::new(opened::open(&path, encoding)?.stream, limits.record_bytes);
    let delimiter = match file.shape.format {
        Format::Csv { delimiter } => Some(delimiter),
        Format::Spaces | Format::JsonLines => None,
    };
    let mut columns = Columns::new(delimiter, encoding);
    let mut words = BTreeMap::new();
    let mut at: Option<(usize, usize)> = None;
    loop {
        let taken = columns.next(&mut lines, limits.record_bytes);
        let taken = taken.map_err(|error| {
            refused(format!("line {}: {error}", lines.number), "write it once more")
        })?;
        let Some(taken) = taken else { break };
        if let Some(fault) = taken.fault {
            let problem = format!("line {} {}", taken.line, fault.problem);
            return Err(refused(problem, "mend the row, or `delimiter` and `encoding`"));
        }
        let fields = columns.fields();
        let Some((key, value)) = at else {
            let place = |column: &str| {
                let found = fields.iter().position(|field| field.trim() == column);
                let problem = || format!("its first row names no column {column:?}");
                found.ok_or_else(|| refused(problem(), "name one of its columns"))
            };
            at = Some((place(&file.key)?, place(&file.value)?));
            columns.count = Some(fields.len());
            continue;
        };
        let field = |index: usize| fields.get(index).map_or("", |field| field.trim());
        if words.len() >= words_max && !words.contains_key(field(key)) {
            let problem = format!("all lookups have more than {LOOKUP_WORDS_MAX} words");
            return Err(refused(problem, "leave out what the file to import does not name"));
        }
        words.entry(field(key).to_owned()).or_insert_with(|| field(value).to_owned());
    }
    match at {
        Some(_) => Ok(words),
        None => Err(refused("it is empty".to_owned(), "write it once more")),
    }
}
