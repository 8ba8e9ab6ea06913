//! `vantage record`: what the sensors of a scenario saw, as a file.

use super::Perturbed;
use crate::failure::Failure;
use crate::load::{read_scenario, scenario_failure};
use crate::output::{must_differ, say, write_file};
use crate::words::{count, counted, size};
use clap::Args;
use recording::{Header, Writer};
use sensor_sim::{Scenario, Simulation, simulate};
use serde::Serialize;
use std::path::{Path, PathBuf};

const EXAMPLES: &str = "\
Examples:
  vantage record fixtures/overflight-2017-09-15/scenario.toml -o flight.vrec
  vantage record mine.toml -o run-3.vrec --seed 7 --run 3 --truth run-3-truth.vrec
  vantage record mine.toml -o nominal.vrec --perturb 0

A recording holds what was seen without cues from other nodes. It is enough for `vantage replay`; the truth lies in a \
file of its own, which no node can open.";

/// What is noted in every recording.
const NOTE: &str = "Simulated; seen without cues from other nodes.";
const TRUTH_NOTE: &str = "Simulated; what truly flew, once a second and at impact.";
/// Seconds between two samples of the truth.
const TRUTH_INTERVAL_S: f64 = 1.0;

#[derive(Debug, Args)]
#[command(after_help = EXAMPLES)]
pub struct RecordArgs {
    /// Scenario file
    pub scenario: PathBuf,
    /// Recording to write
    #[arg(short, long, value_name = "FILE")]
    pub output: PathBuf,
    /// Seed of everything drawn
    #[arg(long, default_value_t = 1)]
    pub seed: u64,
    /// Number of the run under that seed
    #[arg(long, default_value_t = 0)]
    pub run: u32,
    #[command(flatten)]
    pub perturb: Perturbed,
    /// Also write what truly flew to this file
    #[arg(long, value_name = "FILE")]
    pub truth: Option<PathBuf>,
}

/// A run as the bytes of two files.
#[derive(Debug)]
pub struct Recorded {
    /// What the sensors saw.
    pub simulation: Simulation,
    /// The recording.
    pub scans: Vec<u8>,
    /// The truth file.
    pub truth: Vec<u8>,
    /// Samples in the truth file.
    pub samples: usize,
}

pub fn run(args: &RecordArgs) -> Result<(), Failure> {
    must_differ(&args.output, &args.scenario)?;
    if let Some(truth) = &args.truth {
        must_differ(truth, &args.scenario)?;
        must_differ(truth, &args.output)?;
    }
    let (text, scenario) = read_scenario(&args.scenario)?;
    let scenario = scenario.perturbed_by(args.perturb.factor);
    let drawn = (args.seed, args.run);
    let recorded = record(&args.scenario, (&text, &scenario), drawn, &args.perturb.note())?;
    write_file(&args.output, &recorded.scans)?;
    let plots: usize = recorded.simulation.scans.iter().map(|scan| scan.plots.len()).sum();
    say(&format!(
        "wrote {}: {}, {}, {}; seen without cues",
        args.output.display(),
        counted(recorded.simulation.scans.len() as u64, "scan"),
        counted(plots as u64, "plot"),
        size(recorded.scans.len() as u64),
    ));
    if let Some(truth) = &args.truth {
        write_file(truth, &recorded.truth)?;
        say(&format!(
            "wrote {}: {} samples of the truth, {}",
            truth.display(),
            count(recorded.samples as u64),
            size(recorded.truth.len() as u64),
        ));
    }
    Ok(())
}

/// Simulates the run of a seed and a number and encodes it, with something to be added to the notes.
pub fn record(
    path: &Path,
    (text, scenario): (&str, &Scenario),
    (seed, run): (u64, u32),
    note: &str,
) -> Result<Recorded, Failure> {
    let flights = scenario.fly().map_err(|error| scenario_failure(path, text, &error))?;
    let simulation = simulate(scenario, &flights, seed, run)
        .map_err(|error| Failure::new(format!("{}: {error}", path.display()), "mend the scenario"))?;
    let samples = simulation.truth.samples(TRUTH_INTERVAL_S);
    let scans = encode(path, &header(scenario, seed, run, &[NOTE, note].concat()), &simulation.scans)?;
    let truth = encode(path, &header(scenario, seed, run, &[TRUTH_NOTE, note].concat()), &samples)?;
    Ok(Recorded { simulation, scans, truth, samples: samples.len() })
}

fn header(scenario: &Scenario, seed: u64, run: u32, note: &str) -> Header {
    Header {
        scenario: scenario.name.clone(),
        scenario_digest: scenario.digest(),
        seed,
        run,
        start: scenario.start,
        sensors: scenario.sensors.clone(),
        nodes: scenario.node_names(),
        areas: scenario.areas.clone(),
        tracker: scenario.tracker,
        warning: scenario.warning,
        note: note.to_owned(),
    }
}

fn encode<T: Serialize + 'static>(path: &Path, header: &Header, frames: &[T]) -> Result<Vec<u8>, Failure> {
    let write = || {
        let mut writer = Writer::new(header)?;
        frames.iter().try_for_each(|frame| writer.write_frame(frame))?;
        Ok(writer.finish())
    };
    write().map_err(|error| crate::load::recording_failure(path, &error))
}
