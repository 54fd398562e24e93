//! Progress of a file: a bar on a terminal, a line every ten seconds elsewhere.

use indicatif::{ProgressBar, ProgressDrawTarget, ProgressStyle};
use intake::Progress;
use std::cell::Cell;
use std::io::IsTerminal;
use std::path::Path;
use std::time::{Duration, Instant};

const LINE_EVERY: Duration = Duration::from_secs(10);

/// The progress of one file, on standard error.
pub struct Bar {
    name: String,
    bar: Option<ProgressBar>,
    told: Cell<Instant>,
}

impl Bar {
    /// The bar of a file of so many bytes, where that is known.
    pub fn new(file: &Path, bytes: Option<u64>) -> Bar {
        let name = file.display().to_string();
        let bar = std::io::stderr().is_terminal().then(|| {
            let target = ProgressDrawTarget::stderr_with_hz(5);
            let bar = ProgressBar::with_draw_target(bytes, target);
            let style = "{prefix} {wide_bar} {bytes}/{total_bytes} {msg} {eta}";
            if let Ok(style) = ProgressStyle::with_template(style) {
                bar.set_style(style);
            }
            bar.with_prefix(name.clone())
        });
        Bar { name, bar, told: Cell::new(Instant::now()) }
    }

    /// How far it is.
    pub fn show(&self, progress: &Progress) {
        if let Some(bar) = &self.bar {
            bar.set_position(progress.bytes_read);
            bar.set_message(format!("{} rows", progress.rows));
        } else if self.told.get().elapsed() >= LINE_EVERY {
            self.told.set(Instant::now());
            eprintln!("{}: {} rows", self.name, progress.rows);
        }
    }

    /// That what lies behind was not read now, so that it does not count for how fast it goes.
    pub fn go_on(&self, progress: &Progress) {
        self.show(progress);
        if let Some(bar) = &self.bar {
            bar.reset_eta();
        }
    }

    /// How far it is in bytes alone, and of how many.
    pub fn show_bytes(&self, bytes: u64, total: u64) {
        if let Some(bar) = &self.bar {
            bar.set_length(total);
            bar.set_position(bytes);
        } else if self.told.get().elapsed() >= LINE_EVERY {
            self.told.set(Instant::now());
            eprintln!("{}: {bytes} of {total} bytes", self.name);
        }
    }

    /// Leaves nothing of the bar.
    pub fn clear(&self) {
        if let Some(bar) = &self.bar {
            bar.finish_and_clear();
        }
    }

    /// A line above the bar.
    pub fn tell(&self, line: &str) {
        match &self.bar {
            Some(bar) => bar.suspend(|| eprintln!("{line}")),
            None => eprintln!("{line}"),
        }
    }

    /// The file has been read.
    pub fn finish(&self, progress: &Progress) {
        if let Some(bar) = &self.bar {
            bar.finish_and_clear();
        }
        eprintln!("{}: {} rows read, counting", self.name, progress.rows);
    }
}
