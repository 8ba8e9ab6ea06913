//! One message from a thread to another. Whoever must wait spins, then yields: alike for the bare queue and ours.

use crate::{quantile, timed_ns};
use benches::hops::{MESSAGES, bare, bare_alone, packed, packed_alone, single, single_alone};
use fusion_pipeline::WallClock;

const ROUNDS: usize = 120;
/// The share of the rounds that a figure is not below: most of those above it were interrupted on a busy machine.
const SHARE: f64 = 0.1;
/// Prints ns for each message, and the ratio to the bare queue.
pub fn show(clock: &WallClock) {
    println!(
        "a hop, ns a message: best tenth of {ROUNDS} rounds of {MESSAGES} messages, and ratio to the bare queue's"
    );
    show_for::<3>("24 bytes", clock);
    show_for::<16>("128 bytes", clock);
    println!();
}

fn show_for<const WORDS: usize>(size: &str, clock: &WallClock) {
    let hops: [fn(); 6] = [
        bare::<WORDS>,
        single::<WORDS>,
        packed::<WORDS>,
        bare_alone::<WORDS>,
        single_alone::<WORDS>,
        packed_alone::<WORDS>,
    ];
    let mut rounds = vec![Vec::new(); hops.len()];
    for _ in 0..ROUNDS {
        for (hop, rounds) in hops.iter().zip(&mut rounds) {
            rounds.push(timed_ns(clock, hop) / MESSAGES as f64);
        }
    }
    for rounds in &mut rounds {
        rounds.sort_by(f64::total_cmp);
    }
    for (what, rounds) in ["two threads", "one thread "].into_iter().zip(rounds.chunks(3)) {
        let [bare, single, packed] = rounds else { continue };
        let [bare, single, packed] = [bare, single, packed].map(|rounds| quantile(rounds, SHARE));
        println!(
            "  {size:9} {what}   bare {bare:5.1}   one at a time {single:5.1} (x {:.2})   by sixteen {packed:5.1} (x {:.2})",
            single / bare,
            packed / bare,
        );
    }
}
