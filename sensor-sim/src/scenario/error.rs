//! What can be wrong with a scenario file, said so that it can be mended.

use super::TextPosition;
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
    #[error("{at}: {message}")]
    Syntax {
        /// Where.
        at: TextPosition,
        /// What the parser says.
        message: String,
    },
    /// A value lies outside what it may be.
    #[error("{at}: {place}: {key} = {value} is not allowed; it must be {allowed}")]
    OutOfRange {
        /// Where the value stands.
        at: TextPosition,
        /// The table, by its kind and name.
        place: String,
        /// The key.
        key: String,
        /// Its value, as written.
        value: String,
        /// What it may be.
        allowed: String,
    },
    /// A key that this kind of sensor needs, or must not have.
    #[error("{at}: {place}: {message}")]
    Keys {
        /// Where the table stands.
        at: TextPosition,
        /// The table, by its kind and name.
        place: String,
        /// What is missing or too much.
        message: String,
    },
    /// A name that stands for nothing.
    #[error("{at}: {place}: {key} = \"{name}\": there is no such {kind}; there is {known}")]
    Unknown {
        /// Where the name stands.
        at: TextPosition,
        /// The table, by its kind and name.
        place: String,
        /// The key.
        key: String,
        /// The name that was not found.
        name: String,
        /// What it should have named.
        kind: &'static str,
        /// The names there are.
        known: String,
    },
    /// Two things of a kind with one name.
    #[error("{at}: there are two {kind}s named \"{name}\"; give each its own name")]
    Duplicate {
        /// Where the second one's name stands.
        at: TextPosition,
        /// The kind of thing.
        kind: &'static str,
        /// The name.
        name: String,
    },
    /// A regime is wrong.
    #[error("{at}: {error}")]
    Regime {
        /// Where: the key or its link.
        at: TextPosition,
        /// What is wrong.
        error: RegimeError,
    },
    /// A flight can't be flown.
    #[error("flight \"{name}\": {error}")]
    Flight {
        /// Name of the flight.
        name: String,
        /// What is wrong.
        error: FlightError,
    },
}

impl ScenarioError {
    /// Where in the text it is; none for a text that is too long and for a flight, which is flown after reading.
    pub fn position(&self) -> Option<&TextPosition> {
        match self {
            ScenarioError::TooLong { .. } | ScenarioError::Flight { .. } => None,
            ScenarioError::Syntax { at, .. }
            | ScenarioError::OutOfRange { at, .. }
            | ScenarioError::Keys { at, .. }
            | ScenarioError::Unknown { at, .. }
            | ScenarioError::Duplicate { at, .. }
            | ScenarioError::Regime { at, .. } => Some(at),
        }
    }
}
