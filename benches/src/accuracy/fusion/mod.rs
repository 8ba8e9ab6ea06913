//! Fusing what others have already fused: every rule beside the same measurements in one filter, and beside the bound.

mod burnout;
mod cycle;
mod linear;
mod problem;

use super::statistics::mean_interval;
use super::{AccuracyError, Cell, Options, Progress, Study, Table, verdict_text};
use fusion_core::assess::{Band, judge};
use fusion_core::share::{Delay, FusionRule, Level, LinkConfig, Regime};

/// The study.
pub const STUDY: Study = Study {
    name: "fusion",
    about: "rules of track fusion: errors, consistency and bytes beside one filter of all measurements, and a circle of hubs",
    runs: 500,
    run,
};

fn run(options: &Options, progress: &Progress) -> Result<Vec<Table>, AccuracyError> {
    Ok(vec![
        linear::full_rate(options, progress)?,
        linear::rare_reports(options, progress)?,
        burnout::table(options, progress)?,
        cycle::table(options, progress)?,
    ])
}

/// Degrees of freedom of an error of position and velocity.
const STATES: u32 = 6;

/// Mean NEES of independent runs with its interval, the band of a consistent filter, and the verdict.
fn judged(per_run: &[f64]) -> Result<[Cell; 3], AccuracyError> {
    let judgement = judge(per_run, &Band::chi_square(STATES, per_run.len(), 0.95)?)?;
    let (mean, interval) = mean_interval(per_run);
    // An interval of what is off by orders of magnitude says nothing.
    let nees = if mean < 1e3 { Cell::Estimate(mean, interval, 2) } else { Cell::Text(format!("{mean:.0e}")) };
    Ok([
        nees,
        Cell::Text(format!("{:.2} to {:.2}", judgement.band.low, judgement.band.high)),
        verdict_text(judgement.verdict).into(),
    ])
}

/// Root of a mean square with its interval.
fn root_mean_square(squares: &[f64], decimals: usize) -> Cell {
    let (mean, [low, high]) = mean_interval(squares);
    Cell::Estimate(mean.sqrt(), [low.max(0.0).sqrt(), high.sqrt()], decimals)
}

/// Links of tracks between such nodes.
fn tracks(
    name: &str,
    ends: impl Iterator<Item = (String, String)>,
    link: impl Fn(String, String) -> LinkConfig,
) -> Regime {
    Regime {
        name: name.to_owned(),
        description: String::new(),
        assumptions: String::new(),
        links: ends.map(|(from, to)| link(from, to)).collect(),
    }
}

/// A link of tracks that always takes as long.
fn link(from: String, to: String, fusion: FusionRule, delay_s: f64, interval_s: f64) -> LinkConfig {
    LinkConfig {
        delay: Delay::Constant { seconds: delay_s },
        interval_s,
        fusion,
        ..LinkConfig::plain(&from, &to, Level::Tracks)
    }
}
