//! How the methods compare, in a table.

use super::scene::{Geometry, Scene};
use super::{METHODS, ON_FLIGHT_SIGMAS, Outcome};
use crate::accuracy::statistics::{Batches, mean_interval};
use crate::accuracy::{Cell, Table};

/// The rows of one scene: a method each.
pub fn rows(scene: &Scene, runs: &[[Outcome; 3]]) -> Vec<Vec<Cell>> {
    let mut seconds = Batches::new(METHODS.len());
    for (run, outcomes) in runs.iter().enumerate() {
        seconds.add(run, runs.len(), &outcomes.map(|outcome| outcome.seconds));
    }
    let row = |(index, (_, name)): (usize, (_, &'static str))| {
        let estimate = |what: fn(&Outcome) -> f64, decimals| {
            let values: Vec<f64> = runs.iter().map(|outcomes| what(&outcomes[index])).collect();
            let (mean, interval) = mean_interval(&values);
            Cell::Estimate(mean, interval, decimals)
        };
        let (ratio, interval) = seconds.statistic(|means| means[index] / means[0]);
        vec![
            Cell::Text(format!("{} sigma", scene.separation)),
            name.into(),
            estimate(|outcome| outcome.gospa_close_m, 0),
            estimate(|outcome| outcome.gospa_after_m, 0),
            estimate(|outcome| outcome.switches, 3),
            estimate(|outcome| outcome.lost, 3),
            estimate(|outcome| outcome.without, 3),
            estimate(|outcome| outcome.ghosts, 3),
            Cell::Estimate(ratio, interval, 1),
        ]
    };
    METHODS.into_iter().enumerate().map(row).collect()
}

pub fn table(geometry: Geometry, rows: Vec<Vec<Cell>>, runs: usize) -> Table {
    let how = match geometry {
        Geometry::Crossing => {
            "In free fall: a row of flights turns about its middle within two minutes, each 12 m/s faster across than the next; close for 60 s."
        }
        Geometry::SideBySide => {
            "Under thrust: a row closes up within a minute, stays for 80 s, and parts within a minute, to 8 sigma more."
        }
    };
    Table {
        title: format!("Ten flights {}, one radar, {runs} runs", geometry.name()),
        columns: vec![
            "apart",
            "method",
            "GOSPA close m",
            "GOSPA after m",
            "switches a flight",
            "lost a flight",
            "without, end",
            "ghosts, end",
            "time to nearest",
        ],
        rows,
        notes: vec![
            format!(
                "{how} Sigma is the radar's cross-range error, 100 m. Looks every 2 s, detection 0.9, two false plots a look."
            ),
            format!(
                "GOSPA of order 2, cut off at {ON_FLIGHT_SIGMAS} sigma. Switches: the track on a flight after they parted is another than before they came close. Lost: a track that was on a flight before is no more. Time: of the whole node, in one run beside each other; it alone is not the same each time."
            ),
        ],
    }
}
