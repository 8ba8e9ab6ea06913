//! From a feed to the published picture, one plot at a time.

use crate::quantile;
use crate::throughput::Work;
use crossbeam::queue::ArrayQueue;
use crossbeam::utils::Backoff;
use fusion_core::node::{Network, TICK_S};
use fusion_core::share::Regime;
use fusion_core::types::{NodeId, Scan, Time};
use fusion_pipeline::{Clock, FeedOptions, Live, Options, Plan, Wake, WallClock};
use std::error::Error;
use std::sync::Arc;
use std::time::Duration;

const SAMPLES: usize = 4_000;
/// Between two plots at light load: everybody sleeps meanwhile.
const PAUSE: Duration = Duration::from_millis(1);
const PAUSED_SAMPLES: usize = 2_000;

/// Prints quantiles of the latency, beside those of a bare ring and of the node's own work.
pub fn show(clock: &WallClock) -> Result<(), Box<dyn Error>> {
    let work = Work::new()?;
    let mut setup = fusion_core::node::Setup::clone(&work.setup);
    setup.nodes.truncate(1);
    setup.sensors.truncate(1);
    setup.areas.clear();
    let setup = Arc::new(setup);
    let regime = Regime {
        name: "alone".to_owned(),
        links: Vec::new(),
        ..sharing_study::regimes::builtin()?.remove(0)
    };
    let plan = Plan { setup: &setup, regime: &regime, seed: 1 };
    let one = work.scans.iter().find(|scan| scan.sensor.0 == 0 && !scan.plots.is_empty());
    let mut one = Scan::clone(one.ok_or("a sensor that saw nothing")?);
    one.plots.truncate(1);
    println!("feed to published picture, one plot a tick, us             p50      p99    p99.9");
    let node = node_alone(&plan, &one, clock)?;
    print_row("the node's work alone, plain calls", node);
    for (name, count, pause) in [("back to back", SAMPLES, None), ("every 1 ms", PAUSED_SAMPLES, Some(PAUSE))]
    {
        print_row(&format!("bare rings there and back, {name}"), bare(count, pause, clock));
        print_row(&format!("live pipeline, {name}"), through(&plan, &one, count, pause, clock)?);
    }
    println!();
    Ok(())
}

fn print_row(what: &str, mut samples_ns: Vec<f64>) {
    samples_ns.sort_by(f64::total_cmp);
    let [p50, p99, p999] = [0.5, 0.99, 0.999].map(|share| quantile(&samples_ns, share) / 1e3);
    println!("  {what:50} {p50:8.2} {p99:8.2} {p999:8.2}");
}

/// A scan at each tick.
fn scan_at(one: &Scan, start: Time, number: usize) -> Arc<Scan> {
    let time = start.plus_seconds(TICK_S * (number + 1) as f64);
    Arc::new(Scan { time, sequence: number as u32, ..one.clone() })
}

fn rest(pause: Option<Duration>, clock: &WallClock) {
    if let Some(pause) = pause {
        let end = clock.elapsed() + pause;
        while clock.elapsed() < end {
            clock.wait(end.saturating_sub(clock.elapsed()), &Wake::default());
        }
    }
}

fn node_alone(plan: &Plan<'_>, one: &Scan, clock: &WallClock) -> Result<Vec<f64>, Box<dyn Error>> {
    let mut network = Network::new(plan.setup, plan.regime, plan.seed)?;
    let mut samples = Vec::with_capacity(SAMPLES);
    for number in 0..SAMPLES {
        let scan = [scan_at(one, plan.setup.start, number)];
        let begin = clock.elapsed();
        network.run(&scan, scan[0].time, |_| {})?;
        samples.push((clock.elapsed() - begin).as_nanos() as f64);
    }
    Ok(samples)
}

fn bare(count: usize, pause: Option<Duration>, clock: &WallClock) -> Vec<f64> {
    let (there, back) = (ArrayQueue::<u64>::new(256), ArrayQueue::<u64>::new(256));
    std::thread::scope(|scope| {
        scope.spawn(|| {
            for _ in 0..count {
                let backoff = Backoff::new();
                let number = loop {
                    match there.pop() {
                        Some(number) => break number,
                        None => backoff.snooze(),
                    }
                };
                _ = back.push(number);
            }
        });
        let sample = |number| {
            rest(pause, clock);
            let begin = clock.elapsed();
            _ = there.push(number);
            let backoff = Backoff::new();
            while back.pop().is_none() {
                backoff.snooze();
            }
            (clock.elapsed() - begin).as_nanos() as f64
        };
        (0..count as u64).map(sample).collect()
    })
}

fn through(
    plan: &Plan<'_>,
    one: &Scan,
    count: usize,
    pause: Option<Duration>,
    clock: &WallClock,
) -> Result<Vec<f64>, Box<dyn Error>> {
    let options = FeedOptions::default();
    let (live, mut feeds) = Live::start(plan, &Options::default(), |_| options, |_| {})?;
    let pictures = live.pictures();
    let mut feed = feeds.pop().ok_or("no feed")?;
    let start = plan.setup.start;
    std::thread::scope(|scope| {
        let driver = scope.spawn(|| live.run());
        let mut samples = Vec::with_capacity(count);
        for number in 0..count {
            let scan = scan_at(one, start, number);
            let time = scan.time;
            rest(pause, clock);
            let begin = clock.elapsed();
            // The plot, and that it was the tick's last.
            feed.send(scan)?;
            feed.advance(time)?;
            let backoff = Backoff::new();
            while pictures.time(NodeId(0)).is_none_or(|shown| shown < time) {
                backoff.snooze();
            }
            samples.push((clock.elapsed() - begin).as_nanos() as f64);
        }
        drop(feed);
        driver.join().map_err(|_| "the driver panicked")??;
        Ok(samples)
    })
}
