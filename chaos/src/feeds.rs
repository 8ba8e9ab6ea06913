//! What a schedule of faults makes of the sensors' scans on their way to the nodes.

use crate::fault::{Fault, Scheduled};
use crate::invariant::{Invariant, Violation};
use crate::run::Tally;
use fusion_core::math::chance::Stream;
use fusion_core::types::{Scan, SensorId, Time};
use recording::{JOURNAL_FRAME_HEAD_BYTES, Part, Place, journal_frame, journal_frame_bytes, journal_value};

/// A scan as a feed hands it on.
pub(crate) struct Handed {
    pub at: Time,
    pub scan: Scan,
}

/// Numbers of what an impostor sends, so that it takes no other look's place.
const IMPOSTOR_SEQUENCE: u32 = 1 << 30;
/// A second copy is late by up to this, s.
const COPY_LATE_S: f64 = 10.0;

/// All that the feeds hand on, in order of time, and what became of the rest.
pub(crate) fn hand_on(
    scans: &[Scan],
    (start, seed): (Time, u64),
    faults: &[Scheduled],
    (tally, violations): (&mut Tally, &mut Vec<Violation>),
) -> Vec<Handed> {
    let mut handed = Vec::new();
    for scan in scans {
        let time_s = scan.time.seconds_since(start);
        let key = [u64::from(scan.sensor.0), u64::from(scan.sequence)];
        let mut chance = Stream::new("chaos feed", seed, &key);
        tally.made += 1;
        let (mut passed, mut at, mut copies) = (Some(scan.clone()), scan.time, Vec::new());
        for Scheduled { fault, from_s, .. } in faults.iter().filter(|scheduled| scheduled.holds(time_s)) {
            let Some(now) = passed.take() else { break };
            let of = |sensor: u16| sensor == scan.sensor.0;
            passed = match *fault {
                Fault::Dead { sensor } if of(sensor) => None,
                Fault::Clock { sensor, step_s, drift } if of(sensor) => {
                    let off_s = step_s + drift * (time_s - from_s);
                    Some(Scan { time: now.time.plus_seconds(off_s), ..now })
                }
                Fault::Twice { sensor, share } if of(sensor) => {
                    if chance.uniform() < share {
                        copies.push(chance.between(0.0, COPY_LATE_S));
                    }
                    Some(now)
                }
                Fault::Late { sensor, most_s } if of(sensor) => {
                    at = at.plus_seconds(chance.between(0.0, most_s));
                    Some(now)
                }
                Fault::Corrupt { sensor, share } if of(sensor) && chance.uniform() < share => {
                    tally.corrupted += 1;
                    let read = corrupted(&now, &mut chance);
                    if let Some(read) = &read {
                        let what = format!(
                            "a scan of sensor {sensor} was read from bytes that were changed: {read:?}"
                        );
                        violations.push(Violation {
                            invariant: Invariant::Checksum,
                            time_s: Some(time_s),
                            node: None,
                            what,
                        });
                    }
                    read
                }
                Fault::Impostor { sensor, says, is_looked_at } if of(sensor) => {
                    let sequence = now.sequence | IMPOSTOR_SEQUENCE;
                    // As `fusion_pipeline::Feed` does with another sensor's scan.
                    (!is_looked_at).then_some(Scan { sensor: SensorId(says), sequence, ..now })
                }
                _ => Some(now),
            };
        }
        let Some(scan) = passed else {
            tally.refused += 1;
            continue;
        };
        for late_s in copies {
            tally.copies += 1;
            handed.push(Handed { at: at.plus_seconds(late_s), scan: scan.clone() });
        }
        handed.push(Handed { at, scan });
    }
    handed.sort_by_key(|handed| (handed.at, handed.scan.sensor, handed.scan.sequence));
    handed
}

/// A scan's bytes with one bit turned, as they are read: nothing, if the checksum is worth something.
fn corrupted(scan: &Scan, chance: &mut Stream) -> Option<Scan> {
    const AT: Place = Place { part: Part::Frame(1), offset: 0 };
    let mut bytes = journal_frame(scan).ok()?;
    let bit = (chance.uniform() * 8.0 * bytes.len() as f64) as usize;
    *bytes.get_mut(bit / 8)? ^= 1 << (bit % 8);
    let (head, body) = bytes.split_first_chunk::<JOURNAL_FRAME_HEAD_BYTES>()?;
    let length = journal_frame_bytes(head, AT).ok()?;
    journal_value(head, body.get(..length)?, AT).ok()
}
