//! What is said of keys on the command line.

use clap::Subcommand;

/// What to do with keys.
#[derive(Subcommand)]
pub enum KeyCommand {
    /// Makes a key and prints it, this once: only its hash is kept.
    ///
    /// Example: desirepath key create ingest --name website
    Create {
        /// What its bearer may do: send touchpoints and clocks; ask everything; or all of it, and
        /// backups, dead letters and other topics besides.
        right: KeyRight,
        /// What it is for.
        #[arg(long, value_name = "TEXT", default_value = "")]
        name: String,
    },
    /// Keys and sessions of browsers: what each may, when it was made and last used.
    ///
    /// Example: desirepath key list
    List,
    /// Takes a key away, or ends a session, from now on.
    ///
    /// Example: desirepath key revoke k-3f9a12c0
    Revoke {
        /// Its id.
        id: String,
    },
}

/// What a key may do.
#[derive(Clone, Copy, clap::ValueEnum)]
pub enum KeyRight {
    Ingest,
    Read,
    Admin,
}

impl From<KeyRight> for serve::Right {
    fn from(right: KeyRight) -> serve::Right {
        match right {
            KeyRight::Ingest => serve::Right::Ingest,
            KeyRight::Read => serve::Right::Read,
            KeyRight::Admin => serve::Right::Admin,
        }
    }
}
