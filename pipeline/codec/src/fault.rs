//! Why bytes could not be read.

/// Why a message could not be read; every one makes a dead letter, never a stop.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Fault {
    /// The bytes end inside a value.
    #[error("message ends early: {wanted} bytes wanted at {at}, {left} left [D0101]")]
    Ends {
        /// Where the value begins.
        at: usize,
        /// How many bytes it needs.
        wanted: usize,
        /// How many are left.
        left: usize,
    },
    /// A number has more bits than its type.
    #[error("number at {at} does not fit its type [D0102]")]
    Number {
        /// Where the number begins.
        at: usize,
    },
    /// A string is not UTF-8.
    #[error("text before {at} is not utf-8 [D0103]")]
    Text {
        /// Where the text ends.
        at: usize,
    },
    /// A union or an enum names a branch that its schema does not have.
    #[error("branch {branch} at {at} is not one of {count} [D0104]")]
    Branch {
        /// Where the branch stands.
        at: usize,
        /// The branch as written.
        branch: i64,
        /// How many the schema has.
        count: usize,
    },
    /// More items or deeper nesting than any touchpoint needs.
    #[error("message at {at} holds more than {limit} nested or repeated values [D0105]")]
    Fuel {
        /// Where the limit was reached.
        at: usize,
        /// The limit.
        limit: u32,
    },
    /// A field has a value of a type that it cannot be read as.
    #[error("field {field} holds a value of a type that cannot be read [D0106]")]
    Type {
        /// The field.
        field: &'static str,
    },
    /// Bytes follow the value.
    #[error("{left} bytes follow the value that ends at {at} [D0107]")]
    Trailing {
        /// Where the value ends.
        at: usize,
        /// How many bytes follow.
        left: usize,
    },
    /// The message does not begin as the Confluent wire format does.
    #[error("message begins with byte {byte}, not with 0 and a schema id [D0108]")]
    Magic {
        /// The first byte.
        byte: u8,
    },
    /// A frame of ours has a version that this release does not know.
    #[error("frame has version {found}, this release reads {known} [D0109]")]
    Version {
        /// The version found.
        found: u8,
        /// The version known.
        known: u8,
    },
    /// A cell names a series that its frame does not have.
    #[error("cell names series {index} of {count} [D0110]")]
    Series {
        /// The index found.
        index: u64,
        /// How many series the frame has.
        count: usize,
    },
    /// A control record is not signed under this installation's secret.
    #[error("control record is not signed under this installation's secret [D0116]")]
    Signature,
}
