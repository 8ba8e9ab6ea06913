//! Where the fuzzers begin: inputs that get far, made by the code that they test.

use crate::world::{FOLLOWED_S, JAPAN, RADAR, START, header, missile, prepared};
use fusion_core::share::{Audience, Fact, FusionRule, Message};
use fusion_core::types::{Geodetic, Plot, Regard, Scan, SensorId, TrackId};
use recording::{JOURNAL_FRAME_HEAD_BYTES, PRELUDE_BYTES, Writer, begin_journal, journal_frame};
use serde::Serialize;

const SCENARIOS: [(&str, &str); 3] = [
    ("overflight", include_str!("../../fixtures/overflight-2017-09-15/scenario.toml")),
    ("slbm", include_str!("../../fixtures/slbm-2019-10-02/scenario.toml")),
    ("every-key", include_str!("../../sensor-sim/tests/schema/complete.toml")),
];

/// Each with its target and its name.
pub fn seeds() -> Vec<(&'static str, String, Vec<u8>)> {
    let mut seeds = Vec::new();
    let mut add = |target, name: &str, bytes: Vec<u8>| seeds.push((target, name.to_owned(), bytes));
    for (name, text) in SCENARIOS {
        add("scenario", name, text.as_bytes().to_vec());
    }
    recordings(&mut add);
    for (name, fact) in facts() {
        let message =
            Message { fact, fusion: FusionRule::CovarianceIntersection, audience: Audience::EVERYBODY };
        // The node that did not say it.
        add("message", name, [&[1][..], &body(&message)].concat());
    }
    for count in [8_u8, 48] {
        // Scans of the first radar with one plot of the missile, a tick after each.
        let step = [0, 0, 0, 0, RADAR as u8, count, 1, 0, 200, 0];
        add("node", &format!("follows-{count}"), step.repeat(usize::from(count)));
    }
    let counting: Vec<u8> = (0..=255).cycle().take(700).map(|byte: u8| byte.wrapping_mul(37)).collect();
    for (index, begin) in [0_usize, 64, 128, 255].into_iter().enumerate() {
        add("node", &format!("counting-{index}"), counting[begin..].to_vec());
        add("fusion", &format!("counting-{index}"), [&[begin as u8][..], &counting[begin..]].concat());
        add("assignment", &format!("counting-{index}"), counting[begin..begin + 150].to_vec());
    }
    seeds
}

fn recordings(add: &mut impl FnMut(&'static str, &str, Vec<u8>)) {
    let scan = |sequence: u32, plots| {
        Scan::of_field(SensorId(RADAR), sequence, START.plus_seconds(f64::from(sequence)), plots)
    };
    let scans = [
        scan(0, vec![missile(0.0), Plot::radar(3e5, 1.0, 0.5)]),
        scan(1, vec![]),
        Scan {
            regard: Regard::Sector { centre_rad: 1.0, half_width_rad: 0.5 },
            ..scan(2, vec![missile(2.0)])
        },
    ];
    let mut writer = Writer::new(&header()).expect("a header");
    scans.iter().for_each(|scan| writer.write_frame(scan).expect("a scan"));
    let whole = writer.finish();
    let frames = scans.iter().flat_map(|scan| {
        let body = body(scan);
        [&[body.len() as u8 - 1][..], &body].concat()
    });
    add("recording", "frames", [1].into_iter().chain(frames).collect());
    let length = u32::from_le_bytes([whole[12], whole[13], whole[14], whole[15]]) as usize;
    add("recording", "header", [&[2][..], &whole[PRELUDE_BYTES..PRELUDE_BYTES + length]].concat());
    add("recording", "whole", [&[0][..], &whole].concat());
    let header = begin_journal(&("a journal", 7_u64)).expect("a header");
    let value = journal_frame(&vec![("a value", 1.5)]).expect("a value");
    add("recording", "journal", [&[3][..], &header, &value, &value[..20]].concat());
}

/// What the prepared node would tell.
fn facts() -> Vec<(&'static str, Fact)> {
    let (_, result) = prepared(JAPAN);
    let launch_time = START.plus_seconds(f64::from(FOLLOWED_S) - 90.0);
    let cue = Fact::Cue {
        origin: (JAPAN, TrackId(1)),
        launch_time,
        place: Geodetic::from_degrees(39.0, 126.0, 0.0),
    };
    let mut facts = vec![("cue", cue)];
    for report in result.reports {
        facts.push(("estimate", Fact::Estimate(Box::new(report.estimate))));
        facts.extend(report.tracklet.map(|tracklet| ("tracklet", Fact::Tracklet(Box::new(tracklet)))));
    }
    facts
}

fn body(value: &impl Serialize) -> Vec<u8> {
    journal_frame(value).expect("an encoding").split_off(JOURNAL_FRAME_HEAD_BYTES)
}
