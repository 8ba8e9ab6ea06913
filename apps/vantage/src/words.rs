//! Numbers, times and places as a person reads them.

use fusion_core::types::{Geodetic, Time};

/// Digits after the point that a figure in JSON keeps, and that a check compares.
pub fn rounded(value: f64, digits: i32) -> f64 {
    let scale = (0..digits).fold(1.0, |scale, _| scale * 10.0);
    let rounded = (value * scale).round() / scale;
    // No negative zero.
    rounded + 0.0
}

/// A count with a comma between thousands.
pub fn count(number: u64) -> String {
    let digits = number.to_string();
    let mut text = String::with_capacity(digits.len() + digits.len() / 3);
    for (index, digit) in digits.chars().enumerate() {
        if index > 0 && (digits.len() - index).is_multiple_of(3) {
            text.push(',');
        }
        text.push(digit);
    }
    text
}

/// A count with its noun in the right number.
pub fn counted(number: u64, noun: &str) -> String {
    format!("{} {noun}{}", count(number), if number == 1 { "" } else { "s" })
}

/// An instant as RFC 3339 writes it, to the millisecond where it is not a whole second.
pub fn utc(time: Time) -> String {
    // Every instant that 64 bits of nanoseconds can tell lies within the calendar's range.
    let instant = jiff::Timestamp::from_nanosecond(i128::from(time.nanoseconds())).unwrap_or_default();
    let instant = instant.round(jiff::Unit::Millisecond).unwrap_or(instant);
    if instant.subsec_nanosecond() == 0 { format!("{instant:.0}") } else { format!("{instant:.3}") }
}

/// Seconds between two instants, signed.
pub fn after(seconds: f64) -> String {
    format!("{seconds:+.1} s")
}

/// A place on the ground to a thousandth of a degree, about a hundred metres.
pub fn place(place: Geodetic) -> String {
    place_deg(place.latitude_rad.to_degrees(), place.longitude_rad.to_degrees())
}

/// As [`place`], from degrees.
pub fn place_deg(latitude_deg: f64, longitude_deg: f64) -> String {
    let north = if latitude_deg < 0.0 { 'S' } else { 'N' };
    let east = if longitude_deg < 0.0 { 'W' } else { 'E' };
    format!("{:.3}° {north} {:.3}° {east}", latitude_deg.abs(), longitude_deg.abs())
}

/// Bytes as hexadecimal digits.
pub fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}

/// Bytes in the largest unit that leaves a number above one.
pub fn size(bytes: u64) -> String {
    match bytes {
        0..1_000 => counted(bytes, "byte"),
        1_000..1_000_000 => format!("{:.1} kB", bytes as f64 / 1e3),
        _ => format!("{:.2} MB", bytes as f64 / 1e6),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_read_as_a_person_writes_them() {
        assert_eq!([0, 999, 7_771, 1_234_567].map(count), ["0", "999", "7,771", "1,234,567"]);
        assert_eq!(counted(1, "scan"), "1 scan");
        assert_eq!([12, 1_500, 2_340_000].map(size), ["12 bytes", "1.5 kB", "2.34 MB"]);
        assert_eq!(place_deg(-1.5, 170.0), "1.500° S 170.000° E");
        assert_eq!(hex(&[0, 255]), "00ff");
        assert_eq!(rounded(-0.000_1, 3).to_bits(), 0.0_f64.to_bits());
    }

    #[test]
    fn instants_have_milliseconds_only_where_needed() {
        let start = Time::from_nanoseconds(1_505_426_220_000_000_000);
        assert_eq!(utc(start), "2017-09-14T21:57:00Z");
        assert_eq!(utc(start.plus_seconds(0.2)), "2017-09-14T21:57:00.200Z");
        assert_eq!(utc(Time::MIN), "1677-09-21T00:12:43.145Z");
    }
}
