//! The message codec, and a node that hears arbitrary messages.

use crate::bytes::Bytes;
use crate::codec::Raw;
use crate::world::{FOLLOWED_S, JAPAN, RADAR, START, STATES, check, missile, prepared};
use fusion_core::share::Message;
use fusion_core::types::{Scan, SensorId};
use recording::{JOURNAL_FRAME_HEAD_BYTES, Part, Place, RecordingError, journal_frame, journal_value};
use std::sync::Arc;

/// The body of a frame as a message.
fn decoded(frame: &[u8]) -> Result<Message, RecordingError> {
    let (head, body) = frame.split_first_chunk::<JOURNAL_FRAME_HEAD_BYTES>().expect("a head");
    journal_value(head, body, Place { part: Part::Frame(1), offset: 0 })
}

/// Any bytes as a message, which a node that follows a missile then hears, twice.
///
/// # Panics
/// Where a message does not come back as it was written; where a picture holds what is no estimate.
pub fn message(data: &[u8]) {
    let mut bytes = Bytes(data);
    let options = bytes.byte();
    let Ok(frame) = journal_frame(&Raw(bytes.0)) else { return };
    let Ok(message) = decoded(&frame) else { return };
    // Not equality of values: any bits may come, also those that are no number.
    let again = journal_frame(&message).expect("an encoding");
    let and_again = journal_frame(&decoded(&again).expect("what was written")).expect("an encoding");
    assert_eq!(again, and_again);
    assert!(message.fact.wire_bytes() > 0);
    let (mut node, _) = prepared(if options & 1 == 0 { JAPAN } else { STATES });
    let mut heard = 0;
    for second in FOLLOWED_S + 1..FOLLOWED_S + 5 {
        let at_s = f64::from(second);
        if second < FOLLOWED_S + 3 {
            node.receive(START.plus_seconds(at_s - 0.5), message.clone());
            heard += 1;
        }
        if options & 2 == 0 {
            let at = START.plus_seconds(at_s);
            node.receive_scan(Arc::new(Scan::of_field(SensorId(RADAR), second, at, vec![missile(at_s)])));
        }
        let result = node.tick(START.plus_seconds(at_s));
        check(&node, &result);
        assert_eq!(node.counts().messages, heard);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use fusion_core::share::{Audience, Fact, FusionRule, MAX_MESSAGE_BYTES};
    use fusion_core::types::TrackId;

    /// How many messages a prepared node refuses that is told an estimate which this many tracks of others went into.
    fn refused(told_by: u64) -> u64 {
        let (_, result) = prepared(JAPAN);
        let mut estimate = result.reports[0].estimate.clone();
        (0..told_by).for_each(|track| estimate.pedigree.raise((STATES, TrackId(track)), START));
        let fact = Fact::Estimate(Box::new(estimate));
        let is_longer = fact.wire_bytes() > MAX_MESSAGE_BYTES;
        let (mut node, _) = prepared(STATES);
        let before = node.counts();
        let message =
            Message { fact, fusion: FusionRule::CovarianceIntersection, audience: Audience::EVERYBODY };
        node.receive(START.plus_seconds(f64::from(FOLLOWED_S)), message);
        assert_eq!(node.counts().messages, before.messages + 1);
        assert_eq!(is_longer, told_by > 3_000);
        node.counts().refused - before.refused
    }

    #[test]
    fn a_message_that_is_longer_than_any_honest_one_is_refused_and_counted() {
        assert_eq!([refused(1), refused(3_000), refused(5_000)], [0, 0, 1]);
    }

    /// How many messages a prepared node counts as too late that is told an estimate of so long ago.
    fn too_late(ago_s: f64) -> u64 {
        let (_, result) = prepared(JAPAN);
        let mut estimate = result.reports[0].estimate.clone();
        let now = START.plus_seconds(f64::from(FOLLOWED_S) + 0.5);
        estimate.time = now.plus_seconds(-ago_s);
        let (mut node, _) = prepared(STATES);
        let before = node.counts();
        let fact = Fact::Estimate(Box::new(estimate));
        let message =
            Message { fact, fusion: FusionRule::CovarianceIntersection, audience: Audience::EVERYBODY };
        node.receive(now, message);
        node.tick(START.plus_seconds(f64::from(FOLLOWED_S + 1)));
        node.counts().too_late - before.too_late
    }

    #[test]
    fn an_estimate_of_more_than_an_hour_ago_is_of_no_flight_that_goes_on() {
        assert_eq!([too_late(10.0), too_late(3_599.0), too_late(3_601.0), too_late(1e9)], [0, 0, 1, 1]);
    }

    #[test]
    fn a_look_of_a_sensor_that_there_is_not_is_refused_and_counted() {
        let (mut node, _) = prepared(JAPAN);
        let before = node.counts();
        let at = START.plus_seconds(f64::from(FOLLOWED_S) + 0.5);
        node.receive_scan(Arc::new(Scan::of_field(SensorId(40_000), 0, at, vec![missile(1.0)])));
        let counts = node.counts();
        assert_eq!((counts.scans, counts.refused), (before.scans + 1, before.refused + 1));
    }
}
