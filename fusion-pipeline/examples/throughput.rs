//! How many scans a second go through the pipeline, beside plain calls: the best of several runs each.
//!
//! ```text
//! cargo run --release -p fusion-pipeline --example throughput
//! ```
#![expect(clippy::print_stdout, reason = "an example that shows what it does")]

use fusion_core::node::{Network, Setup};
use fusion_core::types::{Scan, Time};
use fusion_pipeline::{Clock, Options, Plan, WallClock, replay};
use sensor_sim::{Scenario, simulate};
use std::convert::Infallible;
use std::error::Error;
use std::sync::Arc;

const ROUNDS: usize = 15;
/// None: plain calls.
const THREADS: [usize; 4] = [0, 1, 2, 8];

fn main() -> Result<(), Box<dyn Error>> {
    let scenario = Scenario::parse(include_str!("../../fixtures/overflight-2017-09-15/scenario.toml"))?;
    let scans: Vec<_> =
        simulate(&scenario, &scenario.fly()?, 1, 0)?.scans.into_iter().map(Arc::new).collect();
    let (names, start) = (scenario.node_names(), scenario.start);
    let setup =
        Setup::new(names, scenario.sensors, scenario.areas, scenario.warning, scenario.tracker, start)?;
    let setup = Arc::new(setup);
    let until = scans.last().map_or(start, |scan| scan.time);
    let clock = WallClock::new();
    println!("{} scans; scans a second, best of {ROUNDS}", scans.len());
    println!("regime           plain   1 thread  2 threads  8 threads");
    for regime in &sharing_study::regimes::builtin()? {
        let mut best_s = [f64::INFINITY; THREADS.len()];
        let mut digests = Vec::new();
        // One after the other in each round, so that what else the machine does falls on all of them.
        for _ in 0..ROUNDS {
            for (threads, best_s) in THREADS.into_iter().zip(&mut best_s) {
                let begin = clock.elapsed();
                digests.push(run(&Plan { setup: &setup, regime, seed: 1 }, &scans, until, threads)?);
                *best_s = best_s.min((clock.elapsed() - begin).as_secs_f64());
            }
        }
        digests.dedup();
        let verdict = if digests.len() == 1 { "same digest" } else { "DIFFERENT DIGESTS" };
        let [plain, one, two, eight] = best_s.map(|seconds| scans.len() as f64 / seconds);
        println!("{:14} {plain:7.0} {one:10.0} {two:10.0} {eight:10.0}  {verdict}", regime.name);
    }
    Ok(())
}

fn run(
    plan: &Plan<'_>,
    scans: &[Arc<Scan>],
    until: Time,
    threads: usize,
) -> Result<[u8; 32], Box<dyn Error>> {
    if threads == 0 {
        let mut network = Network::new(plan.setup, plan.regime, plan.seed)?;
        network.run(scans, until, |_| {})?;
        return Ok(network.digest());
    }
    let options = Options { threads, ..Options::default() };
    let scans = scans.iter().cloned().map(Ok::<_, Infallible>);
    Ok(replay(plan, scans, until, &options, |_| {})?.digest)
}
