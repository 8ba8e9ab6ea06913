//! The biases of one ship's radar, from a missile, from air traffic and from tracks alone, and what correcting them is worth.

mod scene;

use super::{AccuracyError, Cell, Options, Progress, Study, Table, verdict_text, words};
use fusion_core::assess::{Band, judge, nees};
use fusion_core::math::chance::Stream;
use fusion_core::registration::{BiasEstimate, BiasEstimator, BiasPrior, Biases};
use scene::{Common, Scene};

/// The study, as the program lists it.
pub const STUDY: Study = Study {
    name: "registration",
    about: "biases of a ship's radar by what others see as well, and the fused error once they are corrected",
    runs: 200,
    run,
};

/// What is asked: each deviation that much smaller than its prior, and a fused error that much above that without biases.
const SMALLER: f64 = 5.0;
const ABOVE_UNBIASED: f64 = 1.10;
/// Of the bias, either sign: one prior deviation of each.
const TRUE_BIASES: Biases = Biases { range_m: 500.0, azimuth_rad: 3e-3, elevation_rad: 3e-3, time_s: 0.1 };

const CASES: [(&str, Common); 5] = [
    ("a missile's plots", Common::Missile),
    ("air traffic's plots", Common::AirTraffic),
    ("a missile's tracks only", Common::Tracks),
    ("a missile's and air traffic's plots", Common::All),
    ("one aircraft, straight at the ship", Common::StraightAtShip),
];

/// What one run gave.
struct Found {
    estimate: BiasEstimate,
    normalised: f64,
    /// Squared errors of the fused track without biases, with them, and with them corrected, m².
    fused_m2: [f64; 3],
}

fn run(options: &Options, progress: &Progress) -> Result<Vec<Table>, AccuracyError> {
    let scene = Scene::new()?;
    let mut found = Vec::new();
    for (name, common) in CASES {
        let mut all = Vec::new();
        let one_run = |run: usize| one(&scene, common, &mut Stream::new(name, options.seed, &[run as u64]));
        progress.fold_runs(name, options.runs, one_run, |result| {
            all.push(result);
            Ok::<(), AccuracyError>(())
        })?;
        found.push((name, all));
    }
    Ok(vec![estimates(&found)?, fused(&found), observability(&found), followed(&scene, options, progress)?])
}

/// The track of the missile itself, when the biases are estimated along.
fn followed(scene: &Scene, options: &Options, progress: &Progress) -> Result<Table, AccuracyError> {
    let mut sums = [0.0; 3];
    let one_run = |run: usize| {
        let mut chance = Stream::new("followed", options.seed, &[run as u64]);
        let truth = drawn(&mut chance);
        scene.followed(&truth, &mut chance)
    };
    progress.fold_runs("followed", options.runs, one_run, |squared_m2: [f64; 3]| {
        sums.iter_mut().zip(squared_m2).for_each(|(sum, squared)| *sum += squared / options.runs as f64);
        Ok::<(), AccuracyError>(())
    })?;
    let [without, references, along] = sums.map(f64::sqrt);
    Ok(Table {
        title: format!(
            "The missile's position in its second minute of coast, followed from burnout, {} runs",
            options.runs
        ),
        columns: vec![
            "no bias RMSE m",
            "references alone",
            "biases estimated along",
            "to no bias",
            "at most 1.10",
        ],
        rows: vec![vec![
            Cell::Number(without, 1),
            Cell::Number(references, 1),
            Cell::Number(along, 1),
            Cell::Number(along / without, 3),
            words(along <= ABOVE_UNBIASED * without),
        ]],
        notes: Vec::new(),
    })
}

fn drawn(chance: &mut Stream) -> Biases {
    Biases::from_vector(&TRUE_BIASES.vector().map(|bias| if chance.uniform() < 0.5 { -bias } else { bias }))
}

fn one(scene: &Scene, common: Common, chance: &mut Stream) -> Result<Found, AccuracyError> {
    let truth = drawn(chance);
    let mut estimator = BiasEstimator::new(BiasPrior::default());
    for witness in scene.witnesses(common, &truth, chance)? {
        estimator.add(&witness.evidence()?);
    }
    let estimate = estimator.estimate(&[])?;
    let normalised = nees(&(truth.vector() - estimate.biases.vector()), estimate.covariance())?;
    let fused_m2 = scene.fused(&truth, &estimate.biases, chance)?;
    Ok(Found { estimate, normalised, fused_m2 })
}

