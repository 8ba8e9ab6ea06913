//! Live feeds, each sensor on a thread of its own: one is not waited for, one drops what it cannot send in time, and what
//! was delivered is replayed to the same digest.
//!
//! ```text
//! cargo run --release -p fusion-pipeline --example live_feeds
//! ```
#![expect(clippy::print_stdout, reason = "an example that shows what it does")]

use fusion_core::node::Setup;
use fusion_core::types::Scan;
use fusion_pipeline::{FeedOptions, Live, Options, Plan, WhenFull, replay};
use sensor_sim::{Scenario, simulate};
use std::convert::Infallible;
use std::error::Error;
use std::sync::Arc;

fn main() -> Result<(), Box<dyn Error>> {
    // Somebody else's sensors: here those of the simulator.
    let scenario = Scenario::parse(include_str!("../../fixtures/overflight-2017-09-15/scenario.toml"))?;
    let scans = simulate(&scenario, &scenario.fly()?, 1, 0)?.scans;
    let (names, start) = (scenario.node_names(), scenario.start);
    let setup =
        Setup::new(names, scenario.sensors, scenario.areas, scenario.warning, scenario.tracker, start)?;
    let setup = Arc::new(setup);
    let mut seen: Vec<Vec<Arc<Scan>>> = vec![Vec::new(); setup.sensors.len()];
    scans.into_iter().for_each(|scan| seen[usize::from(scan.sensor.0)].push(Arc::new(scan)));
    let regimes = sharing_study::regimes::builtin()?;
    let plan = Plan { setup: &setup, regime: &regimes[1], seed: 1 };

    let feed_options = |sensor: &fusion_core::types::Sensor| match sensor.id.0 {
        // A source that cannot be held up.
        0 => FeedOptions {
            ring_capacity: 64,
            when_full: WhenFull::DropOldest,
            silence_s: None,
            ahead_s: None,
            ..FeedOptions::default()
        },
        // Nobody waits for it for longer than five seconds, by the times of the scans.
        1 => FeedOptions { silence_s: Some(5.0), ahead_s: None, ..FeedOptions::default() },
        // The others are waited for. All here send as fast as they can, so that how far ahead one is means nothing.
        _ => FeedOptions { silence_s: None, ahead_s: None, ..FeedOptions::default() },
    };
    let options = Options { threads: 2, ..Options::default() };
    let mut events = 0;
    let (live, feeds) = Live::start(&plan, &options, feed_options, |tick| events += tick.events.len())?;
    let live = std::thread::scope(|scope| {
        for mut feed in feeds {
            let seen = &seen[usize::from(feed.sensor().0)];
            // A feed that is dropped, at the latest when its thread ends, has ended.
            scope.spawn(move || seen.iter().try_for_each(|scan| feed.send(Arc::clone(scan))));
        }
        live.run()
    })?;

    println!("{} ticks, {events} events, {} scans delivered", live.report.ticks, live.report.scans);
    for record in &live.feeds {
        let name = &setup.sensors[usize::from(record.sensor.0)].name;
        println!(
            "{name:18} sent {:5}, delivered {:5}, lost {:?}",
            record.sent, record.delivered, record.lost
        );
    }
    let scans = live.delivered(&seen).into_iter().map(Ok::<_, Infallible>);
    let replayed = replay(&plan, scans, live.until, &options, |_| {})?;
    println!("replayed to the same digest: {}", replayed.digest == live.report.digest);
    Ok(())
}
