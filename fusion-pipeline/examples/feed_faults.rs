//! Eight live feeds, of which one dies, stalls, or floods while seven go on: what was waited for, dropped and counted, and
//! that the run replays to its own digest.
//!
//! ```text
//! cargo run --release -p fusion-pipeline --example feed_faults
//! ```
#![expect(clippy::print_stdout, reason = "an example that shows what it does")]

use fusion_core::node::Setup;
use fusion_core::types::{Scan, Sensor};
use fusion_pipeline::{
    Feed, FeedError, FeedOptions, Live, LiveReport, Loss, Options, Plan, WhenFull, replay,
};
use sensor_sim::{Scenario, simulate};
use std::convert::Infallible;
use std::error::Error;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

const FEEDS: usize = 8;
/// The one with the fault, and its scans before it.
const VICTIM: usize = 3;
const BEFORE: usize = 100;
/// What a flooding feed sends instead of one scan.
const COPIES: u32 = 200;
const UNTIL_S: f64 = 300.0;

#[derive(Clone, Copy, Debug, PartialEq)]
enum Fault {
    None,
    Dies,
    Stalls,
    Floods(WhenFull),
}

fn main() -> Result<(), Box<dyn Error>> {
    let scenario = Scenario::parse(include_str!("../../fixtures/overflight-2017-09-15/scenario.toml"))?;
    let start = scenario.start;
    let mut seen = vec![Vec::new(); FEEDS];
    for scan in simulate(&scenario, &scenario.fly()?, 1, 0)?.scans {
        if scan.time <= start.plus_seconds(UNTIL_S)
            && let Some(seen) = seen.get_mut(usize::from(scan.sensor.0))
        {
            seen.push(Arc::new(scan));
        }
    }
    let names = scenario.node_names();
    let mut sensors = scenario.sensors;
    sensors.truncate(FEEDS);
    let setup = Setup::new(names, sensors, scenario.areas, scenario.warning, scenario.tracker, start)?;
    let setup = Arc::new(setup);
    let regimes = sharing_study::regimes::builtin()?;
    let regime = regimes.iter().find(|regime| regime.name == "realtime-2023").ok_or("no such regime")?;
    let plan = Plan { setup: &setup, regime, seed: 1 };
    let faults = [
        Fault::None,
        Fault::Dies,
        Fault::Stalls,
        Fault::Floods(WhenFull::Wait),
        Fault::Floods(WhenFull::DropOldest),
    ];
    for fault in faults {
        show(&plan, &seen, fault)?;
    }
    Ok(())
}

/// Small rings, and no more than twenty scans a tick. The others wait for a stalled feed for ten seconds, by the times of
/// the scans, and for all others for ever: here they send as fast as they can, so that how far apart they are means nothing.
fn feed_options(sensor: &Sensor, fault: Fault) -> FeedOptions {
    let is_victim = usize::from(sensor.id.0) == VICTIM;
    let when_full = match fault {
        Fault::Floods(when_full) if is_victim => when_full,
        _ => WhenFull::Wait,
    };
    let silence_s = (is_victim && fault == Fault::Stalls).then_some(10.0);
    FeedOptions { ring_capacity: 8, when_full, silence_s, ahead_s: None, most_per_tick: 20 }
}

fn show(plan: &Plan<'_>, seen: &[Vec<Arc<Scan>>], fault: Fault) -> Result<(), Box<dyn Error>> {
    let mut sent = seen.to_vec();
    match fault {
        Fault::Dies => sent[VICTIM].truncate(BEFORE),
        Fault::Floods(_) => {
            let copy = |scan: &Arc<Scan>, copy| Scan {
                sequence: scan.sequence * COPIES + copy,
                ..Scan::clone(scan)
            };
            let flood = |scan| (0..COPIES).map(move |number| Arc::new(copy(scan, number)));
            let flood: Vec<_> =
                sent[VICTIM].drain(BEFORE..).collect::<Vec<_>>().iter().flat_map(flood).collect();
            sent[VICTIM].extend(flood);
        }
        Fault::None | Fault::Stalls => {}
    }
    let options = |sensor: &Sensor| feed_options(sensor, fault);
    let (live, feeds) = Live::start(plan, &Options { threads: 2, ..Options::default() }, options, |_| {})?;
    let left = AtomicUsize::new(FEEDS - 1);
    let live = std::thread::scope(|scope| {
        for feed in feeds {
            let scans = &sent[usize::from(feed.sensor().0)];
            let left = &left;
            scope.spawn(move || send(feed, scans, fault, left));
        }
        live.run()
    })?;
    let scans = live.delivered(&sent).into_iter().map(Ok::<_, Infallible>);
    let replayed = replay(plan, scans, live.until, &Options::default(), |_| {})?;
    print_table(fault, &live, replayed.digest == live.report.digest);
    Ok(())
}

/// Sends a feed's scans; a stalled one rests in the middle until all others have ended.
fn send(mut feed: Feed, scans: &[Arc<Scan>], fault: Fault, left: &AtomicUsize) -> Result<(), FeedError> {
    let is_victim = usize::from(feed.sensor().0) == VICTIM;
    for (number, scan) in scans.iter().enumerate() {
        while is_victim && fault == Fault::Stalls && number == BEFORE && left.load(Ordering::Acquire) > 0 {
            std::thread::yield_now();
        }
        feed.send(Arc::clone(scan))?;
    }
    if !is_victim {
        drop(feed);
        left.fetch_sub(1, Ordering::AcqRel);
    }
    Ok(())
}

fn print_table(fault: Fault, live: &LiveReport, is_same: bool) {
    println!("feed {VICTIM}: {fault:?}; {} ticks", live.report.ticks);
    println!(
        "feed   sent  delivered  of them late  dropped   shed  too late  unaccounted  waits for room  ticks without it"
    );
    for record in &live.feeds {
        println!(
            "{:4} {:6} {:10} {:13} {:8} {:6} {:9} {:12} {:15} {:17}",
            record.sensor.0,
            record.sent,
            record.delivered,
            record.late_scans(),
            record.count(Loss::Dropped),
            record.count(Loss::Shed),
            record.count(Loss::TooLate),
            record.unaccounted(),
            record.waits,
            record.silent_ticks(),
        );
    }
    println!("replayed: {}\n", if is_same { "the same digest" } else { "ANOTHER DIGEST" });
}