type Case = (&'static str, Vec<Found>);

fn estimates(cases: &[Case]) -> Result<Table, AccuracyError> {
    let prior = BiasPrior::default().sigmas();
    let mut rows = Vec::new();
    for (name, all) in cases {
        let values: Vec<f64> = all.iter().map(|found| found.normalised).collect();
        let consistency = judge(&values, &Band::chi_square(4, values.len(), 0.95)?)?;
        let mean = |axis: usize| {
            all.iter().map(|found| found.estimate.sigmas()[axis]).sum::<f64>() / all.len() as f64
        };
        let worst = |axis: usize| {
            all.iter().map(|found| found.estimate.sigmas()[axis]).fold(0.0, f64::max) / prior[axis]
        };
        let least = 1.0 / (0..4).map(worst).fold(0.0, f64::max);
        rows.push(vec![
            (*name).into(),
            Cell::Number(consistency.mean, 3),
            Cell::Text(format!("{:.3} to {:.3}", consistency.band.low, consistency.band.high)),
            verdict_text(consistency.verdict).into(),
            Cell::Number(mean(0), 1),
            Cell::Number(1e3 * mean(1), 3),
            Cell::Number(1e3 * mean(2), 3),
            Cell::Number(1e3 * mean(3), 2),
            Cell::Number(least, 1),
            words(least >= SMALLER),
        ]);
    }
    Ok(Table {
        title: format!("Biases of a ship's radar after 60 s, {} runs", cases[0].1.len()),
        columns: vec![
            "by",
            "NEES",
            "band",
            "verdict",
            "range sigma m",
            "azimuth mrad",
            "elevation mrad",
            "time ms",
            "least gain on the prior",
            "at least 5",
        ],
        rows,
        notes: vec![
            "Prior: 500 m, 3 mrad, 3 mrad, 0.1 s, one sigma; the truth is one sigma off in each, either sign.".into(),
            "The last line is a case without observability: range and time come together only, and the table below says so.".into(),
        ],
    })
}

fn fused(cases: &[Case]) -> Table {
    let mut rows = Vec::new();
    for (name, all) in cases {
        let rmse = |index: usize| {
            (all.iter().map(|found| found.fused_m2[index]).sum::<f64>() / all.len() as f64).sqrt()
        };
        let [without, with, corrected] = [0, 1, 2].map(rmse);
        rows.push(vec![
            (*name).into(),
            Cell::Number(without, 1),
            Cell::Number(with, 1),
            Cell::Number(corrected, 1),
            Cell::Number(corrected / without, 3),
            words(corrected <= ABOVE_UNBIASED * without),
        ]);
    }
    Table {
        title: "Fused position over the next minute of the missile".into(),
        columns: vec![
            "biases by",
            "no bias RMSE m",
            "uncorrected",
            "corrected",
            "to no bias",
            "at most 1.10",
        ],
        rows,
        notes: vec!["The ship and both X-band radars, an estimate begun anew after the first minute.".into()],
    }
}

fn observability(cases: &[Case]) -> Table {
    let mut rows = Vec::new();
    for (name, all) in cases {
        let Some(found) = all.first() else { continue };
        let combinations = found.estimate.observability();
        let undetermined = combinations.iter().filter(|combination| !combination.is_determined()).count();
        let [least, ..] = combinations;
        let weights =
            least.weights.iter().map(|weight| format!("{weight:.2}")).collect::<Vec<_>>().join(", ");
        rows.push(vec![
            (*name).into(),
            Cell::Number(least.remaining, 3),
            Cell::Text(weights),
            Cell::Number(undetermined as f64, 0),
        ]);
    }
    Table {
        title: "The combination of biases that is known least, run 0".into(),
        columns: vec!["by", "left of its prior sigma", "range, azimuth, elevation, time", "not determined"],
        rows,
        notes: Vec::new(),
    }
}
