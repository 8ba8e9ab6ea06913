//! A recording written, and read and checked, beside a copy of its bytes.

use super::Gathering;
use super::contest::{Agreement, Comparison, Goal};
use crate::{Scene, SceneError};
use fusion_core::types::Scan;
use recording::{Encoder, open_scans};
use std::hint::black_box;
use std::rc::Rc;

/// Encodes all scans of a scene into bytes that are used again.
fn encode(scene: &Scene, bytes: &mut Vec<u8>) -> Result<(), SceneError> {
    bytes.clear();
    let (mut encoder, head) = Encoder::<Scan>::new(scene.header())?;
    bytes.extend_from_slice(&head);
    for scan in &scene.scans {
        bytes.extend_from_slice(encoder.frame(scan)?);
    }
    bytes.extend_from_slice(&encoder.close());
    Ok(())
}

/// Reads and checks every scan; how many plots there are.
fn decode(bytes: &[u8]) -> Result<usize, SceneError> {
    let (_, scans) = open_scans(bytes)?;
    let mut plots = 0;
    for scan in scans {
        plots += black_box(scan?).plots.len();
    }
    Ok(plots)
}

/// The comparisons.
///
/// # Errors
/// None for the scene as it is.
pub fn enter(all: &mut Gathering) -> Result<(), SceneError> {
    if !all.contest.wants("recording", "copy") {
        return Ok(());
    }
    let scene = Rc::new(Scene::new()?);
    let mut bytes = Vec::new();
    encode(&scene, &mut bytes)?;
    let plots: usize = scene.scans.iter().map(|scan| scan.plots.len()).sum();
    let is_same = bytes == scene.encode()? && decode(&bytes)? == plots;
    let agreement = Some(Agreement { worst: f64::from(u8::from(!is_same)), tolerance: 0.0 });
    let per_plot = bytes.len() as f64 / plots as f64;
    let looks = scene.scans.len();
    let note = format!("{plots} plots in {looks} looks, {} bytes, {per_plot:.0} a plot", bytes.len());

    let bytes = Rc::new(bytes);
    let bytes_of = Rc::clone(&bytes);
    let (from, mut to) = (Rc::clone(&bytes), vec![0_u8; bytes.len()]);
    let copy = all.contest.enter_work("copy of the same bytes", plots as f64, move || {
        to.copy_from_slice(black_box(&from));
        black_box(&mut to);
    });
    let mut written = Vec::with_capacity(bytes.len());
    let encoded = all.contest.enter_work("encoded and checksummed", plots as f64, move || {
        _ = black_box(encode(&scene, &mut written));
    });
    let decoded = all.contest.enter_work("decoded and checked", plots as f64, move || {
        _ = black_box(decode(&bytes));
    });
    let (digested, pieces) = (Rc::clone(&bytes_of), bytes_of.len() / looks);
    let digest =
        all.contest.enter_work("BLAKE3 of the same bytes in as many pieces", plots as f64, move || {
            let mut digest = blake3::Hasher::new();
            digested.chunks(pieces).for_each(|piece| _ = digest.update(piece));
            black_box(digest.finalize());
        });
    for (case, entry, target) in
        [("encode", encoded, Some(4.0)), ("decode", decoded, Some(6.0)), ("BLAKE3 alone", digest, None)]
    {
        let comparison = Comparison {
            topic: "recording",
            peer: "copy",
            case: case.to_owned(),
            unit: "ns per plot",
            ours: vec![all.contest.form(entry)],
            peers: vec![all.contest.form(copy)],
            goal: Goal::AtMost(target),
            agreement,
            note: note.clone(),
        };
        all.contest.compare(comparison);
    }
    Ok(())
}
