//! What can be wrong with a scenario file, said so that it can be mended.

use crate::flight::FlightError;
use fusion_core::share::RegimeError;
use thiserror::Error;

/// What is wrong with a scenario.
#[derive(Clone, Debug, PartialEq, Error)]
#[non_exhaustive]
pub enum ScenarioError {
    /// The text is longer than a scenario may be.
    #[error("the text has {length} bytes; a scenario may have {allowed}")]
    TooLong {
        /// Its length, bytes.
        length: usize,
        /// What is allowed, bytes.
        allowed: usize,
    },
    /// Not TOML, a key that is not known, a key that is missing or a value of another type.
    #[error("line {line}, column {column}: {message}")]
    Syntax {
        /// Line, from one.
        line: usize,
        /// Column, from one, in characters.
        column: usize,
        /// What the parser says.
        message: String,
    },
    /// A value lies outside what it may be.
    #[error("{place}: {key} = {value} is not allowed; it must be {allowed}")]
    OutOfRange {
        /// The table, by its kind and name.
        place: String,
        /// The key.
        key: &'static str,
        /// Its value, as written.
        value: String,
        /// What it may be.
        allowed: String,
    },
    /// A key that this kind of sensor needs, or must not have.
    #[error("{place}: {message}")]
    Keys {
        /// The table, by its kind and name.
        place: String,
        /// What is missing or too much.
        message: String,
    },
    /// A name that stands for nothing.
    #[error("{place}: {key} = \"{name}\": there is no such {kind}; there is {known}")]
    Unknown {
        /// The table, by its kind and name.
        place: String,
        /// The key.
        key: &'static str,
        /// The name that was not found.
        name: String,
        /// What it should have named.
        kind: &'static str,
        /// The names there are.
        known: String,
    },
    /// Two things of a kind with one name.
    #[error("there are two {kind}s named \"{name}\"; give each its own name")]
    Duplicate {
        /// The kind of thing.
        kind: &'static str,
        /// The name.
        name: String,
    },
    /// More things of a kind than there may be.
    #[error("there are {count} {kind}s; at most {allowed} are allowed")]
    TooMany {
        /// The kind of thing.
        kind: &'static str,
        /// How many there are.
        count: usize,
        /// How many there may be.
        allowed: usize,
    },
    /// A regime is wrong.
    #[error(transparent)]
    Regime(#[from] RegimeError),
    /// A flight can't be flown.
    #[error("flight \"{name}\": {error}")]
    Flight {
        /// Name of the flight.
        name: String,
        /// What is wrong.
        error: FlightError,
    },
}
