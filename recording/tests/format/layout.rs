//! The bytes themselves: a change of the layout is a decision, not an accident.

use crate::sample::{boundaries, sample};

const CHANGED: &str = "the layout changed: old recordings would be misread. Raise FORMAT_VERSION in recording/src/limits.rs, \
     check in recording/src/header.rs that every field has its range, and pin the new bytes here";

#[test]
fn a_scan_is_these_bytes() {
    let bytes = sample();
    let second = &bytes[boundaries(&bytes)[1]..boundaries(&bytes)[2]];
    let hex: String = second.iter().map(|byte| format!("{byte:02x}")).collect();
    let (head, body) = hex.split_at(16);
    assert_eq!(&head[..8], "2f000000", "47 bytes of body");
    let fields = [
        "0100",             // sensor 1
        "00000000",         // sequence 0
        "001d76e42b59e414", // START + 0.5 s
        "00",               // stands
        "00000000",         // looked at its whole coverage
        "0100000000000000", // one plot
        "01000000",         // infrared
        "7b14ae47e17a943f", // 0.02
        "7b14ae47e17a84bf", // -0.01
    ];
    assert_eq!(body, fields.concat(), "{CHANGED}");
}

#[test]
fn a_header_has_this_layout() {
    let bytes = sample();
    assert_eq!(bytes[..12], *b"\x89VREC\r\n\x1a\x06\x00\x01\x00");
    let checksum = u32::from_le_bytes(bytes[16..20].try_into().expect("four bytes"));
    assert_eq!((boundaries(&bytes)[0], checksum), (785, 0xb4ac_d23d), "{CHANGED}");
}
