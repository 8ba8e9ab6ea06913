//! Live feeds beside plain calls on the same scans, and a pipeline to which nothing comes.

use fusion_core::node::{Network, Setup};
use fusion_core::share::Regime;
use fusion_core::types::{Scan, Time};
use fusion_pipeline::{Clock, FeedOptions, Live, Options, Pipeline, Plan, Wake, WallClock, replay};
use sensor_sim::{Scenario, simulate};
use std::convert::Infallible;
use std::error::Error;
use std::sync::Arc;
use std::time::Duration;

const ROUNDS: usize = 5;
const FEEDS: usize = 8;
/// No links, links of tracks, links of measurements.
const REGIMES: [&str; 3] = ["siloed", "realtime-2023", "integrated"];

/// Eight sensors of a shipped scenario, and what they saw.
pub struct Work {
    pub setup: Arc<Setup>,
    pub scans: Vec<Arc<Scan>>,
    until: Time,
    regimes: Vec<Regime>,
}

impl Work {
    pub fn new() -> Result<Self, Box<dyn Error>> {
        let scenario =
            Scenario::parse(include_str!("../../../fixtures/overflight-2017-09-15/scenario.toml"))?;
        let scans = simulate(&scenario, &scenario.fly()?, 1, 0)?.scans;
        let is_kept = |scan: &Scan| usize::from(scan.sensor.0) < FEEDS;
        let scans: Vec<_> = scans.into_iter().filter(is_kept).map(Arc::new).collect();
        let (names, start) = (scenario.node_names(), scenario.start);
        let mut sensors = scenario.sensors;
        sensors.truncate(FEEDS);
        let setup = Setup::new(names, sensors, scenario.areas, scenario.warning, scenario.tracker, start)?;
        let until = scans.last().map_or(start, |scan| scan.time);
        let regimes = sharing_study::regimes::builtin()?;
        Ok(Work { setup: Arc::new(setup), scans, until, regimes })
    }
}

/// Prints plots a second for each regime and the shares of plain calls.
pub fn show(clock: &WallClock) -> Result<(), Box<dyn Error>> {
    let work = Work::new()?;
    let plots: usize = work.scans.iter().map(|scan| scan.plots.len()).sum();
    println!(
        "{FEEDS} feeds, {} scans with {plots} plots; plots a second, best of {ROUNDS} rounds, and share of plain calls",
        work.scans.len()
    );
    for regime in work.regimes.iter().filter(|regime| REGIMES.contains(&regime.name.as_str())) {
        let plan = Plan { setup: &work.setup, regime, seed: 1 };
        type Run<'a> = &'a dyn Fn() -> Result<[u8; 32], Box<dyn Error>>;
        let runs: [(&str, Run<'_>); 4] = [
            ("plain calls", &|| plain(&plan, &work)),
            ("replay, 1 worker", &|| replayed(&plan, &work)),
            ("live, 1 worker", &|| live(&plan, &work, 1)),
            ("live, 3 workers", &|| live(&plan, &work, 3)),
        ];
        let mut best_s = [f64::INFINITY; 4];
        let mut digests = Vec::new();
        for _ in 0..ROUNDS {
            for ((_, run), best_s) in runs.iter().zip(&mut best_s) {
                let begin = clock.elapsed();
                digests.push(run()?);
                *best_s = best_s.min((clock.elapsed() - begin).as_secs_f64());
            }
        }
        digests.dedup();
        let verdict = if digests.len() == 1 { "same digest" } else { "DIFFERENT DIGESTS" };
        print!("  {:14}", regime.name);
        for ((what, _), seconds) in runs.iter().zip(best_s) {
            print!("  {what} {:6.0} ({:3.0} %)", plots as f64 / seconds, 100.0 * best_s[0] / seconds);
        }
        println!("  {verdict}");
    }
    println!();
    Ok(())
}

fn plain(plan: &Plan<'_>, work: &Work) -> Result<[u8; 32], Box<dyn Error>> {
    let mut network = Network::new(plan.setup, plan.regime, plan.seed)?;
    network.run(&work.scans, work.until, |_| {})?;
    Ok(network.digest())
}

fn replayed(plan: &Plan<'_>, work: &Work) -> Result<[u8; 32], Box<dyn Error>> {
    let scans = work.scans.iter().cloned().map(Ok::<_, Infallible>);
    Ok(replay(plan, scans, work.until, &Options::default(), |_| {})?.digest)
}

fn live(plan: &Plan<'_>, work: &Work, threads: usize) -> Result<[u8; 32], Box<dyn Error>> {
    let options = Options { threads, ..Options::default() };
    let patient = FeedOptions { silence_s: None, ..FeedOptions::default() };
    let (live, feeds) = Live::start(plan, &options, |_| patient, |_| {})?;
    let report = std::thread::scope(|scope| {
        for mut feed in feeds {
            scope.spawn(move || {
                let sensor = feed.sensor();
                let own = work.scans.iter().filter(|scan| scan.sensor == sensor).cloned();
                feed.send_all(own).and_then(|()| feed.advance(work.until))
            });
        }
        live.run()
    })?;
    Ok(report.report.digest)
}

/// Prints the processor time of a pipeline to which nothing comes.
pub fn show_idle(clock: &WallClock) -> Result<(), Box<dyn Error>> {
    let work = Work::new()?;
    let plan = Plan { setup: &work.setup, regime: &work.regimes[0], seed: 1 };
    let pipeline = Pipeline::start(&plan, &Options { threads: 3, ..Options::default() }, |_| {})?;
    let span = Duration::from_secs(3);
    let nap = |span| {
        let end = clock.elapsed() + span;
        while clock.elapsed() < end {
            clock.wait(end.saturating_sub(clock.elapsed()), &Wake::default());
        }
    };
    // The workers go to sleep first.
    nap(Duration::from_millis(50));
    let before = processor_ticks()?;
    nap(span);
    let used = processor_ticks()? - before;
    let report = pipeline.finish(work.setup.start)?;
    println!(
        "idle, 3 workers: {used} ticks of a hundredth of a second of processor time in {} s; the workers slept {} times",
        span.as_secs(),
        report.worker_parks
    );
    Ok(())
}

/// Processor time of this process, in and outside the kernel; none where the system does not tell.
fn processor_ticks() -> Result<u64, Box<dyn Error>> {
    let text = std::fs::read_to_string("/proc/self/stat")?;
    // The second field, a name in brackets, may hold spaces.
    let fields: Vec<&str> = text.rsplit(')').next().unwrap_or_default().split_whitespace().collect();
    Ok(fields.iter().skip(11).take(2).filter_map(|field| field.parse::<u64>().ok()).sum())
}
