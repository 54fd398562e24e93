//! Puts the pages of `deploy/errors` into the binary, so that the link in an error always leads
//! somewhere, without a network too; and the page that a browser shows, as `web/build.sh` has built
//! it into `dist/page`. Where it has not, a page that says so takes its place: no build needs Node.

use std::hash::{DefaultHasher, Hasher};
use std::io::Write as _;
use std::path::{Path, PathBuf};
use std::{env, fs, io};

const FOLDER: &str = "../../deploy/errors";
const DIST: &str = "dist";

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
    let out = PathBuf::from(env::var_os("OUT_DIR").unwrap_or_default());
    fs::write(out.join("pages.rs"), table)?;
    writeln!(io::stdout(), "cargo::rerun-if-changed={DIST}")?;
    fs::write(out.join("page.rs"), files(&root, &out)?)
}

/// The files of the page as an array, ascending by path. They are copied first: who builds the page
/// anew meanwhile does not take them away from the compiler.
fn files(root: &Path, out: &Path) -> io::Result<String> {
    let mut files = Vec::new();
    let built = root.join(DIST).join("page");
    if built.join("index.html").is_file() {
        walk(&built, "", &mut files)?;
    }
    if files.is_empty() {
        let placeholder = root.join(DIST).join("placeholder.html");
        files.push(("/index.html".to_owned(), placeholder));
    }
    files.sort();
    let mut table = String::from("[\n");
    for (number, (path, file)) in files.iter().enumerate() {
        let bytes = fs::read(file)?;
        let mut hasher = DefaultHasher::new();
        hasher.write(&bytes);
        let tag = format!("\"{:016x}\"", hasher.finish());
        let copy = format!("page-{number}");
        fs::write(out.join(&copy), bytes)?;
        table += &format!(
            "    File {{ path: {path:?}, kind: {:?}, tag: {tag:?}, bytes: include_bytes!(concat!(\
             env!(\"OUT_DIR\"), \"/{copy}\")) }},\n",
            kind(path)
        );
    }
    table.push(']');
    Ok(table)
}

fn walk(folder: &Path, below: &str, files: &mut Vec<(String, PathBuf)>) -> io::Result<()> {
    for entry in fs::read_dir(folder)? {
        let entry = entry?;
        let path = format!("{below}/{}", entry.file_name().to_string_lossy());
        match entry.file_type()?.is_dir() {
            true => walk(&entry.path(), &path, files)?,
            // What begins with a point is no part of the page.
            false if path.contains("/.") => {}
            false => files.push((path, entry.path())),
        }
    }
    Ok(())
}

fn kind(path: &str) -> &'static str {
    match path.rsplit('.').next().unwrap_or_default() {
        "html" => "text/html; charset=utf-8",
        "js" => "text/javascript; charset=utf-8",
        "css" => "text/css; charset=utf-8",
        "svg" => "image/svg+xml",
        _ => "application/octet-stream",
    }
}
