//! A digest whose state can be saved, so that a stream goes on after its writer was stopped.

use blake3::hazmat::{HasherExt, Mode, merge_subtrees_non_root, merge_subtrees_root};
use serde::{Deserialize, Serialize};

/// BLAKE3 of a stream of bytes: the same as [`blake3::Hasher`] gives, which keeps its state to itself.
///
/// Chunk by chunk, and so slower than that where much comes at once: for streams of small pieces.
///
/// The tree of chunks is that of O'Connor et al., *BLAKE3: one function, fast everywhere* (2020), section 2.1; what is kept of
/// it is the stack of section 5.1.2.
///
/// ```
/// let mut digest = fusion_core::math::digest::Digest::default();
/// digest.update(b"what a node ");
/// digest.update(b"knew");
/// assert_eq!(digest.finalize(), *blake3::hash(b"what a node knew").as_bytes());
/// ```
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Digest {
    /// What whole subtrees came to, the largest first: one for each bit that is set in the number of chunks.
    subtrees: Vec<[u8; 32]>,
    chunks: u64,
    /// What came after them: a chunk at most, and nothing only where nothing came at all.
    tail: Vec<u8>,
}

const CHUNK_BYTES: usize = 1024;

impl Digest {
    /// Takes more of the stream in.
    pub fn update(&mut self, mut bytes: &[u8]) {
        while !bytes.is_empty() {
            if self.tail.len() >= CHUNK_BYTES {
                self.end_chunk();
            }
            let room = CHUNK_BYTES - self.tail.len();
            let (now, later) = bytes.split_at(room.min(bytes.len()));
            self.tail.extend_from_slice(now);
            bytes = later;
        }
    }

    /// The digest of all that came so far.
    pub fn finalize(&self) -> [u8; 32] {
        let Some((whole, above)) = self.subtrees.split_first() else {
            return *blake3::hash(&self.tail).as_bytes();
        };
        let last = |right, left: &[u8; 32]| merge_subtrees_non_root(left, &right, Mode::Hash);
        let right = above.iter().rev().fold(self.tail_value(), last);
        *merge_subtrees_root(whole, &right, Mode::Hash).as_bytes()
    }

    /// Whether it is one that this code can have made.
    pub fn is_sound(&self) -> bool {
        self.subtrees.len() == self.chunks.count_ones() as usize
            && self.chunks < u64::MAX / CHUNK_BYTES as u64
            && self.tail.len() <= CHUNK_BYTES
            && (self.chunks == 0 || !self.tail.is_empty())
    }

    fn end_chunk(&mut self) {
        let mut value = self.tail_value();
        self.tail.clear();
        self.chunks += 1;
        for _ in 0..self.chunks.trailing_zeros() {
            let Some(left) = self.subtrees.pop() else { break };
            value = merge_subtrees_non_root(&left, &value, Mode::Hash);
        }
        self.subtrees.push(value);
    }

    /// What the last chunk comes to as a part of the tree.
    fn tail_value(&self) -> [u8; 32] {
        let mut hasher = blake3::Hasher::new();
        hasher.set_input_offset(self.chunks * CHUNK_BYTES as u64).update(&self.tail).finalize_non_root()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn it_is_that_of_blake3_at_every_length_and_after_every_saving() {
        let byte = |index: usize| (index * 31 % 251) as u8;
        let bytes: Vec<u8> = (0..40 * CHUNK_BYTES + 7).map(byte).collect();
        let (mut ours, mut theirs) = (Digest::default(), blake3::Hasher::new());
        let mut at = 0;
        for step in 1.. {
            assert_eq!(ours.finalize(), *theirs.finalize().as_bytes(), "after {at} bytes");
            if at == bytes.len() {
                break;
            }
            // Pieces of all sizes, so that every place within a chunk and every chunk is an end.
            let end = bytes.len().min(at + step * 37 % 1_500);
            ours.update(&bytes[at..end]);
            theirs.update(&bytes[at..end]);
            at = end;
            let saved = serde_json::to_string(&ours).unwrap();
            ours = serde_json::from_str(&saved).unwrap();
        }
        for length in [0, 1, 1023, 1024, 1025, 2047, 2048, 2049, 3072, 4096, 4097, 8192, 31 * 1024] {
            let mut whole = Digest::default();
            whole.update(&bytes[..length]);
            assert_eq!(whole.finalize(), *blake3::hash(&bytes[..length]).as_bytes(), "{length} bytes");
        }
    }
}
