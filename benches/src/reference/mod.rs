//! The library against numbers that others made: the files of `fixtures/reference`, and any other of the same kinds.
//!
//! A file is recognised by what it holds, not by its name. Each kind has a module of its own, which works out everything
//! anew from the file's inputs, by the conventions that the file states, and compares all its outputs. Its one entry is
//! `fn check(document: &Place<'_>) -> Result<Deviations, ReferenceError>`, and its one line stands in `KINDS`.

mod bound;
mod deviations;
mod interacting;
mod intersection;
mod joint;
mod json;
mod kalman;
mod metrics;
mod phases;
mod radar;
mod reentry;
mod sharing;
mod smoother;
mod step;
mod transition;

pub use deviations::{Deviations, Quantity};
pub use json::Place;

use serde_json::Value;
use thiserror::Error;

/// Tolerance for what both sides work out in a fixed number of steps.
const EXACT: f64 = 1e-9;
/// Tolerance for what either side finds by iteration.
const ITERATED: f64 = 1e-6;

/// Why a file cannot be held against the library.
#[derive(Clone, Debug, PartialEq, Error)]
#[non_exhaustive]
pub enum ReferenceError {
    /// None of the kinds that are known.
    #[error("a file of no known kind; the kinds are: {0}")]
    UnknownKind(String),
    /// Something is missing or of another type than the kind of file has there.
    #[error("{path} must be {expected}")]
    Wrong {
        /// The way to it, as keys and indices.
        path: String,
        /// What should stand there.
        expected: String,
    },
    /// More numbers on one side than on the other.
    #[error("{quantity}: {ours} of ours against {theirs}")]
    Lengths {
        /// What was compared.
        quantity: String,
        /// How many the library gives.
        ours: usize,
        /// How many the file gives.
        theirs: usize,
    },
    /// The library refused the file's numbers.
    #[error("at {path}: {reason}")]
    Calculation {
        /// The way to the numbers.
        path: String,
        /// The library's error.
        reason: String,
    },
    /// A file of a known kind with nothing in it to compare.
    #[error("nothing to compare in this file")]
    Nothing,
}

/// A kind of reference file.
struct Kind {
    name: &'static str,
    /// What only files of this kind hold: keys with `/` between them, `*` for the first member.
    mark: &'static str,
    check: fn(&Place<'_>) -> Result<Deviations, ReferenceError>,
}

/// All of them: the first whose mark a document has is taken.
const KINDS: &[Kind] = &[
    Kind { name: "covariance intersection", mark: "cases/*/fused_cov", check: intersection::check },
    Kind { name: "OSPA and GOSPA", mark: "cases/*/ospa", check: metrics::check },
    Kind {
        name: "joint probabilistic data association",
        mark: "cases/*/association_probabilities",
        check: joint::check,
    },
    Kind { name: "posterior Cramér-Rao bound", mark: "results/*/P_at", check: bound::check },
    Kind { name: "interacting multiple models", mark: "runs/*/inputs/mu0", check: interacting::check },
    Kind { name: "smoother", mark: "outputs/smoothed_mean", check: smoother::check },
    Kind { name: "boost, coast, re-entry", mark: "golden/imm3", check: phases::check },
    Kind { name: "linear Kalman filter", mark: "outputs/*/posterior_mean", check: kalman::check },
    Kind {
        name: "extended or unscented filter with a radar",
        mark: "runs/*/inputs/sensor_position",
        check: radar::check,
    },
    Kind { name: "re-entry of Julier and Uhlmann", mark: "params/b0", check: reentry::check_julier },
    Kind {
        name: "re-entry of Farina, Ristic and Benvenuti",
        mark: "params/beta_kg_per_m_s2",
        check: reentry::check_farina,
    },
    Kind {
        name: "bound of a shared flight's impact",
        mark: "runs/*/rows/*/shared_0s",
        check: sharing::check,
    },
    Kind { name: "transition and noise matrices", mark: "outputs/*/F", check: transition::check },
];

/// Works out what a reference file holds and compares.
///
/// # Errors
/// [`ReferenceError`] for a document that is of no known kind, lacks something, or has numbers that the library refuses.
pub fn check(document: &Value) -> Result<Deviations, ReferenceError> {
    let Some(kind) = KINDS.iter().find(|kind| json::holds(document, kind.mark)) else {
        let names: Vec<&str> = KINDS.iter().map(|kind| kind.name).collect();
        return Err(ReferenceError::UnknownKind(names.join(", ")));
    };
    let deviations = (kind.check)(&Place::root(document))?;
    if deviations.count() == 0 {
        return Err(ReferenceError::Nothing);
    }
    Ok(deviations)
}
