//! `reset`: the states go, and are made anew from the log by the next start.

use super::print;
use crate::cli::Place;
use crate::config::Config;
use crate::failure::Failure;
use crate::states;
use serde_json::json;
use std::io::{BufRead, IsTerminal, Write};

/// Removes the states of a folder that nobody holds, once somebody has said yes.
pub fn reset(place: &Place, config: &Config, is_sure: bool) -> Result<(), Failure> {
    let data = &config.log.data;
    let folder = data.join("state");
    if !folder.is_dir() {
        let folder = folder.display();
        return Err(Failure::Input(format!("there is nothing in folder {folder} [D0741]")));
    }
    if !is_sure && !is_confirmed(&folder.display().to_string())? {
        return Err(Failure::Usage(
            "nothing was removed: say --yes, or answer yes on a terminal [D0757]".to_owned(),
        ));
    }
    let bytes = states::reset(config)?;
    print(|out| match place.json {
        true => writeln!(out, "{}", json!({ "removed": folder, "bytes": bytes })),
        false => writeln!(
            out,
            "{} removed, {bytes} bytes: the next start makes it anew from the log",
            folder.display()
        ),
    })
}

fn is_confirmed(folder: &str) -> Result<bool, Failure> {
    if !std::io::stdin().is_terminal() {
        return Ok(false);
    }
    let broken = |error: std::io::Error| Failure::Input(format!("no answer: {error} [D0757]"));
    let mut out = std::io::stderr();
    let question = "the next start reads the whole log again, which may take long";
    write!(out, "Remove {folder}? Nothing is lost; {question}. (yes/no) ").map_err(broken)?;
    let mut answer = String::new();
    std::io::stdin().lock().read_line(&mut answer).map_err(broken)?;
    Ok(matches!(answer.trim(), "yes" | "y"))
}
