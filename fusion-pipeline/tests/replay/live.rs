//! A pipeline that is fed by hand, with readers of its pictures on other threads.

use crate::fixture::{FIXTURE, PLAIN, SEED};
use fusion_core::node::Picture;
use fusion_core::types::{NodeId, Scan};
use fusion_pipeline::{MAXIMUM_LEAP_TICKS, Options, Pipeline, PipelineError};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

fn until_scans() -> impl Iterator<Item = Arc<Scan>> {
    FIXTURE.scans.iter().filter(|scan| scan.time <= FIXTURE.until).cloned()
}

#[test]
fn fed_by_hand_it_gives_the_same() {
    for (regime, ring_capacity) in [(FIXTURE.regime("realtime-2023"), 2), (FIXTURE.regime("integrated"), 256)]
    {
        let mut pictures: Vec<Picture> = Vec::new();
        let options = Options { threads: 2, ring_capacity, ..Options::default() };
        let observe = |tick: &fusion_pipeline::NodeTick| pictures.push(Picture::clone(&tick.picture));
        let mut pipeline = Pipeline::start(&FIXTURE.plan(regime), &options, observe).unwrap();
        for scan in until_scans() {
            pipeline.feed(scan).unwrap();
        }
        let report = pipeline.finish(FIXTURE.until).unwrap();
        assert_eq!(report.digest, PLAIN[regime].digest);
        assert!(pictures == PLAIN[regime].pictures);
        assert_eq!(report.scans, until_scans().count() as u64);
        let taken: u64 = report.nodes.iter().map(|node| node.counts.scans).sum();
        // What arrives after the last tick is routed and not taken in.
        assert!(report.routed >= taken && report.routed - taken < 10, "{} {taken}", report.routed);
    }
}

#[test]
fn every_reader_sees_whole_pictures_that_do_not_go_back() {
    let regime = FIXTURE.regime("realtime-2023");
    let plain = &PLAIN[regime].pictures;
    let nodes = FIXTURE.setup.nodes.len();
    let options = Options { threads: 2, ..Options::default() };
    let mut pipeline = Pipeline::start(&FIXTURE.plan(regime), &options, |_| {}).unwrap();
    let pictures = pipeline.pictures();
    assert!(pictures.latest(NodeId(0)).unwrap().tracks.is_empty());
    assert_eq!((pictures.latest(NodeId(3)), pictures.time(NodeId(3))), (None, None));
    let has_ended = AtomicBool::new(false);
    std::thread::scope(|scope| {
        let readers: Vec<_> = (0..nodes)
            .map(|index| {
                let (pictures, has_ended) = (pictures.clone(), &has_ended);
                scope.spawn(move || {
                    let node = NodeId(index as u16);
                    let mut last = 0;
                    while !has_ended.load(Ordering::Acquire) {
                        let picture = pictures.latest(node).unwrap();
                        let number = picture.time.seconds_since(FIXTURE.setup.start) as usize;
                        assert!(number >= last, "node {node} went back from {last} to {number}");
                        if number > last {
                            assert!(*picture == plain[(number - 1) * nodes + index], "tick {number}");
                        }
                        last = number;
                        std::thread::yield_now();
                    }
                })
            })
            .collect();
        until_scans().for_each(|scan| pipeline.feed(scan).unwrap());
        pipeline.finish(FIXTURE.until).unwrap();
        has_ended.store(true, Ordering::Release);
        readers.into_iter().for_each(|reader| reader.join().unwrap());
    });
    for node in 0..nodes {
        let last = pictures.latest(NodeId(node as u16)).unwrap();
        assert!(*last == plain[plain.len() - nodes + node], "the handle outlives the pipeline");
    }
}

#[test]
fn what_is_refused_leaves_the_pipeline_as_it_was() {
    let regime = FIXTURE.regime("bilateral");
    let mut pipeline = Pipeline::start(&FIXTURE.plan(regime), &Options::default(), |_| {}).unwrap();
    for (index, scan) in until_scans().enumerate() {
        if index == 200 {
            let early = until_scans().next().unwrap();
            let error = pipeline.feed(early).unwrap_err();
            assert!(matches!(error, PipelineError::BackInTime { .. }), "{error}");
            let ahead_s = MAXIMUM_LEAP_TICKS as f64 + 1.0;
            let late = Scan { time: scan.time.plus_seconds(ahead_s), ..Scan::clone(&scan) };
            let error = pipeline.feed(Arc::new(late)).unwrap_err();
            assert!(matches!(error, PipelineError::TooFarAhead { .. }), "{error}");
            let stranger = Scan { sensor: fusion_core::types::SensorId(77), ..Scan::clone(&scan) };
            assert!(matches!(pipeline.feed(Arc::new(stranger)), Err(PipelineError::Network(_))));
        }
        pipeline.feed(scan).unwrap();
    }
    assert_eq!(pipeline.finish(FIXTURE.until).unwrap().digest, PLAIN[regime].digest, "seed {SEED}");
}

#[test]
fn time_goes_on_without_scans_and_a_dropped_pipeline_leaves_no_thread() {
    let probe: fusion_pipeline::Probe = Arc::new(|_, _| {});
    let options = Options { threads: 3, probe: Some(Arc::clone(&probe)), ..Options::default() };
    let mut seen = 0;
    let mut pipeline = Pipeline::start(&FIXTURE.plan(4), &options, |_| seen += 1).unwrap();
    let start = FIXTURE.setup.start;
    pipeline.advance(start.plus_seconds(30.5)).unwrap();
    assert_eq!(pipeline.now(), start.plus_seconds(30.0), "half a tick is none");
    let pictures = pipeline.pictures();
    while pictures.time(NodeId(1)).is_none_or(|time| time < start.plus_seconds(30.0)) {
        std::thread::yield_now();
    }
    pipeline.poll().unwrap();
    drop(pipeline);
    drop(options);
    assert_eq!(Arc::strong_count(&probe), 1, "a worker has outlived the pipeline");
    assert!(seen > 0 && seen <= 90, "{seen}");
}
