//! A fuzzer's bytes as numbers: any bits, but mostly such as get past the first check.

/// Bytes that are taken one after the other; zeros once there are no more.
pub struct Bytes<'a>(pub &'a [u8]);

impl Bytes<'_> {
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    fn take<const N: usize>(&mut self) -> [u8; N] {
        let mut taken = [0; N];
        let count = N.min(self.0.len());
        let (first, rest) = self.0.split_at(count);
        taken[..count].copy_from_slice(first);
        self.0 = rest;
        taken
    }

    pub fn byte(&mut self) -> u8 {
        self.take::<1>()[0]
    }

    pub fn below(&mut self, bound: u8) -> usize {
        usize::from(self.byte() % bound)
    }

    pub fn integer(&mut self) -> i64 {
        i64::from_le_bytes(self.take())
    }

    /// From -1 to 1.
    pub fn share(&mut self) -> f64 {
        f64::from(i16::from_le_bytes(self.take())) / f64::from(i16::MAX)
    }

    /// Any bits at all.
    pub fn bits(&mut self) -> f64 {
        f64::from_bits(u64::from_le_bytes(self.take()))
    }

    /// A number near `middle`, within `width`; one time in eight any bits at all.
    pub fn near(&mut self, middle: f64, width: f64) -> f64 {
        if self.byte() < 32 { self.bits() } else { middle + width * self.share() }
    }

    /// A positive number of any size from 1e-150 to 1e150, mostly near one.
    pub fn scale(&mut self) -> f64 {
        let exponent = self.share();
        libm::pow(10.0, if self.byte() < 128 { 3.0 * exponent } else { 150.0 * exponent })
    }
}
