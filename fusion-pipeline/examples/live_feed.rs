//! A live feed through the pipeline: scans are handed in as they come, an observer tells what happens, and a reader on
//! another thread looks at the latest pictures whenever it likes.
//!
//! ```text
//! cargo run --release -p fusion-pipeline --example live_feed
//! ```
#![expect(clippy::print_stdout, reason = "an example that shows what it does")]

use fusion_core::node::Setup;
use fusion_core::types::NodeId;
use fusion_pipeline::{Options, Pipeline, Plan};
use sensor_sim::{Scenario, simulate};
use std::error::Error;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

fn main() -> Result<(), Box<dyn Error>> {
    // Somebody else's sensors: here those of the simulator.
    let scenario = Scenario::parse(include_str!("../../fixtures/overflight-2017-09-15/scenario.toml"))?;
    let scans = simulate(&scenario, &scenario.fly()?, 1, 0)?.scans;
    let start = scenario.start;
    let setup = Arc::new(Setup::new(
        scenario.node_names(),
        scenario.sensors,
        scenario.areas,
        scenario.warning,
        scenario.tracker,
        start,
    )?);
    let regimes = sharing_study::regimes::builtin()?;
    let regime = regimes.iter().find(|regime| regime.name == "realtime-2023").ok_or("no such regime")?;

    let names = setup.nodes.clone();
    let plan = Plan { setup: &setup, regime, seed: 1 };
    let options = Options { threads: 2, ..Options::default() };
    // The observer runs on this thread, in the order of (tick, node).
    let mut pipeline = Pipeline::start(&plan, &options, |tick| {
        for event in &tick.events {
            let seconds = event.time.seconds_since(start);
            println!("{seconds:6.0} s  {:14} {:?}", names[usize::from(event.node.0)], event.kind);
        }
    })?;

    // A display: reads whole pictures at its own pace, and no node ever waits for it.
    let pictures = pipeline.pictures();
    let has_ended = AtomicBool::new(false);
    let (report, looks) = std::thread::scope(|scope| {
        let display = scope.spawn(|| {
            let (mut looks, mut last) = (0_u64, start);
            while !has_ended.load(Ordering::Acquire) {
                if let Some(picture) = pictures.latest(NodeId(1)).filter(|picture| picture.time > last) {
                    last = picture.time;
                    looks += 1;
                }
                std::thread::yield_now();
            }
            looks
        });
        let until = scans.last().map_or(start, |scan| scan.time);
        let fed = scans.into_iter().try_for_each(|scan| pipeline.feed(Arc::new(scan)));
        let report = fed.and_then(|()| pipeline.finish(until));
        has_ended.store(true, Ordering::Release);
        (report, display.join().unwrap_or_default())
    });
    let report = report?;

    println!("{} scans, {} ticks, {} workers", report.scans, report.ticks, report.workers);
    println!("the display saw {looks} different pictures of {}", setup.nodes[1]);
    for node in &report.nodes {
        println!("{:14} {:?}", node.name, node.counts);
    }
    println!("senders waited {} times for a full ring", report.waits());
    let digest: String = report.digest.iter().map(|byte| format!("{byte:02x}")).collect();
    println!("digest {digest}");
    Ok(())
}
