//! Puts the pages of `deploy/errors` into the binary, so that the link in an error always leads
//! somewhere, without a network too.

use std::io::Write as _;
use std::path::PathBuf;
use std::{env, fs, io};

const FOLDER: &str = "../../deploy/errors";

fn main() -> io::Result<()> {
    let root = PathBuf::from(env::var_os("CARGO_MANIFEST_DIR").unwrap_or_default());
    // Named from here on and not from the root: so a folder of builds may be moved.
    let folder = root.join(FOLDER);
    let is_code = |name: &str| name.len() == 5 && name.starts_with('D');
    let mut codes = Vec::new();
    for entry in fs::read_dir(&folder)? {
        let name = entry?.file_name().to_string_lossy().into_owned();
        codes.extend(name.strip_suffix(".md").filter(|code| is_code(code)).map(str::to_owned));
    }
    codes.sort_unstable();
    let mut table = String::from("[\n");
    for code in codes {
        let page = format!("concat!(env!(\"CARGO_MANIFEST_DIR\"), \"/{FOLDER}/{code}.md\")");
        table += &format!("    ({code:?}, include_str!({page})),\n");
    }
    table.push(']');
    writeln!(io::stdout(), "cargo::rerun-if-changed={FOLDER}")?;
    fs::write(PathBuf::from(env::var_os("OUT_DIR").unwrap_or_default()).join("pages.rs"), table)
}
