//! A process that a test has begun.

use std::ops::{Deref, DerefMut};
use std::process::{Child, Command};

/// It does not outlive a test that fails: it would look for its broker for ever, and say so.
pub struct Process(Child);

impl Process {
    /// Begins a command.
    pub fn start(command: &mut Command) -> Process {
        Process(command.spawn().expect("the program"))
    }
}

impl Deref for Process {
    type Target = Child;

    fn deref(&self) -> &Child {
        &self.0
    }
}

impl DerefMut for Process {
    fn deref_mut(&mut self) -> &mut Child {
        &mut self.0
    }
}

impl Drop for Process {
    fn drop(&mut self) {
        if std::thread::panicking() {
            let _ = self.0.kill();
        }
    }
}
