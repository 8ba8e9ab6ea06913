//! A node that is fed arbitrary scans.

use crate::bytes::Bytes;
use crate::world::{JAPAN, START, check, missile, setup};
use fusion_core::node::{Node, TICK_S};
use fusion_core::types::{Beam, Plot, Regard, Scan, SensorId, Time};
use nalgebra::Vector3;
use std::sync::Arc;

/// What happens to a node at most: a fuzzer's second is better spent on many short lives.
const MOST_STEPS: usize = 48;

/// Scans of any sensor, time and content, and ticks between them.
///
/// # Panics
/// Where a picture holds what is no estimate, or a scan is not counted.
pub fn node(data: &[u8]) {
    let mut bytes = Bytes(data);
    let mut node = Node::new(JAPAN, setup());
    let (mut now_s, mut given) = (0.0, 0);
    for _ in 0..MOST_STEPS {
        if bytes.is_empty() {
            break;
        }
        if bytes.byte() < 160 {
            node.receive_scan(Arc::new(scan(&mut bytes, now_s)));
            given += 1;
        } else {
            now_s += TICK_S * (1 + bytes.below(8)) as f64;
            let result = node.tick(START.plus_seconds(now_s));
            check(&node, &result);
        }
        assert_eq!(node.counts().scans, given);
    }
    check(&node, &node.clone().tick(START.plus_seconds(now_s + TICK_S)));
}

fn scan(bytes: &mut Bytes<'_>, now_s: f64) -> Scan {
    let kind = bytes.byte();
    let at_s = now_s + 1.5 * bytes.share();
    let time =
        if kind & 0xf0 == 0xf0 { Time::from_nanoseconds(bytes.integer()) } else { START.plus_seconds(at_s) };
    let regard = match kind & 0x0c {
        0x0c => Regard::Beams((0..bytes.below(3)).map(|_| beam(bytes)).collect()),
        0x08 => Regard::Sector { centre_rad: bytes.near(3.0, 3.0), half_width_rad: bytes.near(0.5, 0.5) },
        _ => Regard::Field,
    };
    let origin_m = (kind & 0x30 == 0x30)
        .then(|| Vector3::new(bytes.near(-4e6, 1e6), bytes.near(3.5e6, 1e6), bytes.near(4e6, 1e6)));
    // One sensor more than there are.
    let sensor = SensorId(bytes.below(6) as u16);
    let sequence = u32::from(bytes.byte());
    let plots = (0..bytes.below(6)).map(|_| plot(bytes, at_s)).collect();
    Scan { sensor, sequence, time, origin_m, regard, plots }
}

fn beam(bytes: &mut Bytes<'_>) -> Beam {
    Beam { azimuth_rad: bytes.near(5.0, 1.0), elevation_rad: bytes.near(0.5, 0.5) }
}

fn plot(bytes: &mut Bytes<'_>, at_s: f64) -> Plot {
    match bytes.byte() % 8 {
        0..=2 => missile(at_s),
        3 => Plot::Infrared { right_rad: bytes.near(0.0, 0.2), up_rad: bytes.near(0.0, 0.2) },
        4 => Plot::Bearing { azimuth_rad: bytes.near(3.0, 3.0) },
        5 => Plot::Cue {
            latitude_rad: bytes.near(0.7, 0.5),
            longitude_rad: bytes.near(2.3, 0.5),
            sigma_m: bytes.near(1e4, 1e4),
            from: Time::from_nanoseconds(bytes.integer()),
            until: Time::from_nanoseconds(bytes.integer()),
        },
        6 => Plot::Radar {
            range_m: bytes.near(5e5, 5e5),
            azimuth_rad: bytes.near(3.1, 3.1),
            elevation_rad: bytes.near(0.5, 0.7),
            range_rate_m_s: (bytes.byte() < 128).then(|| bytes.near(0.0, 4e3)),
            signal_to_noise: (bytes.byte() < 128).then(|| bytes.near(20.0, 19.0)),
        },
        _ => {
            let Plot::Radar { range_m, azimuth_rad, elevation_rad, .. } = missile(at_s) else {
                unreachable!()
            };
            Plot::radar(
                bytes.near(range_m, 1e3),
                bytes.near(azimuth_rad, 0.01),
                bytes.near(elevation_rad, 0.01),
            )
        }
    }
}
