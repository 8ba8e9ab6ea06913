//! Shedding: a feed that sends more in one tick than it may loses the rest of that tick. A state machine with one owner.

/// Counts what a feed has sent for each tick.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Shedder {
    most: u32,
    tick: i64,
    taken: u32,
}

impl Shedder {
    /// At most `most` scans a tick.
    pub fn new(most: u32) -> Self {
        Shedder { most, tick: i64::MIN, taken: 0 }
    }

    /// Whether one more scan is taken for a tick. One for an earlier tick counts for the latest.
    pub fn takes(&mut self, tick: i64) -> bool {
        if tick > self.tick {
            (self.tick, self.taken) = (tick, 0);
        }
        let has_room = self.taken < self.most;
        self.taken += u32::from(has_room);
        has_room
    }
}
