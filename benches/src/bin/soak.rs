//! Runs the nodes of a regime for a simulated day, and tells what they hold.
#![forbid(unsafe_code)]

use benches::SceneError;
use benches::memory::resident_bytes;
use clap::Parser;
use fusion_core::node::Network;
use fusion_core::types::{Duration, Scan};
use sensor_sim::{Scenario, simulate};
use std::io::Write;
use std::process::ExitCode;
use std::sync::Arc;

/// Runs all nodes for a day of simulated time in which the salvo of 5 June 2022 comes again every forty minutes, as fast as they can,
/// and tells every hour what they hold: bytes of a snapshot of all nodes and links, and memory of the process.
#[derive(Parser)]
#[command(after_help = "Examples:
  cargo run --release -p benches --bin soak
  cargo run --release -p benches --bin soak -- --regime integrated --hours 6")]
struct Arguments {
    /// Simulated hours
    #[arg(long, default_value_t = 24, value_parser = clap::value_parser!(u32).range(1..=168))]
    hours: u32,
    /// Who shares what with whom; `vantage regimes` has the names
    #[arg(long, default_value = "realtime-2023")]
    regime: String,
}

const SCENARIO: &str = include_str!("../../../fixtures/salvo-2022-06-05/scenario.toml");
/// From one salvo to the next, s.
const PERIOD_S: u32 = 2_400;

fn main() -> ExitCode {
    match soak(&Arguments::parse()) {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            let _ = writeln!(std::io::stderr(), "soak: {error}");
            ExitCode::FAILURE
        }
    }
}

fn soak(arguments: &Arguments) -> Result<(), SceneError> {
    let scenario = Scenario::parse(SCENARIO)?;
    let scans = simulate(&scenario, &scenario.fly()?, 1, 0)?.scans;
    let setup = sharing_study::study::setup_of(&scenario)?;
    let regimes = sharing_study::regimes::builtin()?;
    let name = &arguments.regime;
    let regime = regimes.iter().find(|regime| regime.name == *name).ok_or_else(|| {
        let names: Vec<&str> = regimes.iter().map(|regime| regime.name.as_str()).collect();
        format!("no regime `{name}`; there are {}", names.join(", "))
    })?;
    let mut network = Network::new(&setup, regime, 1)?;
    let mut out = std::io::stdout();
    writeln!(
        out,
        "{:>8}{:>16}{:>14}{:>10}{:>12}",
        "hour", "snapshot, kB", "process, MB", "tracks", "missiles"
    )?;
    let salvos = (arguments.hours * 3_600).div_ceil(PERIOD_S);
    let (mut told_hours, mut most) = (0, 0);
    for salvo in 0..salvos {
        let scans: Vec<Arc<Scan>> = scans.iter().map(|scan| Arc::new(later(scan, salvo))).collect();
        let until = setup.start.plus_seconds(f64::from((salvo + 1) * PERIOD_S));
        let (mut tracks, mut missiles) = (0, 0);
        network.run(&scans, until, |result| {
            most = most.max(result.picture.tracks.len());
            tracks = result.picture.tracks.len();
            missiles = missiles.max(result.picture.missiles_so_far);
        })?;
        let hours = (salvo + 1) * PERIOD_S / 3_600;
        if hours > told_hours {
            told_hours = hours;
            let bytes = recording::encode_snapshot(name, &network.snapshot())?.len();
            let kilobytes = bytes as f64 * 1e-3;
            let process = resident_bytes().map_or("-".into(), |bytes| format!("{:.1}", bytes / 1_048_576.0));
            writeln!(out, "{hours:>8}{kilobytes:>16.1}{process:>14}{tracks:>10}{missiles:>12}")?;
        }
    }
    writeln!(out, "most tracks in one picture {most}")?;
    Ok(())
}

/// The same look in a later salvo.
fn later(scan: &Scan, salvo: u32) -> Scan {
    let nanoseconds = i64::from(salvo) * i64::from(PERIOD_S) * 1_000_000_000;
    // More than any sensor looks in one.
    let sequence = scan.sequence + salvo * 100_000;
    Scan { time: scan.time + Duration::from_nanoseconds(nanoseconds), sequence, ..scan.clone() }
}
