//! The Monte-Carlo figures of others on the same problems.

use crate::accuracy::AccuracyError;
use crate::reference::{Place, ReferenceError};

const JULIER: &str = include_str!("../../../../fixtures/reference/11_julier_reentry.json");
const FARINA: &str = include_str!("../../../../fixtures/reference/12_farina_reentry.json");

/// One figure: the root mean square error of position of one filter at one time, in the problem's unit.
#[derive(Clone, Debug)]
pub(super) struct Published {
    /// What the file calls the filter.
    pub filter: String,
    pub time_s: f64,
    pub rmse: f64,
    /// Its 95 % interval.
    pub interval: [f64; 2],
}

/// What a file says of one problem.
#[derive(Clone, Debug)]
pub(super) struct File {
    pub filters: Vec<Published>,
    /// The bound of the position's root mean square error by time (s), in the problem's unit.
    pub bound: Vec<(f64, f64)>,
}

pub(super) fn julier(variant: &str) -> Result<File, AccuracyError> {
    let document = serde_json::from_str(JULIER)?;
    let variant = Place::root(&document).get("variants")?.get(variant)?;
    let mut filters = Vec::new();
    for (filter, entry) in variant.entries()? {
        if let Some(times) = entry.optional("times") {
            filters.extend(rows(filter, &times)?);
        }
    }
    let bound = variant.optional("crlb_truth_mean").map_or(Ok(Vec::new()), |times| times.list())?;
    let row = |row: &Place<'_>| Ok((row.get("t")?.number()?, row.get("pos")?.number()?));
    Ok(File { filters, bound: bound.iter().map(row).collect::<Result<_, ReferenceError>>()? })
}

pub(super) fn farina(variant: &str) -> Result<File, AccuracyError> {
    let document = serde_json::from_str(FARINA)?;
    let variant = Place::root(&document).get("variants")?.get(variant)?;
    let mut filters = Vec::new();
    for (filter, entry) in variant.entries()? {
        let is_filter = entry.list().is_ok_and(|rows| rows.iter().all(|row| row.optional("pos").is_some()));
        if is_filter {
            filters.extend(rows(filter, &entry)?);
        }
    }
    let row = |row: &Place<'_>| {
        let number = |key| row.get(key)?.number();
        Ok((number("t")?, libm::hypot(number("x")?, number("y")?)))
    };
    let bound = variant.get("pcrlb")?.list()?.iter().map(row).collect::<Result<_, ReferenceError>>()?;
    Ok(File { filters, bound })
}

fn rows(filter: &str, times: &Place<'_>) -> Result<Vec<Published>, ReferenceError> {
    let row = |row: &Place<'_>| {
        let position = row.get("pos")?;
        Ok(Published {
            filter: filter.to_owned(),
            time_s: row.get("t")?.number()?,
            rmse: position.get("rmse")?.number()?,
            interval: position.get("ci95")?.vector::<2>()?.into(),
        })
    };
    times.list()?.iter().map(row).collect()
}
