//! Measurements that come up to half a minute late: gone back for, retrodicted, or refused.

mod flight;

use super::matched::{Stage, coast};
use super::statistics::Batches;
use super::{AccuracyError, Cell, Options, Progress, Study, Table, words};
use flight::Flight;

/// The study, as the program lists it.
pub const STUDY: Study = Study {
    name: "late",
    about: "measurements up to 30 s late on matched coasts: reprocessed, retrodicted in one step, or refused",
    runs: 200,
    run,
};

const OVERFLIGHT: &str = include_str!("../../../../fixtures/overflight-2017-09-15/scenario.toml");

/// Longest delay, s, and spectral density of the noise of truth and filter, m²/s³: first the trackers' own, then more, to find
/// where retrodiction in one step ends.
const CASES: [(f64, f64); 8] = [
    (5.0, 1e-8),
    (15.0, 1e-8),
    (30.0, 1e-8),
    (30.0, 1e-4),
    (30.0, 1e-2),
    (30.0, 1.0),
    (30.0, 10.0),
    (30.0, 100.0),
];
/// What retrodiction may lose against reprocessing.
const MOST: f64 = 1.02;
/// What may lie between reprocessing and data in order at the end, m and m/s together.
const SAME: f64 = 1e-9;

fn run(options: &Options, progress: &Progress) -> Result<Vec<Table>, AccuracyError> {
    let stage = Stage::new(OVERFLIGHT, options.seed)?;
    let mut rows = Vec::new();
    for (longest_s, density_m2_s3) in CASES {
        let mut phase = coast(&stage)?;
        phase.model.density_m2_s3 = density_m2_s3;
        let mut squares = Batches::new(3);
        let (mut farthest, mut run) = (0.0_f64, 0);
        let fly = |run| Flight::draw(&phase, longest_s, options.seed, run)?.outcome(&phase);
        progress.fold_runs("late", options.runs, fly, |outcome| {
            squares.add(run, options.runs, &outcome.squares_m2);
            farthest = farthest.max(outcome.farthest);
            run += 1;
            Ok::<(), AccuracyError>(())
        })?;
        let (reprocessed_m, interval_m) = squares.statistic(|means| (means[0] / flight::TICKS as f64).sqrt());
        let ratio = |index: usize| squares.statistic(|means| (means[index] / means[0]).sqrt());
        let ((retrodicted, retrodicted_interval), (refused, refused_interval)) = (ratio(1), ratio(2));
        rows.push(vec![
            Cell::Number(longest_s, 0),
            Cell::Text(format!("{density_m2_s3:e}")),
            Cell::Estimate(reprocessed_m, interval_m, 1),
            Cell::Text(format!("{farthest:.0e}")),
            words(farthest <= SAME),
            Cell::Estimate(retrodicted, retrodicted_interval, 4),
            words(retrodicted <= MOST),
            Cell::Estimate(refused, refused_interval, 2),
        ]);
    }
    Ok(vec![Table {
        title: format!("Late measurements: coasts drawn from the filter's model, {} runs", options.runs),
        columns: vec![
            "delay to s",
            "noise m2/s3",
            "reprocessed RMSE m",
            "from in order",
            "1e-9",
            "retrodicted / reprocessed",
            "1.02",
            "refused / reprocessed",
        ],
        rows,
        notes: vec![
            "Sensors and course of overflight-2017-09-15 for three minutes after burnout; every plot comes late by a span of its own, uniform up to the delay. Position RMSE over every second; reprocessing has at each second what retrodiction has.".into(),
            "From in order: the greatest difference of any state or covariance, after the last arrival, between reprocessing and a filter that had everything in order.".into(),
        ],
    }])
}
