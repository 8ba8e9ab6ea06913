//! Replays every shipped fixture under every regime by plain calls and through the pipeline with 1, 2, 8 and 16 worker
//! threads, and compares the digests with one another and with what the fixture says must come out. Takes minutes.
//!
//! ```text
//! cargo run --release -p fusion-pipeline --example every_fixture [NAME...]
//! RUSTFLAGS="-C target-cpu=native" cargo run --release --target-dir target/native -p fusion-pipeline --example every_fixture
//! ```
#![expect(clippy::print_stdout, reason = "an example that shows what it does")]

use fusion_core::node::{Network, Setup};
use fusion_core::types::Scan;
use fusion_pipeline::{Options, Plan, replay};
use recording::read_scans;
use sharing_study::run::link_seed;
use std::convert::Infallible;
use std::error::Error;
use std::path::Path;
use std::sync::Arc;

/// Those of the fixtures: see `vantage fixtures`.
const SEED: u64 = 1;
const RUN: u32 = 0;
const THREADS: [usize; 4] = [1, 2, 8, 16];

fn main() -> Result<(), Box<dyn Error>> {
    let names: Vec<String> = std::env::args().skip(1).collect();
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../fixtures");
    let mut fixtures: Vec<_> = std::fs::read_dir(folder)?.collect::<Result<_, _>>()?;
    fixtures.sort_by_key(std::fs::DirEntry::file_name);
    let has_fma = cfg!(target_feature = "fma");
    println!("built {} fused multiply-add", if has_fma { "with" } else { "without" });
    let (mut runs, mut wrong) = (0, 0);
    for fixture in fixtures {
        let name = fixture.file_name().to_string_lossy().into_owned();
        let input = fixture.path().join("input.vrec");
        if !input.is_file() || !(names.is_empty() || names.contains(&name)) {
            continue;
        }
        let expected = std::fs::read_to_string(fixture.path().join("expected.json"))?;
        let (header, scans) = read_scans(&std::fs::read(input)?)?;
        let scans: Vec<Arc<Scan>> = scans.into_iter().map(Arc::new).collect();
        let setup = Setup::new(
            header.nodes,
            header.sensors,
            header.areas,
            header.warning,
            header.tracker,
            header.start,
        )?;
        let setup = Arc::new(setup);
        let regimes = sharing_study::regimes::builtin()?;
        for regime in regimes.iter().filter(|regime| regime.resolve(&setup.nodes).is_ok()) {
            let plan = Plan { setup: &setup, regime, seed: link_seed(SEED, RUN) };
            let verdict = verdict(&plan, &scans, &expected)?;
            println!("{name:24} {:16} {verdict}", regime.name);
            runs += THREADS.len();
            wrong += usize::from(!verdict.ends_with("the same"));
        }
    }
    println!("{runs} replays; {wrong} regimes differ");
    if wrong > 0 { Err("digests differ".into()) } else { Ok(()) }
}

fn verdict(plan: &Plan<'_>, scans: &[Arc<Scan>], expected: &str) -> Result<String, Box<dyn Error>> {
    let until = scans.last().map_or(plan.setup.start, |scan| scan.time);
    let mut network = Network::new(plan.setup, plan.regime, plan.seed)?;
    network.run(scans, until, |_| {})?;
    let plain = network.digest();
    let mut differ = Vec::new();
    for threads in THREADS {
        let whole = scans.iter().cloned().map(Ok::<_, Infallible>);
        let options = Options { threads, ..Options::default() };
        if replay(plan, whole, until, &options, |_| {})?.digest != plain {
            differ.push(format!("{threads} threads"));
        }
    }
    let digest: String = plain.iter().map(|byte| format!("{byte:02x}")).collect();
    if !expected.contains(&digest) {
        differ.push("expected.json".to_owned());
    }
    let what = if differ.is_empty() { "the same".to_owned() } else { format!("DIFFERENT: {differ:?}") };
    Ok(format!("{} {what}", &digest[..12]))
}
