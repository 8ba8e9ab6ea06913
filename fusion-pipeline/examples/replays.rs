//! A recording through the pipeline: as fast as it goes, and in real time, here twenty seconds of it. Both give what plain
//! calls give.
//!
//! ```text
//! cargo run --release -p fusion-pipeline --example replays
//! ```
#![expect(clippy::print_stdout, reason = "an example that shows what it does")]

use fusion_core::node::{Network, Setup};
use fusion_core::types::Scan;
use fusion_pipeline::{Clock, Options, Pace, Plan, WallClock, replay};
use recording::read_scans;
use std::convert::Infallible;
use std::error::Error;
use std::sync::Arc;

const SECONDS: f64 = 20.0;

fn main() -> Result<(), Box<dyn Error>> {
    let (header, scans) = read_scans(include_bytes!("../../fixtures/overflight-2017-09-15/input.vrec"))?;
    let scans: Vec<Arc<Scan>> = scans.into_iter().map(Arc::new).collect();
    let (names, start) = (header.nodes, header.start);
    let setup = Setup::new(names, header.sensors, header.areas, header.warning, header.tracker, start)?;
    let setup = Arc::new(setup);
    let regimes = sharing_study::regimes::builtin()?;
    let regime = regimes.iter().find(|regime| regime.name == "realtime-2023").ok_or("no such regime")?;
    let plan = Plan { setup: &setup, regime, seed: 1 };
    let clock = WallClock::new();
    let end = scans.last().map_or(start, |scan| scan.time);
    for (pace, until) in [(Pace::Maximum, end), (Pace::real_time(1.0), start.plus_seconds(SECONDS).min(end))]
    {
        let mut network = Network::new(&setup, regime, plan.seed)?;
        network.run(&scans, until, |_| {})?;
        let begin = clock.elapsed();
        let options = Options { threads: 3, pace, ..Options::default() };
        let whole = scans.iter().cloned().map(Ok::<_, Infallible>);
        let report = replay(&plan, whole, until, &options, |tick| {
            for event in &tick.events {
                println!("{:6.0} s  {:?}", event.time.seconds_since(start), event.kind);
            }
        })?;
        let took_s = (clock.elapsed() - begin).as_secs_f64();
        let verdict = if report.digest == network.digest() { "the same digest" } else { "ANOTHER DIGEST" };
        println!(
            "{:.0} s recorded, {took_s:.2} s taken; plain calls: {verdict}\n",
            until.seconds_since(start)
        );
    }
    Ok(())
}
