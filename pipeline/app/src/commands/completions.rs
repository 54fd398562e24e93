//! What is made of the command line itself: completions of a shell, and manual pages.

use super::print;
use crate::cli::Cli;
use crate::failure::Failure;
use clap::CommandFactory;
use clap_complete::Shell;
use std::path::Path;

/// Prints what a shell reads to complete commands, options and their values.
pub fn completions(shell: Shell) -> Result<(), Failure> {
    let mut command = Cli::command();
    let mut script = Vec::new();
    clap_complete::generate(shell, &mut command, "desirepath", &mut script);
    print(|out| out.write_all(&script))
}

/// Writes a manual page of the program, and one of each command, into a folder.
pub fn manual(folder: &Path) -> Result<(), Failure> {
    let written = std::fs::create_dir_all(folder)
        .and_then(|()| clap_mangen::generate_to(Cli::command(), folder));
    written.map_err(|error| {
        Failure::Write(format!("could not write {}: {error} [D0704]", folder.display()))
    })
}
