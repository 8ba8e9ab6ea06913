//! The tables of the linear problem.

use super::judged;
use super::problem::{Case, Known, LAST_S, WAYS, Way};
use crate::accuracy::statistics::Batches;
use crate::accuracy::{AccuracyError, Cell, Options, Progress, Table, met};

/// With process noise, m²/s³: an object that manoeuvres a little.
const DENSITY_M2_S3: f64 = 10.0;
/// What is asked of the information matrix with a message for each look: its error over that of all measurements.
const MOST_TO_MEASUREMENTS: f64 = 1.01;
/// Bytes of a number, and of author, track and time.
const NUMBER: u32 = 8;
const HEAD: u32 = 18;

const COLUMNS: [&str; 11] =
    ["nodes", "noise", "looks", "every s", "rule", "RMSE m", "to ideal", "1.01", "NEES", "band", "verdict"];

/// A message for each look: two and three nodes, without and with process noise, looks together and in turn.
pub fn full_rate(options: &Options, progress: &Progress) -> Result<Table, AccuracyError> {
    let mut rows = Vec::new();
    for nodes in [2, 3] {
        for density in [0.0, DENSITY_M2_S3] {
            for is_synchronous in [true, false] {
                let case = Case { nodes, density, is_synchronous, interval_s: 1 };
                // Ideal is all measurements here.
                let ways = WAYS.into_iter().filter(|way| *way != Way::Ideal);
                rows.extend(rows_of(&case, ways, options, progress)?);
            }
        }
    }
    Ok(Table {
        title: format!("Rules of fusion, a message a second from all to all, {} runs", options.runs),
        columns: [&COLUMNS[..], &["bytes"]].concat(),
        rows,
        notes: vec![
            "Position error (30 to 60 s), and NEES at the end, of the first of the nodes. Each sees a position each second to 30 m along one axis and 300 m across, the axes of the nodes turned against each other; all begin with one prior. Noise is white acceleration of 10 m²/s³.".into(),
            "Naive and both intersections: whole estimates, fused and kept by all. Information: what a sender's own filter has learnt since its last message. Bar-Shalom-Campo: own filters, with their cross-covariance, known here, not kept. Bytes: sent to the first node in a run, at eight a number.".into(),
        ],
    })
}

/// Messages every 5, 10 and 30 s: what the policy costs, and what the rule.
pub fn rare_reports(options: &Options, progress: &Progress) -> Result<Table, AccuracyError> {
    let mut rows = Vec::new();
    for density in [0.0, DENSITY_M2_S3] {
        for interval_s in [5, 10, 30] {
            let case = Case { nodes: 2, density, is_synchronous: true, interval_s };
            rows.extend(rows_of(&case, WAYS.into_iter(), options, progress)?);
        }
    }
    Ok(Table {
        title: format!("Rules of fusion, rare messages between two nodes, {} runs", options.runs),
        columns: [&COLUMNS[..], &["bytes"]].concat(),
        rows,
        notes: vec![
            "Ideal: all measurements up to the last message in one filter. What it lacks to `measurements`, which has each at once, is the price of the policy; what a rule lacks to it (to ideal) is the price of the rule.".into(),
        ],
    })
}

fn name_of(way: Way) -> &'static str {
    match way {
        Way::Siloed => "siloed",
        Way::Naive => "naive",
        Way::Intersection => "covariance intersection",
        Way::InverseIntersection => "inverse covariance intersection",
        Way::Information => "information",
        Way::Campo => "Bar-Shalom-Campo",
        Way::Ideal => "ideal",
        Way::Measurements => "measurements",
    }
}

/// Bytes sent to the first node in a run.
fn bytes(case: &Case, way: Way) -> f64 {
    let symmetric = |size: u32| size * (size + 1) / 2;
    let whole = HEAD + NUMBER * (6 + symmetric(6));
    let plot = HEAD + NUMBER * (3 + symmetric(3));
    let messages = LAST_S / case.interval_s;
    let of_each = match way {
        Way::Siloed => 0,
        Way::Ideal | Way::Measurements => LAST_S * plot,
        _ => messages * whole,
    };
    f64::from(of_each) * (case.nodes - 1) as f64
}

fn rows_of(
    case: &Case,
    ways: impl Iterator<Item = Way>,
    options: &Options,
    progress: &Progress,
) -> Result<Vec<Vec<Cell>>, AccuracyError> {
    let mut all: Vec<[Known; WAYS.len()]> = Vec::with_capacity(options.runs);
    let mut squares = Batches::new(WAYS.len());
    let what = format!("{} nodes, every {} s", case.nodes, case.interval_s);
    progress.fold_runs(
        &what,
        options.runs,
        |run| case.run(options.seed, run),
        |known| {
            squares.add(all.len(), options.runs, &known.map(|known| known.squared_m2));
            all.push(known);
            Ok::<(), AccuracyError>(())
        },
    )?;
    let place = |way: Way| WAYS.iter().position(|known| *known == way).unwrap_or_default();
    let ideal = place(Way::Ideal);
    let head = || -> Vec<Cell> {
        vec![
            Cell::Number(case.nodes as f64, 0),
            if case.density > 0.0 { "yes" } else { "no" }.into(),
            if case.is_synchronous { "together" } else { "in turn" }.into(),
            Cell::Number(f64::from(case.interval_s), 0),
        ]
    };
    let mut rows = Vec::new();
    // The cross-covariance is carried for two.
    for way in ways.filter(|way| *way != Way::Campo || case.nodes == 2) {
        let at = place(way);
        let (rmse_m, interval) = squares.statistic(|means| means[at].sqrt());
        let (ratio, ratio_interval) = squares.statistic(|means| (means[at] / means[ideal]).sqrt());
        let is_asked = way == Way::Information && case.interval_s == 1;
        let per_run: Vec<f64> = all.iter().map(|known| known[at].nees).collect();
        let mut row = head();
        row.extend([
            name_of(way).into(),
            Cell::Estimate(rmse_m, interval, 1),
            Cell::Estimate(ratio, ratio_interval, 3),
            met(is_asked.then_some(MOST_TO_MEASUREMENTS), ratio),
        ]);
        row.extend(judged(&per_run)?);
        row.push(Cell::Number(bytes(case, way), 0));
        rows.push(row);
    }
    let mut row = head();
    row.extend(["bound".into(), Cell::Number(case.bound_m()?, 1)]);
    row.extend([Cell::Empty, Cell::Empty, Cell::Empty, Cell::Empty, Cell::Empty, Cell::Empty]);
    rows.push(row);
    Ok(rows)
}
