//! Contributions and sweeps, made up: for looking at a report, and for its tests.

use sharing_study::outcome::*;
use sharing_study::statistics::Interval;

/// Made-up contributions to what Japan and Korea gain.
pub fn credits() -> Vec<Credit> {
    let part = |name: &str, value: f64, half: Option<f64>| Contribution {
        name: name.to_owned(),
        value,
        interval: half.map(|half| Interval { low: value - half, high: value + half }),
    };
    vec![
        Credit {
            measure: "Impact error 300 s after launch, everything shared".to_owned(),
            unit: "km".to_owned(),
            receiver: "japan".to_owned(),
            contributions: vec![
                part("Sea of Japan ship", 1.1, None),
                part("Shariki X-band", 2.35, None),
                part("Kyogamisaki X-band", 0.4, None),
                part("Chungcheong L-band", 0.15, None),
                part("Mainland air traffic radar", 0.0, None),
            ],
            total: 4.0,
        },
        Credit {
            measure: "Warning lead for Hokkaido, as realtime-2023 delivers".to_owned(),
            unit: "s".to_owned(),
            receiver: "japan".to_owned(),
            contributions: vec![
                part("japan", 14.0, Some(3.0)),
                part("united-states", 21.0, Some(4.5)),
                part("korea", -1.0, Some(2.0)),
            ],
            total: 34.0,
        },
    ]
}

/// Made-up gains of Japan and Korea against the delay of a link.
pub fn sweeps() -> Vec<Sweep> {
    let curve = |receiver: &str, after_s: f64, gain: f64, zero_s: f64| {
        let point = |x: f64| {
            let mean = gain * (1.0 - x / zero_s);
            SweepPoint {
                x,
                from: mean.max(0.0),
                to: (-mean).max(0.0),
                mean,
                interval: Some(Interval { low: mean - 0.2, high: mean + 0.2 }),
            }
        };
        Sweep {
            quantity: "link delay".to_owned(),
            unit: "s".to_owned(),
            measure: format!("Impact error {after_s:.0} s after launch"),
            measure_unit: "km".to_owned(),
            regime: "gsomia-direct".to_owned(),
            baseline: "bilateral".to_owned(),
            receiver: receiver.to_owned(),
            points: [0.0, 5.0, 30.0, 60.0, 120.0].map(point).to_vec(),
            crossover: (zero_s < 120.0).then_some(Crossover {
                value: zero_s,
                interval: Some(Interval { low: zero_s - 6.0, high: zero_s + 9.0 }),
            }),
        }
    };
    vec![
        curve("japan", 90.0, 1.2, 70.0),
        curve("japan", 300.0, 0.5, 96.0),
        curve("korea", 90.0, 0.9, 84.0),
        curve("korea", 300.0, 1.6, 300.0),
    ]
}
