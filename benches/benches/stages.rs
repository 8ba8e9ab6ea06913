//! Times each stage. `cargo bench -p benches`, or `cargo bench -p benches -- fall` for one.

use benches::{Scene, SceneError};
use criterion::{Criterion, Throughput};
use std::hint::black_box;

fn main() -> Result<(), SceneError> {
    let scene = Scene::new()?;
    let mut criterion = Criterion::default().configure_from_args();

    let mut group = criterion.benchmark_group("filter");
    group.bench_function("predict 1 s and update, coast", |bench| {
        bench.iter(|| black_box(scene.coast_step()))
    });
    group.bench_function("predict 1 s and update, three modes", |bench| {
        bench.iter(|| black_box(scene.three_mode_step()));
    });
    group.finish();

    criterion.bench_function("associate 100 tracks with 100 plots", |bench| {
        bench.iter(|| black_box(scene.associate()))
    });
    criterion
        .bench_function("fall from mid-coast to the ground", |bench| bench.iter(|| black_box(scene.fall())));
    criterion.bench_function("tracklet of one plot", |bench| bench.iter(|| black_box(scene.tracklet())));

    let bytes = scene.encode()?;
    let mut group = criterion.benchmark_group("recording");
    group.throughput(Throughput::Bytes(bytes.len() as u64));
    // What the machine needs for the bytes alone: the figure to hold the others against.
    group.bench_function("copy", |bench| bench.iter(|| black_box(bytes.clone())));
    group.bench_function("encode", |bench| bench.iter(|| black_box(scene.encode().map(|bytes| bytes.len()))));
    group.bench_function("decode and judge", |bench| bench.iter(|| black_box(scene.decode(&bytes))));
    group.finish();

    let mut group = criterion.benchmark_group("three nodes, 200 s of flight");
    group.sample_size(10);
    for regime in ["siloed", "realtime-2023", "integrated"] {
        group.bench_function(regime, |bench| bench.iter(|| black_box(scene.network(regime, 200.0))));
    }
    group.finish();
    criterion.final_summary();
    Ok(())
}
