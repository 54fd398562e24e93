//! Tests of the whole: `tidy` holds the rules of the house that the compiler cannot hold.
