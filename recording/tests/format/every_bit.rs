//! A recording of a length that is met, every bit of it flipped and cut at every byte: with what it allocates.

use crate::sample::{boundaries, header, radar_plot, scan, written};
use fusion_core::types::{Beam, Regard, Scan};
use recording::{RecordingError, open_scans, read_scans};

/// Nothing that is wrong with a file may make its reader reserve more than this, bytes.
const MOST_ALLOCATED: u64 = 64_000_000;
/// What the suite has time for; `DAMAGED_BYTES=65536` in the environment for a longer one.
const QUICK_BYTES: usize = 6_000;

/// A recording of at most this many bytes: as many scans as it has room for.
fn recording_of(most_bytes: usize) -> (Vec<u8>, Vec<Scan>) {
    let mut scans = Vec::new();
    let mut bytes = written(&header(), &scans);
    for sequence in 0.. {
        let plots = (0..sequence % 7).map(|plot| radar_plot(1e5 + 1e3 * f64::from(plot))).collect();
        let mut next = scan(0, sequence, f64::from(sequence) + 0.5, plots);
        if sequence % 3 == 0 {
            next.regard = Regard::Beams(vec![Beam { azimuth_rad: 1.0, elevation_rad: 0.5 }; 2]);
        }
        scans.push(next);
        let longer = written(&header(), &scans);
        if longer.len() > most_bytes {
            scans.pop();
            break;
        }
        bytes = longer;
    }
    (bytes, scans)
}

/// Reads scan by scan, as a node is fed: those that came before the error, and the error.
fn heard(bytes: &[u8]) -> (Vec<Scan>, Option<RecordingError>) {
    let mut read = match open_scans(bytes) {
        Err(error) => return (Vec::new(), Some(error)),
        Ok((_, scans)) => scans,
    };
    let (mut scans, mut error) = (Vec::new(), None);
    for next in read.by_ref() {
        match next {
            Ok(scan) => scans.push(scan),
            Err(found) => error = Some(found),
        }
    }
    (scans, error)
}

/// Says how many damaged files were read and the most that one made its reader allocate, bytes.
fn damage_everything(most_bytes: usize) -> (usize, u64) {
    let (bytes, scans) = recording_of(most_bytes);
    assert!(bytes.len() > most_bytes - 1_000, "{} bytes", bytes.len());
    let boundaries = boundaries(&bytes);
    let (mut damaged, mut most_allocated) = (0, 0);
    let mut judge = |left: &[u8], at: usize| {
        let mut told = (Vec::new(), None);
        let allocated = allocation_counter::measure(|| told = heard(left)).bytes_max;
        // What was written before the damage may be heard, and nothing else; and whoever heard it is told that it is not all.
        let before = boundaries.iter().filter(|begin| **begin <= at).count().saturating_sub(1);
        assert_eq!(told.0, scans[..before], "damaged at byte {at}");
        assert!(told.1.is_some(), "damaged at byte {at}, and nothing was said");
        assert!(allocated < MOST_ALLOCATED, "damaged at byte {at}: {allocated} bytes");
        most_allocated = most_allocated.max(allocated);
        damaged += 1;
    };
    for cut in 0..bytes.len() {
        judge(&bytes[..cut], cut);
    }
    let mut flipped = bytes.clone();
    for byte in 0..bytes.len() {
        for bit in 0..8 {
            flipped[byte] ^= 1 << bit;
            judge(&flipped, byte);
            flipped[byte] ^= 1 << bit;
        }
    }
    assert_eq!((read_scans(&flipped).expect("undamaged").1, damaged), (scans, 9 * bytes.len()));
    (damaged, most_allocated)
}

#[test]
#[expect(clippy::print_stdout, reason = "the figures are what a longer run is made for")]
fn every_bit_and_every_cut() {
    let bytes = std::env::var("DAMAGED_BYTES").map_or(QUICK_BYTES, |bytes| bytes.parse().expect("a number"));
    let (damaged, most_allocated) = damage_everything(bytes);
    println!("{damaged} damaged files, at most {most_allocated} bytes allocated by one");
}
